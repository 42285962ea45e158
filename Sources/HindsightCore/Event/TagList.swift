/// Tags as a JSON array of strings, which is how engines keep them. Tags hold no control characters, so only quotes and backslashes need
/// an escape.
package enum TagList {
    package static func append(_ tags: [Tag], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (index, tag) in tags.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\""))
            for byte in tag.description.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// What ``append(_:to:)`` wrote; `nil` for what it can't have written.
    package static func tags(in bytes: UnsafeRawBufferPointer) -> [Tag]? {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return nil }
        var tags: [Tag] = []
        var index = 1
        let end = bytes.count - 1
        while index < end {
            if !tags.isEmpty {
                guard bytes[index] == UInt8(ascii: ",") else { return nil }
                index += 1
            }
            guard let text = text(in: bytes, from: &index, to: end), text.utf8.contains(UInt8(ascii: ":")) else { return nil }
            tags.append(Tag(trusted: text))
        }
        return tags
    }

    private static func text(in bytes: UnsafeRawBufferPointer, from index: inout Int, to end: Int) -> String? {
        guard index < end, bytes[index] == UInt8(ascii: "\"") else { return nil }
        index += 1
        let start = index
        while index < end, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index += 1 }
        guard index < end else { return nil }
        if bytes[index] == UInt8(ascii: "\"") {
            defer { index += 1 }
            return String(validating: bytes[start..<index], as: UTF8.self)
        }
        // The rare tag with an escape in it is put together byte by byte.
        var text = Array(bytes[start..<index])
        while index < end {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard index < end, bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "\\") else { return nil }
                text.append(bytes[index])
                index += 1
            default: text.append(byte)
            }
        }
        return nil
    }
}
