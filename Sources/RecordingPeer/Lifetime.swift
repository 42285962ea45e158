import Dispatch
import Glibc

/// When the peer ends: on a signal, with the parent that holds its standard input, or because it cannot write any more.
///
/// It ends at once, without farewell: all that was answered stands in the journal.
enum Lifetime {
    /// Reads standard input, which the parent never writes to, until it ends; a killed parent ends it too.
    static func endWithStandardInput() {
        DispatchQueue(label: "parent").async {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { exit(0) }
            }
        }
    }

    static func endOnSignals() {
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { exit(0) }
            source.activate()
            // The source has to outlive this call, and lives as long as the process.
            _ = Unmanaged.passRetained(source as AnyObject)
        }
    }

    /// A witness that can't write must not go on answering. No value of a request ever stands in the reason.
    static func end(_ reason: String) -> Never {
        let line = Array("recording-peer: \(reason)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(EX_IOERR)
    }
}
