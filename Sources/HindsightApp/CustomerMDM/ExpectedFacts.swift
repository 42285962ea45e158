import CustomerMDM
package import HindsightCore

/// What must hold, or must not, at an instant of a played stream.
package struct ExpectedFact: Sendable, Equatable {
    package let at: Timestamp
    package let kind: String
    package let a: String
    package let b: String

    package static let kinds = [
        "same", "not_same", "not_same_group", "split_active", "composites_split", "no_past", "history", "as_of", "policy:no_direct_split",
    ]

    /// Reads `ts,kind,a,b,note`.
    ///
    /// - Throws: ``TableError`` naming the line.
    package static func read(_ bytes: [UInt8], file: String) throws(TableError) -> [ExpectedFact] {
        var facts: [ExpectedFact] = []
        for result in try CSVTable(bytes, file: file) {
            let row = try result.get()
            guard let at = Timestamp(clerksTime: row["ts"]) else {
                throw TableError(file: file, line: row.line, reason: "ts is not an instant")
            }
            guard kinds.contains(row["kind"]) else {
                throw TableError(file: file, line: row.line, reason: "kind \(row["kind"]) is unknown")
            }
            facts.append(ExpectedFact(at: at, kind: row["kind"], a: row["a"], b: row["b"]))
        }
        return facts.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }
}

/// One line of the answer to `--expect`.
package struct FactResult: Sendable, Equatable, Codable {
    package let ts: Timestamp
    package let kind: String
    package let a: String
    package let b: String
    package let passed: Bool
    package let why: String
}

/// Checks facts against the read models and the log as they were recorded at the fact's instant.
package struct FactChecker: Sendable {
    private let hub: CustomerHub

    package init(_ hub: CustomerHub) { self.hub = hub }

    /// - Parameter position: The last one recorded at the fact's instant.
    package func check(_ fact: ExpectedFact, at position: Position) async throws -> FactResult {
        let (passed, why) = try await verdict(fact, position)
        return FactResult(ts: fact.at, kind: fact.kind, a: fact.a, b: fact.b, passed: passed, why: why)
    }

    private func verdict(_ fact: ExpectedFact, _ position: Position) async throws -> (Bool, String) {
        let a = try CardID(fact.a)
        guard let row = try await hub.card(a, at: position) else { return (false, "\(a) had not come in") }
        switch fact.kind {
        case "no_past":
            let (attribute, value) = fact.b.pair
            let open = row.past.filter { $0.isOpen && $0.attribute == attribute && hub.profile.isSame(attribute, $0.value, value) }
            return (open.isEmpty, open.isEmpty ? "no open past value" : "an open past value of \(attribute)")
        case "history":
            let (attribute, path) = fact.b.pair
            let expected = path.split(separator: ">").map { String($0).trimmed }
            let actual = try await hub.statedHistory(of: a, attribute: attribute, at: position)
            return (actual == expected, "\(actual.count) values were stated")
        case "as_of":
            let words = fact.b.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2, let instant = Timestamp(clerksTime: words[0]) else {
                return (false, "the fact is not INSTANT attribute=value")
            }
            let (attribute, value) = words[1].pair
            let then = try await hub.card(a, at: hub.log.position(at: instant))
            return (then?.stated[attribute] == value, then == nil ? "the card had not come in" : "as the source stated it then")
        default:
            let b = try CardID(fact.b)
            guard let other = try await hub.card(b, at: position) else { return (false, "\(b) had not come in") }
            return try await verdict(fact, row, other, position)
        }
    }

    private func verdict(
        _ fact: ExpectedFact, _ a: CustomerCards.Row, _ b: CustomerCards.Row, _ position: Position
    ) async throws -> (Bool, String) {
        let isTogether = a.golden == b.golden
        let places = isTogether ? "both in \(a.golden)" : "in \(a.golden) and \(b.golden)"
        let direct = a.separations.first { $0.against.contains(b.card) }
        switch fact.kind {
        case "same": return (isTogether, places)
        case "not_same", "not_same_group": return (!isTogether, places)
        case "split_active":
            return (direct != nil, direct.map { "separation \($0.separation)" } ?? "no active separation has them on its two sides")
        case "policy:no_direct_split":
            return (direct == nil, direct.map { "separation \($0.separation) names both" } ?? "no separation names both")
        case "composites_split":
            let separation = isTogether ? nil : try await hub.separation(between: a.golden, and: b.golden, at: position)
            return (separation != nil, separation.map { "\(places), parted by \($0)" } ?? places)
        default: return (false, "unknown kind")
        }
    }
}

extension String {
    /// `given_name=Value` and `given_name: A > B` as attribute and rest.
    fileprivate var pair: (String, String) {
        guard let mark = firstIndex(where: { $0 == "=" || $0 == ":" }) else { return (self, "") }
        return (String(self[..<mark]).trimmed.camelCased, String(self[index(after: mark)...]).trimmed)
    }
}

extension Profile {
    /// Whether two spellings of an attribute say the same.
    fileprivate func isSame(_ attribute: String, _ left: String, _ right: String) -> Bool {
        attributes.first { $0.name == attribute }?.isSame(left, right) ?? (left == right)
    }
}
