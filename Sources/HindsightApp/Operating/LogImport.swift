package import HindsightCore

/// Takes an export over, line by line, into a log that is empty or holds exactly its beginning.
///
/// What the log holds already is compared, not stored again, so an interrupted import is simply repeated.
package struct LogImport {
    /// What it came to.
    package struct Report: Sendable, Equatable, Encodable {
        package let imported: Int64
        /// Events of the export that the log held already.
        package let alreadyThere: Int64
        /// Of the log.
        package let head: Position
        package let digest: String
        /// The first payload that is missing in the export, without an event that says that it was erased: such a log does not verify.
        package let unexplained: Position?
    }

    private let log: any EventLogImporting
    /// What the log held when this began.
    private let known: LogHead
    /// The last line.
    private var reached: LogHead?
    private var link = ChainLink()
    private var erasures = ErasureLedger()
    /// Events of the log to compare lines with.
    private var page: ArraySlice<RecordedEvent> = []
    private var waiting: [(line: Int, event: RecordedEvent)] = []
    private var waitingBytes = 0
    private var imported: Int64 = 0
    private var alreadyThere: Int64 = 0

    private static let mostEvents = 2_000
    private static let mostBytes = 8 << 20

    package init(into log: any EventLogImporting) async throws(EventLogError) {
        self.log = log
        known = try await log.head()
    }

    /// How far the export has been read.
    package var position: Position { reached?.position ?? 0 }

    /// Takes the next lines; an empty line is none. They are durable after ``finish()``, and before that in batches.
    ///
    /// - Throws: ``LineError`` for the first line that does not follow; those before it are stored.
    package mutating func take(_ lines: [LineAppender.Line]) async throws {
        for line in lines where !line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) {
            do {
                try await take(line)
            } catch let error as LineError {
                throw error
            } catch {
                try await store()
                throw LineError(line: line.number, cause: error)
            }
        }
    }

    private mutating func take(_ line: LineAppender.Line) async throws {
        let event = try ExportedEvent.parse(line.bytes)
        let before = if let reached { reached } else { try await beginning(before: event.position) }
        let check = event.lend { event in
            Result {
                do throws(ChainLink.Break) {
                    try link.check(event, after: before)
                } catch {
                    throw ExportedEvent.Malformed(field: error.field, reason: error.reason)
                }
                try erasures.enter(event)
            }
        }
        try check.get()
        if event.position <= known.position {
            try await compare(event)
            alreadyThere += 1
        } else {
            waiting.append((line.number, event))
            waitingBytes += line.bytes.count
        }
        reached = LogHead(position: event.position, digest: event.digest, recordedAt: event.recordedAt)
        if waiting.count >= Self.mostEvents || waitingBytes >= Self.mostBytes { try await store() }
    }

    /// What the first line of the export must follow from.
    private func beginning(before position: Position) async throws -> LogHead {
        if position == 1 { return .empty }
        guard position - 1 <= known.position else {
            throw ExportedEvent.Malformed(
                field: "position",
                reason: "the export begins at \(position), and the log ends at \(known.position): import what comes between")
        }
        guard let event = try await log.read(EventSelection(after: position - 2, limit: 1)).first else {
            throw EventLogError.damaged(position: position - 1, reason: "the event is missing")
        }
        return LogHead(position: event.position, digest: event.digest, recordedAt: event.recordedAt)
    }

    private mutating func compare(_ event: RecordedEvent) async throws {
        if page.isEmpty { page = try await log.read(EventSelection(after: event.position - 1, until: known.position))[...] }
        guard page.popFirst()?.digest == event.digest else {
            throw ExportedEvent.Malformed(
                field: "digest", reason: "the log holds another event at position \(event.position): this is no export of the same history")
        }
    }

    private mutating func store() async throws {
        guard let first = waiting.first else { return }
        let batch = waiting
        (waiting, waitingBytes) = ([], 0)
        do {
            _ = try await log.importRecorded(batch.map(\.event))
        } catch let refusal as ImportRefusal {
            let line = batch.first { $0.event.position == refusal.position }?.line ?? first.line
            throw LineError(line: line, cause: ExportedEvent.Malformed(field: refusal.field, reason: refusal.reason))
        } catch {
            throw LineError(line: first.line, cause: error)
        }
        imported += Int64(batch.count)
    }

    /// Stores what still waits, and says what it came to.
    package mutating func finish() async throws -> Report {
        try await store()
        let head = try await log.head()
        return Report(
            imported: imported, alreadyThere: alreadyThere, head: head.position, digest: head.digest.hexadecimal,
            unexplained: erasures.firstUnexplained)
    }
}
