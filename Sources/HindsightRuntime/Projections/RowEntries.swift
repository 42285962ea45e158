import HindsightCore

/// The entries by which a row is found.
struct RowEntries<P: Projection>: Sendable {
    private let indexes: [RowIndex<P.Row>]

    init(_ projection: P) { indexes = projection.indexes }

    /// Without repeats; none for a row that does not exist.
    func of(_ row: P.Row?) -> [IndexEntry] {
        guard let row else { return [] }
        var entries = [IndexEntry.existence]
        for index in indexes {
            for value in index.values(row) {
                let entry = IndexEntry(index: index.name, value: value)
                if !entries.contains(entry) { entries.append(entry) }
            }
        }
        return entries
    }
}

/// The spans of a row's entries, as far as a stretch of events tells them.
struct OpenSpans: Sendable {
    private(set) var opened: [EntrySpan] = []
    /// Of entries that held before the stretch.
    private(set) var closed: [ClosedEntry] = []
    private(set) var passed: [EntrySpan] = []

    mutating func move(from old: [IndexEntry], to new: [IndexEntry], at position: Position) {
        for entry in old where !new.contains(entry) { close(entry, at: position) }
        for entry in new where !old.contains(entry) { opened.append(EntrySpan(entry: entry, since: position, until: nil)) }
    }

    private mutating func close(_ entry: IndexEntry, at position: Position) {
        guard let index = opened.firstIndex(where: { $0.entry == entry }) else {
            return closed.append(ClosedEntry(entry: entry, until: position))
        }
        passed.append(EntrySpan(entry: entry, since: opened.remove(at: index).since, until: position))
    }
}
