import HindsightCore

/// Tags as a JSON array of strings. Tags hold no control characters, so only quotes and backslashes need an escape.
enum TagList {
    static func bytes(of tags: [Tag]) -> [UInt8] {
        var bytes = [UInt8(ascii: "[")]
        for tag in tags {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\""))
            for byte in tag.description.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }

    /// What ``bytes(of:)`` wrote, as texts; `nil` for anything else.
    static func texts(in bytes: [UInt8]) -> [String]? {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return nil }
        var texts: [String] = []
        var rest = bytes.dropFirst().dropLast()
        while !rest.isEmpty {
            if !texts.isEmpty { guard rest.popFirst() == UInt8(ascii: ",") else { return nil } }
            guard let text = popText(from: &rest) else { return nil }
            texts.append(text)
        }
        return texts
    }

    private static func popText(from rest: inout ArraySlice<UInt8>) -> String? {
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else { return nil }
                text.append(escaped)
            default: text.append(byte)
            }
        }
        return nil
    }
}
