/// A golden record as a picture: its cards, what links them with each other and with cards of other records, and what speaks against it.
package struct GoldenGraph: Sendable, Equatable, Codable {
    package struct Node: Sendable, Equatable, Codable {
        package var card: CardID
        package var golden: GoldenID
        package var isMember: Bool
        /// A change of it waits in review.
        package var isHeld: Bool
        /// Its source dropped it.
        package var isDropped: Bool
    }

    package var golden: GoldenID
    /// Members first, then the cards of other records that a link leads to; in byte order.
    package var cards: [Node]
    /// In the byte order of their cards.
    package var edges: [CardLink]
    /// Of pairs that are shown, with an edge or without.
    package var conflicts: [GroupConflict]
    /// Whether there was more than fits: members, or links.
    package var isCut: Bool

    package static let maximumMembers = 64
    package static let maximumEdges = 512

    /// - Parameters:
    ///   - members: Rows of the record's cards, those that were dropped included.
    ///   - unit: The record as the matcher sees it.
    ///   - neighbours: Other records, each with the cards of it that may be linked.
    package init(
        _ golden: GoldenID, of members: [CustomerCards.Row], unit: MatchUnit?,
        neighbours: [(unit: MatchUnit, cards: Set<CardID>)], profile: Profile
    ) {
        self.golden = golden
        cards = members.map {
            Node(card: $0.card, golden: golden, isMember: true, isHeld: $0.held != nil, isDropped: $0.isDropped)
        }.sorted { $0.card < $1.card }
        (edges, conflicts) = ([], [])
        isCut = (unit?.members.count ?? 0) > Self.maximumMembers
        guard let unit else { return }
        let own = unit.members.sorted { $0.card.id < $1.card.id }.prefix(Self.maximumMembers)
        for (index, member) in own.enumerated() {
            for other in own[(index + 1)...] {
                if let link = unit.link(member, other, of: unit, profile: profile) { edges.append(link) }
                conflicts += unit.conflicts(member, other, profile: profile)
            }
        }
        for neighbour in neighbours {
            for other in neighbour.unit.members where neighbour.cards.contains(other.card.id) {
                let links = own.compactMap { unit.link($0, other, of: neighbour.unit, profile: profile) }
                guard !links.isEmpty else { continue }
                edges += links
                for member in own { conflicts += unit.conflicts(member, other, profile: profile) }
                cards.append(
                    Node(
                        card: other.card.id, golden: neighbour.unit.golden, isMember: false, isHeld: other.card.isHeld, isDropped: false))
            }
        }
        edges.sort { $0.pair < $1.pair }
        if edges.count > Self.maximumEdges {
            isCut = true
            edges = Array(edges.prefix(Self.maximumEdges))
        }
        conflicts = Array(conflicts.sorted { (CardPair($0.a, $0.b), $0.name) < (CardPair($1.a, $1.b), $1.name) }.prefix(Self.maximumEdges))
    }

    /// Without what the engine thinks of pairs that a blind review asks about.
    package func blinded(_ isHidden: (CardPair) -> Bool) -> GoldenGraph {
        var graph = self
        graph.edges = edges.map { isHidden($0.pair) ? $0.blinded : $0 }
        return graph
    }
}
