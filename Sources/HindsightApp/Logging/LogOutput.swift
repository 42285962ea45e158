import Glibc
import Synchronization

/// Where log lines go: each with one call, so that the system keeps it whole.
enum LogOutput {
    /// A pipe takes long lines in pieces; the lines of this process wait for one another then.
    private static let turn = Mutex(())

    /// Writes all of `line`, or gives up: there is nobody who could be told that the log cannot be written.
    static func write(_ line: String, to descriptor: Int32) {
        let bytes = Array(line.utf8)
        turn.withLock { _ in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&wanted, 1, -1)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
