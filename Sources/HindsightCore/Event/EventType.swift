/// The wire name of a kind of event: `billing-retries.payment-declined`. 1…255 bytes of UTF-8 without control characters, compared by
/// bytes.
public struct EventType: Sendable, Hashable, CustomStringConvertible, Codable, ExpressibleByStringLiteral {
    public let description: String

    public init(_ text: String) throws(EventLogError) {
        guard !text.isEmpty, !text.containsControlCharacters else {
            throw .invalid(field: "type", reason: "an event type is 1 to \(Limits.typeBytes) bytes without control characters")
        }
        guard text.utf8.count <= Limits.typeBytes else {
            throw .limitExceeded(.typeBytes, actual: text.utf8.count)
        }
        description = text
    }

    /// For names written in our own code, which are well-formed.
    public init(stringLiteral text: String) {
        precondition(!text.isEmpty && text.utf8.count <= Limits.typeBytes, "an event type is 1 to 255 bytes")
        description = text
    }

    public static func == (left: EventType, right: EventType) -> Bool {
        left.description.hasSameBytes(as: right.description)
    }

    public func hash(into hasher: inout Hasher) {
        description.hashBytes(into: &hasher)
    }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A `key:value` pair that links events across streams: `card:CRM:1024`. The key is everything before the first `:`. Compared by
/// bytes.
public struct Tag: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let description: String

    public init(_ text: String) throws(EventLogError) {
        guard text.utf8.count <= Limits.tagBytes else { throw .limitExceeded(.tagBytes, actual: text.utf8.count) }
        guard !text.containsControlCharacters else { throw .invalid(field: "tags", reason: "a tag has no control characters") }
        let bytes = text.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon != bytes.startIndex, bytes.index(after: colon) != bytes.endIndex
        else {
            throw .invalid(field: "tags", reason: "a tag has the form key:value")
        }
        description = text
    }

    public init(key: String, value: String) throws(EventLogError) {
        try self.init("\(key):\(value)")
    }

    /// Takes a tag that was checked before it was stored.
    init(trusted text: String) { description = text }

    public static func == (left: Tag, right: Tag) -> Bool {
        left.description.hasSameBytes(as: right.description)
    }

    public func hash(into hasher: inout Hasher) {
        description.hashBytes(into: &hasher)
    }

    public static func < (left: Tag, right: Tag) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}

extension Tag: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
