// Each of these throws `DecodingError`: `keyNotFound`, `typeMismatch`, `valueNotFound` for `null`, or `dataCorrupted`; its coding path
// leads from the outermost object to the member. A damaged document is thrown as `JSONSyntaxError`, which ``JSON/read(_:from:)`` makes
// a `dataCorrupted` about the whole.

extension MemberReader {
    public mutating func string(_ name: StaticString) throws -> String {
        try find(name)
        return try read { try $0.readString() }
    }

    public mutating func optionalString(_ name: StaticString) throws -> String? {
        guard try findIfPresent(name) else { return nil }
        return try read { try $0.readString() }
    }

    public mutating func integer(_ name: StaticString) throws -> Int {
        try find(name)
        return try read { try $0.readInteger() }
    }

    public mutating func optionalInteger(_ name: StaticString) throws -> Int? {
        guard try findIfPresent(name) else { return nil }
        return try read { try $0.readInteger() }
    }

    public mutating func integer(_ name: StaticString) throws -> Int64 {
        try find(name)
        return try read { try $0.readInteger() }
    }

    public mutating func optionalInteger(_ name: StaticString) throws -> Int64? {
        guard try findIfPresent(name) else { return nil }
        return try read { try $0.readInteger() }
    }

    public mutating func number(_ name: StaticString) throws -> Double {
        try find(name)
        return try read { try $0.readDouble() }
    }

    public mutating func optionalNumber(_ name: StaticString) throws -> Double? {
        guard try findIfPresent(name) else { return nil }
        return try read { try $0.readDouble() }
    }

    public mutating func bool(_ name: StaticString) throws -> Bool {
        try find(name)
        return try read { try $0.readBool() }
    }

    public mutating func optionalBool(_ name: StaticString) throws -> Bool? {
        guard try findIfPresent(name) else { return nil }
        return try read { try $0.readBool() }
    }

    public mutating func timestamp(_ name: StaticString) throws -> Timestamp {
        try find(name)
        return try read { try $0.readTimestamp() }
    }

    public mutating func optionalTimestamp(_ name: StaticString) throws -> Timestamp? {
        guard try findIfPresent(name) else { return nil }
        return try read { try $0.readTimestamp() }
    }

    /// Whatever it is.
    public mutating func value(_ name: StaticString) throws -> JSONValue {
        try find(name)
        return try read { try $0.readValue() }
    }

    /// An object whose members are strings, whatever their names.
    public mutating func strings(_ name: StaticString) throws -> [String: String] {
        try find(name)
        return try read { try $0.readStrings() }
    }
}

// MARK: - Types of their own

// Inlinable, so that the modules which own the types read them without looking up metadata.
extension MemberReader {
    /// A type that is written as a string: `card = try members.string("card", as: CardID.init)`. The member is malformed if `make` throws
    /// or returns `nil`.
    @inlinable
    public mutating func string<Value>(
        _ name: StaticString, as make: (String) throws -> Value?
    ) throws -> Value {
        try made(string(name), by: make)
    }

    @inlinable
    public mutating func optionalString<Value>(
        _ name: StaticString, as make: (String) throws -> Value?
    ) throws -> Value? {
        guard let text = try optionalString(name) else { return nil }
        return try made(text, by: make)
    }

    /// A case of an enum, by its raw value.
    @inlinable
    public mutating func choice<Choice: RawRepresentable<String>>(_ name: StaticString) throws -> Choice {
        try made(string(name), by: Choice.init(rawValue:))
    }

    @inlinable
    public mutating func optionalChoice<Choice: RawRepresentable<String>>(_ name: StaticString) throws -> Choice? {
        guard let text = try optionalString(name) else { return nil }
        return try made(text, by: Choice.init(rawValue:))
    }

    @inlinable
    func made<Value>(_ text: String, by make: (String) throws -> Value?) throws -> Value {
        do {
            if let value = try make(text) { return value }
        } catch {
            throw malformed("no \(Value.self): \(type(of: error))")
        }
        throw malformed("no \(Value.self)")
    }

    @inlinable
    public mutating func object<Value: JSONReadable>(_ name: StaticString) throws -> Value {
        var members = try enter(name)
        let value = try Value(reading: &members)
        try leave(members)
        return value
    }

    @inlinable
    public mutating func optionalObject<Value: JSONReadable>(_ name: StaticString) throws -> Value? {
        guard var members = try enterIfPresent(name) else { return nil }
        let value = try Value(reading: &members)
        try leave(members)
        return value
    }

    /// An array of objects.
    @inlinable
    public mutating func objects<Value: JSONReadable>(_ name: StaticString) throws -> [Value] {
        var values: [Value] = []
        var isInside = try enterArray(name)
        while isInside {
            var members = try enterElement()
            values.append(try Value(reading: &members))
            isInside = try leaveElement(members)
        }
        try passArray()
        return values
    }

    @usableFromInline
    mutating func enter(_ name: StaticString) throws -> MemberReader {
        try find(name)
        return try MemberReader(enteredFrom: cursor)
    }

