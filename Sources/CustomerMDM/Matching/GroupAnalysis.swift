package import HindsightCore

/// What follows from looking at a whole group: references, rules and weights, no personal values. Recorded as the result of the saga's
/// effect *analyse the group*.
package struct GroupAnalysis: Sendable, Equatable, Codable {
    package struct Merge: Sendable, Equatable, Codable {
        /// The golden record that stays.
        package var golden: GoldenID
        package var absorbed: [GoldenID]
        package var members: [CardID]
        package var moves: [UnmergePlan.Move]
        package var edges: [Edge]
        /// Open cases that the merge answers.
        package var answers: [String]
    }

    /// The group was read as of this position.
    package var through: Position
    package var cards: [CardID]
    package var goldens: [GoldenID]
    package var merge: Merge?
    package var reviews: [ReviewOpened]
    /// The group is too large for an online answer: it goes to the queue.
    package var isDeferred: Bool
    /// Keys with so many cards that a second key narrowed them.
    package var narrowedKeys: [String]
    /// By which profile and weights; absent in analyses from before it was told.
    package var profile: String?

    /// The one function for the online call, the queue and the nightly run.
    package init(of gathered: MatchGroup, through: Position, profile: Profile, policy: MatchingPolicy) {
        let group = policy.analysesWholeGroup && !gathered.isOverBounds ? gathered.core(of: profile) : gathered
        self.through = through
        cards = (group.units + group.neighbours).flatMap(\.cards).sorted()
        goldens = (group.units + group.neighbours).map(\.golden).sorted()
        isDeferred = group.isOverBounds
        narrowedKeys = group.narrowedKeys
        self.profile = profile.reference
        merge = nil
        reviews = []
        guard !group.isOverBounds else { return }
        if group.units.count > 1 {
            let conflicts = Self.conflicts(in: group.units, edges: group.edges, profile: profile, policy: policy)
            if conflicts.isEmpty {
                merge = Self.merge(group.units, group.edges)
            } else if let confirmed = Self.confirmedPart(of: group, profile: profile, policy: policy) {
                merge = Self.merge(confirmed, group.edges)
            } else {
                reviews.append(Self.blocked(group, conflicts, profile: profile, policy: policy))
            }
        }
        reviews += Self.weakMatches(of: group, merged: merge, profile: profile, policy: policy)
    }

    // MARK: - Why the units can't be one person

    /// Separations, guards, held cards, and the conflict predicate on every pair, edge or no edge.
    static func conflicts(in units: [MatchUnit], edges: [Edge], profile: Profile, policy: MatchingPolicy) -> [GroupConflict] {
        var found: [GroupConflict] = []
        for (index, unit) in units.enumerated() {
            for other in units[(index + 1)...] {
                guard let parted = unit.separation(from: other) else { continue }
                found.append(GroupConflict(a: parted.a, b: parted.b, kind: .separation, name: parted.separation.separation))
            }
        }
        guard policy.analysesWholeGroup else { return found }
        let cards = units.flatMap(\.members).map(\.card).sorted { $0.id < $1.id }
        for guarded in profile.guards {
            var first: (card: CardID, value: String)?
            for card in cards {
                guard let value = card.values[guarded].first(where: { !$0.isPast })?.form.text.text else { continue }
                if let first, first.value != value {
                    found.append(GroupConflict(a: first.card, b: card.id, kind: .guard, name: profile.attributes[guarded].name))
                    break
                }
                first = first ?? (card.id, value)
            }
        }
        for card in cards where card.isHeld { found.append(GroupConflict(a: card.id, b: card.id, kind: .held, name: "suspicious-change")) }
        let edged = Set(edges.map(\.pair))
        for (index, card) in cards.enumerated() {
            for other in cards[(index + 1)...] where policy.checksMissingEdges || edged.contains(CardPair(card.id, other.id)) {
                if let name = profile.conflict(card, other) {
                    found.append(GroupConflict(a: card.id, b: other.id, kind: .conflict, name: name))
                }
            }
        }
        return found
    }

    /// The part that a steward's confirmations join, if it is clean: his word picks a side where rules alone are stuck.
    private static func confirmedPart(of group: MatchGroup, profile: Profile, policy: MatchingPolicy) -> [MatchUnit]? {
        let confirmed = group.edges.filter { $0.kind == .confirmed }
        for part in UnitParts(group.units, joinedBy: confirmed).parts where part.count > 1 {
            if conflicts(in: part, edges: group.edges, profile: profile, policy: policy).isEmpty { return part }
        }
        return nil
    }

    // MARK: - What to do

    private static func merge(_ units: [MatchUnit], _ edges: [Edge]) -> Merge {
        let oldest = units.min { ($0.founded, $0.golden) < ($1.founded, $1.golden) }
        guard let survivor = oldest?.golden else { preconditionFailure("a merge has units") }
        let members = Set(units.flatMap(\.cards))
        let moves = units.filter { $0.golden != survivor }.flatMap { unit in
            unit.cards.map { UnmergePlan.Move(card: $0, from: unit.golden, to: survivor) }
        }
        // A case is answered when all cards that it can be seen from are in one golden record; which these are, the cases themselves know.
        let reviews = Set(units.flatMap(\.members).flatMap(\.reviews)).sorted()
        return Merge(
            golden: survivor, absorbed: units.map(\.golden).filter { $0 != survivor }.sorted(), members: members.sorted(),
            moves: moves.sorted { $0.card < $1.card },
            edges: spanningTree(units, edges), answers: reviews)
    }

    /// The heaviest edges that hold the units together.
    private static func spanningTree(_ units: [MatchUnit], _ edges: [Edge]) -> [Edge] {
        var parts = UnitParts(units)
        let joining = edges.filter { $0.kind == .strong || $0.kind == .confirmed }
        return joining.sorted { ($1.weight, $0.pair) < ($0.weight, $1.pair) }.filter { parts.join($0) }
    }

    private static func blocked(
        _ group: MatchGroup, _ conflicts: [GroupConflict], profile: Profile, policy: MatchingPolicy
    ) -> ReviewOpened {
        let joining = group.edges.filter { $0.kind == .strong || $0.kind == .confirmed }
        let cards = group.units.flatMap(\.cards).sorted()
        let digest = Fingerprint.hex(
            ["blocked"] + cards.map(\.description) + joining.map(\.evidence)
                + conflicts.map { "\($0.a)|\($0.b)|\($0.kind.rawValue)|\($0.name)" })
        let first = conflicts[0]
        return ReviewOpened(
            review: digest, kind: .blockedGroup, cards: cards, edges: joining, conflicts: Array(conflicts.prefix(32)),
            path: path(from: first.a, to: first.b, over: joining, group.units),
            partition: partition(group.units, joining, profile: profile, policy: policy), profile: profile.reference)
    }

    /// The shortest way over edges and present membership.
    private static func path(from start: CardID, to end: CardID, over edges: [Edge], _ units: [MatchUnit]) -> [CardID] {
        var graph = CardGraph()
        for edge in edges { graph.link(edge.a, edge.b) }
        for unit in units {
            for (index, card) in unit.cards.enumerated() { for other in unit.cards[(index + 1)...] { graph.link(card, other) } }
        }
        return graph.shortestPath(from: start, to: end) ?? [start, end]
    }

    /// The heaviest edges first, as long as nothing conflicts.
    private static func partition(_ units: [MatchUnit], _ edges: [Edge], profile: Profile, policy: MatchingPolicy) -> [[CardID]] {
        var parts = UnitParts(units)
        for edge in edges.sorted(by: { ($1.weight, $0.pair) < ($0.weight, $1.pair) }) {
            guard let joined = parts.joined(by: edge) else { continue }
            if conflicts(in: joined, edges: edges, profile: profile, policy: policy).isEmpty { parts.join(edge) }
        }
        return parts.parts.map { $0.flatMap(\.cards).sorted() }.sorted { $0[0] < $1[0] }
    }

    /// One question for each pair of golden records that only weak edges join, unless they are known not to be one person.
    private static func weakMatches(
        of group: MatchGroup, merged: Merge?, profile: Profile, policy: MatchingPolicy
    ) -> [ReviewOpened] {
        let units = group.units + group.neighbours
        func home(of card: CardID) -> Int? {
            if let merged, merged.members.contains(card) { return -1 }
            return units.firstIndex { $0.cards.contains(card) }
        }
        var best: [[Int]: Edge] = [:]
        for edge in group.edges where edge.kind == .weak {
            guard let one = home(of: edge.a), let other = home(of: edge.b), one != other else { continue }
            // Two records that both stand outside are another analysis's question.
            guard min(one, other) < group.units.count else { continue }
            let key = [min(one, other), max(one, other)]
            if best[key].map({ $0.weight < edge.weight }) ?? true { best[key] = edge }
        }
        return best.sorted { $0.key.lexicographicallyPrecedes($1.key) }.compactMap { key, edge in
            let sides = key.flatMap { index in index < 0 ? units.filter { merged?.members.contains($0.cards[0]) == true } : [units[index]] }
            // A rejected separation is being asked about again; everything else settles the question.
            let conflicts = conflicts(in: sides, edges: group.edges, profile: profile, policy: policy).filter { $0.kind != .separation }
            guard conflicts.isEmpty else { return nil }
            return ReviewOpened(
                review: Fingerprint.hex(["weak", edge.a.description, edge.b.description, edge.evidence]), kind: .weakMatch,
                cards: [edge.a, edge.b], edges: [edge], conflicts: [], path: [edge.a, edge.b], partition: [[edge.a, edge.b]],
                profile: profile.reference)
        }
    }
}
