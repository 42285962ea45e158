package import HindsightCore

/// An identifier that names a stream of one category; its tag and stream name are well-formed because it was checked when it was made.
package struct StreamID<Kind: StreamKind>: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let description: String
    package let stream: StreamName
    /// `<kind>:<id>`, for events in other streams.
    package let tag: Tag

    /// `nil` for a text that breaks the kind's rule.
    package init?(_ text: String) {
        guard Kind.admits(text) else { return nil }
        do {
            stream = try StreamName(category: Self.category, id: text)
            tag = try Tag(key: Kind.name, value: text)
        } catch {
            return nil
        }
        description = text
    }

    /// The id of a stream of this category; `nil` for another stream.
    package init?(of stream: StreamName) {
        guard stream.category == Self.category, let id = stream.id else { return nil }
        self.init(String(id))
    }

    package static var category: Category { Kind.category }
    package static var rule: String { Kind.rule }

    package static func < (left: StreamID, right: StreamID) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}

extension StreamID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = StreamID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: Kind.rule)
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What an identifier is for, and how it may look.
package protocol StreamKind: Sendable {
    static var name: String { get }
    static var category: Category { get }
    /// In words, for the person who broke it.
    static var rule: String { get }
    static func admits(_ text: String) -> Bool
}

package enum Jobs: StreamKind {
    package static let name = "job"
    package static let category = StreamCategories.job
    package static let rule = "a job's id is a UUID in lower case"

    package static func admits(_ text: String) -> Bool { EventID(text)?.description == text }
}

package enum Offers: StreamKind {
    package static let name = "offer"
    package static let category = StreamCategories.offer
    package static let rule = "an offer's id is 1 to 64 letters, digits, '.', '_' or '-'"

    package static func admits(_ text: String) -> Bool { text.isPlainName }
}

package enum Templates: StreamKind {
    package static let name = "template"
    package static let category = StreamCategories.template
    package static let rule = "a template's name is 1 to 64 letters, digits, '.', '_' or '-'"

    package static func admits(_ text: String) -> Bool { text.isPlainName }
}

package typealias JobID = StreamID<Jobs>
package typealias OfferID = StreamID<Offers>
package typealias TemplateName = StreamID<Templates>

/// The categories of the domain; the words are ours and well-formed.
private enum StreamCategories {
    static let job = category("job")
    static let offer = category("offer")
    static let template = category("template")

    private static func category(_ word: String) -> Category {
        do { return try Category(word) } catch { preconditionFailure("\(word) is a well-formed category") }
    }
}

extension String {
    /// Letters, digits and a few signs that mean nothing anywhere: safe in a path, a tag and a URL.
    var isPlainName: Bool {
        (1...64).contains(utf8.count) && self != "." && self != ".."
            && utf8.allSatisfy { byte in
                (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            }
    }
}
