/// Tags as a JSON array of strings, which is how engines keep them. Tags hold no control characters, so only quotes and backslashes need
/// an escape.
package enum TagList {
    package static func append(_ tags: [Tag], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (index, tag) in tags.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\""))
            for byte in tag.description.utf8 {
                if needsEscape(byte) { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }

    /// What ``append(_:to:)`` wrote; `nil` for what it can't have written.
    package static func tags(in bytes: UnsafeRawBufferPointer) -> [Tag]? {
        var tags: [Tag] = []
        let isWellFormed = forEachText(in: bytes) { text in
            guard isTag(text) else { return false }
            tags.append(Tag(trusted: String(decoding: text, as: UTF8.self)))
            return true
        }
        return isWellFormed ? tags : nil
    }

    /// Whether a text has the form of a tag: UTF-8 with a colon in it.
    package static func isTag(_ text: UnsafeRawBufferPointer) -> Bool {
        var (hasColon, isASCII) = (false, true)
        for byte in text {
            hasColon = hasColon || byte == UInt8(ascii: ":")
            isASCII = isASCII && byte < 0x80
        }
        return hasColon && (isASCII || String(validating: text, as: UTF8.self) != nil)
    }

    /// Lends the bytes of each tag, without the escapes, until `body` returns `false`.
    ///
    /// - Returns: Whether the list is one that ``append(_:to:)`` can have written, as far as its form shows, and `body` took all of it.
    package static func forEachText(in bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return false }
        let end = bytes.count - 1
        var index = 1
        while index < end {
            if index > 1 {
                guard bytes[index] == UInt8(ascii: ",") else { return false }
                index += 1
            }
            guard index < end, bytes[index] == UInt8(ascii: "\"") else { return false }
            index += 1
            let start = index
            while index < end, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index += 1 }
            guard index < end else { return false }
            if bytes[index] == UInt8(ascii: "\"") {
                guard body(UnsafeRawBufferPointer(rebasing: bytes[start..<index])) else { return false }
                index += 1
            } else {
                guard let text = unescaped(bytes, from: start, &index, to: end), text.withUnsafeBytes(body) else { return false }
            }
        }
        return true
    }

    /// The rare tag with an escape in it is put together byte by byte.
    ///
    /// - Parameter index: On the first escape; on return behind the closing quote.
    private static func unescaped(_ bytes: UnsafeRawBufferPointer, from start: Int, _ index: inout Int, to end: Int) -> [UInt8]? {
        var text = Array(bytes[start..<index])
        while index < end {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return text
            case UInt8(ascii: "\\"):
                guard index < end, needsEscape(bytes[index]) else { return nil }
                text.append(bytes[index])
                index += 1
            default: text.append(byte)
            }
        }
        return nil
    }
}