    @usableFromInline
    mutating func enterIfPresent(_ name: StaticString) throws -> MemberReader? {
        guard try findIfPresent(name) else { return nil }
        return try MemberReader(enteredFrom: cursor)
    }

    @usableFromInline
    mutating func leave(_ members: consuming MemberReader) throws {
        try members.leave(&cursor)
        try pass()
    }

    @usableFromInline
    mutating func enterArray(_ name: StaticString) throws -> Bool {
        try find(name)
        return try cursor.readBracket()
    }

    @usableFromInline
    func enterElement() throws -> MemberReader { try MemberReader(enteredFrom: cursor) }

    /// - Returns: Whether another element follows.
    @usableFromInline
    mutating func leaveElement(_ members: consuming MemberReader) throws -> Bool {
        try members.leave(&cursor)
        return try cursor.nextElement()
    }

    @usableFromInline
    mutating func passArray() throws { try pass() }
}

// MARK: - Values under a cursor

extension JSONCursor {
    fileprivate mutating func readString() throws -> String {
        try readStringPlace().text(in: bytes)
    }

    fileprivate mutating func readTimestamp() throws -> Timestamp {
        let start = offset
        let inside = try readStringPlace()
        let instant = inside.hasEscapes ? Timestamp(inside.text(in: bytes)) : Timestamp(utf8: bytes[inside.range])
        guard let instant else { throw corrupted("no RFC 3339 instant", at: start) }
        return instant
    }

    private mutating func readStringPlace() throws -> JSONString {
        guard peek == UInt8(ascii: "\"") else { throw mismatch(String.self) }
        return try string()
    }

    fileprivate mutating func readInteger<Number: FixedWidthInteger>() throws -> Number {
        let start = offset
        guard let value: Number = try readNumberPlace(Number.self).integer(in: bytes) else {
            throw corrupted("no \(Number.self)", at: start)
        }
        return value
    }

    fileprivate mutating func readDouble() throws -> Double {
        let start = offset
        guard let value = try readNumberPlace(Double.self).double(in: bytes) else { throw corrupted("no finite Double", at: start) }
        return value
    }

    private mutating func readNumberPlace(_ type: any Any.Type) throws -> JSONNumber {
        guard peek.isDigit || peek == UInt8(ascii: "-") else { throw mismatch(type) }
        return try number()
    }

    fileprivate mutating func readBool() throws -> Bool {
        guard peek == UInt8(ascii: "t") || peek == UInt8(ascii: "f") else { throw mismatch(Bool.self) }
        return try literal() == .yes
    }

    /// Steps into the object under the cursor.
    ///
    /// - Returns: Whether it has a member.
    mutating func readBrace() throws -> Bool {
        guard peek == UInt8(ascii: "{") else { throw mismatch([String: Any].self) }
        return try enterObject()
    }

    /// Steps into the array under the cursor.
    ///
    /// - Returns: Whether it has an element.
    fileprivate mutating func readBracket() throws -> Bool {
        guard peek == UInt8(ascii: "[") else { throw mismatch([Any].self) }
        return try enterArray()
    }

    mutating func readValue() throws -> JSONValue {
        switch peek {
        case UInt8(ascii: "\""): return .string(try string().text(in: bytes))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number().value(in: bytes)
        case UInt8(ascii: "["):
            var items: [JSONValue] = []
            var isInside = try enterArray()
            while isInside {
                items.append(try readValue())
                isInside = try nextElement()
            }
            return .array(items)
        case UInt8(ascii: "{"):
            var members: [String: JSONValue] = [:]
            var isInside = try enterObject()
            while isInside {
                let name = try memberName()
                members[name.text(in: bytes)] = try readValue()
                isInside = try nextMember()
            }
            return .object(members)
        default:
            switch try literal() {
            case .null: return .null
            case .yes: return .bool(true)
            case .no: return .bool(false)
            }
        }
    }

    fileprivate mutating func readStrings() throws -> [String: String] {
        var values: [String: String] = [:]
        var isInside = try readBrace()
        while isInside {
            let name = try memberName()
            values[name.text(in: bytes)] = try readString()
            isInside = try nextMember()
        }
        return values
    }
}

// MARK: - Errors

extension JSONCursor {
    /// An error that names the place: found by an index of the whole document, which is made only now.
    ///
    /// A document that is damaged further on is reported as damaged, as `Codable` does.
    @inline(never)
    func error(_ make: (JSONDocument) -> DecodingError) -> DecodingError {
        do {
            return make(try JSONDocument(bytes))
        } catch {
            return error.asDecodingError
        }
    }

    /// The value under the cursor is of another type.
    @inline(never)
    func mismatch(_ type: any Any.Type) -> DecodingError {
        error { .mismatch(type, isNull: peek == UInt8(ascii: "n"), path: $0.path(toByte: offset)) }
    }

    @inline(never)
    func corrupted(_ reason: String, at offset: Int) -> DecodingError {
        error { .dataCorrupted(DecodingError.Context(codingPath: $0.path(toByte: offset), debugDescription: reason)) }
    }
}
