import HindsightCore
import SQLiteConnection

extension GenerationFile {
    func commit(_ batch: RowBatch, from previous: Checkpoint) throws -> Checkpoint {
        let next = Checkpoint(position: batch.checkpoint, revision: previous.revision + (batch.revises ? 1 : 0))
        return try write(rows: batch.updates.count) { connection in
            try connection.run(
                "UPDATE state SET checkpoint = ?, revision = ? WHERE checkpoint = ? AND revision = ?", .integer(next.position),
                .integer(next.revision), .integer(previous.position), .integer(previous.revision))
            guard connection.changes == 1 else { throw ReadModelError.overtaken }
            let rows = RowWriter(connection)
            for update in batch.updates { try rows.store(update) }
            try rows.store(batch.rewrites)
            try store(batch, connection)
            return next
        }
    }

    /// What became of streams that cannot be folded.
    private func store(_ batch: RowBatch, _ connection: Connection) throws {
        for failure in batch.failures {
            try connection.run(
                "INSERT OR REPLACE INTO failures (stream, position, type, error, attempts) VALUES (?, ?, ?, ?, ?)",
                .text(failure.stream.description), .integer(failure.position), .text(failure.type.description), .text(failure.error),
                .integer(Int64(failure.attempts)))
        }
        for event in batch.parked {
            try connection.run(
                "INSERT INTO parked (stream, position) VALUES (?, ?)", .text(event.stream.description), .integer(event.position))
        }
        for stream in batch.resumed {
            try connection.run("DELETE FROM parked WHERE stream = ?", .text(stream.description))
            try connection.run("DELETE FROM failures WHERE stream = ?", .text(stream.description))
        }
    }

    func current(_ keys: [String]) throws -> [CurrentRow?] {
        try read { connection in
            let statement = try connection.statement("SELECT body, touches FROM rows WHERE key = ?")
            return try keys.map { key in
                try statement.first([.text(key)]) { CurrentRow(body: $0.optionalBytes(0), touches: Int($0.integer(1))) }
            }
        }
    }
}

/// Puts rows into the tables of a generation, within one transaction.
private struct RowWriter {
    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    func store(_ update: RowUpdate) throws {
        guard let last = update.touches.last else { return }
        let row = try row(
            """
            INSERT INTO rows (key, since, touches, body) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (key) DO UPDATE SET since = ?2, touches = touches + ?3, body = ?4 RETURNING id
            """, update.key, last, update.touches.count, update.body)
        try touch(row, update.touches)
        try keep(update.snapshots, row)
        for closed in update.closed { try end(closed, update.key, row) }
        for span in update.passed + update.opened { try add(span, update.key, row) }
    }

    /// The entries that rows have are found by a walk through all of them: no index is kept for what happens so seldom.
    func store(_ rewrites: [RowRewrite]) throws {
        guard !rewrites.isEmpty else { return }
        try connection.execute("CREATE TEMP TABLE IF NOT EXISTS rewritten (row INTEGER PRIMARY KEY); DELETE FROM temp.rewritten")
        for rewrite in rewrites {
            try connection.run("INSERT OR IGNORE INTO temp.rewritten SELECT id FROM rows WHERE key = ?", .text(rewrite.key))
        }
        for table in ["touches", "snapshots", "held", "ended"] {
            try connection.run("DELETE FROM \(table) WHERE row IN (SELECT row FROM temp.rewritten)")
        }
        for rewrite in rewrites { try store(rewrite) }
    }

    private func store(_ rewrite: RowRewrite) throws {
        guard let last = rewrite.touches.last else { return }
        let row = try row(
            """
            INSERT INTO rows (key, since, touches, body) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (key) DO UPDATE SET since = ?2, touches = ?3, body = ?4 RETURNING id
            """, rewrite.key, last, rewrite.touches.count, rewrite.body)
        try touch(row, rewrite.touches)
        try keep(rewrite.snapshots, row)
        for span in rewrite.entries { try add(span, rewrite.key, row) }
    }

    private func row(_ sql: String, _ key: String, _ since: Position, _ touches: Int, _ body: [UInt8]?) throws -> Int64 {
        let row = try connection.first(
            sql, .text(key), .integer(since), .integer(Int64(touches)), body.map { .utf8($0) } ?? .null
        ) { $0.integer(0) }
        guard let row else { throw ReadModelError.unavailable(reason: "a row could not be stored") }
        return row
    }

    private func touch(_ row: Int64, _ positions: [Position]) throws {
        let statement = try connection.statement("INSERT INTO touches (row, position) VALUES (?, ?)")
        for position in positions {
            try statement.run { bindings in
                bindings.integer(row, at: 1)
                bindings.integer(position, at: 2)
            }
        }
    }

    private func keep(_ snapshots: [RowSnapshot], _ row: Int64) throws {
        for snapshot in snapshots {
            try connection.run(
                "INSERT INTO snapshots (row, position, body) VALUES (?, ?, ?)", .integer(row), .integer(snapshot.position),
                snapshot.body.map { .utf8($0) } ?? .null)
        }
    }

    // MARK: - Entries

    private func add(_ span: EntrySpan, _ key: String, _ row: Int64) throws {
        guard let until = span.until else {
            return try connection.run(
                "INSERT INTO held (entry, bucket, key, since, row) VALUES (?, ?, ?, ?, ?)", .text(span.entry.text),
                .integer(EntrySpans.bucket(since: span.since)), .text(key), .integer(span.since), .integer(row))
        }
        let place = EntrySpans.place(since: span.since, until: until)
        try connection.run(
            "INSERT INTO ended (entry, level, slot, key, since, until, row) VALUES (?, ?, ?, ?, ?, ?, ?)", .text(span.entry.text),
            .integer(place.level), .integer(place.slot), .text(key), .integer(span.since), .integer(until), .integer(row))
    }

    private func end(_ closed: ClosedEntry, _ key: String, _ row: Int64) throws {
        // Most end soon, so the newest bucket is looked into first.
        for bucket in EntrySpans.buckets(until: closed.until).reversed() {
            let since = try connection.first(
                "DELETE FROM held WHERE entry = ? AND bucket = ? AND key = ? RETURNING since", .text(closed.entry.text), .integer(bucket),
                .text(key)
            ) { $0.integer(0) }
            guard let since else { continue }
            return try add(EntrySpan(entry: closed.entry, since: since, until: closed.until), key, row)
        }
        throw ReadModelError.damaged(reason: "the row \(row) ends an index entry that it did not have")
    }
}
