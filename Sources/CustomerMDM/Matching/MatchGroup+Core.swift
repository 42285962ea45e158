extension MatchGroup {
    /// What of the group may become one record: the part with the most of the seeds, when two things are set aside.
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
        let wanted = Set(seeds)
        // Of equals the first one.
        let own = parts.parts.reversed().max { left, right in
            left.count { wanted.contains($0.golden) } < right.count { wanted.contains($0.golden) }
        }
        let isSeeded = own?.contains { wanted.contains($0.golden) } ?? false
        let members = isSeeded ? own ?? [] : units.filter { $0.golden == seeds.first }
        let inside = Set(members.map(\.golden))
        let cards = Set(members.flatMap(\.cards))
        core.units = members
        // What joins to a record that was set aside joins nothing now.
        core.edges.removeAll { edge in
            (edge.kind == .strong || edge.kind == .confirmed) && !(cards.contains(edge.a) && cards.contains(edge.b))
        }
        core.neighbours = (neighbours + units.filter { !inside.contains($0.golden) }).sorted { $0.golden < $1.golden }
        return core
    }

    /// Whether two cards that only such rules bring together differ in anything that one of the rules wants to be no different.
    private static func isOpposed(_ part: [MatchUnit], _ firm: UnitParts, _ rules: [Profile.Rule], _ profile: Profile) -> Bool {
        let cards = part.flatMap(\.members).map(\.card)
        let firmPart = firm.partOfCard
        let asked = Set(rules.flatMap(\.all).filter { $0.atLeast == .missing }.map(\.comparison)).sorted()
        for (index, card) in cards.enumerated() {
            for other in cards[(index + 1)...] where firmPart[card.id] != firmPart[other.id] {
                if asked.contains(where: { profile.comparisons[$0].level(card, other) == .different }) { return true }
            }
        }
        return false
    }
}
