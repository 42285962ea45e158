import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import Testing
import ZeppelinAdapter

@Suite("A job while the network lies") struct NotebookFaultTests {
    private static let seed: UInt64 = 20_261_121

    /// All, or the one that is named, where `tools/soak audience` asks for it.
    private static let soaked: [FaultCase] = {
        guard let wanted = ProcessInfo.processInfo.environment["HINDSIGHT_SOAK_FAULTS"] else { return [] }
        return wanted == "all" ? FaultCase.all : FaultCase.all.filter { $0.description == wanted }
    }()

    @Test("One clone, nothing written to the template, one paragraph at a time, nothing twice, the same file; or a manager's sentence")
    func everyPair() async throws {
        let cases = FaultCase.pairwise(seed: Self.seed)
        print("\(cases.count) of \(FaultCase.all.count) faults, chosen by the seed \(Self.seed)")
        #expect(cases.count >= 60)
        #expect(Set(cases.flatMap(\.pairs)) == Set(FaultCase.all.flatMap(\.pairs)))
        for one in cases { try await Self.suffer(one) }
    }

    @Test("Every fault at every operation in every dialect", .enabled(if: !soaked.isEmpty, "tools/soak audience runs it"))
    func everyCase() async throws {
        for one in Self.soaked {
            try await Self.suffer(one)
            print("kept \(one.description)")
        }
    }

    private struct NeverDone: Error {}

    private static func suffer(_ one: FaultCase) async throws {
        var setting = AudienceStage.Setting(credentials: true, dialect: one.dialect)
        setting.timeLimit = one.fault.hasPrefix("stall") ? .milliseconds(500) : .seconds(30)
        var limits = AudienceStage.limits
        if one.failsTheJob {
            (limits.pending, limits.running, limits.stopping) = (.milliseconds(200), .milliseconds(200), .milliseconds(300))
        }
        do {
            try await AudienceStage.with(setting) { stage in
                try await stage.register(stage.service())
                if one.needsStop { try await stage.notebook.arm("stuck-running", at: "run", nth: 2) }
                let times = one.fault == "stop-ignored" ? 1_000 : 1
                try await stage.notebook.arm(
                    one.fault, at: one.operation, times: times, nth: one.nth, milliseconds: one.milliseconds)
                try await stage.withFreshClient { client in
                    let service = stage.service(client: client, limits: limits)
                    let job = try await service.submit(AudienceStage.form(), seed: "1")
                    let row = try await stage.run(job, by: service) { wait in
                        // What is late arrives within the time that the engine allows for it.
                        if wait > .seconds(30), let deed = one.lateDeed { try await arrival(of: deed, at: stage.notebook) }
                    }
                    #expect(row.status == (one.failsTheJob ? .failed : .finished), "\(one.description): \(row.reason ?? "")")
                    try NotebookWitness(stage, one.description).judge(row, passes: one.passes)
                    let wasHit = try stage.notebook.journal("request").contains { $0["fault"]?.stringValue == one.fault }
                    #expect(wasHit, "\(one.description) never happened")
                }
            }
        } catch {
            Issue.record(error, "\(one.description)")
        }
    }

    /// Returns when the late deed stands in the journal.
    private static func arrival(of deed: String, at notebook: RunningNotebook) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(10))
        while ContinuousClock.now < end {
            let lines = try notebook.journal()
            guard let late = lines.firstIndex(where: { $0["fault"] == "late-action" }) else { return }
            if lines[late...].contains(where: { $0["kind"]?.stringValue == deed }) { return }
            await Task.yield()
        }
        throw NeverDone()
    }
}
