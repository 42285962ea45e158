import Dispatch
import Foundation
import Synchronization

/// Lets Ctrl-C and `kill` end the work after its current batch; a second Ctrl-C ends it at once, which loses nothing that was
/// acknowledged either.
final class Interruption: Sendable {
    private let received: Mutex<Int32?>
    /// Set once, and only kept so that they live.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    init(_ stop: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "signals")
        var sources: [any DispatchSourceSignal] = []
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            sources.append(DispatchSource.makeSignalSource(signal: number, queue: queue))
        }
        self.sources = sources
        received = Mutex(nil)
        for (source, number) in zip(sources, [SIGINT, SIGTERM]) {
            source.setEventHandler { [weak self] in
                guard let self else { return }
                let isFirst = received.withLock { received in
                    defer { received = number }
                    return received == nil
                }
                guard isFirst else { _exit(128 + number) }
                stop()
            }
            source.resume()
        }
    }

    /// As a shell would say it; `nil` while nobody has interrupted.
    var exitCode: Int32? { received.withLock { $0.map { 128 + $0 } } }
}
