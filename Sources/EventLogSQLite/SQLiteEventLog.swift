public import HindsightCore
import SQLiteConnection

/// An event log in `events.sqlite` of a folder, for any number of processes of one machine.
///
/// Acknowledged means flushed to the disk. Appends of all tasks go through one thread, which shares a flush among those that wait;
/// reads run on the caller's thread, each on a connection of its own.
public final class SQLiteEventLog: EventLog {
    public enum Mode: Sendable {
        case readWrite
        /// Writes nothing into the log, and needs one to be there.
        case readOnly
    }

    /// How far the machine's clock may lie behind the last event when a log is opened for writing.
    public static let clockTolerance = Duration.seconds(60)

    public let folder: String
    let file: LogFile
    let clock: any WallClock
    let readers: ReaderPool
    private let arrivals: Arrivals
    private let writer: Writer?

    private init(
        file: LogFile, format: Int64, clock: any WallClock,
        writing: (queue: Folder, connection: Connection, checkpoints: CheckpointPolicy)?,
        onNotice: @escaping @Sendable (LogNotice) -> Void
    ) {
        folder = file.folder
        self.file = file
        self.clock = clock
        readers = ReaderPool(file: file, format: format)
        let arrivals = Arrivals(file: file)
        self.arrivals = arrivals
        writer = writing.map {
            Writer(
                file: file, queue: $0.queue, connection: $0.connection, clock: clock, checkpoints: $0.checkpoints, notify: onNotice,
                onCommit: { arrivals.notify(through: $0) })
        }
    }

    /// Opens the log of a folder; for writing, folder and log are made if they are missing.
    ///
    /// - Parameter onNotice: Called, on any thread, with what an operator should know.
    /// - Throws: `.unavailable` when folder or file cannot be opened, `.damaged` when the file is no event log or, for writing, its end does
    ///   not hold, `.unsupportedFormat`, and `.clockBehind` for a clock more than ``clockTolerance`` behind the last event, which would
    ///   record nothing but that time.
    public static func open(
        folder: String, clock: any WallClock, mode: Mode = .readWrite, onNotice: @escaping @Sendable (LogNotice) -> Void = { _ in }
    ) throws(EventLogError) -> SQLiteEventLog {
        try open(folder: folder, clock: clock, mode: mode, checkpoints: CheckpointPolicy(), onNotice: onNotice)
    }

    package static func open(
        folder: String, clock: any WallClock, mode: Mode = .readWrite, checkpoints: CheckpointPolicy,
        onNotice: @escaping @Sendable (LogNotice) -> Void = { _ in }
    ) throws(EventLogError) -> SQLiteEventLog {
        let file = LogFile(folder: folder)
        switch mode {
        case .readOnly:
            let format = try file.prepareForReading()
            return SQLiteEventLog(file: file, format: format, clock: clock, writing: nil, onNotice: onNotice)
        case .readWrite:
            try file.prepareForWriting()
            let connection = try file.openWriter()
            // In one view of the log: others may append meanwhile.
            let head = try file.translating {
                try connection.transaction(.deferred) {
                    try LogView(connection: connection, names: Names(connection), format: LogFile.format).checkedHead()
                }
            }
            let now = clock.now()
            if let last = head.recordedAt, last.since(now) > clockTolerance { throw .clockBehind(head: last, clock: now) }
            let queue = try Folder(folder, creating: false)
            return SQLiteEventLog(
                file: file, format: LogFile.format, clock: clock, writing: (queue, connection, checkpoints), onNotice: onNotice)
        }
    }

    /// Finishes the appends that wait and closes the file; later appends are refused.
    ///
    /// Without it, the end of the last reference does the same, some time after it.
    public func close() async {
        await arrivals.close()
        readers.close()
        // Last, because the last connection that may write tidies the folder up.
        await writer?.close()
    }

    nonisolated(nonsending) public func append(_ batch: Append) async throws(EventLogError) -> AppendReceipt {
        let prepared = try PreparedAppend(batch)
        return try await writing().perform(weight: prepared.weight) { try $0.append(prepared) }
    }

    /// Appends batches in one transaction, each with its own outcome: what happens to appends that come at once, made certain for tests.
    package func appendTogether(_ batches: [Append]) async throws(EventLogError) -> [Result<AppendReceipt, EventLogError>] {
        var prepared: [PreparedAppend] = []
        for batch in batches { prepared.append(try PreparedAppend(batch)) }
        return try await writing().perform { [prepared] transaction in
            try prepared.map { append in
                do { return .success(try transaction.append(append)) } catch let refusal as EventLogError { return .failure(refusal) }
            }
        }
    }

