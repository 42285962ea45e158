/// An append-only log with one global order: the only shared truth of a Hindsight system.
///
/// Every engine keeps the same promises (`EventLogCheck` in HindsightTesting names each one):
/// positions are 1, 2, 3… without gaps and in commit order; an append is all or nothing, and durable once acknowledged; event ids are
/// unique for ever, and repeating an append gives the original answer; nothing stored is ever changed, and the digest chain shows it if
/// something was. Nothing here assumes that the log lives in this process, on this machine, or has one writer.
public protocol EventLog: Sendable {
    /// Stores the events of all writes in one batch with contiguous positions, or none.
    ///
    /// The repeat check comes before all conditions: the same ids again, in the same streams with the same content, give the original
    /// answer, however old and whatever the conditions say.
    /// - Throws: `.versionConflict`, `.conditionFailed` (read and decide again); `.fenced`; `.idempotencyConflict`; `.limitExceeded`,
    ///   `.invalid`; `.unavailable` (nothing was stored); `.outcomeUnknown` (repeat with the same ids).
    nonisolated(nonsending) func append(_ batch: Append) async throws(EventLogError) -> AppendReceipt

    /// One page of events in reading order, at most `selection.limit`; it ends earlier once it holds ``Limits/pageBytes``, and is empty
    /// only when nothing more is selected.
    ///
    /// - Throws: `.invalid` for a selection that asks for nothing, see ``EventSelection/validate()``.
    func read(_ selection: EventSelection) async throws(EventLogError) -> [RecordedEvent]

    /// Lends all selected events in reading order to `body`, up to the head; `selection.limit` is how many are lent at a stretch.
    ///
    /// Between two stretches the engine lets go of what it holds, so that a long scan neither keeps the log from tidying up nor holds more
    /// than a page in memory.
    /// - Parameter body: Runs in one task, without overlap; what it throws ends the scan and is thrown on. It must not wait for anything.
    nonisolated(nonsending) func scan(_ selection: EventSelection, _ body: (borrowing BorrowedEvent) throws -> Void) async throws

    /// Lends the events at these positions, in their order.
    ///
    /// What a projection asks for when it folds a row of the past: a few events from anywhere.
    /// - Parameters:
    ///   - positions: Ascending.
    ///   - body: See ``scan(_:_:)``.
    /// - Throws: `.damaged` for a position that the log does not hold.
    nonisolated(nonsending) func scan(at positions: [Position], _ body: (borrowing BorrowedEvent) throws -> Void) async throws

    /// The last position with its digest and time; position 0 and ``EventDigest/genesis`` for an empty log.
    func head() async throws(EventLogError) -> LogHead

    /// The version of the stream's last event; 0 when there is none.
    func version(of stream: StreamName) async throws(EventLogError) -> StreamVersion

    /// Where the event with this id stands; `nil` if the log doesn't hold it.
    func position(of id: EventID) async throws(EventLogError) -> Position?

    /// Where the stream's event of this version stands; `nil` if the stream is not that long, and for 0.
    func position(of version: StreamVersion, in stream: StreamName) async throws(EventLogError) -> Position?

    /// The last position recorded at or before `instant`, found by binary search; 0 before the first event.
    ///
    /// - Throws: `.instantNotPast` for an instant at or beyond the clock.
    func position(at instant: Timestamp) async throws(EventLogError) -> Position

    /// Returns when an event after `position` can be read, from whichever process it came, or when the task is cancelled.
    nonisolated(nonsending) func waitForEvents(after position: Position) async throws(EventLogError)

    /// Takes or prolongs the rights to work on what these names stand for, in one step.
    ///
    /// The epoch of a lease grows with every change of holder and never falls. Leases live beside the log, outside its chain.
    /// - Parameter supersedes: Take them even from a holder whose time has not run out, when that one is known to be dead; its appends
    ///   fail from then on.
    /// - Returns: Those of the leases that the holder has now, in the order of `names`; the others are held by somebody else.
    func acquireLeases(
        _ names: [String], holder: String, for duration: Duration, supersedes: Bool
    ) async throws(EventLogError) -> [Lease]

    /// Gives those of the leases back that are still this holder's.
    func releaseLeases(_ leases: [Lease]) async throws(EventLogError)

    /// The leases that somebody holds, in the byte order of their names; also those whose time has run out and that nobody took over.
    func leases() async throws(EventLogError) -> [Lease]

    /// How many streams there are.
    func streamCount() async throws(EventLogError) -> Int
}

/// The end of the log at some moment.
public struct LogHead: Sendable, Hashable {
    public var position: Position
    public var digest: EventDigest
    /// `nil` for an empty log.
    public var recordedAt: Timestamp?

    public init(position: Position, digest: EventDigest, recordedAt: Timestamp?) {
        self.position = position
        self.digest = digest
        self.recordedAt = recordedAt
    }

    public static let empty = LogHead(position: 0, digest: .genesis, recordedAt: nil)
}

/// The right of one worker to act for a while.
public struct Lease: Sendable, Hashable {
    public var name: String
    public var holder: String
    public var epoch: Int64
    public var expiresAt: Timestamp

    public init(name: String, holder: String, epoch: Int64, expiresAt: Timestamp) {
        self.name = name
        self.holder = holder
        self.epoch = epoch
        self.expiresAt = expiresAt
    }

    public var fence: Fence { Fence(lease: name, epoch: epoch) }
}

/// Where time comes from. The log stamps events with it; nothing in the core reads a clock by itself.
public protocol WallClock: Sendable {
    func now() -> Timestamp
}

extension EventLog {
    /// Appends to one stream.
    @discardableResult
    public func append(
        _ events: [NewEvent], to stream: StreamName, expecting expected: ExpectedVersion = .any
    ) async throws(EventLogError) -> AppendReceipt {
        try await append(Append([StreamWrite(events, to: stream, expecting: expected)]))
    }

    /// Takes or prolongs one lease; `nil` while another holder has it. See ``acquireLeases(_:holder:for:supersedes:)``.
    public func acquireLease(
        _ name: String, holder: String, for duration: Duration, supersedes: Bool = false
    ) async throws(EventLogError) -> Lease? {
        try await acquireLeases([name], holder: holder, for: duration, supersedes: supersedes).first
    }

    /// Gives the lease back, if it is still this holder's.
    public func releaseLease(_ lease: Lease) async throws(EventLogError) { try await releaseLeases([lease]) }

    /// A scan by pages that are read and then lent: what an engine without a quicker way has.
    nonisolated(nonsending) public func scan(
        _ selection: EventSelection, _ body: (borrowing BorrowedEvent) throws -> Void
    ) async throws {
        var selection = selection
        while true {
            let page = try await read(selection)
            guard let last = page.last else { return }
            for event in page { try event.lend(body) }
            selection.after = last.position
            try Task.checkCancellation()
        }
    }

    /// One event after the other, read and then lent: what an engine without a quicker way has.
    nonisolated(nonsending) public func scan(
        at positions: [Position], _ body: (borrowing BorrowedEvent) throws -> Void
    ) async throws {
        for position in positions {
            guard let event = try await read(EventSelection(after: position - 1, until: position, limit: 1)).first else {
                throw EventLogError.damaged(position: position, reason: "the event is missing")
            }
            try event.lend(body)
        }
    }

    /// The selected events, page by page; `goingOnLive` waits for more at the end, without a gap or a repeat at the seam.
    public func events(_ selection: EventSelection, goingOnLive: Bool = false) -> EventSequence {
        EventSequence(log: self, selection: selection, goesOnLive: goingOnLive)
    }
}
