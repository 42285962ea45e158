/// The name of a stream: `category-id`, or a category alone.
///
/// The category is everything before the first `-` and matches `[A-Za-z][A-Za-z0-9_.]{0,63}`; the id is any UTF-8 without control
/// characters; 255 bytes in all. Names are compared by bytes.
public struct StreamName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let description: String
    public let category: Category

    /// - Throws: `.invalid` with the reason, for a name that breaks the rules above.
    public init(_ text: String) throws(EventLogError) {
        guard text.utf8.count <= Limits.nameBytes else {
            throw .limitExceeded(.nameBytes, actual: text.utf8.count)
        }
        guard !text.containsControlCharacters else {
            throw .invalid(field: "stream", reason: "a stream name has no control characters")
        }
        // By scalars: a combining mark after the dash would make one character of the two.
        category = try Category(String(String.UnicodeScalarView(text.unicodeScalars.prefix { $0 != "-" })))
        description = text
    }

    public init(category: Category, id: String) throws(EventLogError) {
        try self.init("\(category)-\(id)")
    }

    /// What follows the first `-`; `nil` for a stream that is its own category.
    public var id: Substring? {
        description.utf8.firstIndex(of: UInt8(ascii: "-")).map { description[description.utf8.index(after: $0)...] }
    }

    public static func == (left: StreamName, right: StreamName) -> Bool {
        left.description.hasSameBytes(as: right.description)
    }

    public func hash(into hasher: inout Hasher) {
        description.hashBytes(into: &hasher)
    }

    public static func < (left: StreamName, right: StreamName) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}

extension StreamName: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The kind of thing a stream is about: `invoice` in `invoice-7f3a`.
public struct Category: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ text: String) throws(EventLogError) {
        let bytes = Array(text.utf8)
        let isWellFormed =
            (1...64).contains(bytes.count) && bytes[0].isLetter
            && bytes.dropFirst().allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }
        guard isWellFormed else {
            throw .invalid(
                field: "stream",
                reason: "a category is a letter and up to 63 letters, digits, '_' or '.', before the first '-' of the stream name")
        }
        description = text
    }
}

extension UInt8 {
    var isLetter: Bool { (0x41...0x5a).contains(self) || (0x61...0x7a).contains(self) }
    var isDigit: Bool { (0x30...0x39).contains(self) }
}

extension String {
    /// Whether the UTF-8 is the same; `==` would also be true for other spellings of the same characters.
    package func hasSameBytes(as other: String) -> Bool {
        let (left, right) = (utf8, other.utf8)
        guard left.count == right.count else { return false }
        // Strings of Swift's own have their bytes at hand; what another library lent is walked through.
        let comparison = left.withContiguousStorageIfAvailable { leftBytes in
            right.withContiguousStorageIfAvailable { UnsafeRawBufferPointer(leftBytes).hasSameBytes(as: UnsafeRawBufferPointer($0)) }
        }
        return (comparison ?? nil) ?? left.elementsEqual(right)
    }

    /// Whether the UTF-8 begins with that of `prefix`; `hasPrefix` would say no where a combining mark follows.
    package func hasBytePrefix(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    /// What follows `prefix`, by bytes; `nil` for a text that does not begin with it.
    package func afterBytePrefix(_ prefix: String) -> String? {
        hasBytePrefix(prefix) ? String(self[utf8.index(utf8.startIndex, offsetBy: prefix.utf8.count)...]) : nil
    }

    package func hashBytes(into hasher: inout Hasher) {
        var text = self
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Whether a C0 or C1 control character or DEL stands in the text.
    var containsControlCharacters: Bool {
        unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) }
    }
}

extension UnsafeRawBufferPointer {
    package func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool { count == other.count && holds(other, at: 0) }
}
