import HindsightCore
import SQLiteConnection

extension LogView {
    /// Lends the selected events in reading order until `body` returns `false`.
    ///
    /// - Parameter selection: Its limit is not looked at.
    func forEach(_ selection: EventSelection, _ body: (borrowing BorrowedEvent) throws -> Bool) throws {
        guard let range = selection.positions else { return }
        if let stream = selection.filter.stream {
            guard let number = try number(of: stream) else { return }
            return try forEach(ofStream: number, in: range, selection, body)
        }
        guard let search = try IndexSearch(selection, on: connection) else {
            _ = try forEach(in: range, selection, body)
            return
        }
        // The complete blocks are in the index; what comes after them is looked through.
        let seam = Block.first(try indexedBlocks())
        let indexed = range.lowerBound < seam ? range.lowerBound...min(range.upperBound, seam - 1) : nil
        let tail = range.upperBound >= seam ? max(range.lowerBound, seam)...range.upperBound : nil
        switch selection.direction {
        case .forwards:
            if let indexed, try !forEach(in: indexed, search, .forwards, body) { return }
            if let tail { _ = try forEach(in: tail, selection, body) }
        case .backwards:
            if let tail, try !forEach(in: tail, selection, body) { return }
            if let indexed { _ = try forEach(in: indexed, search, .backwards, body) }
        }
    }

    /// - Returns: Whether `body` always returned `true`.
    private func forEach(
        in range: ClosedRange<Position>, _ selection: EventSelection, _ body: (borrowing BorrowedEvent) throws -> Bool
    ) throws -> Bool {
        let sql = "SELECT \(EventRows.columns) FROM events WHERE position BETWEEN ? AND ? ORDER BY position \(selection.direction.sql)"
        let rows = rows
        var goesOn = true
        let bounds = [SQLiteValue.integer(range.lowerBound), .integer(range.upperBound)]
        if selection.takesAll {
            try connection.statement(sql).forEach(bounds) { row in
                goesOn = try rows.lend(row, to: body)
                return goesOn
            }
        } else {
            try connection.statement(sql).forEach(bounds) { row in
                goesOn = try rows.lend(row) { event in try selection.matches(event) ? body(event) : true }
                return goesOn
            }
        }
        return goesOn
    }

    private func forEach(
        ofStream number: Int64, in range: ClosedRange<Position>, _ selection: EventSelection,
        _ body: (borrowing BorrowedEvent) throws -> Bool
    ) throws {
        let first = try lastVersion(ofStream: number, by: range.lowerBound - 1) + 1
        let last = try lastVersion(ofStream: number, by: range.upperBound)
        let sql = """
            SELECT \(EventRows.columns) FROM events WHERE stream = ? AND version BETWEEN ? AND ? ORDER BY version \(selection.direction.sql)
            """
        let rows = rows
        try connection.statement(sql).forEach([.integer(number), .integer(first), .integer(last)]) { row in
            try rows.lend(row) { event in
                guard try selection.matches(event) else { return true }
                return try body(event)
            }
        }
    }

    // MARK: - Through the index

    private func forEach(
        in range: ClosedRange<Position>, _ search: IndexSearch, _ direction: ReadDirection,
        _ body: (borrowing BorrowedEvent) throws -> Bool
    ) throws -> Bool {
        var goesOn = true
        let blocks = Block.number(of: range.lowerBound)...Block.number(of: range.upperBound)
        try postings.forEachBlock(search.drivingTerms, in: blocks, direction) { block in
            let subset = try search.subset(of: block, in: postings)
            let first = Block.first(block)
            let positions = subset.offsets.map { first + Int64($0) }.filter(range.contains)
            goesOn = try forEach(positions, direction, body)
            return goesOn
        }
        return goesOn
    }

    /// - Parameter positions: Ascending.
    /// - Returns: Whether `body` always returned `true`.
    func forEach(
        _ positions: [Position], _ direction: ReadDirection = .forwards, _ body: (borrowing BorrowedEvent) throws -> Bool
    ) throws -> Bool {
        guard let first = positions.first, let last = positions.last else { return true }
        let rows = rows
        var goesOn = true
        // Where every fourth row is wanted, reading all of them is quicker than looking each up.
        if positions.count * 4 >= last - first {
            var wanted = positions[...]
            let sql = "SELECT \(EventRows.columns) FROM events WHERE position BETWEEN ? AND ? ORDER BY position \(direction.sql)"
            try connection.statement(sql).forEach([.integer(first), .integer(last)]) { row in
                guard row.integer(0) == (direction == .forwards ? wanted.first : wanted.last) else { return true }
                if direction == .forwards { wanted.removeFirst() } else { wanted.removeLast() }
                goesOn = try rows.lend(row, to: body)
                return goesOn
            }
            guard wanted.isEmpty || !goesOn else { throw EventLogError.damaged(position: wanted.first, reason: "the event is missing") }
            return goesOn
        }
        let statement = try connection.statement("SELECT \(EventRows.columns) FROM events WHERE position = ?")
        for position in direction == .forwards ? positions : positions.reversed() where goesOn {
            var isThere = false
            try statement.forEach([.integer(position)]) { row in
                isThere = true
                goesOn = try rows.lend(row, to: body)
                return false
            }
            guard isThere else { throw EventLogError.damaged(position: position, reason: "the event is missing") }
        }
        return goesOn
    }
}

extension EventSelection {
    /// Whether every event between its bounds is selected.
    fileprivate var takesAll: Bool { filter == .everything && query == nil }

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
