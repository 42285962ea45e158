import Crypto
import HindsightCore

/// A card of a source system: `CRM:1024`. The source is everything before the first `:`.
package struct CardID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let description: String

    /// The bound keeps `pair-<card>|<card>` within the length of a stream name.
    package static let maximumBytes = 120

    /// - Throws: ``InvalidCard`` that names the field.
    package init(source: String, id: String) throws(InvalidCard) {
        let isSourceClean = !source.unicodeScalars.contains {
            $0 == ":" || $0 == "|" || $0.value <= 0x20 || (0x7f...0x9f).contains($0.value)
        }
        guard !source.isEmpty, isSourceClean else {
            throw InvalidCard(field: "source", reason: "is a name without spaces, ':' and '|'")
        }
        guard !id.isEmpty, !id.unicodeScalars.contains(where: { $0 == "|" || $0.value < 0x20 || (0x7f...0x9f).contains($0.value) })
        else { throw InvalidCard(field: "id", reason: "is one or more characters, without '|' and control characters") }
        guard source.utf8.count + id.utf8.count < Self.maximumBytes else {
            throw InvalidCard(field: "id", reason: "source and id have at most \(Self.maximumBytes - 1) bytes together")
        }
        description = "\(source):\(id)"
    }

    /// Reads `SOURCE:ID`.
    package init(_ text: String) throws(InvalidCard) {
        // By scalars: a combining mark after the colon would make one character of the two.
        guard let colon = text.unicodeScalars.firstIndex(of: ":") else {
            throw InvalidCard(field: "card", reason: "has the form SOURCE:ID")
        }
        try self.init(source: String(text[..<colon]), id: String(text[text.unicodeScalars.index(after: colon)...]))
    }

    package var source: String { String(description.unicodeScalars.prefix { $0 != ":" }) }
    package var id: String { String(description.unicodeScalars.drop { $0 != ":" }.dropFirst()) }

    package static func < (left: CardID, right: CardID) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}

/// A card or one of its attributes that can't be taken in, and why.
package struct InvalidCard: Error, Equatable, CustomStringConvertible {
    package let field: String
    package let reason: String

    package init(field: String, reason: String) {
        (self.field, self.reason) = (field, reason)
    }

    package var description: String { "\(field) \(reason)" }
}

/// The stable id of a golden record: `G` and ten Crockford base-32 digits.
package struct GoldenID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let description: String

    /// - Throws: ``InvalidCard`` for a text of another form.
    package init(_ text: String) throws(InvalidCard) {
        guard text.utf8.count == 11, text.hasPrefix("G"), text.utf8.dropFirst().allSatisfy(Self.digits.contains) else {
            throw InvalidCard(field: "golden", reason: "is G and ten Crockford base-32 digits")
        }
        description = text
    }

    /// The id that follows from the card that founds the record.
    ///
    /// - Parameter ordinal: 1, then 2, 3… where the card founded another record before that still lives without it.
    package init(foundedBy card: CardID, ordinal: Int = 1) {
        let hash = SHA256.hash(data: Array("golden\u{0}\(card)\u{0}\(ordinal)".utf8))
        var bits = hash.prefix(7).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var text: [UInt8] = []
        for _ in 0..<10 {
            text.append(Self.digits[Int(bits & 31)])
            bits >>= 5
        }
        description = "G" + String(decoding: text, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    package static func < (left: GoldenID, right: GoldenID) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}

extension CardID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(container.decode(String.self))
        } catch let error as InvalidCard {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension GoldenID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(container.decode(String.self))
        } catch let error as InvalidCard {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Two cards in byte order.
package struct CardPair: Sendable, Hashable, Comparable {
    package let a: CardID
    package let b: CardID

    package init(_ one: CardID, _ other: CardID) {
        (a, b) = one < other ? (one, other) : (other, one)
    }

    package static func < (left: CardPair, right: CardPair) -> Bool {
        left.a == right.a ? left.b < right.b : left.a < right.a
    }
}

/// Short digests of references, for ids that follow from what they name.
enum Fingerprint {
    /// Thirty-two hexadecimal digits of SHA-256.
    static func hex(_ parts: [String]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let hash = SHA256.hash(data: Array(parts.joined(separator: "\u{0}").utf8)).prefix(16)
        return String(decoding: hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
