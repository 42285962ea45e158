extension JSONSchema {
    /// A place at which a schema contradicts itself.
    public struct Contradiction: Sendable, Hashable {
        /// JSON pointer into the schema.
        public let pointer: String
        /// What follows the name of the place in a sentence: `is more than maxLength`.
        public let reason: String
    }

    /// Where no value can ever do, though the schema is well-formed: bounds that cross, required members that nothing may hold, and values
    /// of its own (`default`, `const`, `enum`, `examples`) that do not fit it. In the order of its members' names; O(n) in its size.
    ///
    /// - Throws: ``JSONSchemaError``, as ``init(_:)`` would.
    public func contradictions() throws(JSONSchemaError) -> [Contradiction] { try SchemaNode(source: source, pointer: "").contradictions() }
}

/// A schema, or one inside of it, as it was written.
private struct SchemaNode {
    let source: JSONValue
    let pointer: String

    func contradictions() throws(JSONSchemaError) -> [JSONSchema.Contradiction] {
        guard case .object(let keywords) = source else { return [] }
        var found = crossedBounds + crossedCounts + missingMembers
        for (value, keyword, place) in ownValues {
            // A value of the schema's own is held to all but the list that it stands in.
            var rest = keywords
            rest[keyword] = nil
            if keyword == "enum" { rest["const"] = nil }
            guard let violation = try JSONSchema(.object(rest)).validate(value).first else { continue }
            found.append(at(place, "does not fit its schema: \(violation.message)"))
        }
        for inner in inside { found += try inner.contradictions() }
        return found
    }

    private func at(_ place: String, _ reason: String) -> JSONSchema.Contradiction {
        JSONSchema.Contradiction(pointer: pointer + place, reason: reason)
    }

    /// The schemas of members and items.
    private var inside: [SchemaNode] {
        let members = (source["properties"]?.objectValue ?? [:]).sorted { $0.key < $1.key }.map { name, schema in
            SchemaNode(source: schema, pointer: "\(pointer)/properties/\(name.escapedForPointer)")
        }
        return ["additionalProperties", "items"].compactMap { keyword in
            source[keyword].map { SchemaNode(source: $0, pointer: "\(pointer)/\(keyword)") }
        } + members
    }

    /// Each with the keyword that it stands under, and its place.
    private var ownValues: [(JSONValue, String, String)] {
        let single = ["const", "default"].compactMap { keyword in source[keyword].map { ($0, keyword, "/\(keyword)") } }
        return single
            + ["enum", "examples"].flatMap { keyword in
                (source[keyword]?.arrayValue ?? []).enumerated().map { ($1, keyword, "/\(keyword)/\($0)") }
            }
    }

    // MARK: - Bounds

    private var crossedCounts: [JSONSchema.Contradiction] {
        [("minLength", "maxLength"), ("minItems", "maxItems")].compactMap { least, most in
            guard let low = source[least]?.numberValue, let high = source[most]?.numberValue, low > high else { return nil }
            return at("/\(least)", "is more than \(most)")
        }
    }

    private var crossedBounds: [JSONSchema.Contradiction] {
        for (lower, upper) in [
            ("minimum", "maximum"), ("exclusiveMinimum", "maximum"), ("minimum", "exclusiveMaximum"),
            ("exclusiveMinimum", "exclusiveMaximum"),
        ] {
            guard let low = source[lower]?.numberValue, let high = source[upper]?.numberValue else { continue }
            let isOpen = lower == "exclusiveMinimum" || upper == "exclusiveMaximum"
            guard low < high || (low == high && !isOpen) else {
                if !isOpen { return [at("/\(lower)", "is more than \(upper)")] }
                return [at("/\(lower)", "leaves nothing \(upper == "maximum" ? "up to" : "below") \(upper)")]
            }
            guard source["type"] == "integer" else { continue }
            let first = lower == "minimum" ? low.rounded(.up) : low.rounded(.down) + 1
            let last = upper == "maximum" ? high.rounded(.down) : high.rounded(.up) - 1
            if first > last { return [at("/\(lower)", "leaves no whole number \(upper == "maximum" ? "up to" : "below") \(upper)")] }
        }
        return []
    }

    // MARK: - Members

    private var missingMembers: [JSONSchema.Contradiction] {
        let properties = source["properties"]?.objectValue ?? [:]
        return (source["required"]?.arrayValue ?? []).enumerated().compactMap { index, name in
            guard let name = name.stringValue else { return nil }
            if properties[name] == false { return at("/required/\(index)", "names \(name), which no value may hold") }
            guard properties[name] == nil, source["additionalProperties"] == false else { return nil }
            return at("/required/\(index)", "names \(name), which is none of the properties, and others are not admitted")
        }
    }
}

extension JSONValue {
    /// As a floating-point number, near enough for limits.
    fileprivate var numberValue: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .null, .bool, .string, .array, .object: nil
        }
    }
}
