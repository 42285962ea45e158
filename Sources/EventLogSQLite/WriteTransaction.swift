import HindsightCore
import SQLiteConnection

/// Something came up after the first event of a batch was written: the transaction must not be committed.
struct StoringFailed: Error {
    let reason: EventLogError
}

/// The streams that an append writes, as the writer knows them.
private struct WrittenStreams {
    /// For each write.
    let ofWrite: [KnownStream]
    /// Each once, in the order of their first events; `place` is the index here.
    let distinct: [KnownStream]
    /// The first write of each of the distinct ones.
    let writes: [Int]

    /// - Parameter known: Finds a stream by its name, the bytes of which lie in the arena of the append.
    init(
        of append: PreparedAppend, _ known: (_ write: Int, UnsafeRawBufferPointer) throws(SQLiteError) -> KnownStream
    ) throws(SQLiteError) {
        var (ofWrite, distinct, writes) = ([KnownStream](), [KnownStream](), [Int]())
        ofWrite.reserveCapacity(append.batch.writes.count)
        var first = 0
        for write in append.batch.writes.indices {
            let stream = try known(write, append.arena[append.events[first].stream])
            first += append.batch.writes[write].events.count
            ofWrite.append(stream)
            if stream.place < distinct.count, distinct[stream.place] === stream { continue }
            stream.place = distinct.count
            distinct.append(stream)
            writes.append(write)
        }
        (self.ofWrite, self.distinct, self.writes) = (ofWrite, distinct, writes)
    }
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

    /// What the log is by now, the events of this transaction among it.
    func view() throws(SQLiteError) -> LogView {
        try memory.events.writeWaiting()
        return writtenView
    }

    /// Without the events that wait to be written.
    private var writtenView: LogView { LogView(connection: connection, names: memory.names, format: LogFile.format) }

    /// Writes what waits; before the commit.
    func finish() throws(SQLiteError) { try memory.events.writeWaiting() }

    /// Stores the batch or throws before anything of it is written: a refused batch leaves nothing behind for its neighbours to trip over.
    func append(_ append: PreparedAppend) throws -> AppendReceipt {
        let batch = append.batch
        if let original = try originalAnswer(to: append) { return original }
        try checkFence(of: batch)
        let streams = try WrittenStreams(of: append) { write, name throws(SQLiteError) in
            if let known = memory.streams[name] { return known }
            return try enter(batch.writes[write].stream, name)
        }
        try checkVersions(of: batch, streams)
        try checkCondition(of: batch)
        do { return try store(append, in: streams) } catch let error as EventLogError { throw StoringFailed(reason: error) }
    }

    private func originalAnswer(to append: PreparedAppend) throws -> AppendReceipt? {
        let batch = append.batch
        if append.hasAscendingIDs, let first = append.events.first, let greatest = try greatestID(), greatest < first.id {
            return nil
        }
        let view = try view()
        let positions = try append.events.map { try view.position(of: $0.id) }
        guard positions.contains(where: { $0 != nil }) else { return nil }
        return try batch.originalAnswer(among: positions.map { try $0.flatMap(view.rows.event(at:)) })
    }

    /// The greatest id in the log; `nil` in an empty one.
    private func greatestID() throws(SQLiteError) -> EventID? {
        if memory.greatestID == nil {
            try memory.events.writeWaiting()
            memory.greatestID = try connection.first("SELECT max(id) FROM events") { EventID(lent: $0.lentBytes(0)) } ?? nil
        }
        return memory.greatestID
    }

    private func checkFence(of batch: Append) throws {
        guard let fence = batch.fence else { return }
        let epoch = try connection.integer("SELECT epoch FROM leases WHERE name = ? AND holder IS NOT NULL", .text(fence.lease))
        guard epoch == fence.epoch else { throw EventLogError.fenced(lease: fence.lease, epoch: fence.epoch) }
    }

    private func checkVersions(of batch: Append, _ streams: WrittenStreams) throws {
        for check in batch.checks {
            let actual = try known(check.stream).version
            guard check.expected.admits(actual) else {
                throw EventLogError.versionConflict(stream: check.stream, expected: check.expected, actual: actual)
            }
        }
        var versions = streams.distinct.map { $0.version }
        for index in batch.writes.indices {
            let stream = streams.ofWrite[index].place
            guard batch.writes[index].expected.admits(versions[stream]) else {
                let write = batch.writes[index]
                throw EventLogError.versionConflict(stream: write.stream, expected: write.expected, actual: versions[stream])
            }
            versions[stream] += StreamVersion(batch.writes[index].events.count)
        }
    }

    private func checkCondition(of batch: Append) throws {
        guard let condition = batch.condition else { return }
        let (query, after) = (condition.query, max(0, condition.after))
        // What came last is asked first of memory: conditions are mostly about what happened since a moment ago.
        let tail = try tail()
        let seam = try head().position - Position(tail.events.count)
        if after < seam {
            let selection = EventSelection(query: query, after: after, until: seam)
            var found: Position?
            try view().forEach(selection) { event in
                found = event.position
                return false
            }
            if let found { throw EventLogError.conditionFailed(position: found) }
        }
        let items = try query.items.map { item in
            (types: try item.types.map(memory.numbers.known), tags: item.tags.map { Array($0.description.utf8) })
        }
        let known = Int(max(0, min(after - seam, Position(tail.events.count))))
        let match = tail.events[known...].firstIndex { event in
            items.contains { item in
                (item.types.isEmpty || item.types.contains(event.type)) && item.tags.allSatisfy { tail.has($0, event) }
            }
        }
        if let match { throw EventLogError.conditionFailed(position: seam + Position(match) + 1) }
    }

