import Foundation
import Synchronization

/// Standard output and standard error of this process.
enum Terminal {
    static let isOutputTerminal = isatty(STDOUT_FILENO) == 1
    static let isErrorTerminal = isatty(STDERR_FILENO) == 1

    private static let buffer = Mutex<[UInt8]>([])
    private static let bufferSize = 1 << 16

    /// Columns of the terminal that output goes to; `nil` if it is none.
    static var width: Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes a line to standard output; it is on its way once ``flush()`` has returned.
    static func write(_ line: String) throws(OutputClosed) {
        let isFull = buffer.withLock {
            $0.append(contentsOf: line.utf8)
            $0.append(UInt8(ascii: "\n"))
            return $0.count >= bufferSize
        }
        if isFull { try flush() }
    }

    static func flush() throws(OutputClosed) {
        let bytes = buffer.withLock {
            let bytes = $0
            $0 = []
            return bytes
        }
        try send(bytes[...], to: STDOUT_FILENO)
    }

    /// One line on standard error: what went wrong.
    static func complain(_ message: String) { say("hindsight: \(message)") }

    /// One line on standard error: what somebody should know, and nothing failed.
    static func warn(_ message: String) { say("hindsight: note: \(message)") }

    private static func say(_ message: String) {
        ProgressBar.clearLine()
        let line = printable(message).replacing("\n", with: " ")
        // Nobody reads standard error any more: there is nobody left to tell.
        _ = Result { try send(Array("\(line)\n".utf8)[...], to: STDERR_FILENO) }
    }

    static func send(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(OutputClosed) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw OutputClosed(error: errno)
            }
        }
    }

    /// The text without anything that a terminal would obey: what comes from the log or the user may hold escape sequences.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(isControl(scalar) ? (scalar == "\n" ? " " : "\u{fffd}") : scalar) }
        return String(result)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || (0x202a...0x202e).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
    }
}

/// Standard output can't take what is printed.
struct OutputClosed: Error {
    let error: Int32

    /// The reader of the pipe has gone, as with `hindsight read | head`: then there is nothing to complain about.
    var exitCode: Int32 {
        if error == EPIPE { return 0 }
        Terminal.complain("standard output cannot be written: \(String(cString: strerror(error)))")
        return Program.refused
    }
}
