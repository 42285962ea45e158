import AudienceJobs
import BillingRetries
import CustomerMDM
import DemoInputs
import EventLogSQLite
import Foundation
import HindsightCore
import HindsightRuntime
import ReadModelsSQLite
import ZeppelinAdapter

/// All three domains end to end in one folder, in the order of their clocks, and then time travel over what happened.
///
/// What is done stands in the log alone, so the demo goes on after any interruption, and a finished one only tells its story again.
package struct Demo: Sendable {
    package enum Part: String, Sendable, Codable, CaseIterable {
        case customerMDM = "customer-mdm"
        case billing = "billing-retries"
        case audience = "audience-jobs"
        case proof

        package var title: String {
            switch self {
            case .customerMDM: "Customer MDM"
            case .billing: "Billing retries"
            case .audience: "Audience jobs"
            case .proof: "Rebuild and verify"
            }
        }
    }

    package struct Progress: Sendable {
        package let part: Part
        package let done: Int64
        package let all: Int64
        /// What is counted: `steps`, `days`.
        package let unit: String
    }

    package let folder: String
    private let peers: EmbeddedPeers
    private let plan: SimulationPlan
    private let progress: @Sendable (Progress) -> Void

    /// - Parameters:
    ///   - programs: The folder of `payment-gateway` and `notebook-runner`.
    ///   - subscriptions: How many are collected.
    package init(
        folder: String, programs: String, subscriptions: Int = 1_000, progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) {
        self.folder = folder
        plan = SimulationPlan(subscriptions: subscriptions)
        peers = EmbeddedPeers(folder: folder, programs: programs)
        self.progress = progress
    }

    /// Does what is left to do, and tells the story.
    ///
    /// - Throws: `EventLogError.unavailable` while another demo works in the folder, and whatever stopped a part; run again to go on.
    package func run() async throws -> DemoStory {
        let lock = try FolderLock.acquire(folder: folder, holder: "hindsight demo")
        defer { withExtendedLifetime(lock) {} }
        try await runOnManualClock()
        let location = try LogLocation(flag: folder, environment: [:])
        let application = try Application.open(location, for: .writing)
        do {
            let story = try await runOnSystemClock(application)
            await application.close()
            return story
        } catch {
            await application.close()
            throw error
        }
    }

    // MARK: - Times gone by

    private func runOnManualClock() async throws {
        let (log, clock) = try await SimulationLog.open(folder: folder, start: Timestamp(microsecondsSince1970: 0))
        do {
            let ledger = DemoLedger(log, clock: clock)
            let finished = try await ledger.finished()
            let store = try SQLiteReadModelStore(folder: folder)
            if finished[.customerMDM] == nil {
                try await ledger.finish(.customerMDM, playTwins(log, clock, store))
            }
            if finished[.billing] == nil {
                try await ledger.finish(.billing, collectRenewals(log, clock, store))
            }
        } catch {
            await log.close()
            throw error
        }
        await log.close()
    }

    private func playTwins(_ log: any EventLog, _ clock: ManualClock, _ store: any ReadModelStore) async throws -> [String: Int64] {
        let story = try TwinsInput()
        let began = try await CardStreamPlayer.resume(story.stream, on: log, clock: clock)
        let hub = try await CustomerHub.open(
            log: log, clock: clock, identities: SeededIdentities(seed: "demo"), store: store, profile: story.profile,
            metadata: CardStreamPlayer.metadata(story.stream.digest, step: 0))
        let summary = try await CardStreamPlayer(story.stream, on: hub, clock: clock, facts: story.facts).play(from: began) { [progress] in
            progress(Progress(part: .customerMDM, done: Int64($0.step), all: Int64($0.steps), unit: "steps"))
        }
        return ["steps": Int64(summary.steps), "facts": Int64(summary.facts), "failed": Int64(summary.failed)]
    }

    private func collectRenewals(_ log: any EventLog, _ clock: ManualClock, _ store: any ReadModelStore) async throws -> [String: Int64] {
        let gateway = try await peers.startGateway(seed: plan.seed)
        let simulation = BillingSimulation(
            plan, log: log, readModels: store, clock: clock, gateway: BillingSimulation.GatewayAddress(url: gateway.url))
        let report = try await simulation.run { [progress] in
            progress(Progress(part: .billing, done: Int64($0.days.done), all: Int64($0.days.all), unit: "days"))
        }
        try await gateway.stop()
        return [
            "subscriptions": Int64(plan.subscriptions), "days": Int64(plan.days), "paid": Int64(report.total.counts.invoicesPaid),
            "uncollectible": Int64(report.total.counts.invoicesUncollectible),
        ]
    }

    // MARK: - Today

    private func runOnSystemClock(_ application: Application) async throws -> DemoStory {
        let ledger = DemoLedger(application.log, clock: application.clock)
        let finished = try await ledger.finished()
        if finished[.audience] == nil {
            try await ledger.finish(.audience, findAudience(application))
        }
        if finished[.proof] == nil {
            try await ledger.finish(.proof, prove(application))
        }
        let figures = try await ledger.finished()
        return try await DemoStory.tell(application, figures: figures, input: TwinsInput(), job: Self.job())
    }

    /// The form's job: its id follows from the form, so the same demo asks for the same job.
    private static func job() throws -> JobID {
        try JobID.seeded("demo", form: try JSON.decode(JSONValue.self, from: DemoInputs.audienceForm))
    }

    private func findAudience(_ application: Application) async throws -> [String: Int64] {
        let form = try JSON.decode(JSONValue.self, from: DemoInputs.audienceForm)
        let row = try await application.runAudience(
            form: form, waits: true, seed: "demo", identities: SeededIdentities(seed: "demo"),
            progress: { [progress] in
                progress(Progress(part: .audience, done: Int64($0.step - 1), all: Int64($0.steps), unit: "paragraphs"))
            })
        guard row.status == .finished, let artifact = row.artifact else {
            throw DemoFailure(description: "the audience job ended as \(row.status.rawValue): \(row.reason ?? "no reason is known")")
        }
        return ["rows": Int64(artifact.rows), "paragraphs": Int64(row.paragraphs.count)]
    }

    // MARK: - Proof

    /// Deletes all read models, folds them anew from the log, and verifies the chain.
    private func prove(_ application: Application) async throws -> [String: Int64] {
        let before = try await digests(application)
        try FileManager.default.removeItem(atPath: "\(folder)/read-models")
        let after = try await digests(application)
        let verification = try await LogVerification.run(application.log)
        guard verification.verified else { throw DemoFailure(description: verification.sentence) }
        let equal = before.count { name, digest in after[name] == digest }
        guard equal == before.count else {
            let different = before.filter { after[$0.key] != $0.value }.keys.sorted().joined(separator: ", ")
            throw DemoFailure(description: "rebuilt from the log, these read models are different: \(different)")
        }
        return ["projections": Int64(before.count), "equal": Int64(equal), "verified": verification.through]
    }

    private func digests(_ application: Application) async throws -> [String: String] {
        let projections = try await application.openProjections()
        try await projections.catchUp { [progress] in progress(Progress(part: .proof, done: $0, all: $1, unit: "events")) }
        var digests: [String: String] = [:]
        for name in projections.names { digests[name] = try await projections.digest(of: name).digest }
        return digests
    }
}

/// A part of the demo did not end as it should.
package struct DemoFailure: Error, CustomStringConvertible {
    package let description: String
}
