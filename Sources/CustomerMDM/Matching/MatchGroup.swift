package import HindsightCore

/// Where the matcher reads cards from: read models, as of one position.
package protocol CandidateSource: Sendable {
    /// The golden record with its members; those that the source dropped are left out of matching.
    func unit(_ golden: GoldenID) async throws -> MatchUnit?
    /// The golden record that holds the card.
    func golden(of card: CardID) async throws -> GoldenID?
    /// Cards that share a blocking key with `card`, and the names of the keys that had to be narrowed.
    func candidates(for card: MatchCard) async throws -> (cards: [MatchCard], narrowedKeys: [String])
}

/// A golden record as the matcher sees it: its members stay together.
package struct MatchUnit: Sendable {
    package let golden: GoldenID
    /// Where its first card stands in the log: the older record survives a merge.
    package let founded: Position
    package let members: [Member]

    package struct Member: Sendable {
        package let card: MatchCard
        package let separations: [CardSeparation]
        package let words: [StewardsWord]
        /// Open cases that name the card.
        package let reviews: [String]

        package init(card: MatchCard, separations: [CardSeparation], words: [StewardsWord], reviews: [String]) {
            (self.card, self.separations, self.words, self.reviews) = (card, separations, words, reviews)
        }
    }

    package init(golden: GoldenID, founded: Position, members: [Member]) {
        (self.golden, self.founded, self.members) = (golden, founded, members)
    }

    package var cards: [CardID] { members.map(\.card.id) }

    /// The evidence that a steward has said no to, for pairs of the two.
    func refusedEvidence(against other: MatchUnit) -> Set<String> {
        let others = Set(other.cards)
        return Set(members.flatMap(\.words).filter { !$0.isConfirmed && others.contains($0.with) }.map(\.evidence))
    }

    /// What becomes of a rule's proposal for one of its members and a card of another record.
    func kind(
        of strength: Judgement.Strength, _ evidence: String, _ member: Member, _ card: CardID, of other: MatchUnit
    ) -> Edge.Kind {
        let separation = separation(from: other)?.separation
        if separation?.kind == .split { return .split }
        if member.words.first(where: { $0.with == card })?.isConfirmed == true { return .confirmed }
        if refusedEvidence(against: other).contains(evidence) { return .rejected }
        // After a steward's no, new evidence proposes at most.
        return separation == nil && strength == .strong ? .strong : .weak
    }

    /// The active separation with a member of each unit on its two sides.
    package func separation(from other: MatchUnit) -> (separation: CardSeparation, a: CardID, b: CardID)? {
        let others = Set(other.cards)
        for member in members {
            for separation in member.separations {
                if let across = separation.against.first(where: others.contains) { return (separation, member.card.id, across) }
            }
        }
        return nil
    }
}

/// An active separation, seen from one of its cards.
package struct CardSeparation: Sendable, Hashable, Codable {
    package var separation: String
    package var kind: SeparationKind
    /// The cards of the other side.
    package var against: [CardID]

    package init(separation: String, kind: SeparationKind, against: [CardID]) {
        self.separation = separation
        self.kind = kind
        self.against = against
    }
}

/// A steward's last word on a pair, seen from one of its cards.
package struct StewardsWord: Sendable, Hashable, Codable {
    package var with: CardID
    package var isConfirmed: Bool
    package var evidence: String
    package var rule: String?

    package init(with: CardID, isConfirmed: Bool, evidence: String, rule: String? = nil) {
        self.with = with
        self.isConfirmed = isConfirmed
        self.evidence = evidence
        self.rule = rule
    }
}

