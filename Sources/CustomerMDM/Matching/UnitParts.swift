/// Golden records of a group, divided by what joins them.
struct UnitParts {
    private let units: [MatchUnit]
    private let place: [CardID: Int]
    /// By unit: another one of its part, or itself for the one that stands for the part.
    private var parents: [Int]

    init(_ units: [MatchUnit], joinedBy edges: [Edge] = []) {
        self.units = units
        place = Dictionary(
            units.enumerated().flatMap { index, unit in unit.cards.map { ($0, index) } }, uniquingKeysWith: { first, _ in first })
        parents = Array(units.indices)
        for edge in edges { join(edge) }
    }

    /// - Returns: Whether the edge joined two parts.
    @discardableResult
    mutating func join(_ edge: Edge) -> Bool {
        guard let one = place[edge.a], let other = place[edge.b] else { return false }
        let (first, second) = (root(one), root(other))
        guard first != second else { return false }
        parents[max(first, second)] = min(first, second)
        return true
    }

    /// In the order of their first units.
    var parts: [[MatchUnit]] {
        var members: [Int: [MatchUnit]] = [:]
        for index in units.indices { members[root(index), default: []].append(units[index]) }
        return members.sorted { $0.key < $1.key }.map(\.value)
    }

    func areTogether(_ one: CardID, _ other: CardID) -> Bool {
        guard let one = place[one], let other = place[other] else { return false }
        return root(one) == root(other)
    }

    private func root(_ index: Int) -> Int {
        var index = index
        while parents[index] != index { index = parents[index] }
        return index
    }
}
