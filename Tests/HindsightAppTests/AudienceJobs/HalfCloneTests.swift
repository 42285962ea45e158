import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import NIOHTTP1
import Testing

@Suite("A clone that was cut short") struct HalfCloneTests {
    private static let dialects = FaultCase.dialects

    /// A job whose clone was cut short, and what becomes of it.
    ///
    /// - Parameter meddle: What somebody does with the half note, by its id.
    private func outcome(
        in dialect: String, _ stage: AudienceStage, meddle: (String) async throws -> Void = { _ in }
    ) async throws -> (row: JobRow, waited: Duration) {
        let service = stage.service()
        try await stage.register(service)
        let job = try await service.submit(AudienceStage.form(), seed: "1")
        try await stage.notebook.arm("half-clone", at: "clone")
        var (waited, seen) = (Duration.zero, false)
        let row = try await stage.run(job, by: service) { wait in
            if !seen, let half = try stage.notebook.journal("clone").first?["note"]?.stringValue {
                seen = true
                try await meddle(half)
            }
            // As long as more of it may come, it is left alone.
            if waited < .seconds(60) { #expect(try stage.notebook.journal("delete").isEmpty) }
            waited += wait
        }
        return (row, waited)
    }

    @Test("It is removed when nothing more of it can come, and the template is cloned again", arguments: dialects)
    func untouched(dialect: String) async throws {
        try await AudienceStage.with(.init(credentials: true, dialect: dialect)) { stage in
            let (row, waited) = try await outcome(in: dialect, stage)
            #expect(row.status == .finished, "\(row.reason ?? "")")
            #expect(waited < .seconds(120))
            let clones = try stage.notebook.journal("clone").compactMap { $0["note"]?.stringValue }
            let removed = try stage.notebook.journal("delete").compactMap { $0["note"]?.stringValue }
            #expect(clones.count == 2 && removed == [clones[0]] && row.noteId == clones[1])
            try NotebookWitness(stage).judge(row)
            let report = try await SagaReplay(NotebookRunSaga.self, log: stage.log).verify { Issue.record("\($0)") }
            #expect(report.differences == 0)
        }
    }

    @Test("One in which somebody has run something is left to its user, and the job says what to do", arguments: dialects)
    func used(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            let (row, _) = try await outcome(in: dialect, stage) { half in
                let variables = "paragraph_1767225600000_100000001"
                _ = try await stage.notebook.call(.POST, "/notebook/run/\(half)/\(variables)")
            }
            #expect(row.status == .failed && row.cause == .cloneIncomplete)
            #expect(row.reason?.contains("half copy") == true && row.reason?.hasSuffix("retry.") == true)
            #expect(try stage.notebook.journal("delete").isEmpty)
        }
    }

    @Test("One that somebody has added to is not ours to remove", arguments: dialects) func changed(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            let (row, _) = try await outcome(in: dialect, stage) { half in
                _ = try await stage.notebook.call(.POST, "/notebook/\(half)/paragraph", ["title": "Mine", "text": "%sh\ntrue"])
            }
            #expect(row.status == .failed && row.cause == .notOurNote)
            #expect(try stage.notebook.journal("delete").isEmpty)
        }
    }
}
