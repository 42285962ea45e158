import Foundation

/// The text of a header, in ASCII whatever it holds.
enum HeaderText {
    /// With `Subject: ` before it and the frame of an encoded word around it, a line of base64 of so many bytes is at most 76 long
    /// (RFC 2047, section 2).
    private static let wordBytes = 39

    /// A field whose value has no blank to fold at: where it is too long for a line it stands alone on the next.
    static func field(_ name: String, _ value: String) -> String {
        let line = "\(name): \(value)"
        return line.utf8.count <= 76 ? line : "\(name):\r\n \(value)"
    }

    /// The text itself if it is short printable ASCII; otherwise encoded words of UTF-8 in base64, each on a line of its own.
    static func encoded(_ text: String) -> String {
        let isPlain =
            text.utf8.count <= 65 && text.utf8.allSatisfy { (0x20...0x7e).contains($0) } && !text.contains("=?") && !text.hasPrefix(" ")
            && !text.hasSuffix(" ") && !text.isEmpty
        guard !isPlain else { return text }
        return words(text).map { "=?UTF-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    /// No word may end inside a character (RFC 2047, section 5).
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            let more = String(scalar).utf8.count
            if bytes + more > wordBytes {
                words.append(String(word))
                (word, bytes) = (String.UnicodeScalarView(), 0)
            }
            word.append(scalar)
            bytes += more
        }
        return words + [String(word)]
    }
}
