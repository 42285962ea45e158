import HindsightCore

/// Where the span of an index entry is kept, so that those that held at some position are found among few.
///
/// Entries that hold are sorted by how far along the log they began, in buckets that each reach sixteen times as far as the one before:
/// looking back to any position, a bucket holds few that began later, measured by what is found. Spans that ended are sorted by their
/// length, by powers of four, and among those of one length by where they began: a span that holds at a position began at most so much
/// earlier. A question looks at a handful of places for each length there is, whatever the length of the log.
enum EntrySpans {
    /// Of an entry that holds since `since`.
    static func bucket(since: Position) -> Int64 { Int64(since.highestBit / 4) }

    /// All buckets with entries that began by `position`.
    static func buckets(until position: Position) -> ClosedRange<Int64> { 0...bucket(since: position) }

    /// Of a span that ended.
    static func place(since: Position, until: Position) -> (level: Int64, slot: Int64) {
        let level = Int64((until - since).highestBit / 2)
        return (level, since >> (2 * level))
    }

    /// Everywhere that a span may be that holds at `position`.
    ///
    /// - Parameter longest: No span is longer.
    static func places(at position: Position, longest: Position) -> [(level: Int64, slots: ClosedRange<Int64>)] {
        (0...Int64(longest.highestBit / 2)).map { level in
            // Spans of this level are shorter than that.
            let reach = Int64(1) << min(2 * (level + 1), 62)
            let earliest = max(0, position - reach + 1)
            return (level, (earliest >> (2 * level))...(position >> (2 * level)))
        }
    }
}

extension Int64 {
    /// The number of the highest bit that is set; 0 for 0 and 1.
    fileprivate var highestBit: Int { self < 2 ? 0 : 63 - leadingZeroBitCount }
}

extension IndexEntry {
    /// As one text: no name of an index holds the sign between the two.
    var text: String { self == .existence ? "" : "\(index)=\(value)" }
}
