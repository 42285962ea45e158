import Foundation

/// The text of a message in lines of at most 76 characters.
struct MailBody {
    enum Encoding: String {
        /// Short lines of ASCII, sent as they are.
        case plain = "7bit"
        case base64
    }

    let encoding: Encoding
    /// Each ended by CRLF.
    let lines: String

    private static let lineLength = 76

    init(_ text: String) {
        let lines = Self.lines(of: text)
        let isPlain = lines.allSatisfy { line in
            line.utf8.count <= Self.lineLength && line.utf8.allSatisfy { (0x20...0x7e).contains($0) || $0 == UInt8(ascii: "\t") }
        }
        if isPlain {
            encoding = .plain
            self.lines = lines.map { $0 + "\r\n" }.joined()
        } else {
            encoding = .base64
            let content = Data(lines.map { $0 + "\r\n" }.joined().utf8)
            // Foundation ends lines by CRLF unless told otherwise.
            self.lines = content.base64EncodedString(options: .lineLength76Characters) + "\r\n"
        }
    }

    /// CRLF is one character in Swift, so it ends one line.
    private static func lines(of text: String) -> [Substring] {
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        return lines.last?.isEmpty == true && lines.count > 1 ? lines.dropLast() : lines
    }
}
