/// Cards and what links them.
struct CardGraph {
    private var neighbours: [CardID: [CardID]] = [:]

    mutating func link(_ one: CardID, _ other: CardID) {
        neighbours[one, default: []].append(other)
        neighbours[other, default: []].append(one)
    }

    /// The fewest steps from one card to another, both of them included; of equals the first by the bytes of the ids. `nil` where none leads
    /// there.
    func shortestPath(from start: CardID, to end: CardID) -> [CardID]? {
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
        guard previous[end] != nil else { return nil }
        var path = [end]
        while let last = path.last, last != start, let before = previous[last] { path.append(before) }
        return path.reversed()
    }
}
