import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing
import ZeppelinAdapter

/// Jobs that an earlier program began: their histories were made by the first definition of the notebook run, and go on by it.
@Suite("A job of the first definition") struct FirstDefinitionTests {
    /// Works as the earlier program did, until its log dies.
    private func begin(_ job: JobID, appends: Int, _ stage: AudienceStage) async throws {
        let log = MortalEventLog(stage.log, dyingAtAppend: appends)
        let form = try AudienceStage.form()
        let performer = ZeppelinPerformer(
            zeppelin: stage.zeppelin, artifacts: ArtifactCheck(sharedDirectory: stage.shared.path),
            settings: .init(limits: AudienceStage.limits), jobs: SilentJobs(values: form["parameters"] ?? [:]),
            clock: stage.clock)
        let identities = SeededIdentities(seed: "first")
        let runner = SagaRunner(FirstNotebookRunSaga.self, log: log, clock: stage.clock, identities: identities, performer: performer)
        let started = JobStarted(job: job, notePath: "/hindsight/2026-11/job-\(job)", at: stage.clock.now())
        try await CommandHandler(log: stage.log, clock: stage.clock, identities: identities)
            .handle(Job.self, .start(started), on: job.stream)
        while true {
            try await runner.catchUp()
            guard try await runner.settle() else { return }
        }
    }

    private func lifecycle(of job: JobID, _ stage: AudienceStage) async throws -> [SagaLifecycle] {
        let stream = try StreamName("saga-notebook-run:\(job)")
        var events: [SagaLifecycle] = []
        for try await recorded in stage.log.events(EventSelection(EventFilter(stream: stream))) {
            if let event = try SagaLifecycle.codec.decode(recorded) { events.append(event) }
        }
        return events
    }

    @Test("goes on by it from wherever it was left, beside jobs of the second", arguments: [1, 2, 4, 6, 8])
    func goesOn(appends: Int) async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            stage.clock.advance(by: .seconds(1))
            let next = try await service.submit(AudienceStage.form(), seed: "2")
            await #expect(throws: EventLogError.self) { try await begin(job, appends: appends, stage) }
            let saga = try #require(BuiltIn.sagas.first { $0.name == NotebookRunSaga.name })
            let open = try await saga.openInstances(in: stage.log).filter { $0.instance == job.description }
            #expect(open.count == 1 && open.allSatisfy { $0.wakeUp != "none" })
            if appends > 1 {
                await #expect(throws: Job.Rejection.begunByEarlierVersion) { try await stage.act(.cancel(reason: "a slip"), on: job) }
            }
            #expect(try await stage.run(next, by: stage.service()).status == .finished)
            let row = try #require(try await stage.board.job(job))
            #expect(row.status == .finished)
            #expect(try stage.lines(of: row) == AudienceStage.expectedLines.get())
            #expect(try stage.notebook.journal("clone").count == 2)
            let events = try await lifecycle(of: job, stage)
            let versions = events.compactMap { if case .started(let started) = $0 { started.definitionVersion } else { nil } }
            // The very first append was never stored: then nobody had begun.
            #expect(versions == [appends > 1 ? 1 : 2])
            let sweeps = events.contains {
                if case .effectIntended(let intended) = $0 { intended.effect == "sweep-duplicates" } else { false }
            }
            #expect(sweeps == (appends == 1))
        }
    }
}
