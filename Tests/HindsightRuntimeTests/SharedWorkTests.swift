import EventLogMemory
import HindsightCore
import HindsightRuntime
import Testing

@Suite("Work that several processes share") struct SharedWorkTests {
    @Test("What a dead process held is taken over with its name, and what was given back without", .timeLimit(.minutes(1)))
    func takenOver() async throws {
        let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_767_225_600_000_000))
        let log = MemoryEventLog(clock: clock)
        let lost = await log.acquireLeases(["sagas/16/3", "sagas/16/4"], holder: "dead", for: .seconds(10), supersedes: false)
        let given = await log.acquireLeases(["sagas/16/5"], holder: "gone", for: .seconds(10), supersedes: false)
        await log.releaseLeases(given)
        #expect(lost.count == 2)
        let (told, bell) = AsyncStream.makeStream(of: String.self)
        let work = SharedWork(log: log, clock: clock, holder: "alive") { bell.yield("\($0) \($1)") }
        clock.advance(by: .seconds(11))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await work.run() }
            var lines = told.makeAsyncIterator()
            #expect(await lines.next() == "dead 2")
            group.cancelAll()
            try await group.waitForAll()
        }
        bell.finish()
        var rest: [String] = []
        for await line in told { rest.append(line) }
        #expect(rest == [])
    }
}
