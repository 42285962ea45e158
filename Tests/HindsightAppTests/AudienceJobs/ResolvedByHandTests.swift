import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("A step of a job that an operator settles") struct ResolvedByHandTests {
    /// A job whose clone waits for a notebook that is away.
    private func withWaitingJob(_ body: (AudienceStage, JobID, SagaOperator) async throws -> Void) async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            stage.notebook.kill()
            _ = try await service.workOff()
            try await body(stage, job, SagaOperator(log: stage.log, clock: stage.clock))
        }
    }

    private let metadata = EventMetadata(actor: "olga")

    @Test("A no without a result ends the job in a manager's words, and a retry leads it to its file") func rejected() async throws {
        try await withWaitingJob { stage, job, operators in
            try await operators.perform(
                .resolve(nil, .rejected, result: [:], proof: "the list of notes"),
                on: "notebook-run:\(job)", reason: "there is no such note", metadata: metadata)
            let row = try await stage.run(job, by: stage.service())
            #expect(row.status == .failed && row.cause == .foundUndone)
            #expect(row.reason == "An operator found that the notebook has not done what the job needs. Please retry the job.")
            #expect(try await stage.board.inbox().map(\.status) == [.failed])
            try await stage.act(.retry(reason: "now"), on: job)
            #expect(try await stage.run(job, by: stage.service()).status == .finished)
            #expect(try stage.notebook.journal("clone").count == 1)
            let report = try await SagaReplay(NotebookRunSaga.self, log: stage.log).verify { Issue.record("\($0)") }
            #expect(report.instances == 1 && report.differences == 0)
        }
    }

    @Test("A yes that lacks what the job goes on with is refused, and nothing is recorded") func incomplete() async throws {
        try await withWaitingJob { stage, job, operators in
            let head = try await stage.log.head()
            let refused = await #expect(throws: UnusableResult.self) {
                try await operators.perform(
                    .resolve(nil, .succeeded, result: [:], proof: "the list of notes"),
                    on: "notebook-run:\(job)", reason: "it is there", metadata: metadata)
            }
            #expect("\(try #require(refused))".contains("noteId, paragraphs are missing"))
            #expect(try await stage.log.head() == head)
            #expect(try await stage.run(job, by: stage.service()).status == .finished)
        }
    }
}
