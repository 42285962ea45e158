import AudienceJobs
import HindsightCore
import Testing

@Suite("What people do to a notebook run") struct NotebookRunActsTests {
    private typealias Played = PlayedJob<NotebookRunSaga>
    private typealias Stage = Played.Stage

    private static let wish = JobCancelRequested(job: Facts.job, by: "anna", reason: "the period is wrong", at: Facts.now)

    // MARK: - Cancel

    @Test("A job that waits for its turn is cancelled at once, and its saga only tells of it") func cancelBefore() async throws {
        var played = Played()
        try played.decide(.request(try await Facts.request()))
        try played.act(.cancel(Self.wish))
        #expect(played.effects.isEmpty && played.outcome == "cancelled" && played.job.status == .cancelled)
        #expect(played.kinds.prefix(3) == ["job-requested", "cancel-requested", "job-cancelled"])
        #expect(played.kinds.count { $0 == "notice-posted" } == 2)
    }

    @Test("Whatever is under way comes to its end, and nothing follows but the sweep", arguments: [0, 1, 2, 3, 4, 5, 6, 7])
    func cancelDuring(stage: Int) async throws {
        let stage = try #require(Stage(rawValue: stage))
        var played = try await Played(at: stage)
        let before = played.effects.count
        try played.act(.cancel(Self.wish))
        #expect(played.effects.count == before && played.outcome == nil)
        try played.go(on: stage)
        if stage != .sweeping {
            #expect(played.effects.count == before + 1 && played.effect == "sweep-duplicates")
            try played.sweep()
        }
        #expect(played.outcome == "cancelled" && played.job.status == .cancelled && played.parked == nil)
        guard case .cancelled(let cancelled)? = played.events.first(where: { $0.payload is JobCancelled }) else {
            Issue.record("the job was not cancelled")
            return
        }
        #expect(cancelled.by == "anna" && cancelled.reason == "Cancelled by anna: the period is wrong" && cancelled.cause == nil)
    }

    @Test("An effect that was refused because of the cancel leads to no failure", arguments: [0, 1, 2, 3, 6])
    func cancelRefused(stage: Int) async throws {
        let stage = try #require(Stage(rawValue: stage))
        var played = try await Played(at: stage)
        try played.act(.cancel(Self.wish))
        if stage == .first {
            try played.refuse(Facts.run("ABORT", cause: .cancelled))
        } else {
            try played.refuse(Refusal(cause: .cancelled))
        }
        // Without a clone there is nothing to sweep.
        if stage != .cloning { try played.sweep() }
        #expect(played.outcome == "cancelled" && played.job.status == .cancelled)
        #expect(!played.kinds.contains("job-failed"))
    }

    @Test("A stop that was ignored is told in a manager's words") func stopIgnored() async throws {
        var played = try await Played(at: .third)
        try played.act(.cancel(Self.wish))
        try played.refuse(Facts.run("ERROR", cause: .stopIgnored))
        try played.sweep()
        guard case .cancelled(let cancelled)? = played.events.first(where: { $0.payload is JobCancelled }) else {
            Issue.record("the job was not cancelled")
            return
        }
        #expect(cancelled.cause == .stopIgnored)
        #expect(cancelled.reason.contains("The step “Clients” did not stop when it was told to"))
    }

    @Test("A session that was lost begins no new pass of a job that is cancelled") func cancelAfterAbort() async throws {
        var played = try await Played(at: .second)
        try played.act(.cancel(Self.wish))
        try played.refuse(Facts.run("ABORT", cause: .paragraphAborted))
        #expect(played.effect == "sweep-duplicates" && !played.kinds.contains("session-lost"))
    }

    @Test("A second wish changes nothing, and an end can't be cancelled") func cancelTwice() async throws {
        var played = try await Played(at: .first)
        try played.act(.cancel(Self.wish))
        let count = played.events.count
        try played.act(.cancel(Self.wish))
        #expect(played.events.count == count)
        try played.go(on: .first)
        try played.sweep()
        #expect(throws: Job.Rejection.over(.cancelled)) { try played.act(.cancel(Self.wish)) }
    }

    @Test("An operator's wish to cancel the saga becomes one of the job") func operatorCancels() async throws {
        var played = try await Played(at: .second)
        try played.see(.cancelRequested(reason: "the server is moved", at: Facts.now))
        #expect(played.job.isCancelling)
        try played.refuse(Facts.run("ABORT", cause: .cancelled))
        try played.sweep()
        #expect(played.outcome == "cancelled")
    }

