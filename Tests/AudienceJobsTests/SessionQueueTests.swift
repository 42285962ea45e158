import AudienceJobs
import HindsightCore
import Testing

@Suite("Who waits for whom") struct SessionQueueTests {
    private func row(_ number: Int, session: String = "python", at seconds: Int, _ status: JobStatus = .requested) async throws -> JobRow {
        var request = try await Facts.request()
        request.job = try #require(JobID("0193f0a0-0000-7000-8000-00000000000\(number)"))
        request.interpreter = session
        request.at = Facts.now.advanced(by: .seconds(seconds))
        var row = JobRow(request)
        row.status = status
        if status != .requested { row.waitingSince = nil }
        return row
    }

    @Test("The one that has waited longest begins, in each session that nobody holds") func next() async throws {
        let rows = [
            try await row(1, at: 30), try await row(2, at: 10), try await row(3, session: "spark.pyspark", at: 40),
            try await row(4, session: "jdbc", at: 0, .running), try await row(5, session: "jdbc", at: 1),
        ]
        #expect(SessionQueue(rows).next.map(\.id) == [rows[1].id, rows[2].id])
        #expect(rows[2].session == "spark")
    }

    @Test("A job names the one whose end it waits for, and how many come before") func places() async throws {
        let rows = [try await row(1, at: 0, .running), try await row(2, at: 2), try await row(3, at: 1)]
        let queue = SessionQueue(rows)
        #expect(queue.next.isEmpty)
        #expect(queue.place(of: rows[2]) == .init(after: rows[0].id, ahead: 1))
        #expect(queue.place(of: rows[1]) == .init(after: rows[2].id, ahead: 2))
        #expect(queue.place(of: rows[0]) == nil)
        #expect(SessionQueue([rows[1]]).place(of: rows[1]) == nil)
    }

    @Test("One whose file is looked at holds nobody up: its work at the notebook is over") func checking() async throws {
        let rows = [try await row(1, at: 0, .checking), try await row(2, at: 2)]
        #expect(SessionQueue(rows).next.map(\.id) == [rows[1].id])
        #expect(SessionQueue(rows).place(of: rows[1]) == nil)
    }

    @Test("One that waits for a person holds nobody up") func parked() async throws {
        let rows = [try await row(1, at: 0, .running), try await row(2, at: 2)]
        #expect(SessionQueue(rows, parked: [rows[0].id]).next.map(\.id) == [rows[1].id])
        #expect(SessionQueue([rows[0], try await row(3, at: 3, .awaitingApproval), rows[1]], parked: [rows[0].id]).next.count == 1)
    }
}

@Suite("When a job will be ready") struct JobViewTests {
    private func running(_ events: [JobEvent]) async throws -> JobRow {
        var row = JobRow(try await Facts.request())
        for event in try await Facts.running() + events { row.learn(event) }
        return row
    }

    private func eta(_ row: JobRow, _ usual: [String: Duration]) -> Duration? {
        JobView(row, in: SessionQueue([]), usual: usual).eta?.since(Facts.now)
    }

    @Test("What is left takes as long as it usually does") func usual() async throws {
        let row = try await running([])
        let usual: [String: Duration] = ["p1": .seconds(10), "px": .zero, "p2": .seconds(60)]
        #expect(eta(row, usual) == .seconds(70))
        let later = try await running([.paragraphFinished(Facts.finished(step: 0)), .paragraphRequested(Facts.requested(step: 1))])
        #expect(eta(later, usual) == .seconds(60))
    }

    @Test("A step that was never seen to its end leaves the question open, unless it says itself how far it is") func unknown() async throws
    {
        #expect(eta(try await running([]), ["p1": .seconds(10)]) == nil)
        let progressed = ParagraphProgressed(
            job: Facts.job, pass: 1, step: 0, paragraphId: "p1", percent: 25, at: Facts.now.advanced(by: .seconds(10)))
        let row = try await running([.paragraphProgressed(progressed)])
        #expect(row.paragraphs.first { $0.id == "p1" }?.status == "RUNNING")
        #expect(eta(row, ["px": .zero, "p2": .seconds(60)]) == .seconds(100))
    }

    @Test("A job that waits or is over has no such time") func notRunning() async throws {
        #expect(eta(JobRow(try await Facts.request()), [:]) == nil)
    }
}
