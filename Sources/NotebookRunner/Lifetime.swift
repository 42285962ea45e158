import Dispatch
import Glibc

/// When the runner ends: on a signal, or with the parent that holds its standard input.
///
/// It ends at once, without farewell: all that was answered is on disk, and interpreters end by the pipe that they hold.
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
}
