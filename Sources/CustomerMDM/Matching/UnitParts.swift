/// Golden records of a group, divided by what joins them.
struct UnitParts {
    private let units: [MatchUnit]
    private let place: [CardID: Int]
    private var sets: DisjointSets

    init(_ units: [MatchUnit], joinedBy edges: [Edge] = []) {
        self.units = units
        place = Dictionary(
            units.enumerated().flatMap { index, unit in unit.cards.map { ($0, index) } }, uniquingKeysWith: { first, _ in first })
        sets = DisjointSets(count: units.count)
        for edge in edges { join(edge) }
    }

    /// - Returns: Whether the edge joined two parts.
    @discardableResult
    mutating func join(_ edge: Edge) -> Bool {
        guard let one = place[edge.a], let other = place[edge.b] else { return false }
        return sets.join(one, other)
    }

    /// In the order of their first units.
    var parts: [[MatchUnit]] {
        var members: [Int: [MatchUnit]] = [:]
        for (index, root) in sets.roots.enumerated() { members[root, default: []].append(units[index]) }
        return members.sorted { $0.key < $1.key }.map(\.value)
    }

    /// What an edge would make one part; `nil` if its cards are in one already, or it leads out of the group.
    func joined(by edge: Edge) -> [MatchUnit]? {
        guard let one = place[edge.a], let other = place[edge.b] else { return nil }
        let roots = sets.roots
        guard roots[one] != roots[other] else { return nil }
        return units.indices.filter { roots[$0] == roots[one] || roots[$0] == roots[other] }.map { units[$0] }
    }

    /// For each card a number that it shares with the others of its part.
    var partOfCard: [CardID: Int] {
        let roots = sets.roots
        return place.mapValues { roots[$0] }
    }
}
