import HindsightCore
import SQLiteConnection

/// Something came up after the first event of a batch was written: the transaction must not be committed.
struct StoringFailed: Error {
    let reason: EventLogError
}

/// One write transaction: holds the lock of the file, so what it reads stays true until it commits.
final class WriteTransaction {
    private let connection: Connection
    private let memory: WriterMemory
    private let clock: any WallClock

    /// Whether an append of this transaction found the clock behind the head; `nil` if none was stored.
    private(set) var clockState: ClockState?

    enum ClockState {
        case ahead
        case behind(head: Timestamp, clock: Timestamp)
    }

    /// - Parameter memory: What the transactions before this one left; it has begun with this one.
    init(on connection: Connection, memory: WriterMemory, clock: any WallClock) {
        self.connection = connection
        self.memory = memory
        self.clock = clock
    }

    var view: LogView { LogView(connection: connection, names: memory.names, format: LogFile.format) }

    /// Stores the batch or throws before anything is written: a refused batch leaves nothing behind for its neighbours to trip over.
    func append(_ append: PreparedAppend) throws -> AppendReceipt {
        let batch = append.batch
        if let original = try originalAnswer(to: append) { return original }
        try checkFence(of: batch)
        let streams = try append.streams.map(known(_:))
        try checkVersions(of: append, streams)
        try checkCondition(of: batch)
        do { return try store(append, in: streams) } catch let error as EventLogError { throw StoringFailed(reason: error) }
    }

    private func originalAnswer(to append: PreparedAppend) throws -> AppendReceipt? {
        let batch = append.batch
        if append.hasAscendingIDs, let first = append.events.first, let greatest = try greatestID(), greatest < first.id {
            return nil
        }
        let positions = try append.events.map { try view.position(of: $0.id) }
        guard positions.contains(where: { $0 != nil }) else { return nil }
        return try batch.originalAnswer(among: positions.map { try $0.flatMap(view.rows.event(at:)) })
    }

    /// The greatest id in the log; `nil` in an empty one.
    private func greatestID() throws(SQLiteError) -> EventID? {
        if memory.greatestID == nil {
            memory.greatestID = try connection.first("SELECT max(id) FROM events") { EventID(lent: $0.lentBytes(0)) } ?? nil
        }
        return memory.greatestID
    }

    private func checkFence(of batch: Append) throws {
        guard let fence = batch.fence else { return }
        let epoch = try connection.integer("SELECT epoch FROM leases WHERE name = ? AND holder IS NOT NULL", .text(fence.lease))
        guard epoch == fence.epoch else { throw EventLogError.fenced(lease: fence.lease, epoch: fence.epoch) }
    }

    /// - Parameter streams: Those that the append writes.
    private func checkVersions(of append: PreparedAppend, _ streams: [WriterMemory.KnownStream]) throws {
        let batch = append.batch
        for check in batch.checks {
            let actual = try known(check.stream).version
            guard check.expected.admits(actual) else {
                throw EventLogError.versionConflict(stream: check.stream, expected: check.expected, actual: actual)
            }
        }
        var versions = streams.map(\.version)
        for (write, stream) in zip(batch.writes, append.streamOfWrite) {
            guard write.expected.admits(versions[stream]) else {
                throw EventLogError.versionConflict(stream: write.stream, expected: write.expected, actual: versions[stream])
            }
            versions[stream] += StreamVersion(write.events.count)
        }
    }

    private func checkCondition(of batch: Append) throws {
        guard let condition = batch.condition else { return }
        let (query, after) = (condition.query, max(0, condition.after))
        // What came last is asked first of memory: conditions are mostly about what happened since a moment ago.
        let tail = try tail()
        let seam = try head().position - Position(tail.count)
        if after < seam {
            let selection = EventSelection(query: query, after: after, until: seam)
            var found: Position?
            try view.forEach(selection) { event in
                found = event.position
                return false
            }
            if let found { throw EventLogError.conditionFailed(position: found) }
        }
        let known = tail.dropFirst(Int(max(0, min(after - seam, Position(tail.count)))))
        let items = try query.items.map { item in (types: try item.types.map(memory.numbers.known), tags: item.tags) }
        let index = known.firstIndex { event in
            items.contains { ($0.types.isEmpty || $0.types.contains(event.type)) && $0.tags.allSatisfy(event.tags.contains) }
        }
        if let index { throw EventLogError.conditionFailed(position: seam + Position(index) + 1) }
    }

    // MARK: - Storing

