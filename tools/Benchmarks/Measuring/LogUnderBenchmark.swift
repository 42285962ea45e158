import EventLogSQLite
import HindsightCore
import HindsightRuntime

/// Everything that the benchmarks ask of the engine: when its interface changes, this file changes.
struct LogUnderBenchmark: Sendable {
    /// The database in the folder of a log, for the limit that reads the same file.
    static let fileName = "events.sqlite"
    /// What the engine sets on the connection that writes; the limit writes under the same.
    /// (The engine makes its checkpoints itself, after as many pages.)
    static let writerPragmas = SQLiteEventLog.pragmasForWriting + ["wal_autocheckpoint = \(SQLiteEventLog.checkpointPages)"]
    /// What the engine sets on connections that read; the limit reads under the same.
    static let readerPragmas = SQLiteEventLog.pragmasForReading
    /// Events of a page where a whole log is read.
    static let pageSize = 1_000

    private let log: SQLiteEventLog

    static func open(folder: String) throws -> LogUnderBenchmark {
        LogUnderBenchmark(log: try SQLiteEventLog.open(folder: folder, clock: SystemClock()))
    }

    func close() async { await log.close() }

    // MARK: - Appending

    @discardableResult
    func append(_ batch: Append) async throws -> AppendReceipt { try await log.append(batch) }

    func streamCount() async throws -> Int { try await log.streamCount() }

    func head() async throws -> Position { try await log.head().position }

    // MARK: - Reading

    func read(_ selection: EventSelection) async throws -> [RecordedEvent] { try await log.read(selection) }

    /// Hands over everything in owned values, page by page.
    func forEachEvent(_ body: (RecordedEvent) throws -> Void) async throws {
        var selection = EventSelection(limit: Self.pageSize)
        while true {
            let page = try await log.read(selection)
            guard let last = page.last else { return }
            for event in page { try body(event) }
            selection.after = last.position
        }
    }

    /// Lends everything as it lies in the database.
    func forEachBorrowedEvent(_ body: (borrowing BorrowedEvent) throws -> Void) async throws {
        try await log.scan(EventSelection(limit: Self.pageSize), body)
    }

    /// Hands over everything in owned values, event by event from the asynchronous sequence.
    func forEachEventOfSequence(_ body: (RecordedEvent) throws -> Void) async throws {
        for try await event in log.events(EventSelection(limit: Self.pageSize)) { try body(event) }
    }

    /// Hands over every event that decodes to a type of the benchmarks.
    func forEachTypedEvent(_ body: (StreamName, BenchmarkEvent) throws -> Void) async throws {
        try await log.replay(BenchmarkEvent.codec, EventSelection(limit: Self.pageSize)) { event, recorded in
            try body(recorded.stream, event)
        }
    }

    /// Recomputes the chain of the whole log.
    func verify() async throws -> ChainVerifier.Verdict { try await ChainVerifier.verify(log) }
}
