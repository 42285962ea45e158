package import CustomerMDM
package import HindsightCore

/// Checks of what a source says about a card, the same wherever it comes in.
package enum CardStatement {
    /// Unicode scalars of one value.
    package static let longestValue = 1_000
    /// Bytes of all values of a card: a change of all of them fits into an event however it is escaped.
    package static let largestCard = 1 << 16

    /// Checks one card.
    ///
    /// - Throws: ``InvalidCard`` naming the field: `source`, `id`, `attributes` or `attributes/NAME`. Values are never told.
    package static func make(
        source: String, id: String, attributes: [String: String], occurredAt: Timestamp?, matching: Matching, profile: Profile
    ) throws(InvalidCard) -> CardDecider.Statement {
        let card = try CardID(source: source, id: id)
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            guard profile.index(of: name) != nil else {
                throw InvalidCard(field: "attributes/\(name.escapedForPointer)", reason: "is no attribute of the profile \(profile.name)")
            }
            guard value.utf8.count <= longestValue || value.unicodeScalars.count <= longestValue else {
                throw InvalidCard(field: "attributes/\(name.escapedForPointer)", reason: "has more than \(longestValue) characters")
            }
        }
        guard attributes.values.reduce(0, { $0 + $1.utf8.count }) <= largestCard else {
            throw InvalidCard(field: "attributes", reason: "have more than \(largestCard) bytes together")
        }
        return CardDecider.Statement(card: card, values: attributes, matching: matching, occurredAt: occurredAt)
    }

    /// Reads `{"source","id","occurredAt"?,"attributes"}`.
    static func read(line: [UInt8], profile: Profile) throws(RowFault) -> CardDecider.Statement {
        let members: [String: JSONValue]
        do {
            members = try JSONText(object: line).decoded(as: JSONValue.self).objectValue ?? [:]
        } catch let error as JSONSyntaxError {
            throw RowFault("is not a JSON object: \(error)")
        } catch {
            throw RowFault("is not a JSON object")
        }
        for name in members.keys.sorted() where !["source", "id", "occurredAt", "attributes"].contains(name) {
            throw RowFault("is no member of a card: they are source, id, occurredAt and attributes", field: name)
        }
        guard case .object(let attributes) = members["attributes"] else {
            throw RowFault(members["attributes"] == nil ? "is missing" : "must be an object", field: "attributes")
        }
        var values: [String: String] = [:]
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            guard case .string(let text) = value else { throw RowFault("must be a string", field: "attributes/\(name.escapedForPointer)") }
            values[name] = text
        }
        return try checked(
            source: try text("source", in: members), id: try text("id", in: members), values,
            occurredAt: try text("occurredAt", in: members, isRequired: false), profile)
    }

    /// - Parameter occurredAt: Empty where it is not said.
    static func checked(
        source: String, id: String, _ values: [String: String], occurredAt text: String, _ profile: Profile
    ) throws(RowFault) -> CardDecider.Statement {
        let occurredAt = Timestamp(text)
        guard occurredAt != nil || text.isEmpty else {
            throw RowFault("must be an instant like 2026-01-31T12:00:00Z, with Z or an offset", field: "occurredAt")
        }
        do throws(InvalidCard) {
            return try make(source: source, id: id, attributes: values, occurredAt: occurredAt, matching: .batch, profile: profile)
        } catch {
            throw RowFault(error)
        }
    }

    private static func text(_ name: String, in members: [String: JSONValue], isRequired: Bool = true) throws(RowFault) -> String {
        switch members[name] {
        case .string(let text) where !text.isEmpty || isRequired: return text
        case .string: throw RowFault("must be an instant like 2026-01-31T12:00:00Z, with Z or an offset", field: name)
        case nil, .null:
            guard !isRequired else { throw RowFault("is missing", field: name) }
            return ""
        default: throw RowFault("must be a string", field: name)
        }
    }
}
