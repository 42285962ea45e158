import HindsightCore
import SQLiteConnection

/// What the index knows events by.
enum PostingKind: Int64 {
    case type = 1
    case category = 2
    case tag = 3

    var names: NameTable {
        switch self {
        case .type: .types
        case .category: .categories
        case .tag: .tags
        }
    }
}

/// The index by type, category and tag of all complete blocks.
struct Postings {
    let connection: Connection

    /// The events of a block with this property.
    func subset(_ kind: PostingKind, _ number: Int64, in block: Int64) throws -> BlockSubset {
        let found = try connection.first(
            "SELECT offsets FROM postings WHERE kind = ? AND number = ? AND block = ?", .integer(kind.rawValue), .integer(number),
            .integer(block)
        ) { BlockSubset(bytes: $0.lentBytes(0)) }
        guard let found else { return .empty }
        guard let subset = found else {
            throw EventLogError.damaged(position: Block.first(block), reason: "the index of the block is no list of offsets")
        }
        return subset
    }

    /// Hands over each block among `blocks` in which one of `terms` occurs, in reading order, until `body` returns `false`.
    func forEachBlock(
        _ terms: [IndexSearch.Term], in blocks: ClosedRange<Int64>, _ direction: ReadDirection, _ body: (Int64) throws -> Bool
    ) throws {
        guard !terms.isEmpty else { return }
        // A merge of ordered parts, never a sort.
        let parts = terms.indices.map {
            "SELECT block FROM postings WHERE kind = ?\(2 * $0 + 3) AND number = ?\(2 * $0 + 4) AND block BETWEEN ?1 AND ?2"
        }
        let sql = parts.joined(separator: " UNION ") + " ORDER BY block \(direction.sql)"
        let bounds: [SQLiteValue] = [.integer(blocks.lowerBound), .integer(blocks.upperBound)]
        let values = terms.flatMap { [SQLiteValue.integer($0.kind.rawValue), .integer($0.number)] }
        try connection.statement(sql).forEach(bounds + values) { try body($0.integer(0)) }
    }
}

/// Puts complete blocks into the index.
final class BlockIndexing {
    private let insertion: RowInsertion
    private let arena = ByteArena(capacity: 8_192)
    private var entries: [Entry] = []

    init(on connection: Connection) {
        insertion = RowInsertion(into: "postings", columns: ["kind", "number", "block", "offsets"], mostRows: 64, on: connection)
    }

    /// That the event at an offset has the property with a number.
    private struct Entry: Comparable {
        let number: Int64
        let offset: UInt16

        static func < (left: Entry, right: Entry) -> Bool {
            left.number != right.number ? left.number < right.number : left.offset < right.offset
        }
    }

    /// New tags take their numbers in the order of their first event, so that what is busy together lies together in the index.
    func add(_ block: Int64, _ events: IndexedEvents, _ numbers: NameNumbers) throws(SQLiteError) {
        try add(block, .type, events) { event, enter in enter(event.type) }
        try add(block, .category, events) { event, enter in enter(event.category) }
        try add(block, .tag, events) { event, enter throws(SQLiteError) in
            try events.forEachTag(of: event) { tag throws(SQLiteError) in
                enter(try numbers.number(ofTag: tag))
                return true
            }
        }
    }

    private func add(
        _ block: Int64, _ kind: PostingKind, _ events: IndexedEvents,
        _ properties: (IndexedEvents.Event, _ enter: (Int64) -> Void) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        entries.removeAll(keepingCapacity: true)
        for (index, event) in events.events.enumerated() {
            try properties(event) { entries.append(Entry(number: $0, offset: UInt16(index))) }
        }
        entries.sort()
        arena.removeAll()
        var rows: [(number: Int64, offsets: Range<Int>)] = []
        var last: Entry?
        for entry in entries where entry != last {
            if entry.number != last?.number { rows.append((entry.number, arena.count..<arena.count)) }
            last = entry
            let place = withUnsafeBytes(of: entry.offset.bigEndian, arena.append)
            rows[rows.count - 1].offsets = rows[rows.count - 1].offsets.lowerBound..<place.upperBound
        }
        try insertion.insert(rows.count) { bindings, index in
            bindings.integer(kind.rawValue, at: 1)
            bindings.integer(rows[index].number, at: 2)
            bindings.integer(block, at: 3)
            bindings.blob(arena[rows[index].offsets], at: 4)
        }
    }
}

extension ReadDirection {
    var sql: String {
        switch self {
        case .forwards: "ASC"
        case .backwards: "DESC"
        }
    }
}
