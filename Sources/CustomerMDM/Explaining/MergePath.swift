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
        var neighbours: [CardID: [CardID]] = [:]
        for pair in steps.keys where members.contains(pair.a) && members.contains(pair.b) {
            neighbours[pair.a, default: []].append(pair.b)
            neighbours[pair.b, default: []].append(pair.a)
        }
        var previous: [CardID: CardID] = [start: start]
        var queue = [start]
        var next = 0
        while next < queue.count, previous[end] == nil {
            let card = queue[next]
            next += 1
            for neighbour in (neighbours[card] ?? []).sorted() where previous[neighbour] == nil {
                previous[neighbour] = card
                queue.append(neighbour)
            }
        }
        var path: [Step] = []
        var card = end
        while card != start, let before = previous[card], let step = steps[CardPair(before, card)] {
            path.append(step)
            card = before
        }
        return path.reversed()
    }

    /// The merges of a way, oldest first.
    package func merges(of path: [Step]) -> [Merge] {
        Set(path.map(\.merge)).sorted().compactMap { merges[$0] }
    }
}
