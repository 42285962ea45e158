package import CoreMetrics
package import CustomerMDM
package import EventLogSQLite
package import HindsightCore
package import HindsightRuntime
package import HindsightSchemas
import ReadModelsSQLite

/// One log of the embedded engine with everything that works on it: what each command opens.
package struct Application: Sendable {
    package enum Access: Sendable {
        /// Needs a log to be there.
        case reading
        /// Makes folder and log if they are missing.
        case writing
    }

    package let folder: String
    package let log: any EventLog
    package let clock: any AwaitableClock
    private let closing: @Sendable () async -> Void

    init(folder: String, log: any EventLog, clock: any AwaitableClock, closing: @escaping @Sendable () async -> Void) {
        self.folder = folder
        self.log = log
        self.clock = clock
        self.closing = closing
    }

    /// Opens the log of a folder.
    ///
    /// - Parameters:
    ///   - metrics: Where its appends are measured; nowhere for `nil`.
    ///   - onNotice: Called, on any thread, with what an operator should know.
    package static func open(
        _ location: LogLocation, for access: Access, clock: any AwaitableClock = SystemClock(), metrics: (any MetricsFactory)? = nil,
        onNotice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> Application {
        if access == .reading { try location.requireLog() }
        let mode: SQLiteEventLog.Mode = access == .writing ? .readWrite : .readOnly
        let log = try SQLiteEventLog.open(folder: location.folder, clock: clock, mode: mode) { onNotice("\($0)") }
        let used: any EventLog = if let metrics { MeasuredEventLog(log, metrics: metrics) } else { log }
        return Application(folder: location.folder, log: used, clock: clock) { await log.close() }
    }

    /// Finishes the appends that wait and closes the files; a process that ends without it loses nothing, and leaves a longer journal file.
    package func close() async { await closing() }

    /// The rows that projections keep beside the log.
    package func openReadModels() throws(ReadModelError) -> any ReadModelStore {
        try SQLiteReadModelStore(folder: folder)
    }

    /// All projections over the read models of this folder.
    package func openProjections() async throws -> ProjectionRunner {
        openProjections(BuiltIn.projections(try await profile()), in: try openReadModels())
    }

    /// Some projections only: who wants one answer need not wait for all.
    package func openProjections(_ projections: [any Projection], in store: any ReadModelStore) -> ProjectionRunner {
        ProjectionRunner(projections, log: log, store: store)
    }

    /// The profile by which this log matches customer cards.
    package func profile() async throws -> Profile {
        if let recorded = try await recordedProfile() { return recorded }
        return try Profile.named("russian-bank")
    }

    /// The profile that the log was matched by so far, with the weights that were learnt for it; `nil` before its first cards.
    package func recordedProfile() async throws -> Profile? { try await matchingSettings().recordedProfile() }

    /// The rules of matching that the log is kept by.
    package func matchingPolicy() async throws -> MatchingPolicy { try await matchingSettings().policy ?? .current }

    private func matchingSettings() async throws -> SettingsDecider.State {
        try await DecisionBatch(log: log, identities: RandomIdentities(), now: clock.now())
            .state(of: SettingsDecider.self, on: MDMStream.settings())
    }

    /// Takes the right to drive the sagas of this folder; it is given back when the result goes.
    ///
    /// - Throws: `.unavailable`, naming who has it.
    package func lock(for holder: String) async throws(EventLogError) -> FolderLock {
        // First, because a server holds a worker's lease as well, and is told by its own name.
        let lock = try FolderLock.acquire(folder: folder, holder: holder)
        guard try await SharedWork.workers(among: log.leases(), at: clock.now()).isEmpty else {
            throw .unavailable(
                reason: "`hindsight work` is at work on \(folder), or was until a moment ago: stop it first, or wait until its lease ends")
        }
        return lock
    }

    /// - Parameter actor: Who operates: an opaque id.
    package func makeOperator(of projections: ProjectionRunner, actor: String) -> ProjectionOperator {
        ProjectionOperator(
            projections, commands: CommandHandler(log: log, clock: clock, identities: RandomIdentities()), clock: clock, actor: actor)
    }

    package func makeAppendGate() throws(SchemaCatalogError) -> AppendGate {
        AppendGate(domains: BuiltIn.domains, schemas: try SchemaCatalog())
    }
}
