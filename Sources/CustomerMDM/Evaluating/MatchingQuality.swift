/// A card of which somebody knows whose it is.
package struct LabelledCard: Sendable, Equatable {
    package let card: CardID
    package let person: String
    /// What is special about the case; ``plain`` for nothing.
    package let tags: [String]
    /// Twins, and others easily taken for one person, have one in common.
    package let twinGroup: String?

    package static let plain = "plain"

    package init(card: CardID, person: String, tags: [String] = [], twinGroup: String? = nil) {
        self.card = card
        self.person = person
        self.tags = tags.isEmpty ? [Self.plain] : tags
        self.twinGroup = twinGroup
    }
}

/// Golden records against labelled cards: as a whole, case by case, and the twins.
package struct MatchingQuality: Sendable, Equatable, Encodable {
    package struct Slice: Sendable, Equatable, Encodable {
        package let tag: String
        package let measures: PartitionMeasures
    }

    /// Two people of one twin group with cards in one golden record.
    package struct GluedPair: Sendable, Equatable, Encodable {
        /// The golden records that hold cards of both; most often one.
        package let goldens: [GoldenID]
        /// The cards of each of the two in there.
        package let cards: [[CardID]]
    }

    package struct Twins: Sendable, Equatable, Encodable {
        package let groups: Int
        /// Groups with a pair that is glued.
        package let groupsGlued: Int
        package let pairsGlued: Int
        package let glued: [GluedPair]
    }

    package let whole: PartitionMeasures
    /// By tag. A slice holds all cards of the people who have a card with the tag, so that its recall means something.
    package let slices: [Slice]
    package let twins: Twins
    /// Labelled cards that are in no golden record, each taken for one by itself.
    package let unknownCards: Int
    /// Cards in golden records that nobody labelled, and that are left out.
    package let unlabelledCards: Int

    /// - Parameters:
    ///   - cards: One or more, each card once.
    ///   - goldens: The golden record of each card that is known.
    package init(of cards: [LabelledCard], in goldens: [CardID: GoldenID]) {
        // A card's name has a colon, and an id of a golden record has none.
        let found = cards.map { goldens[$0.card]?.description ?? $0.card.description }
        let people = cards.map(\.person)
        whole = PartitionMeasures(PartitionComparison(found: found, truth: people))
        var tagged: [String: Set<String>] = [:]
        for card in cards { for tag in card.tags { tagged[tag, default: []].insert(card.person) } }
        slices = tagged.sorted { $0.key < $1.key }.map { tag, members in
            let places = cards.indices.filter { members.contains(people[$0]) }
            let comparison = PartitionComparison(found: places.map { found[$0] }, truth: places.map { people[$0] })
            return Slice(tag: tag, measures: PartitionMeasures(comparison))
        }
        twins = Self.twins(among: cards, in: goldens)
        unknownCards = cards.count { goldens[$0.card] == nil }
        unlabelledCards = goldens.count - (cards.count - unknownCards)
    }

    private struct TwinPair: Hashable {
        let group: String
        let one: String
        let other: String
    }

    private struct Meeting: Hashable {
        let group: String
        let golden: GoldenID
    }

    private static func twins(among cards: [LabelledCard], in goldens: [CardID: GoldenID]) -> Twins {
        var groups: Set<String> = []
        var meetings: [Meeting: [String: [CardID]]] = [:]
        for card in cards {
            guard let group = card.twinGroup else { continue }
            groups.insert(group)
            guard let golden = goldens[card.card] else { continue }
            meetings[Meeting(group: group, golden: golden), default: [:]][card.person, default: []].append(card.card)
        }
        var pairs: [TwinPair: (goldens: [GoldenID], cards: [[CardID]])] = [:]
        for (meeting, cards) in meetings {
            let people = cards.keys.sorted()
            for (place, one) in people.enumerated() {
                for other in people[(place + 1)...] {
                    let pair = TwinPair(group: meeting.group, one: one, other: other)
                    var glued = pairs[pair] ?? ([], [[], []])
                    glued.goldens.append(meeting.golden)
                    glued.cards[0] += cards[one] ?? []
                    glued.cards[1] += cards[other] ?? []
                    pairs[pair] = glued
                }
            }
        }
        let glued = pairs.values.map { GluedPair(goldens: $0.goldens.sorted(), cards: $0.cards.map { $0.sorted() }) }
        return Twins(
            groups: groups.count, groupsGlued: Set(pairs.keys.map(\.group)).count, pairsGlued: pairs.count,
            glued: glued.sorted { $0.cards.joined().lexicographicallyPrecedes($1.cards.joined()) })
    }
}