    public func read(_ selection: EventSelection) async throws(EventLogError) -> [RecordedEvent] {
        try selection.validate()
        return try readers.read { log in
            var page: [RecordedEvent] = []
            page.reserveCapacity(min(selection.limit, 1_000))
            let rows = log.rows
            var bytes = 0
            try log.forEach(selection) { event in
                page.append(try rows.copy(event))
                bytes += event.metadata.count + (event.data?.count ?? 0)
                return page.count < selection.limit && bytes < Limits.pageBytes
            }
            return page
        }
    }

    nonisolated(nonsending) public func scan(
        _ selection: EventSelection, _ body: (borrowing BorrowedEvent) throws -> Void
    ) async throws {
        try selection.validate()
        var rest = selection
        var isFinished = false
        while !isFinished {
            // What `body` throws is its caller's, not trouble with the file.
            var failure: (any Error)?
            try readers.read { log in
                var lent = 0
                isFinished = true
                try log.forEach(rest) { event in
                    do { try body(event) } catch {
                        failure = error
                        return false
                    }
                    rest.after = event.position
                    lent += 1
                    isFinished = lent < selection.limit
                    return isFinished
                }
            }
            if let failure { throw failure }
            try Task.checkCancellation()
        }
    }

    nonisolated(nonsending) public func scan(
        at positions: [Position], _ body: (borrowing BorrowedEvent) throws -> Void
    ) async throws {
        // In stretches, for the reason that `scan(_:_:)` has them.
        for start in stride(from: 0, to: positions.count, by: 1_000) {
            let stretch = Array(positions[start..<min(start + 1_000, positions.count)])
            var failure: (any Error)?
            try readers.read { log in
                _ = try log.forEach(stretch) { event in
                    do { try body(event) } catch {
                        failure = error
                        return false
                    }
                    return true
                }
            }
            if let failure { throw failure }
            try Task.checkCancellation()
        }
    }

    public func head() async throws(EventLogError) -> LogHead {
        try readers.read { try $0.head() }
    }

    public func version(of stream: StreamName) async throws(EventLogError) -> StreamVersion {
        try readers.read { log in try log.number(of: stream).map(log.version(ofStream:)) ?? 0 }
    }

    public func position(of id: EventID) async throws(EventLogError) -> Position? {
        try readers.read { try $0.position(of: id) }
    }

    public func position(of version: StreamVersion, in stream: StreamName) async throws(EventLogError) -> Position? {
        try readers.read { log in try log.number(of: stream).flatMap { try log.position(ofVersion: version, ofStream: $0) } }
    }

    public func streamCount() async throws(EventLogError) -> Int {
        try readers.read { try $0.streamCount() }
    }

    public func position(at instant: Timestamp) async throws(EventLogError) -> Position {
        let now = clock.now()
        guard instant < now else { throw .instantNotPast(instant, clock: now) }
        let past = try readers.read { log in
            try log.head().recordedAt.map { $0 > instant } ?? false ? log.lastPosition(recordedBy: instant) : nil
        }
        if let past { return past }
        // The answer is the head, unless an append that read the clock before `instant` is about to commit: wait for the lock it holds.
        return try await behindAppends { try $0.lastPosition(recordedBy: instant) }
    }

    /// Asks the log when no append is under way, in this process or another.
    private func behindAppends<Result: Sendable>(
        _ body: @escaping @Sendable (LogView) throws -> Result
    ) async throws(EventLogError) -> Result {
        if let writer { return try await writer.perform { try body($0.view()) } }
        return try file.translating {
            do {
                let connection = try Connection(path: file.path, mode: .readWrite)
                // Who only reads moves nothing: what the write-ahead log holds may not be on the disk, and only a writer makes sure of it.
                try connection.setCheckpointOnClose(false)
                // Also ends the transaction.
                defer { connection.close() }
                try file.beginWriting(on: connection, in: Folder(file.folder, creating: false))
                return try readers.read(body)
            } catch let error as SQLiteError where error.kind == .readOnly || error.kind == .cannotOpen {
                // Who may not write cannot hold others back either, and gets what is committed by now.
                return try readers.read(body)
            }
        }
    }

    nonisolated(nonsending) public func waitForEvents(after position: Position) async throws(EventLogError) {
        try await arrivals.wait(after: position) { () throws(EventLogError) in try readers.read { try $0.headPosition() } }
    }

    public func acquireLeases(
        _ names: [String], holder: String, for duration: Duration, supersedes: Bool
    ) async throws(EventLogError) -> [Lease] {
        try await writing().perform { try $0.acquireLeases(names, holder: holder, for: duration, supersedes: supersedes) }
    }

    public func releaseLeases(_ leases: [Lease]) async throws(EventLogError) {
        try await writing().perform { try $0.releaseLeases(leases) }
    }

    public func leases() async throws(EventLogError) -> [Lease] { try readers.read { try $0.leases() } }

    func writing() throws(EventLogError) -> Writer {
        guard let writer else { throw .readOnly }
        return writer
    }
}