    @Test(
        "A job that is parked over an answer is cancelled, whether somebody retries it or leaves the answer out", arguments: [true, false])
    func cancelParked(retries: Bool) async throws {
        var played = try await Played(at: .checking)
        try played.succeed(Nonsense())
        #expect(played.parked?.hasPrefix("an answer of the notebook can't be read") == true)
        try played.retryParked()
        #expect(played.parked != nil && played.outcome == nil)
        if retries {
            try played.actUnhandled(.cancel(Self.wish))
            try played.retryParked()
        } else {
            try played.skipParked()
            #expect(played.parked == nil && played.outcome == nil && played.effect == "sweep-duplicates")
            try played.act(.cancel(Self.wish))
            try played.sweep()
        }
        #expect(played.outcome == "cancelled" && played.job.status == .cancelled && played.parked == nil)
        #expect(played.kinds.count { $0 == "job-cancelled" } == 1 && played.kinds.contains("notice-posted"))
    }

    @Test("An operator's cancel ends a job whose answer was left out") func operatorCancelsSkipped() async throws {
        var played = try await Played(at: .checking)
        try played.succeed(Nonsense())
        try played.skipParked()
        try played.see(.cancelRequested(reason: "nobody knows", at: Facts.now))
        try played.sweep()
        #expect(played.outcome == "cancelled" && played.job.status == .cancelled)
    }

    // MARK: - The offer says no

    private static let taken = OfferEvent.audienceAttached(
        AudienceAttached(
            offer: Facts.offer, job: JobID("0193f0a0-0000-7000-8000-000000000002")!, audienceType: "new", cashback: nil, precedence: 4,
            path: "x.csv", rows: 1, sha256: "00", replaces: nil, at: Facts.now))

    private func refused(approvalRows: Int? = nil) async throws -> Played {
        var form = Facts.form.objectValue ?? [:]
        form["precedence"] = 4
        var played = try await Played(at: .sweeping, approvalRows: approvalRows, form: .object(form))
        played.happen(.declared(OfferDeclared(offer: Facts.offer, title: nil, at: Facts.now)))
        played.happen(Self.taken)
        try played.sweep()
        return played
    }

    @Test("A precedence that another audience has by now fails the job in a manager's words, and a retry may do better")
    func offerRefused() async throws {
        var played = try await refused()
        #expect(played.job.status == .failed && played.parked == nil && played.outcome == nil && played.timers == ["retry-time"])
        guard case .failed(let failed)? = played.events.first(where: { $0.payload is JobFailed }) else {
            Issue.record("the job did not fail")
            return
        }
        #expect(failed.cause == .offerRefused && failed.reason.contains("“new” has the precedence 4 by now"))
        #expect(!played.kinds.contains("job-attached") && !played.kinds.contains("job-finished"))
        played.happen(
            .precedenceChanged(
                PrecedenceChanged(offer: Facts.offer, order: [.init(audienceType: "new", precedence: 1, before: 4)], at: Facts.now)))
        try played.act(Self.retry)
        #expect(try resumed(&played).from == .firstParagraph)
        for stage in [Stage.first, .second, .third, .checking, .sweeping] { try played.go(on: stage) }
        #expect(played.outcome == "finished" && played.kinds.contains("job-attached"))
    }

    @Test("An approved job that the offer refuses fails as well") func approvedRefused() async throws {
        var played = try await refused(approvalRows: 0)
        #expect(played.job.status == .awaitingApproval)
        try played.act(.approve(JobApproved(job: Facts.job, by: "anna", reason: nil, at: Facts.now)))
        #expect(played.job.status == .failed && !played.kinds.contains("job-attached"))
    }

    @Test("A wish that comes between the approval and what follows from it ends the job, and nothing is attached") func cancelApproved()
        async throws
    {
        var played = try await Played(at: .sweeping, approvalRows: 0)
        try played.sweep()
        try played.actUnhandled(.approve(JobApproved(job: Facts.job, by: "anna", reason: nil, at: Facts.now)))
        try played.act(.cancel(Self.wish))
        #expect(played.outcome == "cancelled" && played.job.status == .cancelled && !played.kinds.contains("job-attached"))
        #expect(played.kinds.count { $0 == "job-cancelled" } == 1)
    }

