import FoundationEssentials
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("Parked events") struct ParkingTests {
    @Test("A failing handler is tried again before anything is parked", arguments: StoreKind.allCases) func heals(kind: StoreKind)
        async throws
    {
        let warehouse = Warehouse()
        try await warehouse.append(.counted(Counted(count: 7)), to: "a")
        let board = WarehouseBoard(trouble: WarehouseBoard.Trouble(["thing-a": 3]))
        let runner = ProjectionRunner([board], log: warehouse.log, store: try kind.make(), patience: .immediate)
        try await runner.catchUp()
        #expect(try await runner.status().map(\.status) == [.current])
        #expect(try await ReadModel(board, of: runner).row("thing:a")?.count == 7)
    }

    @Test("Each event has its own tries", arguments: StoreKind.allCases) func ownTries(kind: StoreKind) async throws {
        let warehouse = Warehouse()
        for thing in ["a", "b", "c"] { try await warehouse.append(.counted(Counted(count: 7)), to: thing) }
        let board = WarehouseBoard(trouble: WarehouseBoard.Trouble(["thing-a": 3, "thing-b": 3, "thing-c": 3]))
        let runner = ProjectionRunner([board], log: warehouse.log, store: try kind.make(), patience: .immediate)
        try await runner.catchUp()
        #expect(try await runner.status().map(\.status) == [.current])
    }

    @Test("The events of a failing stream wait in order, all others go on, and it shows", arguments: StoreKind.allCases)
    func parks(kind: StoreKind) async throws {
        let warehouse = Warehouse()
        let store = try kind.make()
        let board = WarehouseBoard(trouble: WarehouseBoard.Trouble(["thing-a": .max]))
        let runner = ProjectionRunner([board], log: warehouse.log, store: store, patience: .immediate)
        try await warehouse.append(.counted(Counted(count: 1)), to: "b")
        try await warehouse.append(.counted(Counted(count: 2)), to: "a")
        try await runner.catchUp()
        try await warehouse.append(.counted(Counted(count: 3)), to: "b")
        try await warehouse.append(.counted(Counted(count: 4)), to: "a")
        // Another program finds them parked.
        let other = ProjectionRunner([board], log: warehouse.log, store: store, patience: .immediate)
        try await other.catchUp()
        let status = try #require(try await other.status().first)
        #expect(status.status == .parked && status.position == 4 && status.lag == 0)
        let parked = try #require(status.parked.first)
        #expect(parked.position == 2 && parked.type == Counted.type && parked.error == "not now" && parked.attempts == 4)
        #expect(parked.events == 2)
        #expect(try await runner.status().first?.parked.first?.events == 2)
        #expect(status.error?.contains("position 2") == true)
        #expect(try await ReadModel(board, of: other).rows().map(\.row.count) == [3])
    }

    @Test(
        "Resumed after a fix, the rows are those of a projection that never failed", arguments: StoreKind.allCases, [1, 2, 3] as [UInt64])
    func resumes(kind: StoreKind, seed: UInt64) async throws {
        var generator = SeededGenerator(seed)
        let warehouse = Warehouse()
        let trouble = WarehouseBoard.Trouble(["thing-0": .max, "thing-3": .max])
        let board = WarehouseBoard(trouble: trouble)
        let runner = ProjectionRunner([board], log: warehouse.log, store: try kind.make(), patience: .immediate)
        for _ in 0..<400 {
            try await warehouse.appendAny(using: &generator)
            if Int.random(in: 0..<20, using: &generator) == 0 { try await runner.catchUp() }
        }
        try await runner.catchUp()
        let failed = try await runner.parked(of: "warehouse")
        #expect(failed.count == 2)
        // Nothing is mended yet: they wait on, and one more try is counted.
        #expect(try await runner.resume("warehouse").count == 2)
        #expect(try await runner.parked(of: "warehouse").map(\.attempts) == failed.map { $0.attempts + 1 })

        trouble.mend()
        let before = try await runner.position(of: "warehouse")
        #expect(try await runner.resume("warehouse").isEmpty)
        #expect(try await runner.position(of: "warehouse") == before)
        #expect(try await runner.status().map(\.status) == [.current])
        let fresh = ProjectionRunner([WarehouseBoard()], log: warehouse.log, store: try kind.make())
        for position in [Position(100), 233, 400] {
            let expected = try await fresh.digest(of: "warehouse", at: position)
            #expect(try await runner.digest(of: "warehouse", at: position) == expected, "seed \(seed), at \(position)")
        }
        #expect(try await runner.verify("warehouse").isEqual)
        // And it goes on from there.
        for _ in 0..<50 { try await warehouse.appendAny(using: &generator) }
        #expect(try await runner.digest(of: "warehouse") == fresh.digest(of: "warehouse"))
        let place = try await runner.rows(of: "warehouse", .with("place", "1"), at: 450)
        #expect(try await fresh.rows(of: "warehouse", .with("place", "1"), at: 450) == place)
    }

    @Test("Resumed by one process, another that follows the same rows goes on with what they are now", arguments: StoreKind.allCases)
    func resumesBesideAnother(kind: StoreKind) async throws {
        let warehouse = Warehouse()
        let store = try kind.make()
        let trouble = WarehouseBoard.Trouble(["thing-a": .max])
        let server = ProjectionRunner([WarehouseBoard(trouble: trouble)], log: warehouse.log, store: store, patience: .immediate)
        try await warehouse.append(.moved(Moved(from: "1", to: "2")), to: "b")
        try await warehouse.append(.counted(Counted(count: 4)), to: "a")
        try await warehouse.append(.moved(Moved(from: "1", to: "2")), to: "a")
        try await server.catchUp()
        // The server has the rows of both places at hand, and knows that a stream is parked.
        let desk = ProjectionRunner([WarehouseBoard()], log: warehouse.log, store: store)
        #expect(try await desk.resume("warehouse").isEmpty)
        trouble.mend()
        try await warehouse.append(.moved(Moved(from: "2", to: "1")), to: "b")
        try await warehouse.append(.counted(Counted(count: 9)), to: "a")
        try await server.catchUp()
        #expect(try await server.status().map(\.status) == [.current])
        #expect(try await server.parked(of: "warehouse").isEmpty)
        #expect(try await server.verify("warehouse").isEqual)
        #expect(try await ReadModel(WarehouseBoard(), of: server).row("place:1")?.moves == 3)
    }

    @Test("What fails next is named with its own place and type", arguments: StoreKind.allCases) func failsNext(kind: StoreKind)
        async throws
    {
        let warehouse = Warehouse()
        let trouble = WarehouseBoard.Trouble(["thing-a": .max])
        let runner = ProjectionRunner(
            [WarehouseBoard(trouble: trouble)], log: warehouse.log, store: try kind.make(), patience: .immediate)
        try await warehouse.append(.counted(Counted(count: 4)), to: "a")
        let bad = NewEvent(id: EventID(UUID()), type: Moved.type, data: try JSONText(object: #"{"from":1}"#))
        try await warehouse.log.append([bad], to: StreamName("thing-a"))
        try await runner.catchUp()
        trouble.mend()
        let left = try await runner.resume("warehouse")
        #expect(left.map(\.position) == [2] && left.map(\.type) == [Moved.type])
        #expect(try await runner.status().first?.error?.contains("/data/from") == true)
    }

    @Test("An event that cannot be read is parked at once, and names its place", arguments: StoreKind.allCases) func unreadable(
        kind: StoreKind
    ) async throws {
        let warehouse = Warehouse()
        try await warehouse.append(.counted(Counted(count: 1)), to: "a")
        let bad = NewEvent(id: EventID(UUID()), type: Counted.type, data: try JSONText(object: #"{"count":"many"}"#))
        try await warehouse.log.append([bad], to: StreamName("thing-x"))
        try await warehouse.append(.counted(Counted(count: 2)), to: "x")
        try await warehouse.append(.counted(Counted(count: 3)), to: "b")
        let runner = ProjectionRunner([WarehouseBoard()], log: warehouse.log, store: try kind.make())
        try await runner.catchUp()
        let status = try #require(try await runner.status().first)
        #expect(status.status == .parked && status.position == 4)
        #expect(status.error?.contains("/data/count") == true && status.parked.first?.attempts == 1)
        #expect(try await runner.parked(of: "warehouse").first?.events == 2)
        #expect(try await ReadModel(WarehouseBoard(), of: runner).rows().map(\.key) == ["thing:a", "thing:b"])
    }

    @Test("Rows that cannot be stored stop one projection visibly, and no other") func failingStore() async throws {
        let warehouse = Warehouse()
        let store = FailingStore(MemoryReadModelStore(), failing: "warehouse")
        let runner = ProjectionRunner([WarehouseBoard(), OtherBoard()], log: warehouse.log, store: store)
        try await warehouse.append(.counted(Counted(count: 1)), to: "a")
        try await runner.catchUp()
        let status = try await runner.status()
        #expect(status.map(\.status) == [.current, .failed])
        #expect(status.last?.error?.contains("the disk is full") == true)
        await #expect(throws: ReadModelError.self) { try await runner.rows(of: "warehouse", at: 1) }
        #expect(try await runner.rows(of: "other", at: 1).count == 1)
    }
}

/// Another projection over the same events.
private struct OtherBoard: Projection {
    let name = "other"
    let version = 1
    func keys(for event: Recorded<WarehouseEvent>) -> [String] { [event.stream.description] }
    func apply(_ event: Recorded<WarehouseEvent>, key: String, to row: inout Int?) { row = (row ?? 0) + 1 }
}

/// A store whose disk is full for one projection.
private struct FailingStore: ReadModelStore {
    private let store: any ReadModelStore
    private let failing: String

    init(_ store: any ReadModelStore, failing: String) {
        self.store = store
        self.failing = failing
    }

    func commit(
        _ batch: RowBatch, to generation: Generation, from previous: Checkpoint
    ) async throws(ReadModelError) -> Checkpoint {
        guard generation.projection != failing else { throw .unavailable(reason: "the disk is full") }
        return try await store.commit(batch, to: generation, from: previous)
    }

    func generations(of projection: String) async throws(ReadModelError) -> [StoredGeneration] {
        try await store.generations(of: projection)
    }
    func serving(of projection: String) async throws(ReadModelError) -> Generation? { try await store.serving(of: projection) }
    func claimBuilding(of projection: String) async throws(ReadModelError) -> BuildingClaim? {
        try await store.claimBuilding(of: projection)
    }
    func makeGeneration(
        of projection: String, code: ProjectionCode, order: RebuildOrder?
    ) async throws(ReadModelError) -> Generation { try await store.makeGeneration(of: projection, code: code, order: order) }
    func serve(_ generation: Generation) async throws(ReadModelError) { try await store.serve(generation) }
    func drop(_ generation: Generation) async throws(ReadModelError) { try await store.drop(generation) }
    func checkpoint(of generation: Generation) async throws(ReadModelError) -> Checkpoint {
        try await store.checkpoint(of: generation)
    }
    func current(_ keys: [String], of generation: Generation) async throws(ReadModelError) -> [CurrentRow?] {
        try await store.current(keys, of: generation)
    }
    func rows(of generation: Generation, _ selection: RowSelection, at position: Position?) async throws(ReadModelError) -> RowPage {
        try await store.rows(of: generation, selection, at: position)
    }
    func row(_ key: String, of generation: Generation, at position: Position?) async throws(ReadModelError) -> RowTrail? {
        try await store.row(key, of: generation, at: position)
    }
    func count(of generation: Generation, with entry: IndexEntry) async throws(ReadModelError) -> Int {
        try await store.count(of: generation, with: entry)
    }
    func touches(of key: String, in generation: Generation, until position: Position) async throws(ReadModelError) -> [Position] {
        try await store.touches(of: key, in: generation, until: position)
    }
    func failures(of generation: Generation) async throws(ReadModelError) -> [StreamFailure] { try await store.failures(of: generation) }
    func parkedEvents(of stream: StreamName, in generation: Generation) async throws(ReadModelError) -> [Position] {
        try await store.parkedEvents(of: stream, in: generation)
    }
}
