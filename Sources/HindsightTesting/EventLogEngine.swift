public import HindsightCore

/// An engine as the checks get at it: it makes places, each for one log, and opens the log of a place as often as it is asked to.
///
/// An engine whose logs live and die with their object enrols with how to make one:
/// ```swift
/// extension EventLogEngine {
///     static let memory = EventLogEngine { MemoryEventLog(clock: $0) }
/// }
/// ```
/// An engine whose logs outlive their objects says where each log lies, how it is opened there, and how it is closed:
/// ```swift
/// extension EventLogEngine {
///     static let sqlite = EventLogEngine(closing: { (log: SQLiteEventLog) in await log.close() }) { body in
///         try await withTemporaryFolder { folder in
///             try await body { clock in try SQLiteEventLog.open(folder: folder, clock: clock) }
///         }
///     }
/// }
/// ```
public struct EventLogEngine: Sendable {
    private let withPlace: @Sendable (_ body: @Sendable (@escaping OpenLog) async throws -> Void) async throws -> Void

    /// An engine whose log is gone with its object: wherever a check opens the log again, it gets the same object.
    public init(_ makeLog: @escaping @Sendable (any WallClock) async throws -> any EventLog) {
        withPlace = { body in
            let shared = SharedLog(makeLog)
            try await body { clock in OpenedLog(log: try await shared.log(clock)) {} }
        }
    }

    /// An engine whose logs outlive the objects that open them.
    ///
    /// - Parameters:
    ///   - close: Called once for each log that was opened; also for one that a check left behind as if its process had died.
    ///   - withPlace: Makes an empty place, hands over what opens the log there, any number of times and several at once, and tidies the
    ///     place up afterwards.
    public init<Log: EventLog>(
        closing close: @escaping @Sendable (Log) async throws -> Void,
        withPlace:
            @escaping @Sendable (
                _ body: @Sendable (_ open: @escaping @Sendable (any WallClock) async throws -> Log) async throws -> Void
            ) async throws -> Void
    ) {
        self.withPlace = { body in
            try await withPlace { open in
                try await body { clock in
                    let log = try await open(clock)
                    return OpenedLog(log: log) { try await close(log) }
                }
            }
        }
    }

    /// Runs `body` on a new and empty log, and closes whatever it opened.
    func withLog(_ body: @Sendable (LogUnderCheck) async throws -> Void) async throws {
        try await withPlace { open in
            let clock = AdjustableClock(at: LogUnderCheck.start)
            let openings = Openings { try await open(clock) }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(LogUnderCheck(log: openings.open(), clock: clock, openings: openings)))
            } catch {
                outcome = .failure(error)
            }
            try await openings.closeAll()
            try outcome.get()
        }
    }
}

/// An open log, and how to close it.
struct OpenedLog: Sendable {
    let log: any EventLog
    let close: @Sendable () async throws -> Void
}

typealias OpenLog = @Sendable (any WallClock) async throws -> OpenedLog

/// The logs that a check has open, all of one place.
actor Openings {
    private let openLog: @Sendable () async throws -> OpenedLog
    private var opened: [OpenedLog] = []

    init(_ openLog: @escaping @Sendable () async throws -> OpenedLog) { self.openLog = openLog }

    func open() async throws -> any EventLog {
        let new = try await openLog()
        opened.append(new)
        return new.log
    }

    func closeAll() async throws {
        while let last = opened.popLast() { try await last.close() }
    }
}

/// Makes one log when it is first asked for.
private actor SharedLog {
    private let makeLog: @Sendable (any WallClock) async throws -> any EventLog
    private var made: Task<any EventLog, any Error>?

    init(_ makeLog: @escaping @Sendable (any WallClock) async throws -> any EventLog) { self.makeLog = makeLog }

    func log(_ clock: any WallClock) async throws -> any EventLog {
        let task = made ?? Task { [makeLog] in try await makeLog(clock) }
        made = task
        return try await task.value
    }
}