    @Test("A wish that comes between the last answer and what follows from it ends the job too") func cancelBeforeDelivery() async throws {
        var played = try await Played(at: .sweeping)
        try played.sweep(thenBefore: .cancel(Self.wish))
        #expect(played.outcome == "cancelled" && played.job.status == .cancelled && !played.kinds.contains("job-attached"))
    }

    // MARK: - Retry

    private static let retry = Job.Act.retry(by: "anna", reason: nil, at: Facts.now.advanced(by: .hours(1)))

    private func resumed(_ played: inout Played, isSessionOurs: Bool = true) throws -> JobResumed {
        try played.act(.resume(session: "python", isSessionOurs: isSessionOurs, at: Facts.now.advanced(by: .hours(2))))
        guard case .resumed(let resumed)? = played.events.last(where: { $0.payload is JobResumed }) else {
            throw Job.Rejection.outOfOrder(nil)
        }
        return resumed
    }

    @Test("After an error with a live session it goes on with the paragraph that failed, under a key of its own")
    func retryAtParagraph() async throws {
        var played = try await Played(at: .third)
        try played.refuse(Facts.run("ERROR", cause: .paragraphError))
        try played.sweep()
        #expect(played.job.status == .failed && played.outcome == nil && played.timers == ["retry-time"])
        try played.act(Self.retry)
        #expect(played.job.status == .requested && played.timers.isEmpty && played.awaits != nil)
        let resumed = try resumed(&played)
        #expect(resumed.from == .failedParagraph && resumed.pass == 2 && resumed.step == 2)
        #expect(played.keys.last == "run/2/2" && played.awaits == nil)
        try played.go(on: .third)
        #expect(played.keys.last == "artifact/2")
        try played.go(on: .checking)
        #expect(played.keys.last == "sweep/2")
        try played.sweep()
        #expect(played.outcome == "finished" && Set(played.keys).count == played.keys.count)
    }

    @Test("Another job in the session since, and everything else that costs it, leads back to the first paragraph")
    func retryFromTheFirst() async throws {
        var used = try await Played(at: .third)
        try used.refuse(Facts.run("ERROR", cause: .paragraphError))
        try used.sweep()
        try used.act(Self.retry)
        #expect(try resumed(&used, isSessionOurs: false).from == .firstParagraph)
        #expect(used.keys.last == "run/2/0")
        for (cause, status, contactWasLost) in [(FailureCause.timeLimit, "ABORT", false), (.notAllowed, "ERROR", false)] {
            var played = try await Played(at: .third)
            try played.refuse(Facts.run(status, cause: cause, contactWasLost: contactWasLost))
            try played.sweep()
            try played.act(Self.retry)
            #expect(try resumed(&played).from == .firstParagraph, "\(cause)")
        }
        var checked = try await Played(at: .checking)
        try checked.refuse(Refusal(cause: .artifactEmpty))
        try checked.sweep()
        try checked.act(Self.retry)
        #expect(try resumed(&checked).from == .firstParagraph)
    }

    @Test("What failed before any paragraph ran is done again", arguments: [(0, "clone/2"), (1, "permissions/2"), (2, "parameters/2")])
    func retryPreparation(stage: Int, key: String) async throws {
        let stage = try #require(Stage(rawValue: stage))
        var played = try await Played(at: stage)
        try played.refuse(Refusal(cause: .notAllowed))
        if stage != .cloning { try played.sweep() }
        #expect(played.job.status == .failed)
        try played.act(Self.retry)
        _ = try resumed(&played)
        #expect(played.keys.last == key)
        for next in Stage.allCases.dropFirst(stage.rawValue) { try played.go(on: next) }
        #expect(played.outcome == "finished")
    }

    @Test("What an earlier paragraph reported still counts where it does not run again") func retryKeepsReport() async throws {
        let reported = try ReportedArtifact(["job": .string("\(Facts.job)"), "file": "x.csv", "rows": 500, "bytes": 9_000, "sha256": "00"])
        var played = try await Played(at: .second)
        var result = Facts.run("FINISHED")
        result.reported = reported
        try played.succeed(result)
        try played.refuse(Facts.run("ERROR", cause: .paragraphError))
        try played.sweep()
        try played.act(Self.retry)
        #expect(try resumed(&played).from == .failedParagraph)
        try played.go(on: .third)
        #expect(try CheckRequest(try #require(played.effects.last).request).reported == reported)

        // Where all run again, only what they say then counts.
        var again = try await Played(at: .second)
        try again.succeed(result)
        try again.refuse(Facts.run("ERROR", cause: .paragraphError))
        try again.sweep()
        try again.act(Self.retry)
        _ = try resumed(&again, isSessionOurs: false)
        for stage in [Stage.first, .second, .third] { try again.go(on: stage) }
        #expect(try CheckRequest(try #require(again.effects.last).request).reported == nil)
    }

