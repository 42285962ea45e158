package import AudienceJobs
package import CoreMetrics
package import CustomerMDM
import DemoInputs
import EventLogSQLite
package import HindsightCore
package import HindsightRuntime
package import ZeppelinAdapter

/// What the domains' commands need of a log.
extension Application {
    package var embeddedPeers: EmbeddedPeers {
        get throws { EmbeddedPeers(folder: folder, programs: try EmbeddedPeers.ownPrograms) }
    }

    // MARK: - Customer MDM

    /// - Parameters:
    ///   - profile: A shipped name or a file's text goes before the log's own, and is recorded.
    ///   - records: Whether settings that differ from the log's are recorded; off for commands that only read.
    package func openCustomerHub(
        profile: Profile? = nil, policy: MatchingPolicy? = nil, records: Bool, blindReviews: Int = 1,
        metadata: EventMetadata, identities: any IdentitySource = RandomIdentities()
    ) async throws -> CustomerHub {
        let hub = try await CustomerHub.open(
            log: log, clock: clock, identities: identities, store: try openReadModels(), profile: profile, policy: policy,
            records: records, blindReviews: blindReviews, metadata: metadata)
        await hub.act(as: metadata)
        return hub
    }

    // MARK: - Billing

    /// Opens the log for writing with a clock that stands where the log ends, and goes on by being set.
    package static func openWhereItEnds(
        _ location: LogLocation, start: Timestamp = SimulationPlan.defaultStart
    ) async throws -> Application {
        try await openOnManualClock(location, start: start).application
    }

    /// Opens the log for writing by the machine's clock, or, where it ends later than that, by one that stands where it ends: a simulation's
    /// log may be ahead of its time.
    package static func openNowOrWhereItEnds(_ location: LogLocation) async throws -> Application {
        try location.requireLog()
        let reading = try open(location, for: .reading)
        let end = try await reading.log.head().recordedAt
        await reading.close()
        if let end, end > SystemClock().now() { return try await openWhereItEnds(location) }
        return try open(location, for: .writing)
    }

    /// - Parameters:
    ///   - start: Where the clock stands on an empty log.
    ///   - metrics: Where its appends are measured; nowhere for `nil`.
    package static func openOnManualClock(
        _ location: LogLocation, start: Timestamp = Timestamp(microsecondsSince1970: 0), metrics: (any MetricsFactory)? = nil
    ) async throws -> (application: Application, clock: ManualClock) {
        let (log, clock) = try await SimulationLog.open(folder: location.folder, start: start)
        let used: any EventLog = if let metrics { MeasuredEventLog(log, metrics: metrics) } else { log }
        return (Application(folder: location.folder, log: used, clock: clock) { await log.close() }, clock)
    }

    /// - Precondition: The application was opened by ``openWhereItEnds(_:start:)``.
    package func makeBillingSimulation(_ plan: SimulationPlan, gateway: String) throws -> BillingSimulation {
        BillingSimulation(
            plan, log: log, readModels: try openReadModels(), clock: try manualClock,
            gateway: BillingSimulation.GatewayAddress(url: gateway), predictor: Predictor(ModelShelf(logFolder: folder)))
    }

    /// The clock of simulations and played histories.
    package var manualClock: ManualClock {
        get throws {
            guard let clock = clock as? ManualClock else { throw UsageError("this needs a log whose clock can be set") }
            return clock
        }
    }

    // MARK: - Audience

    package func openAudienceBoard() throws -> AudienceBoard {
        AudienceBoard(runner: openProjections(AudienceBoard.readModels, in: try openReadModels()))
    }

    /// - Parameter sharedDirectory: Where the audiences' files lie; the embedded notebook's for `nil`.
    package func openOfferDesk(sharedDirectory: String? = nil) throws -> OfferDesk {
        OfferDesk(board: try openAudienceBoard(), log: log, sharedDirectory: try sharedDirectory ?? embeddedPeers.sharedDirectory)
    }

    /// The files of the templates' folder that no job can be run by; none where the settings name no folder.
    package func refusedTemplates(_ settings: Configuration.Audience) async throws -> [TemplateFiles.Refused] {
        guard let folder = settings.templates else { return [] }
        let client = try settings.makeZeppelinClient()
        do {
            let refused = try await TemplateExamination(log: log, clock: clock, zeppelin: client).refused(in: folder)
            try await client?.close()
            return refused
        } catch {
            try await client?.close()
            throw error
        }
    }

    /// What may keep the jobs of registered templates from their end, by their names; nothing where the settings name no notebook.
    package func templateWarnings(_ settings: Configuration.Audience) async throws -> [TemplateFiles.Refused] {
        guard settings.zeppelin != nil || settings.templates != nil else { return [] }
        let warnings = TemplateWarnings(sharedDirectory: settings.sharedDirectory ?? "\(folder)/audiences")
        return try await openAudienceBoard().templates().flatMap { row in
            let definition = row.registration.definition
            return warnings.about(definition).map { TemplateFiles.Refused(file: definition.name.description, problem: "\($0)") }
        }
    }

    /// Takes a form in; works on it, if asked to, until the job has ended.
    ///
    /// - Parameters:
    ///   - template: The text of the template's file; for `nil` that of the example that the form names, if it names one.
    ///   - settings: Name the notebook and how jobs are run; without a notebook in them the embedded runner is started and ended.
    ///   - requested: Called once the job stands in the log.
    package func runAudience(
        form: JSONValue, template: String? = nil, settings: Configuration.Audience? = nil, waits: Bool, seed: String? = nil,
        identities: any IdentitySource = RandomIdentities(), requested: @Sendable (JobID) -> Void = { _ in },
        progress: (@Sendable (ZeppelinPerformer.Progress) -> Void)? = nil
    ) async throws -> JobRow {
        let peers = try embeddedPeers
        var runner: PeerProcess?
        let client: ZeppelinClient
        var running =
            settings?.serviceSettings(sharedDirectory: peers.sharedDirectory)
            ?? AudienceService.Settings(sharedDirectory: peers.sharedDirectory)
        if let configured = try settings?.makeZeppelinClient() {
            client = configured
        } else {
            let started = try await peers.startNotebookRunner(sharedDirectory: running.sharedDirectory)
            client = try ZeppelinClient(address: started.url, credentials: nil)
            runner = started
            // The embedded runner ends with this process, and whatever was on its way to it.
            running.zeppelin.limits.settling = .zero
        }
        do {
            let board = try openAudienceBoard()
            let service = AudienceService(
                log: log, clock: clock, identities: identities, board: board, zeppelin: client, settings: running, onProgress: progress)
            if let file = template ?? Self.exampleTemplate(for: form) { try await service.register(template: file) }
            let job = try await service.submit(form, seed: seed)
            requested(job)
            let row = waits ? try await service.run(job) : try await board.job(job)
            guard let row else { throw AudienceError.unknownJob(job) }
            try await client.close()
            try await runner?.stop()
            return row
        } catch {
            try await client.close()
            throw error
        }
    }

    private static func exampleTemplate(for form: JSONValue) -> String? {
        form["template"]?.stringValue.flatMap { DemoInputs.template(named: $0) }.map { String(decoding: $0, as: UTF8.self) }
    }
}
