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
        try checkVersions(of: batch)
        try checkCondition(of: batch)
        do { return try store(append) } catch let error as EventLogError { throw StoringFailed(reason: error) }
    }

    private func originalAnswer(to append: PreparedAppend) throws -> AppendReceipt? {
        let batch = append.batch
        if append.hasAscendingIDs, let first = append.events.first, let greatest = try greatestID(), greatest < first.event.id {
            return nil
        }
        let positions = try append.events.map { try view.position(of: $0.event.id) }
        guard positions.contains(where: { $0 != nil }) else { return nil }
        return try batch.originalAnswer(among: positions.map { try $0.flatMap(view.rows.event(at:)) })
    }

    /// The greatest id in the log; `nil` in an empty one.
    private func greatestID() throws(SQLiteError) -> EventID? {
        if memory.greatestID == nil {
            memory.greatestID = try connection.first("SELECT max(id) FROM events") { EventID(bytes: $0.lentBytes(0)) } ?? nil
        }
        return memory.greatestID
    }

    private func checkFence(of batch: Append) throws {
        guard let fence = batch.fence else { return }
        let epoch = try connection.integer("SELECT epoch FROM leases WHERE name = ? AND holder IS NOT NULL", .text(fence.lease))
        guard epoch == fence.epoch else { throw EventLogError.fenced(lease: fence.lease, epoch: fence.epoch) }
    }

    private func checkVersions(of batch: Append) throws {
        for check in batch.checks {
            let actual = try state(of: check.stream).version
            guard check.expected.admits(actual) else {
                throw EventLogError.versionConflict(stream: check.stream, expected: check.expected, actual: actual)
            }
        }
        var versions: [StreamName: StreamVersion] = [:]
        let namesOneTwice = batch.writes.count > 1
        for write in batch.writes where write.expected != .any || namesOneTwice {
            let actual = try versions[write.stream] ?? state(of: write.stream).version
            guard write.expected.admits(actual) else {
                throw EventLogError.versionConflict(stream: write.stream, expected: write.expected, actual: actual)
            }
            if namesOneTwice { versions[write.stream] = actual + StreamVersion(write.events.count) }
        }
    }

    private func checkCondition(of batch: Append) throws {
        guard let condition = batch.condition else { return }
        let (query, after) = (condition.query, condition.after)
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
        if let index = known.firstIndex(where: { query.matches(type: $0.type, tags: $0.tags) }) {
            throw EventLogError.conditionFailed(position: seam + Position(index) + 1)
        }
    }

    // MARK: - Storing

    /// What an event gets from the log.
    private struct Place {
        let position: Position
        let stream: Int64
        let version: StreamVersion
        let type: Int64
        let recordedAt: Timestamp
    }

    private func store(_ append: PreparedAppend) throws -> AppendReceipt {
        let before = try head()
        let recordedAt = timeOfRecording(after: before)
        var last = before
        var written: [AppendReceipt.Stream] = []
        var indices: [StreamName: Int] = [:]
        var fields = DigestedFields()
        let sql = "INSERT OR FAIL INTO events (\(EventRows.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        let insertion = try connection.statement(sql)
        for event in append.events {
            let state = try state(of: event.stream)
            let stream = try state.number ?? NameTable.streams.add(event.stream.description, on: connection)
            let place = Place(
                position: last.position + 1, stream: stream, version: state.version + 1, type: try number(of: event.event.type),
                recordedAt: recordedAt)
            let digest = try insert(event, at: place, after: last.digest, insertion, &fields)
            last = LogHead(position: place.position, digest: digest, recordedAt: recordedAt)
            memory.head = last
            memory.streams[event.stream] = .init(number: stream, version: place.version)
            if let greatest = memory.greatestID, greatest < event.event.id { memory.greatestID = event.event.id }
            try index(event, at: place.position)
            if let index = indices[event.stream] {
                written[index].version = place.version
            } else {
                indices[event.stream] = written.count
                written.append(.init(stream: event.stream, version: place.version))
            }
        }
        return AppendReceipt(
            firstPosition: before.position + 1, lastPosition: last.position, recordedAt: recordedAt, streams: written, isRepeat: false)
    }

    /// - Returns: The event's digest.
    private func insert(
        _ prepared: PreparedEvent, at place: Place, after previous: EventDigest, _ insertion: Statement, _ fields: inout DigestedFields
    ) throws -> EventDigest {
        let event = prepared.event
        let occurredAt = event.occurredAt ?? place.recordedAt
        fields.removeAll()
        fields.append(previous)
        fields.appendPlace(
            position: place.position, stream: prepared.stream, version: place.version, id: event.id, type: event.type,
            schemaVersion: event.schemaVersion, recordedAt: place.recordedAt, occurredAt: occurredAt)
        prepared.bytes.withUnsafeBytes { fields.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[prepared.content])) }
        let digest = fields.digest()
        try prepared.bytes.withUnsafeBytes { bytes in
            try event.id.withUnsafeBytes { id in
                try digest.withUnsafeBytes { digest in
                    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
                    try insertion.run { bindings in
                        bindings.integer(place.position, at: 1)
                        bindings.integer(place.stream, at: 2)
                        bindings.integer(place.version, at: 3)
                        bindings.integer(place.type, at: 4)
                        bindings.integer(Int64(event.schemaVersion), at: 5)
                        bindings.blob(id, at: 6)
                        bindings.integer(place.recordedAt.microsecondsSince1970, at: 7)
                        bindings.integer(occurredAt.microsecondsSince1970, at: 8)
                        bindings.text(part(prepared.tags), at: 9)
                        bindings.text(part(prepared.metadata), at: 10)
                        bindings.integer(0, at: 11)
                        bindings.blob(part(prepared.commitment), at: 12)
                        bindings.blob(digest, at: 13)
                        bindings.blob(part(prepared.salt), at: 14)
                        bindings.text(part(prepared.data), at: 15)
                    }
                }
            }
        }
        return digest
    }

    /// Remembers the stored event for the index, and writes the index of its block when that is complete.
    private func index(_ event: PreparedEvent, at position: Position) throws {
        memory.tail?.append(IndexedEvent(type: event.event.type, category: event.stream.category, tags: event.event.tags))
        guard position % Block.size == 0 else { return }
        let block = Block.number(of: position)
        try view.postings.add(block, events: try memory.tail ?? view.indexedEvents(in: Block.first(block)...position))
        memory.tail = []
    }

    /// The events after the last complete block.
    private func tail() throws -> [IndexedEvent] {
        if let known = memory.tail { return known }
        let head = try head().position
        let first = Block.first(Block.completed(by: head))
        let tail = first <= head ? try view.indexedEvents(in: first...head) : []
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

    private func state(of stream: StreamName) throws(SQLiteError) -> WriterMemory.StreamState {
        if let known = memory.streams[stream] { return known }
        let number = try view.number(of: stream)
        var version: StreamVersion = 0
        if let number { version = try view.version(ofStream: number) }
        let state = WriterMemory.StreamState(number: number, version: version)
        memory.streams[stream] = state
        return state
    }

    private func number(of type: EventType) throws(SQLiteError) -> Int64 {
        if let known = memory.types[type] { return known }
        let number = try NameTable.types.numberOrAdd(type.description, on: connection)
        memory.types[type] = number
        return number
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
