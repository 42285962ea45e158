import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing
import ZeppelinAdapter

/// A notebook one of whose answers nobody can read.
private struct GarbledNotebook: EffectPerformer {
    let notebook: ZeppelinPerformer
    let kind: String

    func peer(of kind: String) -> Peer { notebook.peer(of: kind) }

    func perform(_ intent: EffectIntent) async -> EffectOutcome {
        let outcome = await notebook.perform(intent)
        guard intent.kind == kind, case .succeeded = outcome else { return outcome }
        return .succeeded(["garbled": true])
    }

    func lookUp(_ intent: EffectIntent) async -> LookUp { await notebook.lookUp(intent) }
}

@Suite("An answer of a running notebook that can't be read") struct UnreadableAnswerTests {
    /// Works with what it can't read, until the job's saga stands.
    private func park(_ job: JobID, over kind: String, _ stage: AudienceStage) async throws {
        let form = try AudienceStage.form()
        let performer = ZeppelinPerformer(
            zeppelin: stage.zeppelin, artifacts: ArtifactCheck(sharedDirectory: stage.shared.path),
            settings: .init(limits: AudienceStage.limits), jobs: SilentJobs(values: form["parameters"] ?? [:]),
            clock: stage.clock)
        let identities = SeededIdentities(seed: "garbled")
        let runner = SagaRunner(
            NotebookRunSaga.self, log: stage.log, clock: stage.clock, identities: identities,
            performer: GarbledNotebook(notebook: performer, kind: kind))
        let started = JobStarted(job: job, notePath: "/hindsight/2026-11/job-\(job)", at: stage.clock.now())
        try await CommandHandler(log: stage.log, clock: stage.clock, identities: identities)
            .handle(Job.self, .start(started), on: job.stream)
        while try await runner.settle() {}
        guard case .parked = await runner.status(of: job.description) else {
            Issue.record("it is \(String(describing: await runner.status(of: job.description)))")
            return
        }
    }

    @Test(
        "An operator who leaves it out ends the job, frees the session, and every decision can be made again",
        arguments: ["clone-note", "insert-parameters", "run-paragraph", "check-artifact"])
    func skipped(kind: String) async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            try await park(job, over: kind, stage)
            stage.clock.advance(by: .seconds(1))
            let operators = SagaOperator(log: stage.log, clock: stage.clock)
            try await operators.perform(
                .skip(nil), on: "notebook-run:\(job)", reason: "nobody can read it", metadata: EventMetadata(actor: "olga"))
            let row = try await stage.run(job, by: stage.service())
            #expect(row.status == .failed && row.cause == .stepSkipped)
            #expect(row.reason == "An operator left out what the job can't do without.")
            #expect(try await stage.board.inbox().map(\.status) == [.failed])
            let saga = try #require(BuiltIn.sagas.first { $0.name == NotebookRunSaga.name })
            let open = try await saga.openInstances(in: stage.log)
            #expect(open.map(\.instance) == [job.description] && open.map(\.wakeUp) == ["timer"])
            let next = try await stage.run(stage.service().submit(AudienceStage.form(), seed: "2"), by: stage.service())
            #expect(next.status == .finished)
            try await stage.act(.retry(reason: "it may be well now"), on: job)
            #expect(try await stage.run(job, by: stage.service()).status == .finished)
            let report = try await SagaReplay(NotebookRunSaga.self, log: stage.log).verify { Issue.record("\($0)") }
            #expect(report.instances == 2 && report.differences == 0)
        }
    }
}
