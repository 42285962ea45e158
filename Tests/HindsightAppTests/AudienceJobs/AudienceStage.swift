import AudienceJobs
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import SQLiteConnection
import ZeppelinAdapter

/// Everything that a job needs, for real but for the time: a runner process, a database, a log in memory, a clock that jumps.
final class AudienceStage: Sendable {
    static let inputs = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Examples/Inputs").standardized
    static let seed = "stage"

    let folder: URL
    let notebook: RunningNotebook
    let zeppelin: ZeppelinClient
    let log: any EventLog
    let clock = ManualClock(at: Timestamp("2026-11-21T10:00:00Z")!)
    let store = MemoryReadModelStore()
    let board: AudienceBoard
    let projections: ProjectionRunner

    var shared: URL { folder.appending(path: "shared") }

    /// Made once for all stages, since notebooks only read it, and removed at the end of the process.
    static let database = Result {
        let path = databasePath
        try TransactionsDatabase.generate(at: path, seed: 7, transactions: 20_000, clients: 1_500)
        atexit { unlink(AudienceStage.databasePath) }
        return path
    }

    private static var databasePath: String {
        NSTemporaryDirectory() + "/audience-transactions-\(ProcessInfo.processInfo.processIdentifier).sqlite"
    }

    /// What the runner is like.
    struct Setting: Sendable {
        /// Imported in place of the example's; with an id of its own.
        var note: URL?
        /// Asked for by the runner, and used; 0.8 enforces rights then, too.
        var credentials = false
        var dialect = "0.12.1"
        var options: [String] = []
        /// Of one request.
        var timeLimit = Duration.seconds(30)
    }

    private let timeLimit: Duration
    private let credentials: ZeppelinCredentials?

