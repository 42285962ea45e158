import AudienceJobs
import BillingRetries
package import CoreMetrics
import Foundation
import HTTPEffects
import HindsightCore
import HindsightRuntime
package import Logging
import PaymentsAdapter
import ZeppelinAdapter

/// The sagas that every process on a log shares with the others: those of `hindsight serve` and of each `hindsight work`.
package final class SagaWork: Sendable {
    /// `nil` where no notebook is configured.
    package let audience: AudienceService?
    /// `nil` where time is set by hand: then it is all this process's.
    private let share: SharedWork?
    private let right: WorkRight
    private let gate = PeerGate()
    /// How long a peer's answer takes shows on the machine's clock, also where time is set by hand.
    private let patience: any AwaitableClock = SystemClock()
    private let mail: [String: any NoticeSender]
    private let receivers: WebhookNotices.Receivers
    private let application: Application
    private let gateway: Configuration.Gateway?
    private let zeppelin: ZeppelinClient?
    private let metrics: any MetricsFactory
    private let logger: Logger
    private let watch: PeerWatch

    package init(
        _ application: Application, _ configuration: Configuration, board: AudienceBoard, metrics: any MetricsFactory, logger: Logger
    ) throws {
        self.application = application
        self.metrics = metrics
        self.logger = logger
        watch = PeerWatch(logger)
        gateway = configuration.gateway
        share =
            switch configuration.clock {
            case .manual: nil
            case .system:
                SharedWork(
                    log: application.log, clock: application.clock, holder: "\(getpid())-\(UUID().uuidString.lowercased())",
                    leaseTime: configuration.work.lease,
                    onTakeOver: { holder, parts in
                        logger.info(
                            "parts of the work are taken over from a process that gave no sign of life",
                            metadata: ["from": "\(holder)", "parts": "\(parts)"])
                    })
            }
        right = share.map { .shared($0) } ?? .alone
        MeasuredPerformer.prepare(metrics)
        mail = try configuration.audience.notices.mailSender()
        receivers = try configuration.audience.notices.webhookReceivers()
        (audience, zeppelin) = try Self.makeAudience(
            configuration.audience, application, board, right: right, gate: gate, patience: patience
        ) { [watch] performer in
            // Files lie beside the notebook and not in it.
            WatchedPerformer(MeasuredPerformer(performer, peer: "notebook", metrics: metrics), watch: watch) { kind in
                RunEffect(rawValue: kind) == .checkArtifact ? "shared directory" : "notebook"
            }
        }
    }

    private static func makeAudience(
        _ settings: Configuration.Audience, _ application: Application, _ board: AudienceBoard, right: WorkRight, gate: PeerGate,
        patience: any AwaitableClock, wrap: @Sendable (ZeppelinPerformer) -> any EffectPerformer
    ) throws -> (AudienceService?, ZeppelinClient?) {
        guard let client = try settings.makeZeppelinClient() else { return (nil, nil) }
        let service = AudienceService(
            log: application.log, clock: application.clock, identities: RandomIdentities(), board: board, zeppelin: client,
            settings: settings.serviceSettings(sharedDirectory: "\(application.folder)/audiences"),
            right: right, gate: gate, patience: patience, wrap: wrap)
        return (service, client)
    }

    /// Works until the task is cancelled, and gives its part of the work back then.
    ///
    /// What a saga had intended and not finished by then is in the log: whoever takes the part over looks it up and goes on.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            if let share { add(Worker("leases", endless: { try await share.run() }), to: &group) }
            if let audience { add(Worker("audience-jobs", endless: { try await audience.work() }), to: &group) }
            add(Worker("audience-notices", endless: { try await self.deliver() }), to: &group)
            add(Worker("billing-retraining", endless: { try await self.retrain() }), to: &group)
            if let gateway { add(Worker("billing-retries", endless: { try await self.collect(through: gateway) }), to: &group) }
        }
    }

    private func add(_ worker: Worker, to group: inout TaskGroup<Void>) {
        group.addTask { [application, metrics, logger] in
            await worker.run(on: application.log, clock: application.clock, metrics: metrics, logger: logger)
        }
    }

    /// Tells people and programs what they are waiting for.
    private func deliver() async throws {
        // Signatures hold the time, and receivers compare it with the clock on their own wall.
        try await Webhooks.withConnections(clock: patience) { webhooks in
            var senders = self.mail
            if !self.receivers.isEmpty { senders["webhook"] = WebhookNotices(webhooks, receivers: self.receivers) }
            let performer = self.watched(NoticePerformer(senders), peer: "notices")
            let deliveries = SagaRunner(
                NoticeDelivery.self, log: self.application.log, clock: self.application.clock, identities: RandomIdentities(),
                performer: performer, right: self.right, gate: self.gate, patience: self.patience, onTimer: Worker.lateness(self.metrics))
            try await deliveries.work()
        }
    }

    /// Drives the sagas of billing. Without the gateway charges wait, and nothing else does.
    private func collect(through address: Configuration.Gateway) async throws {
        let door = GatewayDoor()
        let opening = Worker("billing-gateway", endless: { try await self.open(door, to: address) })
        // Not a child: charges under way end before their connections do, also when all of it is cancelled.
        let opener = Task { [application, metrics, logger] in
            await opening.run(on: application.log, clock: application.clock, metrics: metrics, logger: logger)
        }
        do {
            await door.waitForFirstTry()
            try await collect(through: door)
        } catch {
            opener.cancel()
            await opener.value
            throw error
        }
        opener.cancel()
        await opener.value
    }

    private func collect(through gateway: any EffectPerformer) async throws {
        let predictor = Predictor(ModelShelf(logFolder: application.folder), patience: patience)
        let watched = BillingPerformer(
            gateway: watched(gateway, peer: "gateway"),
            predictions: watched(PredictionPerformer(predictor: predictor), peer: "predictor"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            let sagas: [any SagaRunning] = [
                runner(RenewalSaga.self, NoEffects()), runner(FirstRenewalSaga.self, NoEffects(), startsNew: false),
                runner(PaymentSaga.self, watched),
            ]
            for saga in sagas {
                group.addTask { try await saga.work() }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Holds the door open until the task is cancelled.
    ///
    /// - Throws: What keeps it shut: credentials that can't be read, or a gateway that does not answer.
    private func open(_ door: GatewayDoor, to address: Configuration.Gateway) async throws {
        do {
            var credentials = try address.credentials.map { path throws(GatewayError) in try GatewayCredentials(file: path) }
            if let variable = address.credentialsVariable {
                credentials = try GatewayCredentials(variable: variable, in: ProcessInfo.processInfo.environment)
            }
            try await address.kind.withConnection(to: address.url, credentials: credentials) { gateway in
                door.open(to: gateway)
                let (end, never) = AsyncStream<Never>.makeStream()
                for await _ in end {}
                never.finish()
            }
        } catch {
            door.shut(because: "\(error)")
            throw error
        }
    }

    /// Trains models by their schedule.
    private func retrain() async throws {
        let performer = RetrainingPerformer(
            desk: BillingDesk(log: application.log, clock: application.clock), shelf: ModelShelf(logFolder: application.folder))
        try await runner(RetrainingSaga.self, watched(performer, peer: "training")).work()
    }

    private func watched(_ performer: any EffectPerformer, peer: String) -> any EffectPerformer {
        WatchedPerformer(MeasuredPerformer(performer, peer: peer, metrics: metrics), watch: watch) { _ in peer }
    }

    private func runner<S: Saga>(_ saga: S.Type, _ performer: any EffectPerformer, startsNew: Bool = true) -> SagaRunner<S> {
        SagaRunner(
            saga, log: application.log, clock: application.clock, identities: RandomIdentities(), performer: performer,
            right: right, gate: gate, actor: "billing", patience: patience, startsNew: startsNew, onTimer: Worker.lateness(metrics))
    }

    package func close() async {
        do { try await zeppelin?.close() } catch { logger.warning("the connection to the notebook was not closed: \(error)") }
    }
}
