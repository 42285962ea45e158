/// Writes itself as a JSON object in one pass, without `Codable`: for what the engine writes at every step.
///
/// One line for each member, in the order of the names:
///
///     extension RetryScheduled: JSONWritable {
///         func write(to members: inout MemberWriter) throws {
///             members.write("attempt", attempt)
///             members.write("note", note)
///         }
///     }
///
/// It must write, byte for byte, what ``JSON/encode(_:)`` makes of the type's `Codable`.
public protocol JSONWritable {
    func write(to members: inout MemberWriter) throws
}

/// The members of a JSON object on their way into bytes. An optional member without a value is left out.
public struct MemberWriter {
    fileprivate var bytes: [UInt8]

    fileprivate init(_ bytes: consuming [UInt8]) { self.bytes = bytes }

    private mutating func begin(_ name: StaticString) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    public mutating func write(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        begin(name)
        bytes.append(json: text)
    }

    public mutating func write(_ name: StaticString, _ number: (some FixedWidthInteger & SignedInteger)?) {
        guard let number else { return }
        begin(name)
        bytes.append(json: Int64(number))
    }

    public mutating func write(_ name: StaticString, _ flag: Bool?) {
        guard let flag else { return }
        begin(name)
        bytes.append(json: flag)
    }

    public mutating func write(_ name: StaticString, _ instant: Timestamp?) {
        guard let instant else { return }
        begin(name)
        bytes.append(UInt8(ascii: "\""))
        instant.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func write(_ name: StaticString, _ texts: [String]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(json: text)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// - Throws: `EncodingError` for a number that is not finite.
    public mutating func write(_ name: StaticString, _ value: JSONValue) throws {
        begin(name)
        try bytes.append(json: value)
    }

    public mutating func write(_ name: StaticString, _ object: (some JSONWritable)?) throws {
        guard let object else { return }
        begin(name)
        try bytes.append(json: object)
    }
}

extension JSON {
    /// The value's members as one compact line, without `Codable`.
    public static func write(_ value: some JSONWritable) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        try bytes.append(json: value)
        return bytes
    }
}

extension JSONText {
    /// As ``init(encoding:)``, without `Codable`.
    public init(encoding value: some Encodable & JSONWritable) throws {
        try self.init(object: JSON.write(value))
    }
}

extension [UInt8] {
    fileprivate mutating func append(json object: some JSONWritable) throws {
        append(UInt8(ascii: "{"))
        // Moved there and back, so that nothing is copied.
        var members = MemberWriter(self)
        self = []
        defer { swap(&self, &members.bytes) }
        try object.write(to: &members)
        members.bytes.append(UInt8(ascii: "}"))
    }

    fileprivate mutating func append(json value: JSONValue) throws {
        switch value {
        case .null: append(contentsOf: "null".utf8)
        case .bool(let flag): append(json: flag)
        case .integer(let number): append(json: number)
        case .number(let number):
            guard number.isFinite else {
                throw EncodingError.invalidValue(
                    number, EncodingError.Context(codingPath: [], debugDescription: "JSON has no number that is not finite"))
            }
            let text = number.description
            append(contentsOf: (text.hasSuffix(".0") ? text.dropLast(2) : text[...]).utf8)
        case .string(let text): append(json: text)
        case .array(let items):
            append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                try append(json: item)
            }
            append(UInt8(ascii: "]"))
        case .object(let members):
            append(UInt8(ascii: "{"))
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                append(json: member.key)
                append(UInt8(ascii: ":"))
                try append(json: member.value)
            }
            append(UInt8(ascii: "}"))
        }
    }

    fileprivate mutating func append(json flag: Bool) { append(contentsOf: (flag ? "true" : "false").utf8) }

    fileprivate mutating func append(json number: Int64) { append(contentsOf: String(number).utf8) }

    fileprivate mutating func append(json text: String) {
        append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { characters in
            // Mostly nothing needs an escape.
            var plain = 0
            for (index, byte) in characters.enumerated() where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                append(contentsOf: characters[plain..<index])
                plain = index + 1
                append(escaped: byte)
            }
            append(contentsOf: characters[plain...])
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func append(escaped byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0a: append(UInt8(ascii: "n"))
        case 0x0c: append(UInt8(ascii: "f"))
        case 0x0d: append(UInt8(ascii: "r"))
        case 0x20...: append(byte)
        default:
            append(contentsOf: "u00".utf8)
            append(hexadecimalDigit(byte >> 4))
            append(hexadecimalDigit(byte & 0xf))
        }
    }
}
