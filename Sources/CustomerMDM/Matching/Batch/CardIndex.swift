/// The cards of a batch with an inverted index over their blocking keys, in memory.
package struct CardIndex: Sendable {
    package let profile: Profile
    package let cards: [MatchCard]
    /// In the order of their keys.
    private let entries: [Entry]

    private struct Entry: Comparable {
        let key: BlockingKey
        let card: UInt32

        static func < (left: Entry, right: Entry) -> Bool {
            // The digest first: it tells nearly all apart.
            (left.key.digest, UInt32(left.key.key), left.card) < (right.key.digest, UInt32(right.key.key), right.card)
        }
    }

    package init(_ cards: [MatchCard], profile: Profile) {
        self.cards = cards
        self.profile = profile
        var entries: [Entry] = []
        entries.reserveCapacity(cards.count * profile.keys.count)
        for (index, card) in cards.enumerated() {
            for key in profile.keys.indices {
                for entry in card.blockingKeys(key, profile) { entries.append(Entry(key: entry, card: UInt32(index))) }
            }
        }
        entries.sort()
        self.entries = entries
    }

    /// Pairs of cards that share a key, and which keys had to be narrowed for whom.
    package func pairs() -> CandidatePairs {
        var pairs = CandidatePairs()
        var start = 0
        while start < entries.count {
            var end = start + 1
            while end < entries.count, entries[end].key == entries[start].key { end += 1 }
            let block = entries[start..<end]
            if block.count <= profile.maximumCardsPerKey || profile.keys[block[start].key.key].narrowedBy == nil {
                if block.count > profile.maximumCardsPerKey { pairs.note(block.map(\.card), narrowed: block[start].key.key) }
                pairs.add(block.map(\.card))
            } else {
                addNarrowed(block, to: &pairs)
            }
            start = end
        }
        pairs.finish()
        return pairs
    }

    private func addNarrowed(_ block: ArraySlice<Entry>, to pairs: inout CandidatePairs) {
        let key = block[block.startIndex].key.key
        pairs.note(block.map(\.card), narrowed: key)
        var parts: [BlockingKey: [UInt32]] = [:]
        for entry in block {
            for narrowed in cards[Int(entry.card)].narrowedKeys(key, profile) { parts[narrowed, default: []].append(entry.card) }
        }
        for part in parts.values { pairs.add(part) }
    }
}

/// Pairs of cards by their indexes, each once, in order.
package struct CandidatePairs: Sendable {
    private(set) var pairs: [UInt64] = []
    /// Keys of the profile that too many cards shared, by card.
    package private(set) var narrowedKeys: [UInt32: Set<Int>] = [:]

    package var count: Int { pairs.count }

    fileprivate mutating func add(_ block: [UInt32]) {
        for (index, one) in block.enumerated() {
            for other in block[(index + 1)...] where one != other { pairs.append(UInt64(min(one, other)) << 32 | UInt64(max(one, other))) }
        }
    }

    fileprivate mutating func note(_ block: [UInt32], narrowed key: Int) {
        for card in block { narrowedKeys[card, default: []].insert(key) }
    }

    fileprivate mutating func finish() {
        pairs.sort()
        var kept = 0
        for index in pairs.indices where index == 0 || pairs[index] != pairs[index - 1] {
            pairs[kept] = pairs[index]
            kept += 1
        }
        pairs.removeLast(pairs.count - kept)
    }

    package func forEach(_ act: (_ one: Int, _ other: Int) -> Void) {
        for pair in pairs { act(Int(pair >> 32), Int(pair & 0xffff_ffff)) }
    }
}