    private func store(_ append: PreparedAppend, in streams: [WriterMemory.KnownStream]) throws -> AppendReceipt {
        let before = try head()
        let recordedAt = timeOfRecording(after: before)
        for (stream, name) in zip(streams, append.streams) where stream.number == 0 {
            stream.number = try NameTable.streams.add(name.description, on: connection)
            stream.category = try memory.numbers.number(of: name.category)
        }
        // One for each of them, not for each event.
        let types = try append.types.map { TypeToWrite(number: try memory.numbers.number(of: $0), name: DigestedName($0.description)) }
        let insertion = try connection.statement(
            "INSERT OR FAIL INTO events (\(EventRows.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        var (position, digest) = (before.position, before.digest)
        var fields = DigestedFields()
        for index in append.events.indices {
            position += 1
            let stream = streams[append.events[index].stream]
            stream.version += 1
            digest = try insert(
                append.events[index], at: position, in: stream, types[append.events[index].type], recordedAt, after: digest, insertion,
                &fields)
            memory.tail?.append(
                IndexedEvent(
                    type: types[append.events[index].type].number, category: stream.category, tags: append.events[index].tags))
            if position % Block.size == 0 { try self.index(Block.number(of: position)) }
        }
        memory.head = LogHead(position: position, digest: digest, recordedAt: recordedAt)
        memory.met(append.events)
        return AppendReceipt(
            firstPosition: before.position + 1, lastPosition: position, recordedAt: recordedAt,
            streams: zip(append.streams, streams).map { .init(stream: $0, version: $1.version) }, isRepeat: false)
    }

    private struct TypeToWrite {
        let number: Int64
        let name: DigestedName
    }

    /// - Returns: The event's digest.
    private func insert(
        _ event: borrowing PreparedEvent, at position: Position, in stream: WriterMemory.KnownStream, _ type: borrowing TypeToWrite,
        _ recordedAt: Timestamp, after previous: EventDigest, _ insertion: Statement, _ fields: inout DigestedFields
    ) throws -> EventDigest {
        let occurredAt = event.occurredAt ?? recordedAt
        fields.removeAll()
        fields.append(previous)
        fields.appendPlace(
            position: position, stream: stream.name, version: stream.version, id: event.id, type: type.name,
            schemaVersion: event.schemaVersion, recordedAt: recordedAt, occurredAt: occurredAt)
        let (schemaVersion, id, typeNumber) = (Int64(event.schemaVersion), event.id, type.number)
        let (tags, metadata, commitment, salt, data) = (
            event.tagsRange, event.metadataRange, event.commitmentRange, event.saltRange, event.dataRange
        )
        let content = event.contentRange
        return try event.bytes.withUnsafeBytes { bytes in
            func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
            fields.append(contentsOf: part(content))
            let digest = fields.digest()
            try id.withUnsafeBytes { id throws(SQLiteError) in
                try digest.withUnsafeBytes { digest throws(SQLiteError) in
                    try insertion.run { bindings in
                        bindings.integer(position, at: 1)
                        bindings.integer(stream.number, at: 2)
                        bindings.integer(stream.version, at: 3)
                        bindings.integer(typeNumber, at: 4)
                        bindings.integer(schemaVersion, at: 5)
                        bindings.blob(id, at: 6)
                        bindings.integer(recordedAt.microsecondsSince1970, at: 7)
                        bindings.integer(occurredAt.microsecondsSince1970, at: 8)
                        bindings.text(part(tags), at: 9)
                        bindings.text(part(metadata), at: 10)
                        bindings.integer(0, at: 11)
                        bindings.blob(part(commitment), at: 12)
                        bindings.blob(digest, at: 13)
                        bindings.blob(part(salt), at: 14)
                        bindings.text(part(data), at: 15)
                    }
                }
            }
            return digest
        }
    }

    /// Writes the index of a block that is complete.
    private func index(_ block: Int64) throws {
        let events = try memory.tail ?? view.indexedEvents(in: Block.first(block)...Block.last(block), memory.numbers)
        try view.postings.add(block, events: events, memory.numbers)
        memory.tail = []
    }

    /// The events after the last complete block.
    private func tail() throws -> [IndexedEvent] {
        if let known = memory.tail { return known }
        let head = try head().position
        let first = Block.first(Block.completed(by: head))
        let tail = first <= head ? try view.indexedEvents(in: first...head, memory.numbers) : []
        memory.tail = tail
        return tail
    }

    private func head() throws -> LogHead {
        if let known = memory.head { return known }
        let head = try view.head()
        memory.head = head
        return head
    }

    private func timeOfRecording(after head: LogHead) -> Timestamp {
        let now = clock.now()
        guard let last = head.recordedAt, now < last else {
            clockState = .ahead
            return now
        }
        clockState = .behind(head: last, clock: now)
        return last
    }

    private func known(_ name: StreamName) throws(SQLiteError) -> WriterMemory.KnownStream {
        if let known = memory.streams[name] { return known }
        let stream = WriterMemory.KnownStream(DigestedName(name.description))
        if let number = try view.number(of: name) {
            stream.number = number
            stream.version = try view.version(ofStream: number)
            stream.category = try memory.numbers.number(of: name.category)
        }
        memory.streams[name] = stream
        return stream
    }

    // MARK: - Past the memory

    /// Runs `body`, which may change what the writer remembers; it forgets all of it.
    func writingDirectly<Result>(_ body: (Connection, LogView) throws -> Result) throws -> Result {
        defer { memory.forget(connection) }
        return try body(connection, view)
    }

    // MARK: - Leases

    func acquireLease(_ name: String, holder: String, for duration: Duration, supersedes: Bool) throws(SQLiteError) -> Lease? {
        let now = clock.now()
        let expiresAt = now.advanced(by: duration)
        let row = try connection.first("SELECT holder, epoch, expires_at FROM leases WHERE name = ?", .text(name)) { row in
            (holder: row.optionalText(0), epoch: row.integer(1), expiresAt: Timestamp(microsecondsSince1970: row.integer(2)))
        }
        var epoch = row?.epoch ?? 0
        if row?.holder != holder {
            let isFree = row.map { $0.holder == nil || $0.expiresAt <= now } ?? true
            guard isFree || supersedes else { return nil }
            epoch += 1
        }
        try connection.run(
            """
            INSERT INTO leases (name, holder, epoch, expires_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, expires_at = excluded.expires_at
            """,
            .text(name), .text(holder), .integer(epoch), .integer(expiresAt.microsecondsSince1970))
        return Lease(name: name, holder: holder, epoch: epoch, expiresAt: expiresAt)
    }

    func releaseLease(_ lease: Lease) throws(SQLiteError) {
        try connection.run(
            "UPDATE leases SET holder = NULL WHERE name = ? AND holder = ? AND epoch = ?", .text(lease.name), .text(lease.holder),
            .integer(lease.epoch))
    }
}
