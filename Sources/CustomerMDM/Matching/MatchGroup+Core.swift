extension MatchGroup {
    /// What of the group may become one record: the part of the first seed, when two things are set aside.
    ///
    /// A golden record with a held card waits for its review, and does not keep others from coming together. And rules that hold only where
    /// nothing is against them ask the records as wholes: a third card may fit two namesakes who have papers of their own, and then fits
    /// neither without a steward.
    ///
    /// What is left out becomes a neighbour; an edge that was opposed only proposes.
    package func core(of profile: Profile) -> MatchGroup {
        var core = self
        let unopposed = profile.strongRules.filter(\.isUnopposed)
        let names = Set(unopposed.map(\.name))
        func asksForNone(_ edge: Edge) -> Bool { edge.kind == .strong && edge.rule.map(names.contains) ?? false }

        let free = units.filter { unit in !unit.members.contains { $0.card.isHeld } || units.count == 1 }
        let joining = edges.filter { $0.kind == .strong || $0.kind == .confirmed }
        let firm = UnitParts(free, joinedBy: joining.filter { !asksForNone($0) })
        var parts = UnitParts(free, joinedBy: joining)
        if joining.contains(where: asksForNone) {
            let opposed = parts.parts.filter { Self.isOpposed($0, firm, unopposed, profile) }.flatMap { $0.flatMap(\.cards) }
            if !opposed.isEmpty {
                let cards = Set(opposed)
                core.edges = edges.map { edge in
                    guard asksForNone(edge), cards.contains(edge.a) else { return edge }
                    var weak = edge
                    weak.kind = .weak
                    return weak
                }
                parts = UnitParts(free, joinedBy: core.edges.filter { $0.kind == .strong || $0.kind == .confirmed })
            }
        }
        let own = seeds.lazy.compactMap { seed in parts.parts.first { $0.contains { $0.golden == seed } } }.first
        let members = own ?? units.filter { unit in seeds.first == unit.golden }
        let inside = Set(members.map(\.golden))
        core.units = members
        core.neighbours = (neighbours + units.filter { !inside.contains($0.golden) }).sorted { $0.golden < $1.golden }
        return core
    }

    /// Whether two cards that only such rules bring together differ in anything that one of the rules asks about.
    private static func isOpposed(_ part: [MatchUnit], _ firm: UnitParts, _ rules: [Profile.Rule], _ profile: Profile) -> Bool {
        let cards = part.flatMap(\.members).map(\.card)
        let asked = Set(rules.flatMap(\.all).filter { $0.atLeast == .missing }.map(\.comparison)).sorted()
        for (index, card) in cards.enumerated() {
            for other in cards[(index + 1)...] where !firm.areTogether(card.id, other.id) {
                if asked.contains(where: { profile.comparisons[$0].level(card, other) == .different }) { return true }
            }
        }
        return false
    }
}
