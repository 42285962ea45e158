public import HindsightCore
import SQLiteConnection

extension SQLiteEventLog: EventLogImporting {
    public func importRecorded(_ events: [RecordedEvent]) async throws -> LogHead {
        precondition((1...Limits.batchEvents).contains(events.count), "an import takes 1 to \(Limits.batchEvents) events at a time")
        let imported = ImportedEvents(events)
        let now = clock.now()
        let weight = events.reduce(0) { $0 + $1.metadata.bytes.count + ($1.data?.bytes.count ?? 0) }
        // A refusal is an answer, not trouble with the file: it must not take the neighbours in the transaction with it.
        let outcome: Result<LogHead, ImportRefusal> = try await writing().perform(weight: weight) { transaction in
            try transaction.writingDirectly { connection, view in
                do {
                    try imported.check(after: view.head(), clock: now) { stream in
                        try view.number(of: stream).map(view.version(ofStream:)) ?? 0
                    } position: { id in
                        try view.position(of: id)
                    }
                } catch let refusal as ImportRefusal {
                    return .failure(refusal)
                }
                return .success(try imported.store(on: connection, view))
            }
        }
        return try outcome.get()
    }
}

extension ImportedEvents {
    fileprivate func store(on connection: Connection, _ view: LogView) throws -> LogHead {
        let sql = "INSERT OR FAIL INTO events (\(EventRows.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        let insertion = try connection.statement(sql)
        let numbers = NameNumbers(connection)
        var head = LogHead.empty
        do {
            for event in events {
                try insertion.run(values(of: event, numbers, on: connection))
                head = LogHead(position: event.position, digest: event.digest, recordedAt: event.recordedAt)
                guard event.position % Block.size == 0 else { continue }
                let block = Block.number(of: event.position)
                try view.postings.add(block, events: try view.indexedEvents(in: Block.first(block)...event.position, numbers), numbers)
            }
        } catch let error as EventLogError {
            throw StoringFailed(reason: error)
        }
        return head
    }

    /// In the order of ``EventRows/columns``.
    private func values(
        of event: RecordedEvent, _ numbers: NameNumbers, on connection: Connection
    ) throws(SQLiteError) -> [SQLiteValue] {
        var tags: [UInt8] = []
        TagList.append(event.tags, to: &tags)
        return [
            .integer(event.position), .integer(try NameTable.streams.numberOrAdd(event.stream.description, on: connection)),
            .integer(event.version), .integer(try numbers.number(of: event.type)),
            .integer(Int64(event.schemaVersion)), .blob(event.id.bytes), .integer(event.recordedAt.microsecondsSince1970),
            .integer(event.occurredAt.microsecondsSince1970), .utf8(tags), .utf8(event.metadata.bytes), .integer(Int64(event.encoding)),
            .blob(event.commitment.bytes), .blob(event.digest.bytes), event.salt.map { .blob($0.bytes) } ?? .null,
            event.data.map { .utf8($0.bytes) } ?? .null,
        ]
    }
}