/// Everything that hangs together with some cards: golden records joined by strong and confirmed edges.
package struct MatchGroup: Sendable {
    /// In the byte order of their ids.
    package var units: [MatchUnit] = []
    /// Between cards of different units of the group; weak ones also to units outside.
    package var edges: [Edge] = []
    /// Units that only a weak edge leads to.
    package var neighbours: [MatchUnit] = []
    package var narrowedKeys: [String] = []
    package var isOverBounds = false
    /// The golden records that it was gathered around.
    package var seeds: [GoldenID] = []

    package struct Bounds: Sendable {
        package let cards: Int
        package let edges: Int

        package init(cards: Int, edges: Int) { (self.cards, self.edges) = (cards, edges) }
    }

    /// Gathers the group around `seeds`.
    ///
    /// - Parameters:
    ///   - bounds: Where to give up; `nil` gathers everything.
    ///   - nearestOnly: Only what the seeds' own edges lead to, as it was before whole groups were analysed.
    package static func gather(
        around seeds: [CardID], from source: some CandidateSource, profile: Profile, bounds: Bounds? = nil, nearestOnly: Bool = false
    ) async throws -> MatchGroup {
        var builder = Builder(profile: profile)
        for seed in seeds.sorted() {
            if let golden = try await source.golden(of: seed) { try await builder.want(golden, from: source) }
        }
        let seedUnits = builder.pending.count
        builder.seeds = builder.pending.map(\.golden)
        var handled = 0
        while handled < builder.pending.count, !(nearestOnly && handled >= seedUnits) {
            let unit = builder.pending[handled]
            handled += 1
            for member in unit.members {
                let found = try await source.candidates(for: member.card)
                builder.narrowedKeys.formUnion(found.narrowedKeys)
                for candidate in found.cards where candidate.golden != unit.golden {
                    try await builder.join(member, of: unit, with: candidate, from: source)
                }
                for word in member.words where word.isConfirmed && !unit.cards.contains(word.with) {
                    guard let golden = try await source.golden(of: word.with) else { continue }
                    try await builder.joinConfirmed(member, word, to: golden, of: unit, from: source)
                }
                if let bounds, builder.cardCount > bounds.cards || builder.edges.count > bounds.edges {
                    return builder.group(isOverBounds: true)
                }
            }
        }
        return builder.group(isOverBounds: false)
    }

    private struct Builder {
        let profile: Profile
        /// In the order in which they were reached.
        var pending: [MatchUnit] = []
        var reached: Set<GoldenID> = []
        var known: [GoldenID: MatchUnit] = [:]
        var edges: [CardPair: Edge] = [:]
        var compared: Set<CardPair> = []
        var narrowedKeys: Set<String> = []
        var seeds: [GoldenID] = []

        var cardCount: Int { pending.reduce(0) { $0 + $1.members.count } }

        init(profile: Profile) { self.profile = profile }

        mutating func unit(_ golden: GoldenID, from source: some CandidateSource) async throws -> MatchUnit? {
            if let unit = known[golden] { return unit }
            // All that it held may have been dropped by now: then there is nobody to match.
            guard let unit = try await source.unit(golden), !unit.members.isEmpty else { return nil }
            known[golden] = unit
            return unit
        }

        mutating func want(_ golden: GoldenID, from source: some CandidateSource) async throws {
            guard reached.insert(golden).inserted, let unit = try await unit(golden, from: source) else { return }
            pending.append(unit)
        }

        mutating func join(
            _ member: MatchUnit.Member, of unit: MatchUnit, with candidate: MatchCard, from source: some CandidateSource
        ) async throws {
            let pair = CardPair(member.card.id, candidate.id)
            guard compared.insert(pair).inserted else { return }
            let judgement = Judgement(member.card, candidate, profile: profile)
            // Cards come and go while the group is gathered: the record may not hold the candidate any more.
            guard let strength = judgement.strength, let other = try await self.unit(candidate.golden, from: source),
                other.cards.contains(candidate.id)
            else { return }
            let evidence = judgement.evidence(profile)
            let kind = unit.kind(of: strength, evidence, member, candidate.id, of: other)
            edges[pair] = Edge(
                a: pair.a, b: pair.b, kind: kind, rule: judgement.rule, weight: judgement.weight, levels: judgement.vector.named(profile),
                evidence: evidence)
            if kind == .strong || kind == .confirmed { try await want(other.golden, from: source) }
        }

        mutating func joinConfirmed(
            _ member: MatchUnit.Member, _ word: StewardsWord, to golden: GoldenID, of unit: MatchUnit, from source: some CandidateSource
        ) async throws {
            let pair = CardPair(member.card.id, word.with)
            guard let other = try await self.unit(golden, from: source), other.cards.contains(word.with), edges[pair] == nil,
                unit.separation(from: other) == nil
            else { return }
            edges[pair] = Edge(a: pair.a, b: pair.b, kind: .confirmed, rule: word.rule, weight: 0, levels: [:], evidence: word.evidence)
            try await want(golden, from: source)
        }

        func group(isOverBounds: Bool) -> MatchGroup {
            var group = MatchGroup()
            group.units = pending.sorted { $0.golden < $1.golden }
            group.edges = edges.values.sorted { $0.pair < $1.pair }
            group.neighbours = known.values.filter { !reached.contains($0.golden) }.sorted { $0.golden < $1.golden }
            group.narrowedKeys = narrowedKeys.sorted()
            group.isOverBounds = isOverBounds
            group.seeds = seeds
            return group
        }
    }
}
