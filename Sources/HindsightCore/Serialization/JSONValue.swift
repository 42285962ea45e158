import FoundationEssentials

/// A JSON value in memory, for data whose shape the engine doesn't know: form parameters, effect requests and results, schemas.
///
/// Written with sorted keys. Whole numbers that fit `Int64` stay whole.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    public subscript(_ name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    public var stringValue: String? { if case .string(let text) = self { text } else { nil } }
    public var boolValue: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    public var integerValue: Int64? { if case .integer(let number) = self { number } else { nil } }
    public var arrayValue: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
    public var objectValue: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}

extension JSONValue: Codable {
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? JSONDocumentDecoder {
            self = try decoder.document.value(decoder.index)
        } else {
            try self.init(probing: decoder)
        }
    }

    /// For values that come from another format: YAML.
    private init(probing decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .integer(number)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let items = try? container.decode([JSONValue].self) {
            self = .array(items)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let flag): try container.encode(flag)
        case .integer(let number): try container.encode(number)
        case .number(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .array(let items): try container.encode(items)
        case .object(let members): try container.encode(members)
        }
    }
}

/// How our own code writes and reads JSON: sorted keys, compact, slashes unescaped.
public enum JSON {
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// - Throws: `DecodingError`, whose coding path names the member.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try bytes.withUnsafeBytes { try decode(type, from: $0) }
    }

    /// Decodes from bytes that are borrowed for the call.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: UnsafeRawBufferPointer) throws -> Value {
        try JSONDocument.read(bytes) { try Value(from: JSONDocumentDecoder(document: $0, index: JSONDocument.root)) }
    }

    /// Reads an object from bytes that are borrowed for the call, without `Codable`.
    ///
    /// - Throws: `DecodingError`, as ``decode(_:from:)`` would.
    @inlinable
    public static func read<Value: JSONReadable>(_ type: Value.Type, from bytes: UnsafeRawBufferPointer) throws -> Value {
        do {
            var members = try MemberReader(document: bytes)
            let value = try Value(reading: &members)
            try members.leaveDocument()
            return value
        } catch let error as JSONSyntaxError {
            throw error.asDecodingError
        }
    }

    /// The value as one compact line with sorted keys.
    public static func line(_ value: some Encodable) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }
}

extension JSONText {
    /// Encodes a value of our own: sorted keys.
    ///
    /// - Throws: `EncodingError`, or `JSONSyntaxError` if the value is no object at the top level.
    public init(encoding value: some Encodable) throws {
        try self.init(object: JSON.encode(value))
    }

    public func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
        try JSON.decode(type, from: bytes)
    }
}

extension DecodingError {
    /// The JSON pointer of the member that could not be read, and why, without any value of it.
    public var pointerAndReason: (pointer: String, reason: String) {
        func pointer(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
            (path + (last.map { [$0] } ?? [])).map { "/" + ($0.intValue.map(String.init) ?? $0.stringValue) }.joined()
        }
        switch self {
        case .keyNotFound(let key, let context): return (pointer(context.codingPath, key), "is missing")
        case .typeMismatch(let type, let context): return (pointer(context.codingPath), "must be \(Self.word(for: type))")
        case .valueNotFound(_, let context): return (pointer(context.codingPath), "must not be null")
        case .dataCorrupted(let context): return (pointer(context.codingPath), "is malformed")
        @unknown default: return ("", "cannot be read")
        }
    }

    /// What a value of the type is in JSON, to somebody who has never seen the program.
    private static func word(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [Any].Type: "an array"
        case is [String: Any].Type: "an object"
        default: "of another type"
        }
    }
}
