import AudienceJobs
package import CoreMetrics
import CustomerMDM
import EventLogSQLite
import Foundation
package import HindsightCore
package import HindsightRuntime
package import Logging
import BillingRetries
import PaymentsAdapter
import ZeppelinAdapter

/// A log with everything that works on it at once: what a server is, apart from the wire.
package final class LiveApplication: Sendable {
    package let application: Application
    package let configuration: Configuration
    package let gate: AppendGate
    package let projections: LiveProjections
    package let hub: CustomerHub
    package let board: AudienceBoard
    /// `nil` where no notebook is configured.
    package let audience: AudienceService?
    package let billing: BillingDesk
    /// `nil` for the machine's clock.
    package let manualClock: ManualClock?
    private let clock: any AwaitableClock
    private let zeppelin: ZeppelinClient?
    private let metrics: any MetricsFactory
    private let logger: Logger
    private let lock: FolderLock

    package var log: any EventLog { application.log }

    private init(
        application: Application, configuration: Configuration, lock: FolderLock, clock: any AwaitableClock, metrics: any MetricsFactory,
        logger: Logger
    ) async throws {
        self.application = application
        self.configuration = configuration
        self.lock = lock
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
        manualClock = clock as? ManualClock
        MeasuredPerformer.prepare(metrics)
        gate = try application.makeAppendGate()
        let profile = try await Self.profile(configuration, application)
        let runner = application.openProjections(BuiltIn.projections(profile), in: try application.openReadModels())
        projections = LiveProjections(runner, logger: logger) { application.makeOperator(of: runner, actor: $0) }
        hub = CustomerHub(
            log: application.log, clock: clock, identities: RandomIdentities(), projections: runner, profile: profile,
            policy: try await application.matchingPolicy())
        board = AudienceBoard(runner: runner)
        billing = BillingDesk(log: application.log, clock: clock)
        (audience, zeppelin) = try Self.makeAudience(configuration.audience, application, board, metrics)
    }

    /// Opens the log for one server: a second one on the same folder is refused.
    ///
    /// - Throws: `EventLogError`, `ConfigurationError`, and what says that a file of the configuration is not what it should be.
    package static func open(
        _ configuration: Configuration, metrics: any MetricsFactory, logger: Logger
    ) async throws -> LiveApplication {
        let lock = try FolderLock.acquire(folder: configuration.log.folder, holder: "hindsight serve")
        for entry in configuration.entries where inert.contains(entry.key) && entry.source != .fallback {
            logger.warning("a setting has no effect in this version", metadata: ["key": "\(entry.key)"])
        }
        let notice: @Sendable (String) -> Void = { logger.warning("\($0)") }
        let (application, clock): (Application, any AwaitableClock) =
            switch configuration.clock {
            case .system:
                (
                    try Application.open(configuration.log, for: .writing, metrics: metrics, onNotice: notice), SystemClock()
                )
            case .manual: try await Application.openOnManualClock(configuration.log, metrics: metrics)
            }
        do {
            return try await LiveApplication(
                application: application, configuration: configuration, lock: lock, clock: clock, metrics: metrics, logger: logger)
        } catch {
            await application.close()
            throw error
        }
    }

    /// Settings that other programs may share with this one, and that nothing here reads yet.
    private static let inert = ["audience.limits.approvalRows", "billing.gateway.webhookSecret"]

    private static func profile(_ configuration: Configuration, _ application: Application) async throws -> Profile {
        // What the log was matched by goes before what the configuration names.
        if let recorded = try await application.recordedProfile() { return recorded }
        let name = configuration.profile
        guard name.contains("/") || name.contains(".") else { return try Profile.named(name) }
        guard let content = FileManager.default.contents(atPath: name) else { throw UsageError("mdm.profile: \(name) cannot be read") }
        return try Profile(yaml: String(decoding: content, as: UTF8.self))
    }

    private static func makeAudience(
        _ settings: Configuration.Audience, _ application: Application, _ board: AudienceBoard, _ metrics: any MetricsFactory
    ) throws -> (AudienceService?, ZeppelinClient?) {
        guard let address = settings.zeppelin else { return (nil, nil) }
        let client = try ZeppelinClient(
            address: address.url, credentials: try address.credentials.map(ZeppelinCredentials.init(file:)))
        var performing = ZeppelinPerformer.Settings()
        let permissions = settings.permissions
        performing.permissions = NotePermissions(
            owners: permissions.owners ?? [], readers: permissions.readers ?? [], runners: permissions.runners ?? [],
            writers: permissions.writers ?? [])
        performing.limits.pending = settings.limits.pending
        performing.limits.running = settings.limits.running
        performing.limits.firstPoll = settings.limits.poll
        let service = AudienceService(
            log: application.log, clock: application.clock, identities: RandomIdentities(), board: board, zeppelin: client,
            settings: AudienceService.Settings(
                root: settings.root, sharedDirectory: settings.sharedDirectory ?? "\(application.folder)/audiences", zeppelin: performing),
            wrap: { MeasuredPerformer($0, peer: "notebook", metrics: metrics) })
        return (service, client)
    }

    // MARK: - Working

    /// Keeps the read models up to date and drives the sagas, until the task is cancelled.
    ///
    /// What a saga had intended and not finished by then is in the log: the next server looks it up and goes on.
    package func work() async {
        await withTaskGroup(of: Void.self) { group in
            for worker in workers {
                group.addTask { [log, clock, metrics, logger] in
                    await worker.run(on: log, clock: clock, metrics: metrics, logger: logger)
                }
            }
            group.addTask { [projections, logger] in
                do { try await projections.goOn() } catch {
                    logger.warning("an unfinished rebuild is not gone on with: \(error)")
                }
            }
            if let gateway = configuration.gateway { group.addTask { await self.collect(through: gateway) } }
            if let audience, let templates = configuration.audience.templates {
                group.addTask { [logger] in await TemplateFolder(templates, service: audience, logger: logger).run() }
            }
        }
        await projections.stop()
    }

    private var workers: [Worker] {
        var workers = [
            Worker("projections") { [projections] in
                try await projections.catchUp()
                return nil
            },
            Worker("customer-mdm") { [hub] in try await hub.workOff() },
        ]
        if let audience { workers.append(Worker("audience-jobs") { try await audience.workOff() }) }
        return workers
    }

    /// Drives the sagas of billing while the gateway can be reached.
    private func collect(through address: Configuration.Gateway) async {
        let connecting = Worker("gateway") { [log, clock, metrics, logger] in
            let credentials = try address.credentials.map { path throws(GatewayError) in try GatewayCredentials(file: path) }
            try await SimulatedGateway.withConnection(to: address.url, credentials: credentials) { gateway in
                let sagas: [any SagaRunning] = [
                    SagaRunner(
                        RenewalSaga.self, log: log, clock: clock, identities: RandomIdentities(), performer: NoEffects(), actor: "billing"),
                    SagaRunner(
                        PaymentSaga.self, log: log, clock: clock, identities: RandomIdentities(),
                        performer: MeasuredPerformer(gateway, peer: "gateway", metrics: metrics), actor: "billing"),
                ]
                await Worker("billing-retries", sagas: sagas).run(on: log, clock: clock, metrics: metrics, logger: logger)
            }
            return nil
        }
        await connecting.run(on: log, clock: clock, metrics: metrics, logger: logger)
    }

    /// Finishes what waits and closes the files.
    package func close() async {
        do { try await zeppelin?.close() } catch { logger.warning("the connection to the notebook was not closed: \(error)") }
        await application.close()
        withExtendedLifetime(lock) {}
    }
}

extension LiveApplication {
    /// How many instances of each saga have each status, with the labels of the metric; those without any are counted too.
    package func sagaCounts() async throws -> [(count: Int, labels: [(String, String)])] {
        var counts: [(count: Int, labels: [(String, String)])] = []
        for saga in BuiltIn.sagas {
            for status in SagaRow.Status.allCases {
                let count = try await projections.runner.reader.count(of: SagaBoard().name, with: SagaBoard.standing(of: saga.name, status))
                counts.append((count, [("saga", saga.name), ("status", status.rawValue)]))
            }
        }
        return counts
    }
}
