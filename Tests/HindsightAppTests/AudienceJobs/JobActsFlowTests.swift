import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import NIOHTTP1
import Synchronization
import Testing
import ZeppelinAdapter

@Suite("What managers do to jobs, against a running notebook") struct JobActsFlowTests {
    // MARK: - Cancel

    /// The job that somebody will cancel.
    private final class Wanted: Sendable {
        let job: Mutex<JobID?>

        init(_ job: JobID? = nil) { self.job = Mutex(job) }
    }

    private static var shortLimits: RunLimits {
        var limits = AudienceStage.limits
        limits.stopping = .milliseconds(300)
        return limits
    }

    /// A service in which somebody cancels the job as soon as a paragraph is seen.
    private static func cancelling(
        _ wanted: Wanted, at step: Int, of stage: AudienceStage, log: (any EventLog)? = nil
    ) -> AudienceService {
        let seen = Mutex(false)
        let once = Countdown(1)
        return stage.service(
            log: log, limits: shortLimits, progressAfter: .zero,
            onProgress: { progress in if progress.step == step, progress.status == "RUNNING" { seen.withLock { $0 = true } } },
            beforePause: { _ in
                if seen.withLock({ $0 }), once.take(), let job = wanted.job.withLock({ $0 }) {
                    try await stage.act(.cancel(reason: "the period is wrong"), on: job)
                }
            })
    }

