package import CoreMetrics
import CustomerMDM
import EventLogSQLite
import Foundation
package import HindsightCore
package import HindsightRuntime
package import Logging

/// A log with everything that works on it at once: what a server is, apart from the wire.
package final class LiveApplication: Sendable {
    package let application: Application
    package let configuration: Configuration
    package let gate: AppendGate
    package let projections: LiveProjections
    package let hub: CustomerHub
    package let board: AudienceBoard
    package let offers: OfferDesk
    package let billing: BillingDesk
    /// `nil` where no secret is configured that webhooks would be signed with.
    package let webhooks: GatewayWebhooks?
    /// The artifacts of trained models.
    package let shelf: ModelShelf
    /// Of the templates' folder.
    package let refusedTemplates = RefusedTemplates()
    package let templateWarnings: TemplateWarnings
    /// `nil` for the machine's clock.
    package let manualClock: ManualClock?
    private let clock: any AwaitableClock
    private let sagas: SagaWork
    private let metrics: any MetricsFactory
    private let logger: Logger
    private let lock: FolderLock

    package var log: any EventLog { application.log }
    /// `nil` where no notebook is configured.
    package var audience: AudienceService? { sagas.audience }

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
        gate = try application.makeAppendGate()
        let profile = try await Self.profile(configuration, application)
        let runner = application.openProjections(BuiltIn.projections(profile), in: try application.openReadModels())
        projections = LiveProjections(runner, logger: logger) { application.makeOperator(of: runner, actor: $0) }
        hub = CustomerHub(
            log: application.log, clock: clock, identities: RandomIdentities(), projections: runner, profile: profile,
            policy: try await application.matchingPolicy(), blindReviews: configuration.blindReviews)
        board = AudienceBoard(runner: runner)
        let sharedDirectory = configuration.audience.sharedDirectory ?? "\(application.folder)/audiences"
        offers = OfferDesk(board: board, log: application.log, sharedDirectory: sharedDirectory)
        templateWarnings = TemplateWarnings(sharedDirectory: sharedDirectory)
        billing = BillingDesk(log: application.log, clock: clock)
        webhooks = try GatewayWebhooks(configuration.gateway, log: application.log, clock: clock)
        shelf = ModelShelf(logFolder: application.folder)
        sagas = try SagaWork(application, configuration, board: board, metrics: metrics, logger: logger)
    }

    /// Opens the log for one server: a second one on the same folder is refused.
    ///
    /// - Throws: `EventLogError`, `ConfigurationError`, and what says that a file of the configuration is not what it should be.
    package static func open(
        _ configuration: Configuration, metrics: any MetricsFactory, logger: Logger
    ) async throws -> LiveApplication {
        let lock = try FolderLock.acquire(folder: configuration.log.folder, holder: "hindsight serve")
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

    private static func profile(_ configuration: Configuration, _ application: Application) async throws -> Profile {
        // What the log was matched by goes before what the configuration names.
        if let recorded = try await application.recordedProfile() { return recorded }
        let name = configuration.profile
        guard name.contains("/") || name.contains(".") else { return try Profile.named(name) }
        guard let content = FileManager.default.contents(atPath: name) else { throw UsageError("mdm.profile: \(name) cannot be read") }
        return try Profile(yaml: String(decoding: content, as: UTF8.self))
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
            group.addTask { [sagas] in await sagas.run() }
            if let audience, let templates = configuration.audience.templates {
                group.addTask { [refusedTemplates, logger] in
                    await TemplateFolder(templates, service: audience, refused: refusedTemplates, logger: logger).run()
                }
            }
        }
        await projections.stop()
    }

    private var workers: [Worker] {
        [
            Worker("projections") { [projections] in
                try await projections.catchUp()
                return nil
            },
            Worker("customer-mdm") { [hub] in try await hub.workOff() },
        ]
    }

    /// Finishes what waits and closes the files.
    package func close() async {
        await sagas.close()
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
