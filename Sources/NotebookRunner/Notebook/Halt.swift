import Glibc

/// Ends the runner where it cannot keep its promise to write things down.
///
/// A witness that can't write must not go on answering. Everything acknowledged is on disk, and the interpreters notice the end
/// of their request pipe and end too.
enum Halt {
    static func now(_ reason: String) -> Never {
        report(reason)
        exit(EX_IOERR)
    }

    /// One line on standard error; no value of a request ever stands in it.
    static func report(_ reason: String) {
        let line = Array("notebook-runner: \(reason)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
