extension GoldenMerged {
    /// The edges that lead from one member to another, over the records that were merged.
    ///
    /// - Parameter homes: The golden record of each member before the merge.
    package func way(from start: CardID, to end: CardID, homes: [CardID: GoldenID]) -> [Edge] {
        var graph = CardGraph()
        for edge in edges { graph.link(edge.a, edge.b) }
        for unit in Dictionary(grouping: members, by: { homes[$0] }).values {
            for (one, other) in zip(unit, unit.dropFirst()) { graph.link(one, other) }
        }
        let cards = graph.shortestPath(from: start, to: end) ?? []
        return zip(cards, cards.dropFirst()).compactMap { pair in edges.first { $0.pair == CardPair(pair.0, pair.1) } }
    }
}
