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

    /// Puts the events of a complete block into the index.
    ///
    /// New tags take their numbers in the order of their first event, so that what is busy together lies together in the index.
    func add(_ block: Int64, events: [IndexedEvent], _ numbers: NameNumbers) throws(SQLiteError) {
        var (types, categories, tags) = ([Int64: [UInt16]](), [Int64: [UInt16]](), [Int64: [UInt16]]())
        for (index, event) in events.enumerated() {
            let offset = UInt16(index)
            types[event.type, default: []].append(offset)
            categories[event.category, default: []].append(offset)
            for tag in event.tags {
                let number = try numbers.number(of: tag)
                if tags[number]?.last != offset { tags[number, default: []].append(offset) }
            }
        }
        try add(block, .type, types)
        try add(block, .category, categories)
        try add(block, .tag, tags)
    }

    private func add(_ block: Int64, _ kind: PostingKind, _ offsets: [Int64: [UInt16]]) throws(SQLiteError) {
        for (number, offsets) in offsets.sorted(by: { $0.key < $1.key }) {
            try connection.run(
                "INSERT OR FAIL INTO postings (kind, number, block, offsets) VALUES (?, ?, ?, ?)", .integer(kind.rawValue),
                .integer(number), .integer(block), .blob(BlockSubset.bytes(of: offsets)))
        }
    }
}

/// What the index keeps of an event: the numbers of its type and its category, and its tags, which get theirs with the block.
struct IndexedEvent {
    let type: Int64
    let category: Int64
    let tags: [Tag]
}

extension ReadDirection {
    var sql: String {
        switch self {
        case .forwards: "ASC"
        case .backwards: "DESC"
        }
    }
}
