package import HindsightCore

/// How cards came into one golden record: the merges on record, and the shortest way over the edges that they were made by.
package struct MergePath: Sendable {
    /// One merge of golden records.
    package struct Merge: Sendable, Equatable, Codable {
        package var position: Position
        package var event: EventID
        package var recordedAt: Timestamp
        /// The record that stayed.
        package var golden: GoldenID
        package var absorbed: [GoldenID]
        /// The rules of its edges.
        package var rules: [String]
        package var actor: String?
    }

    /// An edge of the way, with the merge that was made by it.
    package struct Step: Sendable, Equatable, Codable {
        package var a: CardID
        package var b: CardID
        package var kind: Edge.Kind
        package var rule: String?
        /// In 1/1000 bit, as it was when they were merged.
        package var weight: Int
        /// The position of the merge.
        package var merge: Position
    }

    private var merges: [Position: Merge] = [:]
    private var steps: [CardPair: Step] = [:]

    package init() {}

    /// Follows the next merge, oldest first: of two that name one pair the later counts.
    package mutating func follow(_ merged: GoldenMerged, from recorded: RecordedEvent, actor: String?) {
        merges[recorded.position] = Merge(
            position: recorded.position, event: recorded.id, recordedAt: recorded.recordedAt, golden: merged.golden,
            absorbed: merged.absorbed, rules: Set(merged.edges.compactMap(\.rule)).sorted(), actor: actor)
        for edge in merged.edges {
            steps[edge.pair] = Step(
                a: edge.a, b: edge.b, kind: edge.kind, rule: edge.rule, weight: edge.weight, merge: recorded.position)
        }
    }

    /// The fewest steps from one card to the other over cards that are still members; none where no merge joined them.
    package func steps(from start: CardID, to end: CardID, within members: Set<CardID>) -> [Step] {
        var graph = CardGraph()
        for pair in steps.keys where members.contains(pair.a) && members.contains(pair.b) { graph.link(pair.a, pair.b) }
        let cards = graph.shortestPath(from: start, to: end) ?? []
        return zip(cards, cards.dropFirst()).compactMap { steps[CardPair($0, $1)] }
    }

    /// The merges of a way, oldest first.
    package func merges(of path: [Step]) -> [Merge] {
        Set(path.map(\.merge)).sorted().compactMap { merges[$0] }
    }
}
