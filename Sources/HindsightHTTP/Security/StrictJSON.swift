import HindsightCore

extension [String: JSONValue] {
    /// Reads one JSON object in which each member stands once: where two readers could take different ones, a check made on one of them
    /// says nothing about the other.
    ///
    /// - Throws: `JSONSyntaxError`, or `DecodingError` for a number that no `Double` holds; neither quotes the text.
    init(strictly bytes: [UInt8]) throws {
        guard let members = try JSONText(object: bytes).decoded(as: JSONValue.self).objectValue else {
            preconditionFailure("a text that was checked to be an object is one")
        }
        self = members
    }
}
