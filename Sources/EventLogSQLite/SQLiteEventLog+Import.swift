public import HindsightCore
import SQLiteConnection

extension SQLiteEventLog: EventLogImporting {
    public func importRecorded(_ events: [RecordedEvent]) async throws -> LogHead {
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
        let (insertion, blocks, numbers) = (EventInsertion(on: connection), BlockIndexing(on: connection), NameNumbers(connection))
        var head = LogHead.empty
        do {
            for event in events {
                try insertion.add(EventRow(event, numbers))
                head = LogHead(position: event.position, digest: event.digest, recordedAt: event.recordedAt)
                guard event.position % Block.size == 0 else { continue }
                try insertion.writeWaiting()
                let block = Block.number(of: event.position)
                try blocks.add(block, try view.indexedEvents(in: Block.first(block)...event.position, numbers), numbers)
            }
            try insertion.writeWaiting()
        } catch let error as EventLogError {
            throw StoringFailed(reason: error)
        }
        return head
    }
}

extension EventRow {
    fileprivate init(_ event: RecordedEvent, _ numbers: NameNumbers) throws(SQLiteError) {
        let arena = ByteArena(capacity: 512 + event.metadata.bytes.count + (event.data?.bytes.count ?? 0))
        var tags: [UInt8] = []
        TagList.append(event.tags, to: &tags)
        self.init(
            position: event.position, stream: try numbers.numberOrAdd(event.stream.description, to: .streams),
            type: try numbers.number(of: event.type), version: event.version, schemaVersion: event.schemaVersion,
            recordedAt: event.recordedAt, occurredAt: event.occurredAt, encoding: event.encoding, arena: arena,
            places: Places(
                id: event.id.withUnsafeBytes(arena.append), tags: tags.withUnsafeBytes(arena.append),
                metadata: event.metadata.bytes.withUnsafeBytes(arena.append), commitment: event.commitment.withUnsafeBytes(arena.append),
                digest: event.digest.withUnsafeBytes(arena.append), salt: event.salt.map { $0.withUnsafeBytes(arena.append) },
                data: event.data.map { $0.bytes.withUnsafeBytes(arena.append) }))
    }
}