    private init(_ setting: Setting) async throws {
        folder = URL(filePath: NSTemporaryDirectory()).appending(path: "audience-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "shared"), withIntermediateDirectories: true)
        let database = try Self.database.get()
        try AudienceFiles.write(TransactionsDatabase.optOuts(in: database), to: folder.appending(path: "shared/opt-outs.txt").path)
        var options = [
            "--shared", folder.appending(path: "shared").path, "--database", database, "--import",
            (setting.note ?? Self.inputs.appending(path: "audience-by-purchases.note.json")).path, "--import",
            Self.inputs.appending(path: "partner-monthly-report.note.json").path,
        ]
        var credentials: ZeppelinCredentials?
        if setting.credentials {
            let file = folder.appending(path: "users.json")
            let own = #"{"userName":"svc","password":"p&=ä %"}"#
            try AudienceFiles.write(#"[\#(own),{"userName":"ann","password":"analyst"}]"#, to: file.path)
            credentials = try JSON.decode(ZeppelinCredentials.self, from: Array(own.utf8))
            options += ["--credentials", file.path]
            if setting.dialect == "0.8" { options.append("--no-anonymous") }
        }
        options += ["--dialect", setting.dialect] + setting.options
        notebook = try await RunningNotebook(state: folder.appending(path: "runner"), options)
        timeLimit = setting.timeLimit
        self.credentials = credentials
        zeppelin = try ZeppelinClient(address: notebook.address, credentials: credentials, timeLimit: timeLimit)
        log = MemoryEventLog(clock: clock)
        projections = ProjectionRunner(AudienceBoard.readModels, log: log, store: store)
        board = AudienceBoard(runner: projections)
    }

    static func with(
        note: URL? = nil, credentials: Bool = false, _ body: (AudienceStage) async throws -> Void
    ) async throws {
        try await with(Setting(note: note, credentials: credentials), body)
    }

    static func with(_ setting: Setting, _ body: (AudienceStage) async throws -> Void) async throws {
        let stage = try await AudienceStage(setting)
        do {
            try await body(stage)
        } catch {
            try await stage.close()
            throw error
        }
        try await stage.close()
    }

    /// A client that knows nothing of the server yet, as after a restart of the engine; closed when `body` ends.
    func withFreshClient(_ body: (ZeppelinClient) async throws -> Void) async throws {
        let client = try ZeppelinClient(address: notebook.address, credentials: credentials, timeLimit: timeLimit)
        do {
            try await body(client)
        } catch {
            try await client.close()
            throw error
        }
        try await client.close()
    }

    private func close() async throws {
        try await zeppelin.close()
        notebook.kill()
        try FileManager.default.removeItem(at: folder)
    }

    /// Short ones, so that nobody waits.
    static var limits: RunLimits {
        var limits = RunLimits()
        limits.firstPoll = .milliseconds(5)
        limits.longestPoll = .milliseconds(20)
        limits.grace = .milliseconds(300)
        return limits
    }

    /// A worker; a second one is what comes after a crash.
    func service(
        log: (any EventLog)? = nil, client: ZeppelinClient? = nil, limits: RunLimits = AudienceStage.limits, approvalRows: Int? = nil,
        progressAfter: Duration = .seconds(60), onProgress: (@Sendable (ZeppelinPerformer.Progress) -> Void)? = nil,
        beforePause: @escaping @Sendable (Duration) async throws -> Void = { _ in },
        wrap: @Sendable (ZeppelinPerformer) -> any EffectPerformer = { $0 }
    ) -> AudienceService {
        AudienceService(
            log: log ?? self.log, clock: clock, identities: SeededIdentities(seed: Self.seed), board: board, zeppelin: client ?? zeppelin,
            settings: .init(
                sharedDirectory: shared.path, zeppelin: .init(limits: limits), approvalRows: approvalRows, progressAfter: progressAfter),
            wrap: wrap, beforePause: beforePause, onProgress: onProgress)
    }

    /// Lets a worker bring the job to its end: what it has to wait for comes at once, and a notebook that ended is started again.
    ///
    /// - Parameter beforeWait: Called before the clock moves on, with the time that is skipped.
    func run(
        _ job: JobID, by service: AudienceService, beforeWait: (Duration) async throws -> Void = { _ in }
    ) async throws -> JobRow {
        while true {
            let due = try await service.workOff()
            guard let row = try await board.job(job) else { throw AudienceError.unknownJob(job) }
            if row.status.isOver { return row }
            if !notebook.isRunning { try await notebook.startAgain() }
            guard let due else { throw AudienceError.parked(job, reason: "nothing brings it on") }
            try await beforeWait(due.since(clock.now()))
            clock.advance(to: due)
        }
    }

    /// What a manager does, from another process.
    func act(_ act: JobDesk.Act, on job: JobID, by actor: String = "anna") async throws {
        try await JobDesk(log: log, clock: clock).perform(act, on: job, metadata: EventMetadata(actor: actor))
    }

    static func input(_ name: String) throws -> String { try String(contentsOf: inputs.appending(path: name), encoding: .utf8) }

    static func form(
        of template: String = "audience-by-purchases", _ change: (inout [String: JSONValue]) -> Void = { _ in }
    ) throws -> JSONValue {
        let form = try JSON.decode(JSONValue.self, from: Array(input("\(template).form.json").utf8))
        var members = form.objectValue ?? [:]
        change(&members)
        return .object(members)
    }

    func register(_ service: AudienceService, _ template: String = "audience-by-purchases") async throws {
        try await service.register(template: Self.input("\(template).template.yaml"))
    }

    /// The artifact of a job, as its lines.
    func lines(of job: JobRow) throws -> [String] {
        let path = shared.appending(path: job.artifact?.path ?? "").path
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// All events of a job's stream.
    func events(of job: JobID) async throws -> [JobEvent] {
        var events: [JobEvent] = []
        for try await recorded in log.events(EventSelection(EventFilter(stream: job.stream))) {
            if let event = try JobEvent.codec.decode(recorded) { events.append(event) }
        }
        return events
    }
}
