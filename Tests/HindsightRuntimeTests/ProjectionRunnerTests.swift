import EventLogMemory
import FoundationEssentials
import HindsightCore
import HindsightRuntime
import Testing

private let start = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)

private struct ParcelBoard: Projection {
    struct Row: Codable, Sendable, Equatable {
        var steps: Int
        var isDelivered: Bool
    }

    let name = "parcels"
    var version = 1
    var indexes: [RowIndex<Row>] { [RowIndex("delivered") { ["\($0.isDelivered)"] }] }

    func keys(for event: Recorded<ParcelEvent>) -> [String] { event.stream.id.map { [String($0)] } ?? [] }

    func apply(_ event: Recorded<ParcelEvent>, key: String, to row: inout Row?) {
        switch event.event {
        case .announced(let announced): row = Row(steps: announced.steps, isDelivered: false)
        case .delivered: row?.isDelivered = true
        }
    }
}

@Suite("Projection runner") struct ProjectionRunnerTests {
    let clock = ManualClock(at: start)
    let log: MemoryEventLog
    let handler: CommandHandler

    init() {
        log = MemoryEventLog(clock: clock)
        handler = CommandHandler(log: log, clock: clock, identities: SeededIdentities(seed: "tests"))
    }

    private func announce(_ parcel: String, steps: Int = 1) async throws {
        try await handler.handle(Parcel.self, .announce(steps: steps), on: StreamName("parcel-\(parcel)"))
    }

    private func deliver(_ parcel: String) async throws {
        try await handler.handle(Parcel.self, .deliver(at: clock.now()), on: StreamName("parcel-\(parcel)"))
    }

    @Test("Rows follow the log, and an index finds them", arguments: StoreKind.allCases) func rows(kind: StoreKind) async throws {
        let store = try kind.make()
        for parcel in ["a", "b", "c"] { try await announce(parcel) }
        try await deliver("b")
        let runner = ProjectionRunner([ParcelBoard()], log: log, store: store)
        try await runner.catchUp()
        let board = ReadModel(ParcelBoard(), of: runner)
        #expect(try await board.row("b") == ParcelBoard.Row(steps: 1, isDelivered: true))
        #expect(try await board.rows(.with("delivered", "false")).map(\.key) == ["a", "c"])
        #expect(try await board.rows(RowSelection(after: "a", limit: 1)).map(\.key) == ["b"])
        #expect(try await board.row("nobody") == nil)
        #expect(try await runner.reader.count(of: "parcels", with: IndexEntry(index: "delivered", value: "false")) == 2)
        #expect(try runner.reader.indexes(of: "parcels") == ["delivered"])
        #expect(try await runner.row("b", of: "parcels", at: 3)?.from == 2)
    }

    @Test("What nobody wants is passed over, however much of it there is", arguments: StoreKind.allCases) func passesOver(
        kind: StoreKind
    ) async throws {
        let store = try kind.make()
        try await announce("a")
        for page in 0..<13 {
            let noise = try (0..<1_000).map {
                NewEvent(
                    id: .version5(namespace: UUID(), name: "\(page) \($0)"), type: "noise", data: try JSONText(object: "{}"))
            }
            try await log.append(noise, to: StreamName("noise-1"))
        }
        try await announce("b")
        let runner = ProjectionRunner([ParcelBoard()], log: log, store: store)
        try await runner.catchUp()
        #expect(try await runner.status().map(\.position) == [13_002])
        #expect(try await ReadModel(ParcelBoard(), of: runner).rows().map(\.key) == ["a", "b"])
    }

    @Test("A row, a list and an index can be read as of any position", arguments: StoreKind.allCases) func asOf(kind: StoreKind)
        async throws
    {
        let store = try kind.make()
        try await announce("a")
        try await announce("b")
        try await deliver("a")
        let runner = ProjectionRunner([ParcelBoard()], log: log, store: store)
        try await runner.catchUp()
        let board = ReadModel(ParcelBoard(), of: runner)
        #expect(try await board.row("a", at: 0) == nil)
        #expect(try await board.row("a", at: 2)?.isDelivered == false)
        #expect(try await board.row("a", at: 3)?.isDelivered == true)
        #expect(try await board.rows(at: 1).map(\.key) == ["a"])
        #expect(try await board.rows(.with("delivered", "true"), at: 2).isEmpty)
        #expect(try await board.rows(.with("delivered", "true"), at: 3).map(\.key) == ["a"])
    }

    @Test("A rebuilt read model has the same digest", arguments: StoreKind.allCases) func rebuild(kind: StoreKind) async throws {
        let store = try kind.make()
        let runner = ProjectionRunner([ParcelBoard()], log: log, store: store)
        for parcel in 0..<50 {
            try await announce("\(parcel)", steps: parcel)
            if parcel % 3 == 0 { try await deliver("\(parcel)") }
            try await runner.catchUp()
        }
        let live = try await runner.digest(of: "parcels")
        #expect(try await runner.rebuild("parcels").isEqual == true)
        #expect(try await runner.digest(of: "parcels") == live)
        let fresh = ProjectionRunner([ParcelBoard()], log: log, store: try kind.make())
        #expect(try await fresh.digest(of: "parcels").digest == live.digest)
    }

    @Test("Rows of another version of the code are rebuilt", arguments: StoreKind.allCases) func versions(kind: StoreKind) async throws {
        let store = try kind.make()
        try await announce("a")
        try await ProjectionRunner([ParcelBoard()], log: log, store: store).catchUp()
        let newer = ProjectionRunner([ParcelBoard(version: 2)], log: log, store: store)
        try await newer.catchUp()
        #expect(try await store.serving(of: "parcels")?.code.version == 2)
        #expect(try await ReadModel(ParcelBoard(version: 2), of: newer).rows().count == 1)
    }

    @Test("Two runners over one store never fold an event twice", arguments: StoreKind.allCases) func overtaken(kind: StoreKind)
        async throws
    {
        let store = try kind.make()
        let first = ProjectionRunner([ParcelBoard()], log: log, store: store)
        let second = ProjectionRunner([ParcelBoard()], log: log, store: store)
        for parcel in 0..<20 {
            try await announce("\(parcel)")
            try await (parcel % 2 == 0 ? first : second).catchUp()
        }
        try await first.catchUp()
        #expect(try await ReadModel(ParcelBoard(), of: first).rows().count == 20)
        #expect(try await store.checkpoint(of: try #require(await store.serving(of: "parcels"))).position == 20)
    }
}