    @Test("A note that is gone is cloned anew, and its paragraphs count as never run") func retryWithoutNote() async throws {
        var played = try await Played(at: .second)
        try played.refuse(Facts.run("ERROR", cause: .noteMissing))
        try played.sweep()
        try played.act(Self.retry)
        _ = try resumed(&played)
        #expect(played.keys.last == "clone/2")
        for stage in Stage.allCases { try played.go(on: stage) }
        #expect(played.outcome == "finished")
        #expect(played.keys.contains("run/2/0") && Set(played.keys).count == played.keys.count)
    }

    @Test("Each failure is told by a notice of its own") func notices() async throws {
        var played = try await Played(at: .third)
        for _ in 1...2 {
            try played.refuse(Facts.run("ERROR", cause: .paragraphError))
            try played.sweep()
            try played.act(Self.retry)
            _ = try resumed(&played)
        }
        let notices = played.events.compactMap { if case .noticePosted(let posted) = $0 { posted.notice } else { nil } }
        #expect(notices == ["failed:1", "failed:2", "failed-2:1", "failed-2:2"].map { "\(Facts.job):\($0)" })
    }

    @Test("Nothing but a failure is retried, and not for ever") func refusedRetries() async throws {
        var running = try await Played(at: .second)
        #expect(throws: Job.Rejection.nothingToRetry(.running)) { try running.act(Self.retry) }
        var finished = try await Played(at: .sweeping)
        try finished.sweep()
        #expect(throws: Job.Rejection.nothingToRetry(.finished)) { try finished.act(Self.retry) }
        var failed = try await Played(at: .cloning)
        try failed.refuse(Refusal(cause: .notAllowed))
        let late = Facts.now.advanced(by: .hours(31 * 24))
        #expect(throws: Job.Rejection.tooLate(since: Facts.now.advanced(by: .hours(30 * 24)))) {
            try failed.act(.retry(by: nil, reason: nil, at: late))
        }
        try failed.see(.fired(timer: "retry-time", due: late, at: late))
        #expect(failed.outcome == "failed")
    }

    // MARK: - Approval

    @Test("A file over the limit waits, is attached once somebody approves, and never when somebody refuses") func approval() async throws {
        var small = try await Played(at: .sweeping, approvalRows: 500)
        try small.sweep()
        #expect(small.outcome == "finished" && small.kinds.contains("job-attached"))

        var approved = try await Played(at: .sweeping, approvalRows: 499)
        try approved.sweep()
        #expect(approved.job.status == .awaitingApproval && approved.awaits == "a manager's approval" && approved.outcome == nil)
        #expect(!approved.kinds.contains("job-attached") && approved.kinds.contains("notice-posted"))
        try approved.act(.approve(JobApproved(job: Facts.job, by: "anna", reason: nil, at: Facts.now)))
        #expect(approved.outcome == "finished" && approved.kinds.contains("job-attached"))

        var rejected = try await Played(at: .sweeping, approvalRows: 499)
        try rejected.sweep()
        try rejected.act(.reject(JobRejected(job: Facts.job, by: "anna", reason: "too many", at: Facts.now)))
        #expect(rejected.outcome == "rejected" && rejected.job.status == .rejected && !rejected.kinds.contains("job-attached"))
        #expect(throws: Job.Rejection.nothingToApprove(.rejected)) {
            try rejected.act(.approve(JobApproved(job: Facts.job, by: "anna", reason: nil, at: Facts.now)))
        }
    }

    @Test("A job that waits for an approval is cancelled at once") func cancelWaiting() async throws {
        var played = try await Played(at: .sweeping, approvalRows: 0)
        try played.sweep()
        try played.act(.cancel(Self.wish))
        #expect(played.outcome == "cancelled" && played.job.status == .cancelled)
    }

    // MARK: - Preview

    private func preview() async throws -> Played {
        var source = Facts.definition.objectValue ?? [:]
        source["preview"] = ["paragraph": ["id": "p2"], "result": "COUNT"]
        let definition = try TemplateDefinition(.object(source))
        let registration = TemplateRegistered(
            definition: definition, variablesParagraph: "p1", noteDigest: "",
            paragraphs: (Facts.note.paragraphs + [.init(id: "p3", title: "File", text: "%python", runs: true)]).map(\.step), at: Facts.now)
        var form = Facts.form.objectValue ?? [:]
        form["preview"] = true
        let checked = try await JobForm(.object(form)) { _ in registration }
        var played = Played()
        try played.decide(.request(try JobRequested(checked, template: registration, job: Facts.job, at: Facts.now)))
        try played.decide(.start(JobStarted(job: Facts.job, notePath: "/x", session: "python", approvalRows: 0, at: Facts.now)))
        try played.succeed(CloneResult(noteId: "2CLONE", paragraphs: registration.paragraphs))
        try played.go(on: .permissions)
        try played.go(on: .parameters)
        return played
    }

    @Test("A preview runs to the paragraph that counts, and makes no file") func previewed() async throws {
        var played = try await preview()
        try played.go(on: .first)
        try played.go(on: .second)
        let request = try RunRequest(try #require(played.effects.last).request)
        #expect(request.countWord == "COUNT" && request.resultWord == nil && request.steps == 3)
        try played.succeed(Facts.run("FINISHED", counted: 487))
        #expect(played.effect == "sweep-duplicates")
        try played.sweep()
        #expect(played.outcome == "finished" && played.kinds.contains("preview-counted"))
        #expect(!played.kinds.contains("artifact-accepted") && !played.kinds.contains("job-attached"))
    }

    @Test("A preview that says no number fails") func uncounted() async throws {
        var played = try await preview()
        for stage in [Stage.first, .second, .third] { try played.go(on: stage) }
        try played.sweep()
        guard case .failed(let failed)? = played.events.first(where: { $0.payload is JobFailed }) else {
            Issue.record("the job did not fail")
            return
        }
        #expect(failed.cause == .noCount)
    }

    @Test("A template that can't count alone refuses the form") func noPreview() async throws {
        var form = Facts.form.objectValue ?? [:]
        form["preview"] = true
        let error = await #expect(throws: FormProblems.self) { try await Facts.request(.object(form)) }
        #expect(error?.violations.map(\.pointer) == ["/preview"])
    }

    // MARK: - Whatever else

    @Test("A sweep that came to nothing changes nothing about the end") func sweepRefused() async throws {
        var played = try await Played(at: .sweeping)
        try played.refuse(Refusal(cause: .noteMissing))
        #expect(played.outcome == "finished")
    }

    @Test("What an operator leaves out fails the job, but for the sweep", arguments: [0, 1, 2, 3, 6, 7]) func skipped(stage: Int)
        async throws
    {
        let stage = try #require(Stage(rawValue: stage))
        var played = try await Played(at: stage)
        try played.skip()
        if stage == .sweeping {
            #expect(played.outcome == "finished")
        } else {
            if stage != .cloning { try played.sweep() }
            #expect(played.job.status == .failed && played.parked == nil)
        }
    }

    @Test("A job whose session another one took waits for its turn, and begins at the first paragraph") func turnLost() async throws {
        var played = try await Played(at: .third)
        try played.refuse(Facts.run("ERROR", cause: .sessionTaken))
        #expect(played.job.status == .requested && played.kinds.last == "turn-lost" && played.awaits != nil)
        #expect(try resumed(&played).from == .firstParagraph)
        #expect(played.keys.last == "run/2/0")
    }

    // MARK: - The first definition

    @Test("The first definition goes its old way: no sweep, no approval, and an end at once") func first() async throws {
        var played = try await PlayedJob<FirstNotebookRunSaga>(at: .checking, approvalRows: 0)
        let request = try RunRequest(try #require(played.effects.last(where: { $0.kind == "run-paragraph" })).request)
        #expect(request.session == nil && request.pass == nil)
        try played.go(on: .checking)
        #expect(played.outcome == "finished" && !played.keys.contains("sweep"))
        var failing = try await PlayedJob<FirstNotebookRunSaga>(at: .third)
        try failing.refuse(Facts.run("ERROR", cause: .paragraphError))
        #expect(failing.outcome == "failed")
        #expect(throws: Job.Rejection.begunByEarlierVersion) { try failing.act(Self.retry) }
    }
}
