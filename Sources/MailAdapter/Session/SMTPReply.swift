import NIOCore

/// One answer of a server, of one line or several.
struct SMTPReply {
    let code: Int
    /// What stands behind the code, line by line.
    let lines: [String]

    /// Outcomes keep this alone.
    var status: MailStatus {
        let first = lines.first?.prefix { $0 != " " } ?? ""
        let parts = first.split(separator: ".", omittingEmptySubsequences: false)
        let isEnhanced =
            parts.count == 3 && ["2", "4", "5"].contains(parts[0])
            && parts.dropFirst().allSatisfy { (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        return MailStatus(code: code, enhanced: isEnhanced ? String(first) : nil)
    }

    struct Malformed: Error {}

    static let mostBytes = 1 << 16

    /// Takes the first complete answer out of the bytes; `nil` while it is not complete.
    static func take(from bytes: inout ByteBuffer) throws(Malformed) -> SMTPReply? {
        var rest = bytes
        var code: Int?
        var lines: [String] = []
        while let length = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")).map({ $0 - rest.readerIndex }) {
            guard var line = rest.readBytes(length: length + 1)?.dropLast() else { throw Malformed() }
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            let digits = line.prefix(3)
            guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(String(decoding: digits, as: UTF8.self)), (200...599).contains(number), code == nil || code == number
            else { throw Malformed() }
            code = number
            let sign = line.dropFirst(3).first
            guard sign == nil || sign == UInt8(ascii: " ") || sign == UInt8(ascii: "-") else { throw Malformed() }
            lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
            guard sign == UInt8(ascii: "-") else {
                bytes = rest
                return SMTPReply(code: number, lines: lines)
            }
        }
        guard bytes.readableBytes <= mostBytes else { throw Malformed() }
        return nil
    }
}