    // MARK: - Storing

    private func store(_ append: PreparedAppend, in streams: WrittenStreams) throws -> AppendReceipt {
        let before = try head()
        let recordedAt = timeOfRecording(after: before)
        for (stream, write) in zip(streams.distinct, streams.writes) where stream.category == 0 {
            let name = append.batch.writes[write].stream
            if stream.number == 0 { stream.number = try memory.numbers.add(name.description, to: .streams) }
            stream.category = try memory.numbers.number(of: name.category)
        }
        // One for each of them, not for each event.
        let types = try append.types.map(memory.numbers.number(of:))
        var (end, index) = (before, 0)
        for (write, stream) in streams.ofWrite.enumerated() {
            for _ in 0..<append.batch.writes[write].events.count {
                try store(append.events[index], in: append.arena, types, stream, recordedAt, after: &end)
                index += 1
            }
        }
        memory.head = end
        memory.met(append.events)
        return AppendReceipt(
            firstPosition: before.position + 1, lastPosition: end.position, recordedAt: recordedAt,
            streams: zip(streams.writes, streams.distinct).map {
                .init(stream: append.batch.writes[$0].stream, version: $1.version)
            }, isRepeat: false)
    }

    /// - Parameters:
    ///   - types: The numbers of the append's types.
    ///   - head: Of the log before the event, and then with it.
    private func store(
        _ event: borrowing PreparedEvent, in arena: ByteArena, _ types: [Int64], _ stream: KnownStream,
        _ recordedAt: Timestamp, after head: inout LogHead
    ) throws {
        stream.version += 1
        let position = head.position + 1
        let digest = event.chain(to: head.digest, position: position, version: stream.version, recordedAt: recordedAt, in: arena)
        let type = types[event.type]
        try memory.events.add(
            EventRow(
                position: position, stream: stream.number, type: type, version: stream.version, schemaVersion: event.schemaVersion,
                recordedAt: recordedAt, occurredAt: event.occurredAt ?? recordedAt, encoding: 0, arena: arena, places: event.places))
        memory.tail?.append(type: type, category: stream.category, tags: arena[event.tags])
        if position % Block.size == 0 { try index(Block.number(of: position)) }
        head = LogHead(position: position, digest: digest, recordedAt: recordedAt)
    }

    /// Writes the index of a block that is complete.
    private func index(_ block: Int64) throws {
        let events = try memory.tail ?? view().indexedEvents(in: Block.first(block)...Block.last(block), memory.numbers)
        try memory.blocks.add(block, events, memory.numbers)
        events.removeAll()
        memory.tail = events
    }

    /// The events after the last complete block.
    private func tail() throws -> IndexedEvents {
        if let known = memory.tail { return known }
        let head = try head().position
        let first = Block.first(Block.completed(by: head))
        let tail = first <= head ? try view().indexedEvents(in: first...head, memory.numbers) : IndexedEvents()
        memory.tail = tail
        return tail
    }

    private func head() throws -> LogHead {
        if let known = memory.head { return known }
        let head = try view().head()
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

    private func known(_ name: StreamName) throws -> KnownStream {
        try Array(name.description.utf8).withUnsafeBytes { bytes in
            if let known = memory.streams[bytes] { return known }
            return try enter(name, bytes)
        }
    }

    /// Looks up a stream that the memory does not have.
    private func enter(_ name: StreamName, _ bytes: UnsafeRawBufferPointer) throws(SQLiteError) -> KnownStream {
        let stream = KnownStream()
        // None of its events can be among those that wait: then it would be known.
        let view = writtenView
        if let number = try view.number(of: name) {
            stream.number = number
            stream.version = try view.version(ofStream: number)
        }
        memory.streams.enter(stream, named: bytes)
        return stream
    }

    // MARK: - Past the memory

    /// Runs `body`, which may change what the writer remembers; it forgets all of it.
    func writingDirectly<Result>(_ body: (Connection, LogView) throws -> Result) throws -> Result {
        let view = try view()
        defer { memory.forget(connection) }
        return try body(connection, view)
    }

    // MARK: - Leases

    func acquireLeases(_ names: [String], holder: String, for duration: Duration, supersedes: Bool) throws(SQLiteError) -> [Lease] {
        var leases: [Lease] = []
        for name in names {
            if let lease = try acquireLease(name, holder: holder, for: duration, supersedes: supersedes) { leases.append(lease) }
        }
        return leases
    }

    func releaseLeases(_ leases: [Lease]) throws(SQLiteError) {
        for lease in leases { try releaseLease(lease) }
    }

    private func acquireLease(_ name: String, holder: String, for duration: Duration, supersedes: Bool) throws(SQLiteError) -> Lease? {
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

    private func releaseLease(_ lease: Lease) throws(SQLiteError) {
        try connection.run(
            "UPDATE leases SET holder = NULL WHERE name = ? AND holder = ? AND epoch = ?", .text(lease.name), .text(lease.holder),
            .integer(lease.epoch))
    }
}
