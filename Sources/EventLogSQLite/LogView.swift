import HindsightCore
import SQLiteConnection

/// What can be asked of the log inside one transaction, where nothing changes between two questions.
struct LogView {
    let connection: Connection
    let names: Names
    /// The format of the file: one that is older than the index is read without it.
    let format: Int64

    var rows: EventRows { EventRows(connection: connection, names: names) }
    var postings: Postings { Postings(connection: connection) }

    func head() throws -> LogHead {
        let head = try connection.first("SELECT position, digest, recorded_at FROM events ORDER BY position DESC LIMIT 1") { row in
            (row.integer(0), EventDigest(lent: row.lentBytes(1)), Timestamp(microsecondsSince1970: row.integer(2)))
        }
        guard let (position, digest, recordedAt) = head else { return .empty }
        guard let digest else { throw EventLogError.damaged(position: position, reason: "the digest is not 32 bytes") }
        return LogHead(position: position, digest: digest, recordedAt: recordedAt)
    }

    func headPosition() throws(SQLiteError) -> Position {
        try connection.integer("SELECT max(position) FROM events") ?? 0
    }

    /// How many blocks are in the index: every complete one.
    func indexedBlocks() throws(SQLiteError) -> Int64 {
        format >= LogFile.firstFormatWithPostings ? Block.completed(by: try headPosition()) : 0
    }

    func number(of stream: StreamName) throws(SQLiteError) -> Int64? {
        try NameTable.streams.number(of: stream.description, on: connection)
    }

    func version(ofStream number: Int64) throws(SQLiteError) -> StreamVersion {
        try connection.integer("SELECT max(version) FROM events WHERE stream = ?", .integer(number)) ?? 0
    }

    func position(of id: EventID) throws(SQLiteError) -> Position? {
        try connection.integer("SELECT position FROM events WHERE id = ?", .blob(id.bytes))
    }

    func position(ofVersion version: StreamVersion, ofStream number: Int64) throws(SQLiteError) -> Position? {
        try connection.integer("SELECT position FROM events WHERE stream = ? AND version = ?", .integer(number), .integer(version))
    }

    /// Stream numbers have no gaps.
    func streamCount() throws(SQLiteError) -> Int {
        Int(try connection.integer("SELECT max(number) FROM streams") ?? 0)
    }

    /// What the index keeps of the events at these positions.
    ///
    /// - Parameter numbers: Gives one to a category that has none.
    func indexedEvents(in positions: ClosedRange<Position>, _ numbers: NameNumbers) throws -> IndexedEvents {
        let events = IndexedEvents()
        try forEachEvent(at: positions) { event in
            try events.append(
                type: numbers.number(of: event.type), category: numbers.number(of: event.stream.category), tagsOf: event)
        }
        return events
    }

    /// What the index knows the events at these positions by.
    func indexedProperties(in positions: ClosedRange<Position>) throws -> [(type: EventType, category: Category, tags: [Tag])] {
        var events: [(type: EventType, category: Category, tags: [Tag])] = []
        try forEachEvent(at: positions) { event in events.append((event.type, event.stream.category, try event.tags())) }
        return events
    }

    /// - Throws: `.damaged` if one is missing.
    private func forEachEvent(at positions: ClosedRange<Position>, _ body: (borrowing BorrowedEvent) throws -> Void) throws {
        var count = 0
        try forEach(EventSelection(after: positions.lowerBound - 1, until: positions.upperBound)) { event in
            try body(event)
            count += 1
            return true
        }
        guard count == positions.count else {
            throw EventLogError.damaged(
                position: nil, reason: "events are missing between \(positions.lowerBound) and \(positions.upperBound)")
        }
    }

    /// The last position recorded at or before `instant`: times never fall along the positions.
    func lastPosition(recordedBy instant: Timestamp) throws -> Position {
        try lastIndex(upTo: headPosition()) { position in
            guard let time = try connection.integer("SELECT recorded_at FROM events WHERE position = ?", .integer(position)) else {
                throw EventLogError.damaged(position: position, reason: "the event is missing")
            }
            return time <= instant.microsecondsSince1970
        }
    }

    /// The last version of the stream at or before `position`.
    func lastVersion(ofStream number: Int64, by position: Position) throws -> StreamVersion {
        try lastIndex(upTo: version(ofStream: number)) { version in
            guard let found = try self.position(ofVersion: version, ofStream: number) else {
                throw EventLogError.damaged(position: nil, reason: "version \(version) of stream \(number) is missing")
            }
            return found <= position
        }
    }

    /// The last of 1…`count` for which `holds`, 0 for none, when it holds up to some index and for no later one.
    private func lastIndex(upTo count: Int64, _ holds: (Int64) throws -> Bool) throws -> Int64 {
        var (low, high) = (Int64(0), count)
        while low < high {
            let middle = high - (high - low) / 2
            if try holds(middle) { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
