import HindsightCore
import SQLiteConnection

extension LogView {
    /// One page of the selected events.
    ///
    /// One index gives the candidates in reading order, and each is held against the whole selection.
    func events(_ selection: EventSelection) throws -> [RecordedEvent] {
        guard selection.limit > 0, let range = selection.positions else { return [] }
        let rows = EventRows(connection)
        var page: [RecordedEvent] = []
        func take(_ event: RecordedEvent) -> Bool {
            if selection.matches(event) { page.append(event) }
            return page.count < selection.limit
        }
        switch try candidates(of: selection) {
        case .everything:
            let sql = "SELECT \(EventRows.columns) FROM events WHERE position BETWEEN ? AND ? ORDER BY position \(selection.direction.sql)"
            try connection.statement(sql).forEach([.integer(range.lowerBound), .integer(range.upperBound)]) { take(try rows.event(in: $0)) }
        case .stream(let number):
            let first = try lastVersion(ofStream: number, by: range.lowerBound - 1) + 1
            let last = try lastVersion(ofStream: number, by: range.upperBound)
            let sql = """
                SELECT \(EventRows.columns) FROM events WHERE stream = ? AND version BETWEEN ? AND ? \
                ORDER BY version \(selection.direction.sql)
                """
            try connection.statement(sql).forEach([.integer(number), .integer(first), .integer(last)]) { take(try rows.event(in: $0)) }
        case .index(let index, let numbers):
            guard !numbers.isEmpty else { return [] }
            let bounds: [SQLiteValue] = [.integer(range.lowerBound), .integer(range.upperBound)]
            let sql = index.positions(count: numbers.count, direction: selection.direction)
            try connection.statement(sql).forEach(bounds + numbers.map { .integer($0) }) { row in
                let position = row.integer(0)
                guard let event = try rows.event(at: position) else {
                    throw EventLogError.damaged(position: position, reason: "the event is missing")
                }
                return take(event)
            }
        }
        return page
    }

    /// Where the events of a selection are to be looked for: everything it matches is among them.
    private enum Candidates {
        case everything
        case stream(Int64)
        case index(EventIndex, [Int64])
    }

    private func candidates(of selection: EventSelection) throws(SQLiteError) -> Candidates {
        let filter = selection.filter
        if let stream = filter.stream {
            return try number(of: stream).map { .stream($0) } ?? .index(.byType, [])
        }
        if !filter.tags.isEmpty, let candidates = try index(.byTag, of: filter.tags) { return candidates }
        if let items = selection.query?.items {
            let tags = items.compactMap(\.tags.first)
            if tags.count == items.count, let candidates = try index(.byTag, of: tags) { return candidates }
        }
        if !filter.types.isEmpty, let candidates = try index(.byType, of: filter.types) { return candidates }
        if let items = selection.query?.items, items.allSatisfy({ !$0.types.isEmpty }),
            let candidates = try index(.byType, of: items.flatMap(\.types))
        {
            return candidates
        }
        if !filter.categories.isEmpty, let candidates = try index(.byCategory, of: filter.categories) { return candidates }
        return .everything
    }

    /// The numbers of `names`, each once; `nil` for more than one statement can merge.
    private func index(_ index: EventIndex, of names: [some CustomStringConvertible]) throws(SQLiteError) -> Candidates? {
        guard names.count <= EventIndex.mostTerms else { return nil }
        var numbers: Set<Int64> = []
        for name in names {
            if let number = try connection.integer("SELECT number FROM \(index.names) WHERE name = ?", .text(name.description)) {
                numbers.insert(number)
            }
        }
        return .index(index, numbers.sorted())
    }
}

/// An index that gives the positions of events with one property in order.
private enum EventIndex {
    case byTag, byType, byCategory

    /// SQLite merges up to 500 sorted answers; long before that a scan is as good.
    static let mostTerms = 100

    var names: String {
        switch self {
        case .byTag: "tags"
        case .byType: "types"
        case .byCategory: "categories"
        }
    }

    /// The positions between ?1 and ?2 that have any of `count` properties, each once: a merge of ordered parts, never a sort.
    func positions(count: Int, direction: ReadDirection) -> String {
        let parts = (0..<count).map { offset in
            switch self {
            case .byTag: "SELECT position FROM event_tags WHERE tag = ?\(offset + 3) AND position BETWEEN ?1 AND ?2"
            case .byType:
                "SELECT position FROM events INDEXED BY events_by_type WHERE type = ?\(offset + 3) AND position BETWEEN ?1 AND ?2"
            case .byCategory:
                "SELECT position FROM events INDEXED BY events_by_category WHERE category = ?\(offset + 3) AND position BETWEEN ?1 AND ?2"
            }
        }
        return parts.joined(separator: " UNION ") + " ORDER BY position \(direction.sql)"
    }
}

extension ReadDirection {
    fileprivate var sql: String {
        switch self {
        case .forwards: "ASC"
        case .backwards: "DESC"
        }
    }
}

extension EventSelection {
    /// The positions between its bounds; `nil` when there are none.
    fileprivate var positions: ClosedRange<Position>? {
        let low: Position
        let high: Position
        switch direction {
        case .forwards:
            guard (after ?? 0) < .max else { return nil }
            (low, high) = (max(1, (after ?? 0) + 1), until ?? .max)
        case .backwards:
            guard (after ?? .max) > 1 else { return nil }
            (low, high) = (max(1, until ?? 1), after.map { $0 - 1 } ?? .max)
        }
        return low <= high ? low...high : nil
    }
}
