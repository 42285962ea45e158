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
        guard let wanted = ProcessInfo.processInfo.environment["SOAK_FAULTS"] else { return [] }
        return wanted == "all" ? FaultCase.all : FaultCase.all.filter { $0.description == wanted }
    }()

    @Test("One clone, nothing written to the template, one paragraph at a time, nothing twice, the same file; or a manager's sentence")
    func everyPair() async throws {
        let cases = FaultCase.pairwise(seed: Self.seed)
        print("\(cases.count) of \(FaultCase.all.count) faults, chosen by the seed \(Self.seed)")
        #expect(cases.count >= 60)
        #expect(Set(cases.flatMap(\.pairs)) == Set(FaultCase.all.flatMap(\.pairs)))
        await Self.suffer(cases)
    }

    @Test("Every fault at every operation in every dialect", .enabled(if: !soaked.isEmpty, "tools/soak audience runs it"))
    func everyCase() async throws {
        await Self.suffer(Self.soaked) { print("kept \($0)") }
    }

    /// A few at a time, each on a stage of its own: most of their time they wait.
    private static func suffer(_ cases: [FaultCase], kept: @escaping @Sendable (FaultCase) -> Void = { _ in }) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, one) in cases.enumerated() {
                if index >= 3 { await group.next() }
                group.addTask { if await suffer(one) { kept(one) } }
            }
        }
    }

    private struct NeverDone: Error {}

    /// - Returns: Whether the job ended as it should have; what it did on its way, issues tell.
    private static func suffer(_ one: FaultCase) async -> Bool {
        var setting = AudienceStage.Setting(credentials: true, dialect: one.dialect)
        setting.timeLimit = one.fault.hasPrefix("stall") ? .milliseconds(400) : .seconds(30)
        var limits = AudienceStage.limits
        if one.failsTheJob {
            // Longer than an interpreter takes to start on a machine that has much else to do.
            (limits.pending, limits.running, limits.stopping) = (.milliseconds(800), .milliseconds(800), .milliseconds(300))
        }
        var isKept = false
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
                    isKept = wasHit && row.status == (one.failsTheJob ? .failed : .finished)
                }
            }
        } catch {
            Issue.record(error, "\(one.description)")
        }
        return isKept
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
