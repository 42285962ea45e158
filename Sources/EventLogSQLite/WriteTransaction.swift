import HindsightCore
import SQLiteConnection

/// One write transaction: holds the lock of the file, so what it reads stays true until it commits.
///
/// It remembers what it has read and written, and is thrown away with the transaction: another process may write before the next one.
final class WriteTransaction {
    private let connection: Connection
    private let clock: any WallClock
    private var knownHead: LogHead?
    private var streams: [StreamName: StreamState] = [:]
    private var numbers: [String: [String: Int64]] = [:]
    private var random = SystemRandomNumberGenerator()

    private struct StreamState {
        /// `nil` until the stream has its first event.
        var number: Int64?
        var version: StreamVersion
    }

    /// Whether an append of this transaction found the clock behind the head; `nil` if none was stored.
    private(set) var clockState: ClockState?

    enum ClockState {
        case ahead
        case behind(head: Timestamp, clock: Timestamp)
    }

    init(on connection: Connection, clock: any WallClock) {
        self.connection = connection
        self.clock = clock
    }

    var view: LogView { LogView(connection: connection) }

    /// Stores the batch or throws before anything is written: a refused batch leaves nothing behind for its neighbours to trip over.
    func append(_ batch: Append) throws -> AppendReceipt {
        if let original = try originalAnswer(to: batch) { return original }
        try checkFence(of: batch)
        try checkVersions(of: batch)
        try checkCondition(of: batch)
        return try store(batch)
    }

    private func originalAnswer(to batch: Append) throws -> AppendReceipt? {
        let events = batch.events
        let positions = try events.map { try view.position(of: $0.event.id) }
        guard positions.contains(where: { $0 != nil }) else { return nil }
        let rows = EventRows(connection)
        return try batch.originalAnswer(among: positions.map { try $0.flatMap(rows.event(at:)) })
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
        for write in batch.writes {
            let actual = try versions[write.stream] ?? state(of: write.stream).version
            guard write.expected.admits(actual) else {
                throw EventLogError.versionConflict(stream: write.stream, expected: write.expected, actual: actual)
            }
            versions[write.stream] = actual + StreamVersion(write.events.count)
        }
    }

    private func checkCondition(of batch: Append) throws {
        guard let condition = batch.condition else { return }
        let selection = EventSelection(query: condition.query, after: condition.after, limit: 1)
        if let event = try view.events(selection).first { throw EventLogError.conditionFailed(position: event.position) }
    }

    // MARK: - Storing

    private func store(_ batch: Append) throws(SQLiteError) -> AppendReceipt {
        let before = try head()
        let recordedAt = timeOfRecording(after: before)
        var last = before
        var written: [StreamName] = []
        var isWritten: Set<StreamName> = []
        for (stream, event) in batch.events {
            var state = try state(of: stream)
            if state.version == 0 { state.number = try number(of: stream.description, in: "streams") }
            state.version += 1
            let recorded = event.recorded(
                at: last.position + 1, in: stream, version: state.version, on: recordedAt, salt: salt(), after: last.digest)
            try insert(recorded, stream: state.number ?? 0)
            streams[stream] = state
            if isWritten.insert(stream).inserted { written.append(stream) }
            last = LogHead(position: recorded.position, digest: recorded.digest, recordedAt: recordedAt)
            knownHead = last
        }
        return AppendReceipt(
            firstPosition: before.position + 1, lastPosition: last.position, recordedAt: recordedAt,
            streams: written.map { .init(stream: $0, version: streams[$0]?.version ?? 0) }, isRepeat: false)
    }

    private func insert(_ event: RecordedEvent, stream: Int64) throws(SQLiteError) {
        let category = try number(of: event.stream.category.description, in: "categories")
        let type = try number(of: event.type.description, in: "types")
        let sql = """
            INSERT OR FAIL INTO events (\(EventRows.columns), category) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        try connection.run(
            sql, .integer(event.position), .integer(stream), .integer(event.version), .integer(type), .integer(Int64(event.schemaVersion)),
            .blob(event.id.bytes), .integer(event.recordedAt.microsecondsSince1970), .integer(event.occurredAt.microsecondsSince1970),
            .utf8(TagList.bytes(of: event.tags)), .utf8(event.metadata.bytes), .integer(Int64(event.encoding)), .blob(event.commitment),
            .blob(event.digest), event.salt.map { .blob($0) } ?? .null, event.data.map { .utf8($0.bytes) } ?? .null, .integer(category))
        for tag in Set(event.tags) {
            let number = try number(of: tag.description, in: "tags")
            try connection.run("INSERT OR FAIL INTO event_tags (tag, position) VALUES (?, ?)", .integer(number), .integer(event.position))
        }
    }

    private func head() throws(SQLiteError) -> LogHead {
        if let knownHead { return knownHead }
        let head = try view.head()
        knownHead = head
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

    private func state(of stream: StreamName) throws(SQLiteError) -> StreamState {
        if let known = streams[stream] { return known }
        let number = try view.number(of: stream)
        var version: StreamVersion = 0
        if let number { version = try view.version(ofStream: number) }
        let state = StreamState(number: number, version: version)
        streams[stream] = state
        return state
    }

    /// The number of a name in one of the tables of names, given out in the order of first use.
    private func number(of name: String, in table: String) throws(SQLiteError) -> Int64 {
        if let known = numbers[table]?[name] { return known }
        var number = try connection.integer("SELECT number FROM \(table) WHERE name = ?", .text(name))
        if number == nil {
            number = try connection.integer(
                "INSERT INTO \(table) (number, name) VALUES ((SELECT ifnull(max(number), 0) + 1 FROM \(table)), ?) RETURNING number",
                .text(name))
        }
        guard let number else { throw SQLiteError(code: 0, message: "no number was given to a name in \(table)") }
        numbers[table, default: [:]][name] = number
        return number
    }

    private func salt() -> [UInt8] {
        withUnsafeBytes(of: (random.next() as UInt64, random.next() as UInt64)) { Array($0) }
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
