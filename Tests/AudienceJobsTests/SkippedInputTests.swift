import AudienceJobs
import HindsightCore
import Testing

@Suite("A notebook run whose input an operator leaves out") struct SkippedInputTests {
    private typealias Played = PlayedJob<NotebookRunSaga>
    private typealias Stage = Played.Stage

    /// A job that was parked over the answer at this stage, which is left out then.
    private func skipped(at stage: Stage) async throws -> Played {
        var played = try await Played(at: stage)
        try played.succeed(Nonsense())
        #expect(played.parked?.hasPrefix("an answer of the notebook can't be read") == true)
        try played.skipParked()
        #expect(played.parked == nil)
        return played
    }

    private func failure(of played: Played) throws -> JobFailed {
        let failures = played.events.compactMap { if case .failed(let failed) = $0 { failed } else { nil } }
        #expect(failures.count == 1)
        return try #require(failures.first)
    }

    // MARK: - Given an answer that can't be read

    @Test("The job is swept and fails in a manager's words, and may be retried", arguments: 0...6) func fails(stage: Int) async throws {
        let stage = try #require(Stage(rawValue: stage))
        var played = try await skipped(at: stage)
        // Without a clone there is nothing to sweep.
        if stage != .cloning {
            #expect(played.effect == "sweep-duplicates" && played.outcome == nil)
            try played.sweep()
        }
        let failed = try failure(of: played)
        #expect(failed.cause == .stepSkipped && failed.reason == "An operator left out what the job can't do without.")
        #expect(played.job.status == .failed && played.parked == nil && played.timers == ["retry-time"])
        #expect(played.kinds.count { $0 == "notice-posted" } == 2)
    }

    @Test("A retry goes on from where it is safe, and comes to the end") func retried() async throws {
        var played = try await skipped(at: .parameters)
        try played.sweep()
        try played.act(.retry(by: "anna", reason: nil, at: Facts.now))
        try played.act(.resume(session: "python", isSessionOurs: true, at: Facts.now))
        #expect(played.keys.last == "parameters/2" && played.timers == [])
        for stage in Stage.allCases.dropFirst(Stage.parameters.rawValue) { try played.go(on: stage) }
        #expect(played.outcome == "finished")
    }

    @Test("What had gone wrong before stays the reason") func keepsFailure() async throws {
        var played = try await Played(at: .third)
        try played.refuse(Facts.run("ERROR", cause: .timeLimit))
        try played.see(.skippedInput(.rejected(reference, reason: "", result: [:], at: Facts.now), reason: "", at: Facts.now))
        #expect(played.effect == "sweep-duplicates")
        try played.sweep()
        #expect(try failure(of: played).cause == .timeLimit)
    }

    // MARK: - Given an input beside what is under way

    @Test("What came in beside a step is let go, and the step brings the run on") func beside() async throws {
        var played = try await Played(at: .second)
        try played.see(.cancelRequested(reason: " ", at: Facts.now))
        #expect(played.parked == "reason: is missing: say why")
        let before = played.effects.count
        try played.skipParked()
        #expect(played.parked == nil && played.effects.count == before && !played.job.isCancelling)
        for stage in [Stage.second, .third, .checking, .sweeping] { try played.go(on: stage) }
        #expect(played.outcome == "finished")
    }

    @Test("A job that waits for an approval goes on waiting for it") func approval() async throws {
        var played = try await Played(at: .sweeping, approvalRows: 0)
        try played.sweep()
        let count = played.events.count
        try played.see(.skippedInput(.succeeded(reference, result: [:], at: Facts.now), reason: "", at: Facts.now))
        #expect(played.awaits == "a manager's approval" && played.events.count == count)
        try played.act(.approve(JobApproved(job: Facts.job, by: "anna", reason: nil, at: Facts.now)))
        #expect(played.outcome == "finished")
    }

    // MARK: - Given an end that was recorded before

    @Test("A job that failed may still be retried, until its time is over") func failedBefore() async throws {
        var played = try await skipped(at: .checking)
        try played.sweep()
        let count = played.events.count
        try played.see(.skippedInput(.succeeded(reference, result: [:], at: Facts.now), reason: "", at: Facts.now))
        #expect(played.timers == ["retry-time", "retry-time"] && played.outcome == nil)
        let timer = SagaInput<JobEvent>.fired(timer: "retry-time", due: Facts.now, at: Facts.now)
        try played.see(.skippedInput(timer, reason: "", at: Facts.now))
        #expect(played.outcome == "failed" && played.events.count == count)
    }

    @Test("A run whose job has come to an end ends as its job did") func endedBefore() async throws {
        var played = try await Played(at: .cloning)
        let wish = JobCancelRequested(job: Facts.job, by: "anna", reason: "a slip", at: Facts.now)
        try played.actUnhandled(.cancel(wish))
        try played.actUnhandled(.recordCancellation(JobCancelled(job: Facts.job, by: "anna", reason: "a slip", at: Facts.now)))
        let state = played.events.reduce(into: NotebookRunSaga.initialState(of: Facts.job.description)) {
            NotebookRunSaga.evolve(&$0, with: .event($1, stream: Facts.job.stream))
        }
        let ended = try #require(played.events.last)
        let skipped = SagaInput<JobEvent>.skippedInput(.event(ended, stream: Facts.job.stream), reason: "", at: Facts.now)
        guard case .finish("cancelled")? = NotebookRunSaga.react(to: skipped, in: state).first else {
            Issue.record("the run goes on")
            return
        }
    }

    // MARK: - The first definition

    @Test("The first definition learns nothing of it, as when its decisions were recorded") func first() async throws {
        var played = try await PlayedJob<FirstNotebookRunSaga>(at: .checking)
        try played.succeed(Nonsense())
        #expect(played.parked != nil)
        let effects = played.effects.count
        try played.skipParked()
        #expect(played.parked == nil && played.outcome == nil && played.effects.count == effects)
        try played.see(.cancelRequested(reason: "a slip", at: Facts.now))
        #expect(played.parked?.hasPrefix("an answer of the notebook can't be read") == true)
    }

    private var reference: EffectReference { EffectReference(kind: "sweep-duplicates", key: "\(Facts.job)/sweep") }
}
