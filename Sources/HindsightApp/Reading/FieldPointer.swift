package import HindsightCore

/// A field of a stream's state, as people name it: a member's name, or a JSON pointer (RFC 6901), which begins with a slash.
package struct FieldPointer: Sendable, Hashable, CustomStringConvertible {
    /// Of the state itself: events set members as a whole.
    package let member: String
    /// From there on down.
    private let rest: [String]

    package init(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "/") else {
            (member, rest) = (text, [])
            return
        }
        let tokens = text.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            String(String.UnicodeScalarView($0)).replacing("~1", with: "/").replacing("~0", with: "~")
        }
        (member, rest) = (tokens[0], Array(tokens.dropFirst()))
    }

    package init(member: String) { (self.member, rest) = (member, []) }

    /// The JSON pointer.
    package var description: String { ([member] + rest).map { "/\($0.escapedForPointer)" }.joined() }

    /// What stands there in the value of the member; `nil` for nothing.
    package func value(in member: JSONValue?) -> JSONValue? {
        rest.reduce(member) { value, token in
            switch value {
            case .object(let members): members[token]
            case .array(let items): Int(token).flatMap { items.indices.contains($0) ? items[$0] : nil }
            default: nil
            }
        }
    }
}

extension FieldPointer: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// No event of the stream has set the field, or none had by then.
package struct NoSuchField: Error, Sendable, Equatable, CustomStringConvertible {
    package let stream: StreamName
    package let field: FieldPointer

    package init(stream: StreamName, field: FieldPointer) { (self.stream, self.field) = (stream, field) }

    /// What is missing, in a few words.
    package var problem: String { "no event of stream \(stream) has set \(field) by this time" }

    package var description: String { "\(problem): `hindsight state \(stream)` shows its fields" }
}
