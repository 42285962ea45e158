import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("A job while its notebook is away, or its run stands") struct NotebookOutageTests {
    /// Lets a worker wait while the notebook is away.
    private func work(_ service: AudienceService, on stage: AudienceStage, for time: Duration) async throws {
        let end = stage.clock.now().advanced(by: time)
        while true {
            let due = try #require(try await service.workOff(), "nothing brings it on")
            guard due < end else { break }
            stage.clock.advance(to: due)
        }
        stage.clock.advance(to: end)
        _ = try await service.workOff()
    }

    private func view(of job: JobID, _ stage: AudienceStage) async throws -> JobView {
        try #require(try await stage.board.view(of: job))
    }

    private func standing(of job: JobID, _ stage: AudienceStage) async throws -> SagaStanding {
        let batch = try DecisionBatch(log: stage.log, identities: RandomIdentities(), now: stage.clock.now())
        return try await batch.state(of: SagaControl.self, on: StreamName("saga-notebook-run:\(job)")).standing
    }

    private func verify(_ stage: AudienceStage) async throws {
        let report = try await SagaReplay(NotebookRunSaga.self, log: stage.log).verify { Issue.record("\($0)") }
        #expect(report.differences == 0)
    }

    @Test("One that is away for a day, before anything was sent, is waited for, and the job says so and goes on by itself")
    func awayAtFirst() async throws {
        try await AudienceStage.with { stage in
            try await stage.register(stage.service())
            let job = try await stage.service().submit(AudienceStage.form(), seed: "1")
            stage.notebook.kill()
            let begin = stage.clock.now()
            let service = stage.service()
            try await work(service, on: stage, for: .hours(24))
            let standing = try await standing(of: job, stage)
            #expect(standing.status == .running)
            #expect(try #require(standing.openEffects.first).intent.attempt > 100)
            let waiting = try await view(of: job, stage)
            #expect(waiting.row.status == .cloning)
            #expect(waiting.delay == JobDelay(.notebookAway, since: begin))
            #expect(waiting.delay?.reason == "The notebook can't be reached; the job goes on by itself when it is back.")
            let told = try JSON.decode(JSONValue.self, from: JSON.encode(waiting))["delay"]
            #expect(told?["cause"] == "notebook-away" && told?["since"]?.stringValue == begin.description)
            #expect(try await stage.board.inbox().isEmpty)

            try await stage.notebook.startAgain()
            let back = stage.clock.now()
            let row = try await stage.run(job, by: service)
            #expect(row.status == .finished && (row.endedAt ?? back).since(back) < .seconds(600))
            #expect(try await view(of: job, stage).delay == nil)
            try NotebookWitness(stage).judge(row)
            try await verify(stage)
        }
    }

    @Test("One that is away for a day while a paragraph runs is asked until it answers") func awayLater() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            try await stage.notebook.arm("reset-after", at: "run", nth: 3)
            _ = try await service.workOff()
            stage.notebook.kill()
            try await work(service, on: stage, for: .hours(24))
            let waiting = try await view(of: job, stage)
            #expect(waiting.row.status == .running && waiting.delay?.cause == .answerMissing)
            #expect(try await standing(of: job, stage).status == .running)
            try await stage.notebook.startAgain()
            let row = try await stage.run(job, by: service)
            #expect(row.status == .finished, "\(row.reason ?? "")")
            #expect(try stage.notebook.journal("clone").count == 1)
            try await verify(stage)
        }
    }

    @Test("A proxy without its notebook is a notebook that is away") func proxy() async throws {
        try await AudienceStage.with { stage in
            try await stage.register(stage.service())
            let job = try await stage.service().submit(AudienceStage.form(), seed: "1")
            try await stage.notebook.arm("http-500-before", at: "version", times: 1_000)
            try await stage.withFreshClient { client in
                let service = stage.service(client: client)
                try await work(service, on: stage, for: .hours(2))
                #expect(try await view(of: job, stage).delay?.cause == .notebookAway)
                try await stage.notebook.disarm()
                #expect(try await stage.run(job, by: service).status == .finished)
            }
        }
    }

    @Test("One that never comes back parks the job, whom the form names are told once, and a retry goes on with it")
    func goneForDays() async throws {
        try await AudienceStage.with { stage in
            try await stage.register(stage.service())
            let job = try await stage.service().submit(AudienceStage.form { $0["notify"] = ["inbox", "inbox:anna"] }, seed: "1")
            stage.notebook.kill()
            let service = stage.service()
            while let due = try await service.workOff() { stage.clock.advance(to: due) }
            guard case .parked = try await standing(of: job, stage).status else {
                Issue.record("it goes on for ever")
                return
            }
            let stands = try await view(of: job, stage)
            #expect(stands.row.status == .cloning && stands.delay?.cause == .parked)
            #expect(stands.delay?.reason.contains("waits for an operator") == true)
            func told() async throws -> [InboxRow] { try await stage.board.inbox().filter { $0.subject.contains("operator") } }
            let notices = try await told()
            #expect(notices.map(\.recipient) == [nil, "anna"] && notices.allSatisfy { $0.delivery?.status == .delivered })
            #expect(notices.allSatisfy { !$0.text.contains("clone") && !$0.text.contains("Zeppelin") })
            // Another worker, and another look, tell nobody anew.
            _ = try await stage.service().workOff()
            #expect(try await told().count == 2)

            try await stage.notebook.startAgain()
            try await SagaOperator(log: stage.log, clock: stage.clock).perform(
                .retry, on: "notebook-run:\(job)", reason: "it is back", metadata: EventMetadata(actor: "olga"))
            #expect(try await stage.run(job, by: stage.service()).status == .finished)
            try await verify(stage)
        }
    }

    @Test("A list of opted-out clients that is not there holds the job up, and says so") func optOuts() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let file = stage.shared.appending(path: "opt-outs.txt")
            let aside = stage.folder.appending(path: "opt-outs.txt")
            try FileManager.default.moveItem(at: file, to: aside)
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            let begin = stage.clock.now()
            try await work(service, on: stage, for: .hours(6))
            let waiting = try await view(of: job, stage)
            #expect(waiting.row.status == .checking && waiting.delay == JobDelay(.optOutsMissing, since: begin))
            try FileManager.default.moveItem(at: aside, to: file)
            #expect(try await stage.run(job, by: service).status == .finished)
        }
    }

    @Test("A job that waits for that list holds no session, and a cancel ends it within moments") func optOutsOfOne() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            try FileManager.default.removeItem(at: stage.shared.appending(path: "opt-outs.txt"))
            let first = try await service.submit(AudienceStage.form(), seed: "1")
            let second = try await service.submit(AudienceStage.form(), seed: "2")
            try await work(service, on: stage, for: .seconds(30))
            for job in [first, second] {
                let waiting = try await view(of: job, stage)
                #expect(waiting.row.status == .checking && waiting.place == nil)
            }
            _ = try await QueueWitness(stage.log)
            // Looks come rarely by now.
            try await work(service, on: stage, for: .hours(3))
            let wish = stage.clock.now()
            try await stage.act(.cancel(reason: "there is no list"), on: first)
            let row = try await stage.run(first, by: service)
            #expect(row.status == .cancelled)
            #expect(try #require(row.endedAt).since(wish) < .seconds(10))
            #expect(row.artifact == nil && row.reason == "Cancelled by anna: there is no list")
            #expect(try await view(of: second, stage).row.status == .checking)
            try await verify(stage)
        }
    }

    // MARK: - Whom it is told besides

    /// A service whose peers are watched, and what is logged of them.
    private func watched(_ stage: AudienceStage) -> (AudienceService, LoggedLines) {
        let lines = LoggedLines()
        let watch = PeerWatch(lines.logger)
        let service = stage.service(wrap: { performer in
            WatchedPerformer(performer, watch: watch) { $0 == "check-artifact" ? "shared directory" : "notebook" }
        })
        return (service, lines)
    }

    @Test("One that is away is logged once, however many tries find out, and once more when it is back") func loggedOnce()
        async throws
    {
        try await AudienceStage.with { stage in
            try await stage.register(stage.service())
            let (service, lines) = watched(stage)
            for outage in 1...2 {
                let job = try await service.submit(AudienceStage.form(), seed: "\(outage)")
                stage.notebook.kill()
                try await work(service, on: stage, for: .hours(2))
                let away = "warning notebook: a peer is away, or gives no clear answer: what waits for it is tried again"
                #expect(lines.all.filter { $0 == away }.count == outage && lines.all.count == 2 * outage - 1, "\(lines.all)")
                try await stage.notebook.startAgain()
                #expect(try await stage.run(job, by: service).status == .finished)
                #expect(lines.all.last == "notice notebook: a peer is back" && lines.all.count == 2 * outage, "\(lines.all)")
            }
        }
    }

    @Test("A list that is not there is logged once, a cancel brings nothing back, and the doctor tells of the job") func loggedList()
        async throws
    {
        try await AudienceStage.with { stage in
            try await stage.register(stage.service())
            try FileManager.default.removeItem(at: stage.shared.appending(path: "opt-outs.txt"))
            let job = try await stage.service().submit(AudienceStage.form(), seed: "1")
            let (service, lines) = watched(stage)
            let begin = stage.clock.now()
            try await work(service, on: stage, for: .hours(2))
            let report = try await Doctor(log: stage.log, clock: stage.clock, projections: stage.projections).examine()
            #expect(report.findings == [])
            let note = try #require(report.notes.first { $0.subject == "saga notebook-run:\(job)" })
            #expect(note.problem == "held up since \(begin) by check-artifact: the file of opted-out clients is not there")
            try await stage.act(.cancel(reason: "there is no list"), on: job)
            #expect(try await stage.run(job, by: service).status == .cancelled)
            #expect(
                lines.all == ["warning shared directory: a peer is away, or gives no clear answer: what waits for it is tried again"])
            let after = try await Doctor(log: stage.log, clock: stage.clock, projections: stage.projections).examine()
            #expect(after.notes.allSatisfy { !$0.subject.hasPrefix("saga ") })
        }
    }

    @Test("A job that an operator pauses says so, until it goes on") func paused() async throws {
        try await AudienceStage.with { stage in
            try await stage.register(stage.service())
            let service = stage.service()
            let job = try await service.submit(AudienceStage.form(), seed: "1")
            stage.notebook.kill()
            _ = try await service.workOff()
            let operators = SagaOperator(log: stage.log, clock: stage.clock)
            let metadata = EventMetadata(actor: "olga")
            stage.clock.advance(by: .seconds(90))
            try await operators.perform(.pause, on: "notebook-run:\(job)", reason: "stocktaking", metadata: metadata)
            #expect(try await view(of: job, stage).delay == JobDelay(.paused, since: stage.clock.now()))
            stage.clock.advance(by: .seconds(90))
            try await operators.perform(.resume, on: "notebook-run:\(job)", reason: "done", metadata: metadata)
            #expect(try await stage.run(job, by: service).status == .finished)
        }
    }
}
