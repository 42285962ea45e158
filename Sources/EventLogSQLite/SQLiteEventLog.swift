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
    private let file: LogFile
    private let clock: any WallClock
    private let readers: ReaderPool
    private let arrivals: Arrivals
    private let writer: Writer?

    private init(file: LogFile, clock: any WallClock, connection: Connection?, onNotice: @escaping @Sendable (LogNotice) -> Void) {
        folder = file.folder
        self.file = file
        self.clock = clock
        readers = ReaderPool(file: file)
        let arrivals = Arrivals(file: file)
        self.arrivals = arrivals
        writer = connection.map {
            Writer(file: file, connection: $0, clock: clock, notify: onNotice, onCommit: { arrivals.notify() })
        }
    }

    /// Opens the log of a folder; for writing, folder and log are made if they are missing.
    ///
    /// - Parameter onNotice: Called, on any thread, with what an operator should know.
    /// - Throws: `.unavailable` when folder or file cannot be opened, `.damaged` when the file is no event log, `.unsupportedFormat`, and
    ///   `.clockBehind` for a clock more than ``clockTolerance`` behind the last event, which would record nothing but that time.
    public static func open(
        folder: String, clock: any WallClock, mode: Mode = .readWrite, onNotice: @escaping @Sendable (LogNotice) -> Void = { _ in }
    ) throws(EventLogError) -> SQLiteEventLog {
        let file = LogFile(folder: folder)
        switch mode {
        case .readOnly:
            try file.prepareForReading()
            return SQLiteEventLog(file: file, clock: clock, connection: nil, onNotice: onNotice)
        case .readWrite:
            try file.prepareForWriting()
            let connection = try file.openWriter()
            let head = try file.translating { try LogView(connection: connection).head() }
            let now = clock.now()
            if let last = head.recordedAt, last.since(now) > clockTolerance { throw .clockBehind(head: last, clock: now) }
            return SQLiteEventLog(file: file, clock: clock, connection: connection, onNotice: onNotice)
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

    public func append(_ batch: Append) async throws(EventLogError) -> AppendReceipt {
        try batch.validate()
        let bytes = batch.writes.lazy.flatMap(\.events).reduce(0) { $0 + $1.data.bytes.count + $1.metadata.bytes.count }
        return try await writing().perform(weight: bytes) { try $0.append(batch) }
    }

    public func read(_ selection: EventSelection) async throws(EventLogError) -> [RecordedEvent] {
        try readers.read { try $0.events(selection) }
    }

    public func head() async throws(EventLogError) -> LogHead {
        try readers.read { try $0.head() }
    }

    public func version(of stream: StreamName) async throws(EventLogError) -> StreamVersion {
        try readers.read { log in try log.number(of: stream).map(log.version(ofStream:)) ?? 0 }
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
        if let writer { return try await writer.perform { try body($0.view) } }
        return try file.translating {
            do {
                let connection = try Connection(path: file.path, mode: .readWrite)
                // Also ends the transaction.
                defer { connection.close() }
                try file.beginWriting(on: connection)
                return try body(LogView(connection: connection))
            } catch let error as SQLiteError where error.kind == .readOnly || error.kind == .cannotOpen {
                // Who may not write cannot hold others back either, and gets what is committed by now.
                return try readers.read(body)
            }
        }
    }

    public func waitForEvents(after position: Position) async throws(EventLogError) {
        try await arrivals.wait { () throws(EventLogError) in try readers.read { try $0.head().position > position } }
    }

    public func acquireLease(
        _ name: String, holder: String, for duration: Duration, supersedes: Bool
    ) async throws(EventLogError) -> Lease? {
        try await writing().perform { try $0.acquireLease(name, holder: holder, for: duration, supersedes: supersedes) }
    }

    public func releaseLease(_ lease: Lease) async throws(EventLogError) {
        try await writing().perform { try $0.releaseLease(lease) }
    }

    private func writing() throws(EventLogError) -> Writer {
        guard let writer else { throw .readOnly }
        return writer
    }
}
