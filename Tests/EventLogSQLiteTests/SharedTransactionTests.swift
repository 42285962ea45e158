import EventLogSQLite
import HindsightCore
import HindsightTesting
import Testing

/// Appends of one transaction see each other before anything is in the file.
@Suite("SQLite event log, appends that share a transaction") struct SharedTransactionTests {
    private func withLog(_ body: (SQLiteEventLog) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let log = try SQLiteEventLog.open(folder: folder, clock: AdjustableClock(at: .testStart))
            try await body(log)
            #expect(try await log.check() == [])
            #expect(try await ChainVerifier.verify(log).verified)
            await log.close()
        }
    }

    private func batch(
        _ count: Int, to stream: String, expecting expected: ExpectedVersion = .any, tags: [String] = [], condition: AppendCondition? = nil
    ) throws -> Append {
        let events = try (0..<count).map { _ in try NewEvent.sample(tags: tags.map { try Tag($0) }) }
        return Append([StreamWrite(events, to: try StreamName(stream), expecting: expected)], condition: condition)
    }

    @Test("Rows are written in their order, whatever their number", arguments: [1, 2, 31, 32, 33, 64, 65, 100])
    func writesAll(count: Int) async throws {
        try await withLog { log in
            let batches = try [count, 1, count].map { try batch($0, to: "room-1") }
            let outcomes = try await log.appendTogether(batches)
            #expect(try outcomes.map { try $0.get().lastPosition } == [count, count + 1, 2 * count + 1].map { Position($0) })
            let ids = try await log.read(EventSelection(limit: .max)).map(\.id)
            #expect(ids == batches.flatMap { $0.writes[0].events.map(\.id) })
        }
    }

    @Test("An append that is repeated in the transaction of the first gets its answer") func repeats() async throws {
        try await withLog { log in
            let first = try batch(3, to: "room-1")
            let outcomes = try await log.appendTogether([first, batch(2, to: "room-2"), first])
            #expect(try outcomes[2].get().isRepeat)
            #expect(try outcomes[2].get().lastPosition == outcomes[0].get().lastPosition)
            #expect(try await log.head().position == 5)
        }
    }

    @Test("Expected versions and conditions meet what came before in the transaction, and a refusal leaves the others alone")
    func conflicts() async throws {
        try await withLog { log in
            try await log.append([.sample()], to: StreamName("room-1"))
            let query = EventQuery([.init(tags: [try Tag("seat:1")])])
            let outcomes = try await log.appendTogether([
                batch(1, to: "room-1", expecting: .exactly(1), tags: ["seat:1"]), batch(1, to: "room-1", expecting: .exactly(1)),
                batch(1, to: "room-2", condition: AppendCondition(noneMatching: query, after: 1)),
                batch(1, to: "room-2", expecting: .none, condition: AppendCondition(noneMatching: query, after: 2)),
            ])
            #expect(try outcomes[0].get().lastPosition == 2)
            #expect(throws: EventLogError.versionConflict(stream: try StreamName("room-1"), expected: .exactly(1), actual: 2)) {
                try outcomes[1].get()
            }
            #expect(throws: EventLogError.conditionFailed(position: 2)) { try outcomes[2].get() }
            #expect(try outcomes[3].get().lastPosition == 3)
            #expect(try await log.head().position == 3)
        }
    }

    @Test("A condition far back meets events of the transaction that complete a block on the way") func meetsCompletedBlock() async throws {
        try await withLog { log in
            let query = EventQuery([.init(tags: [try Tag("seat:1")])])
            let outcomes = try await log.appendTogether([
                batch(1_000, to: "room-1"), batch(1, to: "room-2", tags: ["seat:1"]), batch(1_100, to: "room-3"),
                batch(1, to: "room-4", condition: AppendCondition(noneMatching: query, after: 0)),
                batch(1, to: "room-4", condition: AppendCondition(noneMatching: query, after: 1_001)),
            ])
            #expect(throws: EventLogError.conditionFailed(position: 1_001)) { try outcomes[3].get() }
            #expect(try outcomes[4].get().lastPosition == 2_102)
            let found = try await log.read(EventSelection(EventFilter(tags: [try Tag("seat:1")])))
            #expect(found.map(\.position) == [1_001])
        }
    }

    @Test("Two appends that each would be the first of a stream make one stream of it") func sharesNewStream() async throws {
        try await withLog { log in
            let outcomes = try await log.appendTogether([
                batch(2, to: "room-1", expecting: .none), batch(2, to: "room-1", expecting: .none),
                batch(2, to: "room-1", expecting: .exists),
            ])
            #expect(throws: EventLogError.self) { try outcomes[1].get() }
            #expect(try outcomes[2].get().streams.map(\.version) == [4])
            #expect(try await log.streamCount() == 1)
        }
    }
}
