package import HindsightCore

/// Why two cards are, or are not, one person: references, rules, levels and weights, no personal value.
package struct PairExplanation: Sendable, Equatable, Codable {
    /// A change of a card that waits in review: the card is matched by its last accepted values.
    package struct Held: Sendable, Equatable, Codable {
        package var card: CardID
        package var review: String
    }

    /// An active separation between the golden records of the two.
    package struct Separation: Sendable, Equatable, Codable {
        package var separation: String
        package var kind: SeparationKind
        package var left: [CardID]
        package var right: [CardID]
        package var reason: String
        package var madeAt: Timestamp

        package init(_ row: Separations.Row) {
            (separation, kind, left, right) = (row.separation, row.kind, row.left, row.right)
            (reason, madeAt) = (row.reason, row.madeAt)
        }
    }

    package var a: CardID
    package var b: CardID
    /// Whether one golden record holds both.
    package var isSame: Bool
    package var goldens: [GoldenID]
    /// All of it in words.
    package var sentence: String
    /// The first rule that proposes the pair, and how strongly.
    package var rule: String?
    package var strength: Judgement.Strength?
    /// In 1/1000 bit.
    package var weight: Int
    package var levels: [String: Level]
    package var weights: [String: Int]
    package var waterfall: [MatchWaterfall.Bar]
    package var proposedBy: [RuleDistance]
    package var nearestRules: [RuleDistance]
    package var conflicts: [String]
    /// Attributes that may occur once in a group, in which the two differ.
    package var guards: [String]
    package var separation: String?
    package var separations: [Separation]
    package var stewardsWord: StewardsWord?
    package var held: [Held]
    /// Cards that their source dropped: they are not matched.
    package var dropped: [CardID]
    /// Open cases that name both.
    package var reviews: [String]
    /// The merges that brought the two together.
    package var merges: [MergePath.Merge]
    /// The shortest way from one to the other over the edges of those merges.
    package var path: [MergePath.Step]
    /// Where they are apart: what links any cards of the two golden records, the heaviest first.
    package var links: [CardLink]

    /// What the two cards alone say; what their golden records say is filled in by who knows it.
    package init(_ a: CustomerCards.Row, _ b: CustomerCards.Row, cards: (MatchCard, MatchCard), profile: Profile) {
        self.a = a.card
        self.b = b.card
        isSame = a.golden == b.golden
        goldens = [a.golden, b.golden]
        let judgement = Judgement(cards.0, cards.1, profile: profile)
        let waterfall = MatchWaterfall(cards.0, cards.1, judgement.vector, profile: profile)
        (rule, strength, weight) = (judgement.rule, judgement.strength, judgement.weight)
        levels = judgement.vector.named(profile)
        weights = waterfall.weights
        self.waterfall = waterfall.bars
        proposedBy = RuleDistance.proposing(judgement.vector, weight: judgement.weight, profile)
        nearestRules = RuleDistance.nearest(judgement.vector, weight: judgement.weight, profile)
        conflicts = judgement.conflicts
        guards = profile.guards(between: cards.0, cards.1)
        separations = []
        stewardsWord = a.words.first { $0.with == b.card }
        held = [a, b].compactMap { row in row.held.map { Held(card: row.card, review: $0.review) } }
        dropped = [a, b].filter(\.isDropped).map(\.card)
        reviews = Set(a.reviews).intersection(b.reviews).sorted()
        (merges, path, links, sentence) = ([], [], [], "")
    }
}
