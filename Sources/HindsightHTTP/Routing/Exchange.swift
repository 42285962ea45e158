import HindsightCore
import Hummingbird
import Synchronization

/// One request and its answer, on their way through the server.
struct Exchange: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// In the answer's `Request-Id`, in the log, and in what an operator is told.
    let requestID: String
    /// Who calls, once that is known: for the log.
    let actor = Found<String>()
    /// What the answer is as of, once that is known: a thing that does not exist has a time at which it does not.
    let asOf = Found<Position>()

    /// What is found out on the way.
    final class Found<Value: Sendable>: Sendable {
        private let found = Mutex<Value?>(nil)

        func set(_ value: Value?) { found.withLock { $0 = value } }
        var value: Value? { found.withLock(\.self) }
    }

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        requestID = RequestIDs.next()
    }
}

/// Ids of requests: of this process by their first half, in order by the second.
private enum RequestIDs {
    private static let process: String = {
        var chance = SystemRandomNumberGenerator()
        return String(UInt32.random(in: 0x1000_0000 ... .max, using: &chance), radix: 16)
    }()
    private static let count = Atomic<UInt64>(0)

    static func next() -> String { "\(process)-\(String(count.add(1, ordering: .relaxed).newValue, radix: 16))" }
}