    @Test("A paragraph that runs is stopped, and nothing follows", arguments: FaultCase.dialects) func cancelRunning(dialect: String)
        async throws
    {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            let wanted = Wanted()
            let service = Self.cancelling(wanted, at: 2, of: stage)
            try await stage.register(service)
            try await stage.notebook.arm("stuck-running", at: "run", nth: 3)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            wanted.job.withLock { $0 = job }
            let row = try await stage.run(job, by: service)
            #expect(row.status == .cancelled && row.cause == nil)
            #expect(row.reason == "Cancelled by anna: the period is wrong")
            #expect(row.cancellation?.by == "anna")
            #expect(row.paragraphs.map(\.status) == ["FINISHED", "FINISHED", "ABORT", "READY", "READY", "READY"])
            #expect(try stage.notebook.journal("abort").count == 1)
            #expect(try stage.notebook.journal("run-accepted").count == 3)
            try NotebookWitness(stage).judge(row)
            #expect(try await stage.board.inbox().map(\.status) == [.cancelled])
            // It was looked at many times, and stood at nothing all the time.
            let progress = try await stage.events(of: job).compactMap {
                if case .paragraphProgressed(let seen) = $0 { seen.step } else { nil }
            }
            #expect(progress.count { $0 == 2 } == 1)
            _ = try await QueueWitness(stage.log)
            // The session is free for the next.
            let next = try await stage.run(stage.service().submit(AudienceStage.form(), seed: "2"), by: stage.service())
            #expect(next.status == .finished)
        }
    }

    @Test("A stop that is ignored ends the job all the same, in words that say what is left to do", arguments: ["0.8", "0.12.1"])
    func stopIgnored(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            let wanted = Wanted()
            let service = Self.cancelling(wanted, at: 1, of: stage)
            try await stage.register(service)
            try await stage.notebook.arm("stuck-running", at: "run", nth: 2)
            try await stage.notebook.arm("stop-ignored", at: "stop", times: 1_000)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            wanted.job.withLock { $0 = job }
            let row = try await stage.run(job, by: service)
            #expect(row.status == .cancelled && row.cause == .stopIgnored && row.artifact == nil)
            #expect(row.reason?.contains("did not stop when it was told to, and may still be running") == true)
            #expect(try stage.notebook.journal("abort").isEmpty)
        }
    }

    @Test("A job that nobody has begun is cancelled without the notebook") func cancelBefore() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            try await stage.act(.cancel(reason: "a slip"), on: job)
            #expect(try await stage.board.job(job)?.status == .cancelled)
            let row = try await stage.run(job, by: service)
            #expect(row.status == .cancelled && row.notices.count == 1)
            #expect(try stage.notebook.journal("clone").isEmpty)
            await #expect(throws: Job.Rejection.over(.cancelled)) { try await stage.act(.cancel(reason: "again"), on: job) }
            await #expect(throws: Job.Rejection.needsReason) {
                try await stage.act(.cancel(reason: " "), on: service.submit(AudienceStage.form(), seed: "2"))
            }
        }
    }

    @Test("A clone of which nobody knows is found first, and then the job is cancelled", arguments: ["0.8", "0.12.1"])
    func cancelUnclearClone(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            let service = stage.service()
            try await stage.register(service)
            try await stage.notebook.arm("reset-after", at: "clone")
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            let once = Countdown(1)
            let row = try await stage.run(job, by: service) { _ in
                if once.take() { try await stage.act(.cancel(reason: "a slip"), on: job) }
            }
            #expect(row.status == .cancelled && row.noteId != nil)
            #expect(try stage.notebook.journal("clone").count == 1)
            #expect(try stage.notebook.journal("insert").isEmpty && stage.notebook.startedParagraphs().isEmpty)
        }
    }

    @Test("A worker that dies while it cancels is followed by one that goes on with it", arguments: 7..<13)
    func killedWhileCancelling(appends: Int) async throws {
        try await AudienceStage.with { stage in
            try await stage.register(stage.service())
            try await stage.notebook.arm("stuck-running", at: "run", nth: 3)
            let job = try await stage.service().submit(AudienceStage.form(), seed: "1")
            let dying = Self.cancelling(Wanted(job), at: 2, of: stage, log: MortalEventLog(stage.log, dyingAtAppend: appends))
            do {
                _ = try await stage.run(job, by: dying)
            } catch is EventLogError {
                // It is dead; if that was before anybody cancelled, somebody does it now.
            }
            if try await stage.board.job(job)?.status.isOver == false {
                try await stage.act(.cancel(reason: "the period is wrong"), on: job)
            }
            let row = try await stage.run(job, by: stage.service(limits: Self.shortLimits))
            #expect(row.status == .cancelled)
            #expect(try stage.notebook.journal("run-accepted").count <= 3)
        }
    }

    // MARK: - Retry

    private static func withMoody(_ body: (AudienceStage, AudienceService) async throws -> Void) async throws {
        let note = try MoodyNote.file()
        defer { unlink(note.path) }
        try await AudienceStage.with(note: note) { stage in
            let service = stage.service()
            try await service.register(template: MoodyNote.template)
            try await body(stage, service)
        }
    }

    @Test("After an error the job goes on with the paragraph that failed, in the session as it was") func retry() async throws {
        try await Self.withMoody { stage, service in
            let job = try await service.submit(MoodyNote.form)
            let failed = try await stage.run(job, by: service)
            #expect(failed.status == .failed && failed.cause == .paragraphError && failed.retryUntil != nil)
            try AudienceFiles.write("", to: stage.shared.appending(path: "mood").path)
            try await stage.act(.retry(reason: "better now"), on: job)
            #expect(try await stage.board.job(job)?.status == .requested)
            let row = try await stage.run(job, by: service)
            #expect(row.status == .finished && row.cause == nil && row.reason == nil)
            let ids = row.paragraphs.map(\.id)
            #expect(try stage.notebook.startedParagraphs() == ids.prefix(4) + ids.suffix(2))
            #expect(row.paragraphs.map(\.attempts) == [1, 1, 1, 2, 1])
            #expect(try stage.notebook.journal("clone").count == 1)
            await #expect(throws: Job.Rejection.nothingToRetry(.finished)) { try await stage.act(.retry(reason: nil), on: job) }
        }
    }

    @Test("A job that found another one in its session since begins at the first paragraph, in the same note") func retryAfterAnother()
        async throws
    {
        try await Self.withMoody { stage, service in
            let job = try await service.submit(MoodyNote.form)
            _ = try await stage.run(job, by: service)
            let other = try await stage.run(service.submit(MoodyNote.form), by: service)
            #expect(other.status == .failed)
            try AudienceFiles.write("", to: stage.shared.appending(path: "mood").path)
            try await stage.act(.retry(reason: nil), on: job)
            let row = try await stage.run(job, by: service)
            #expect(row.status == .finished && row.paragraphs.map(\.attempts) == [2, 2, 2, 2, 1])
            #expect(try stage.notebook.journal("clone").count == 2)
            // The other one was the last in the session before.
            try await stage.act(.retry(reason: nil), on: other.id)
            let again = try await stage.run(other.id, by: service)
            #expect(again.status == .finished && again.paragraphs.map(\.attempts) == [2, 2, 2, 2, 1])
        }
    }

    @Test("A template that was put right lets a job go on that had no clone") func retryClone() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let id = try await stage.zeppelin.insert(title: "By hand", text: "%python\nprint(1)", at: 2, into: "2HSAUDIENC")
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            #expect(try await stage.run(job, by: service).cause == .templateNoteChanged)
            _ = try await stage.notebook.call(.DELETE, "/notebook/2HSAUDIENC/paragraph/\(id)")
            try await stage.act(.retry(reason: nil), on: job)
            let row = try await stage.run(job, by: service)
            #expect(row.status == .finished)
            #expect(try stage.notebook.journal("clone").count == 1)
            #expect(try stage.lines(of: row) == AudienceStage.expectedLines.get())
        }
    }

    // MARK: - Approval and preview

    @Test("A file over the limit waits for a manager, and the next job does not wait with it") func approval() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service(approvalRows: 10)
            try await stage.register(service)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            _ = try await service.workOff()
            let waiting = try #require(try await stage.board.job(job))
            #expect(waiting.status == .awaitingApproval && waiting.approval?.limit == 10 && waiting.artifact != nil)
            let offer = try #require(waiting.offer)
            #expect(try await stage.board.offer(offer)?.audiences.isEmpty != false)
            let refused = try await service.submit(AudienceStage.form(), seed: "2")
            _ = try await service.workOff()
            #expect(try await stage.board.job(refused)?.status == .awaitingApproval)
            try await stage.act(.reject(reason: "too many"), on: refused, by: "boris")
            try await stage.act(.approve(reason: nil), on: job)
            _ = try await service.workOff()
            let row = try #require(try await stage.board.job(job))
            #expect(row.status == .finished && row.approval?.approved == true && row.approval?.by == "anna")
            #expect(try await stage.board.offer(offer)?.audiences.map(\.job) == [job])
            let rejected = try #require(try await stage.board.job(refused))
            #expect(rejected.status == .rejected && rejected.reason == "Rejected by boris: too many")
            #expect(FileManager.default.fileExists(atPath: stage.shared.appending(path: "\(refused).csv").path))
            let figures = try await stage.board.statistics().all
            #expect(figures.finished == 1 && figures.rejected == 1 && figures.hoursSaved == 2)
        }
    }

    @Test(
        "Of two jobs with one precedence the slower one fails in a manager's words, and nobody has to look at it", arguments: [false, true])
    func precedenceTaken(approves: Bool) async throws {
        try await AudienceStage.with { stage in
            let service = stage.service(approvalRows: approves ? 10 : nil)
            try await stage.register(service)
            var jobs: [JobID] = []
            for type in ["new", "competitor"] {
                let form = try AudienceStage.form {
                    $0["audienceType"] = .string(type)
                    $0["precedence"] = 4
                }
                jobs.append(try await service.submit(form, seed: type))
                stage.clock.advance(by: .seconds(1))
            }
            _ = try await service.workOff()
            if approves {
                for job in jobs { try await stage.act(.approve(reason: nil), on: job) }
                _ = try await service.workOff()
            }
            let first = try #require(try await stage.board.job(jobs[0]))
            let second = try #require(try await stage.board.job(jobs[1]))
            #expect(first.status == .finished && second.status == .failed && second.cause == .offerRefused)
            #expect(second.reason?.contains("“new” has the precedence 4 by now") == true && second.retryUntil != nil)
            #expect(try await stage.board.offer(#require(first.offer))?.audiences.map(\.job) == [jobs[0]])
            await #expect(throws: Job.Rejection.over(.failed)) { try await stage.act(.cancel(reason: "a slip"), on: jobs[1]) }
            let saga = try #require(BuiltIn.sagas.first { $0.name == NotebookRunSaga.name })
            let open = try await saga.openInstances(in: stage.log)
            #expect(open.allSatisfy { $0.wakeUp != "none" })
        }
    }

    @Test("A preview counts as many clients as the job would find, and leaves no file", arguments: ["0.8", "0.12.1"])
    func preview(dialect: String) async throws {
        try await AudienceStage.with(.init(dialect: dialect)) { stage in
            let service = stage.service(approvalRows: 0)
            try await stage.register(service)
            let row = try await stage.run(service.submit(AudienceStage.form { $0["preview"] = true }, seed: "1"), by: service)
            #expect(row.status == .finished)
            #expect(try row.preview?.rows == AudienceStage.expectedLines.get().count - 1)
            #expect(row.artifact == nil && row.paragraphs.map(\.enabled) == [true, true, true, true, true, false])
            #expect(row.paragraphs.map(\.attempts) == [1, 1, 1, 1, 1, 0])
            #expect(!FileManager.default.fileExists(atPath: stage.shared.appending(path: "\(row.id).csv").path))
            #expect(try await stage.board.offer(#require(row.offer)) == nil)
            #expect(try await stage.board.statistics().all.requested == 0)
            #expect(try await stage.board.inbox().first?.text.hasPrefix("A preview found") == true)
        }
    }

    // MARK: - Taking turns

    @Test("Who waits sees for whom, and the place in the line outlives the worker") func places() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            var jobs: [JobID] = []
            for seed in 1...3 {
                jobs.append(try await service.submit(AudienceStage.form(), seed: "\(seed)"))
                stage.clock.advance(by: .seconds(1))
            }
            let third = try await stage.board.view(of: jobs[2])
            #expect(third?.place == .init(after: jobs[1], ahead: 2))
            let dying = stage.service(log: MortalEventLog(stage.log, dyingAtAppend: 6))
            await #expect(throws: EventLogError.self) { try await dying.workOff() }
            let second = try await stage.board.view(of: jobs[1])
            #expect(second?.place == .init(after: jobs[0], ahead: 1))
            #expect(try await stage.run(jobs[2], by: stage.service()).status == .finished)
            let notes = try stage.notebook.journal("run-started").compactMap { $0["note"]?.stringValue }
            var order: [String] = []
            for note in notes where order.last != note { order.append(note) }
            var expected: [String] = []
            for job in jobs { expected.append(try #require(try await stage.board.job(job)?.noteId)) }
            #expect(order == expected)
        }
    }

    @Test("Nothing runs in a session that another job has taken") func sessionTaken() async throws {
        try await AudienceStage.with { stage in
            let other = JobID("0193f0a0-0000-7000-8000-000000000002")
            let desk = PerformerDesk(stage, jobs: SilentJobs(user: other))
            let note = try await desk.clone(stage)
            var request = desk.running("paragraph_1767225600000_100000002", of: note).request.objectValue ?? [:]
            request["session"] = "python"
            guard case .rejected(_, let result) = await desk.performer.perform(desk.intent(.runParagraph, .object(request))) else {
                Issue.record("it ran")
                return
            }
            #expect(try RunResult(result).cause == .sessionTaken)
            #expect(try stage.notebook.journal("run-accepted").isEmpty)
        }
    }

    @Test("A job that is parked holds nobody up, and begins at the first paragraph where another one used its session") func parked()
        async throws
    {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            try await stage.notebook.arm("reset-before", at: "status", times: 1_000)
            await #expect(throws: AudienceError.self) { try await stage.run(job, by: service) }
            #expect(try await stage.board.job(job)?.status == .preparing)
            // A new life of the notebook knows of no faults.
            stage.notebook.kill()
            try await stage.notebook.startAgain()
            let other = try await stage.run(service.submit(AudienceStage.form(), seed: "2"), by: service)
            #expect(other.status == .finished)
            try await SagaOperator(log: stage.log, clock: stage.clock).perform(
                .retry, on: "notebook-run:\(job)", reason: "it is there again", metadata: EventMetadata())
            let row = try await stage.run(job, by: service)
            #expect(row.status == .finished)
            #expect(try await stage.events(of: job).contains { if case .turnLost = $0 { true } else { false } })
            #expect(try stage.notebook.startedParagraphs() == other.paragraphs.map(\.id) + row.paragraphs.map(\.id))
            let witness = try await QueueWitness(stage.log)
            // Two requests, and the turn that was lost.
            #expect(witness.turns == 3)
            #expect(witness.looks * 3 < witness.events)
        }
    }

    @Test("Who waits begins when the job before is parked") func parkedBefore() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            try await stage.notebook.arm("reset-before", at: "status", times: 1_000)
            let first = try await service.submit(AudienceStage.form(), seed: "1")
            stage.clock.advance(by: .seconds(1))
            let second = try await service.submit(AudienceStage.form(), seed: "2")
            await #expect(throws: AudienceError.self) { try await stage.run(second, by: service) }
            for job in [first, second] { #expect(try await stage.board.job(job)?.status == .preparing) }
            let witness = try await QueueWitness(stage.log)
            // The first request, and the parking of the first job.
            #expect(witness.turns == 2)
        }
    }

    @Test("A job tells when it will be ready once its template has run before") func eta() async throws {
        try await AudienceStage.with { stage in
            let etas = Mutex<[Bool]>([])
            let service = stage.service(
                beforePause: { _ in
                    for job in try await stage.board.openJobs() where job.status == .running {
                        let view = try await stage.board.view(of: job.id)
                        etas.withLock { $0.append(view?.eta != nil) }
                    }
                })
            try await stage.register(service)
            _ = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
            #expect(etas.withLock { $0 }.allSatisfy { !$0 })
            etas.withLock { $0 = [] }
            _ = try await stage.run(service.submit(AudienceStage.form(), seed: "2"), by: service)
            #expect(etas.withLock { !$0.isEmpty && $0.allSatisfy(\.self) })
        }
    }
}
