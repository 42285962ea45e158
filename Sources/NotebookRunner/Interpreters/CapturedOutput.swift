/// A paragraph's output, of which only the first 102,400 bytes are kept.
struct CapturedOutput: Sendable {
    /// Zeppelin's `ZEPPELIN_INTERPRETER_OUTPUT_LIMIT`, in bytes.
    static let limit = 102_400

    private var bytes: [UInt8] = []
    private(set) var isTruncated = false

    mutating func append(_ more: [UInt8]) {
        let room = Self.limit - bytes.count
        bytes += more.prefix(room)
        if more.count > room { isTruncated = true }
    }

    /// The text, without the part of a character that the limit may have cut.
    var text: String {
        guard isTruncated else { return String(decoding: bytes, as: UTF8.self) }
        let start = bytes.lastIndex { $0 & 0xC0 != 0x80 } ?? bytes.startIndex
        let tail = bytes[start...]
        let isWhole = String(validating: tail, as: UTF8.self) != nil
        return String(decoding: isWhole ? bytes[...] : bytes[..<start], as: UTF8.self)
    }

    /// The text cut at lines that begin with `%table` or `%text`; an empty line ends a table.
    var messages: [ParagraphResult.Message] {
        var messages: [ParagraphResult.Message] = []
        var kind = ParagraphResult.Message.Kind.text
        var piece = ""
        func close() {
            if !piece.isEmpty { messages.append(.init(type: kind, data: piece)) }
            piece = ""
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let end = index == lines.count - 1 ? "" : "\n"
            if let (newKind, rest) = Self.marker(of: line) {
                close()
                kind = newKind
                piece = rest.isEmpty ? "" : rest + end
            } else if kind == .table, line.isEmpty, !end.isEmpty, !piece.isEmpty {
                close()
                kind = .text
            } else {
                piece += line + end
            }
        }
        close()
        if isTruncated { messages.append(Self.notice(of: "\(Self.limit) bytes", setting: "ZEPPELIN_INTERPRETER_OUTPUT_LIMIT")) }
        return messages
    }

    /// What stands below a result of which a part is missing; the result's code doesn't tell.
    static func notice(of limit: String, setting: String) -> ParagraphResult.Message {
        let text = "<strong>Output is truncated</strong> to \(limit). Learn more about <strong>\(setting)</strong>"
        return .init(type: .html, data: "<div class=\"result-alert alert-warning\" role=\"alert\">\(text)</div>")
    }

    private static func marker(of line: Substring) -> (ParagraphResult.Message.Kind, Substring)? {
        for (name, kind) in [("%table", ParagraphResult.Message.Kind.table), ("%text", .text)] where line.hasPrefix(name) {
            let rest = line.dropFirst(name.count)
            if rest.isEmpty { return (kind, rest) }
            if rest.first == " " || rest.first == "\t" { return (kind, rest.dropFirst()) }
        }
        return nil
    }
}
