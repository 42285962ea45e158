import AudienceJobs
import Foundation
import HindsightCore
import ZeppelinAdapter

/// Sends single effects of a notebook run, as the engine would, without a saga.
struct PerformerDesk {
    static let template = "2HSAUDIENC"
    let performer: ZeppelinPerformer
    let job = "0193f0a0-0000-7000-8000-000000000001"

    init(
        _ stage: AudienceStage, client: ZeppelinClient? = nil, limits: RunLimits = AudienceStage.limits, jobs: any JobFacts = SilentJobs()
    ) {
        performer = ZeppelinPerformer(
            zeppelin: client ?? stage.zeppelin, artifacts: ArtifactCheck(sharedDirectory: stage.shared.path),
            settings: .init(limits: limits), jobs: jobs, clock: stage.clock)
    }

    var path: String { "/hindsight/2026-11/job-\(job)" }

    func intent(_ kind: RunEffect, _ request: JSONValue, attempt: Int = 1) -> EffectIntent {
        EffectIntent(
            saga: "notebook-run", instance: job, kind: kind.rawValue, key: "\(job)/\(kind.rawValue)", attempt: attempt, request: request,
            deadline: Timestamp(microsecondsSince1970: 1_900_000_000_000_000))
    }

    func cloning(digest: String, attempt: Int = 1) -> EffectIntent {
        intent(
            .cloneNote, ["templateNoteId": .string(Self.template), "templateDigest": .string(digest), "notePath": .string(path)],
            attempt: attempt)
    }

    func running(_ paragraph: String, of note: String, step: Int = 1, steps: Int = 5) -> EffectIntent {
        intent(
            .runParagraph,
            [
                "noteId": .string(note), "title": "Clients by category", "step": .integer(Int64(step)), "steps": .integer(Int64(steps)),
                "before": ["id": .string(paragraph), "status": "READY"], "resultWord": "AUDIENCE_RESULT",
            ])
    }

    /// The id of a clone.
    func clone(_ stage: AudienceStage) async throws -> String {
        let digest = try await stage.zeppelin.note(Self.template).outline.digest()
        guard case .succeeded(let result) = await performer.perform(cloning(digest: digest)) else { throw NotDone() }
        return try CloneResult(result).noteId
    }

    struct NotDone: Error {}
}

/// A log that says of every job no more than it is told to.
struct SilentJobs: JobFacts {
    var values: JSONValue = [:]
    var user: JobID?

    func parameters(of job: JobID) async throws -> JSONValue { values }
    func isCancelled(_ job: JobID) async throws -> Bool { false }
    func user(of session: String) async throws -> JobID? { user }
    func note(_ progress: ZeppelinPerformer.Progress, pass: Int) async {}
}
