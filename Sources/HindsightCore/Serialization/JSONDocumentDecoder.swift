/// A value of an indexed document, as `Codable` asks for it: the decoder, and the container of a single value.
///
/// Follows Foundation's `JSONDecoder`: `1.0` is a whole number, `null` is no value, a number that doesn't fit is corrupted data.
/// The generic methods would serve all integers; `Int` and `Int64` have their own because containers are used unspecialised, where generic
/// arithmetic goes through witness tables.
struct JSONDocumentDecoder: Decoder, SingleValueDecodingContainer {
    let document: JSONDocument
    let index: Int

    var codingPath: [any CodingKey] { document.path(to: index) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try JSONKeyedContainer<Key>(document, index))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try JSONUnkeyedContainer(document, index) }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { document.isNull(index) }
    func decode(_ type: Bool.Type) throws -> Bool { try document.bool(index) }
    func decode(_ type: String.Type) throws -> String { try document.string(index) }
    func decode(_ type: Double.Type) throws -> Double { try document.double(index) }
    func decode(_ type: Float.Type) throws -> Float { try document.float(index) }
    func decode(_ type: Int.Type) throws -> Int { try document.integer(index) }
    func decode(_ type: Int64.Type) throws -> Int64 { try document.integer(index) }
    func decode<Number: FixedWidthInteger & Decodable>(_ type: Number.Type) throws -> Number { try document.integer(index) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: self) }
}

/// An object, read by the names of its members.
struct JSONKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let document: JSONDocument
    private let object: Int

    init(_ document: JSONDocument, _ index: Int) throws {
        guard document[index].kind == .object else { throw document.mismatch([String: Any].self, at: index) }
        self.document = document
        object = index
    }

    var codingPath: [any CodingKey] { document.path(to: object) }
    var allKeys: [Key] { document.names(in: object).compactMap(Key.init(stringValue:)) }

    private func required(_ key: Key) throws -> Int { try document.value(named: key.stringValue, in: object) }

    /// `nil` for a member that is absent or `null`.
    private func optional(_ key: Key) -> Int? {
        guard let value = document.find(key.stringValue, in: object), !document.isNull(value) else { return nil }
        return value
    }

    func contains(_ key: Key) -> Bool { document.find(key.stringValue, in: object) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { document.isNull(try required(key)) }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try document.bool(required(key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try document.string(required(key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try document.double(required(key)) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try document.float(required(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try document.integer(required(key)) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try document.integer(required(key)) }
    func decode<Number: FixedWidthInteger & Decodable>(_ type: Number.Type, forKey key: Key) throws -> Number {
        try document.integer(required(key))
    }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try Value(from: JSONDocumentDecoder(document: document, index: required(key)))
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try optional(key).map(document.bool) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try optional(key).map(document.string) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try optional(key).map(document.double) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try optional(key).map(document.float) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try optional(key).map(document.integer) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try optional(key).map(document.integer) }
    func decodeIfPresent<Number: FixedWidthInteger & Decodable>(_ type: Number.Type, forKey key: Key) throws -> Number? {
        try optional(key).map(document.integer)
    }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try optional(key).map { try Value(from: JSONDocumentDecoder(document: document, index: $0)) }
    }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key) throws -> KeyedDecodingContainer<NestedKey> {
        KeyedDecodingContainer(try JSONKeyedContainer<NestedKey>(document, required(key)))
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try JSONUnkeyedContainer(document, required(key))
    }
    func superDecoder() throws -> any Decoder {
        JSONDocumentDecoder(document: document, index: try document.value(named: "super", in: object))
    }
    func superDecoder(forKey key: Key) throws -> any Decoder { JSONDocumentDecoder(document: document, index: try required(key)) }
}

/// An array, read from its first element to its last.
struct JSONUnkeyedContainer: UnkeyedDecodingContainer {
    private let document: JSONDocument
    private let array: Int
    private var next: Int
    private(set) var currentIndex = 0

    init(_ document: JSONDocument, _ index: Int) throws {
        guard document[index].kind == .array else { throw document.mismatch([Any].self, at: index) }
        self.document = document
        array = index
        next = index + 1
    }

    var codingPath: [any CodingKey] { document.path(to: array) }
    var count: Int? { Int(document[array].end) }
    var isAtEnd: Bool { next == document[array].next }

    /// Reads the next element, and passes it if that succeeds.
    private mutating func pass<Value>(_ type: Any.Type, _ read: (JSONDocument, Int) throws -> Value) throws -> Value {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type,
                DecodingError.Context(codingPath: codingPath + [JSONKey(intValue: currentIndex)], debugDescription: "no more elements"))
        }
        let value = try read(document, next)
        next = Int(document[next].next)
        currentIndex += 1
        return value
    }

    /// Passes the next element only if it is `null`.
    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, !document.isNull(next) else { return try pass(Never.self) { _, _ in true } }
        return false
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try pass(type) { try $0.bool($1) } }
    mutating func decode(_ type: String.Type) throws -> String { try pass(type) { try $0.string($1) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try pass(type) { try $0.double($1) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try pass(type) { try $0.float($1) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try pass(type) { try $0.integer($1) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try pass(type) { try $0.integer($1) } }
    mutating func decode<Number: FixedWidthInteger & Decodable>(_ type: Number.Type) throws -> Number {
        try pass(type) { try $0.integer($1) }
    }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try pass(type) { try Value(from: JSONDocumentDecoder(document: $0, index: $1)) }
    }

    mutating func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) throws -> KeyedDecodingContainer<NestedKey> {
        try pass(type) { KeyedDecodingContainer(try JSONKeyedContainer<NestedKey>($0, $1)) }
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try pass([Any].self) { try JSONUnkeyedContainer($0, $1) }
    }
    mutating func superDecoder() throws -> any Decoder {
        try pass((any Decoder).self) { JSONDocumentDecoder(document: $0, index: $1) }
    }
}
