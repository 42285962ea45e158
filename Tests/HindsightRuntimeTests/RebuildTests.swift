import HindsightCore
import HindsightRuntime
import HindsightTesting
import ReadModelsSQLite
import Synchronization
import Testing

@Suite("Rebuilding") struct RebuildTests {
    let warehouse = Warehouse()

    private func fill(_ count: Int, seed: UInt64 = 1) async throws {
        var generator = SeededGenerator(seed)
        for _ in 0..<count { try await warehouse.appendAny(using: &generator) }
    }

    private func runner(_ store: any ReadModelStore, stretch: Int = 20_000) -> ProjectionRunner {
        ProjectionRunner([WarehouseBoard()], log: warehouse.log, store: store, stretch: stretch)
    }

    @Test("A rebuild of no, one and many events serves the same rows", arguments: StoreKind.allCases, [0, 1, 500]) func rebuilds(
        kind: StoreKind, count: Int
    ) async throws {
        let runner = runner(try kind.make())
        try await fill(count)
        let before = try await runner.digest(of: "warehouse")
        let report = try await runner.rebuild("warehouse")
        #expect(report.isEqual == true && report.digest == before.digest && report.position == Position(count))
        #expect(try await runner.digest(of: "warehouse") == before)
        #expect(try await runner.progress(of: "warehouse")?.status == .finished)
    }

    @Test("Only one rebuild of a projection runs at a time, whoever began it", arguments: StoreKind.allCases) func onlyOne(kind: StoreKind)
        async throws
    {
        let store = try kind.make()
        let (one, other) = (runner(store), runner(store))
        try await fill(10)
        let order = RebuildOrder(.rebuild, actor: "tests", at: warehouse.clock.now())
        let build = try await one.prepare("warehouse", order)
        await #expect(throws: AlreadyBuilding.self) { try await one.prepare("warehouse", order) }
        await #expect(throws: AlreadyBuilding.self) { try await other.prepare("warehouse", order) }
        #expect(try await other.progress(of: "warehouse")?.status == .running)
        _ = try await one.rebuild(build)
        await #expect(throws: ReadModelError.unknownProjection("nothing")) { try await one.rebuild("nothing") }
    }

    @Test("What an interrupted rebuild had folded is not folded again", arguments: StoreKind.allCases) func resumes(kind: StoreKind)
        async throws
    {
        let store = try kind.make()
        try await fill(300)
        let order = RebuildOrder(.rebuild, actor: "someone", at: warehouse.clock.now())
        let first = runner(store, stretch: 20)
        try await first.catchUp()
        let build = try await first.prepare("warehouse", order)
        let begun = Task {
            try await first.rebuild(build) { progress in
                // The process is told to end in the middle.
                if progress.position > 100 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await begun.value }
        #expect(try await first.progress(of: "warehouse")?.status == .interrupted)
        let second = runner(store, stretch: 20)
        let unfinished = try #require(try await second.unfinishedRebuilds().first)
        #expect(unfinished.name == "warehouse" && unfinished.order == order)
        let left = try #require(try await second.progress(of: "warehouse"))
        #expect(left.status == .interrupted && (100...280).contains(left.position))
        let positions = Positions()
        let again = try await second.prepare(unfinished.name, unfinished.order)
        #expect(try await second.rebuild(again) { positions.note($0.position) }.generation == left.generation)
        #expect(positions.all.allSatisfy { $0 > left.position })
        #expect(try await second.verify("warehouse").isEqual)
    }

    @Test("A verification that its process left is cleared away, and shows as what it is", arguments: StoreKind.allCases)
    func leftVerification(kind: StoreKind) async throws {
        let store = try kind.make()
        try await fill(10)
        let first = runner(store)
        try await first.catchUp()
        do { _ = try await first.prepare("warehouse", RebuildOrder(.verify, actor: "tests", at: warehouse.clock.now())) }
        let second = runner(store)
        #expect(try await second.progress(of: "warehouse")?.status == .interrupted)
        #expect(try await second.unfinishedRebuilds().isEmpty)
        #expect(try await store.generations(of: "warehouse").map(\.status) == [.serving])
    }

    @Test("To serve twice makes no room", arguments: StoreKind.allCases) func servesTwice(kind: StoreKind) async throws {
        let store = try kind.make()
        let runner = runner(store)
        try await fill(5)
        _ = try await runner.rebuild("warehouse")
        try await runner.catchUp()
        _ = try await runner.rebuild("warehouse")
        let serving = try #require(try await store.serving(of: "warehouse"))
        try await store.serve(serving)
        #expect(try await store.generations(of: "warehouse").map(\.status) == [.retired, .serving])
    }

    @Test("A cancelled rebuild ends, and the old rows go on serving", arguments: StoreKind.allCases) func cancels(kind: StoreKind)
        async throws
    {
        let store = try kind.make()
        let (one, other) = (runner(store), runner(store))
        try await fill(50)
        let before = try await one.digest(of: "warehouse")
        await #expect(throws: NotBuilding.self) { try await one.cancelBuilding("warehouse") }
        let build = try await one.prepare("warehouse", RebuildOrder(.rebuild, actor: "tests", at: warehouse.clock.now()))
        try await other.cancelBuilding("warehouse")
        await #expect(throws: BuildingCancelled.self) { try await one.rebuild(build) }
        #expect(try await one.progress(of: "warehouse")?.status == .cancelled)
        #expect(try await one.digest(of: "warehouse") == before)
        #expect(try await one.rebuild("warehouse").isEqual == true)
    }

    @Test("After a rebuild the rows before it can serve again at once, and back", arguments: StoreKind.allCases) func rollsBack(
        kind: StoreKind
    ) async throws {
        let runner = runner(try kind.make())
        try await fill(50)
        try await runner.catchUp()
        await #expect(throws: NothingToRollBackTo.self) { try await runner.rollBack("warehouse") }
        _ = try await runner.rebuild("warehouse")
        try await fill(30, seed: 2)
        let live = try await runner.digest(of: "warehouse")
        let first = try await runner.status().map(\.generation)
        let served = try await runner.rollBack("warehouse")
        #expect(served.position == 50)
        #expect(try await runner.status().map(\.generation) != first)
        // What it had missed has been read.
        #expect(try await runner.digest(of: "warehouse") == live)
        _ = try await runner.rollBack("warehouse")
        #expect(try await runner.status().map(\.generation) == first)
        #expect(try await runner.digest(of: "warehouse") == live)
    }

    @Test(
        "Whoever asks while other rows begin to serve is answered from rows that have come as far as the question",
        arguments: StoreKind.allCases)
    func askedMeanwhile(kind: StoreKind) async throws {
        let runner = runner(try kind.make())
        try await fill(20)
        try await runner.catchUp()
        _ = try await runner.rebuild("warehouse")
        for round in 0..<40 {
            // More than a rollback finds folded: what served before has missed it.
            try await fill(5, seed: UInt64(round))
            let head = try await warehouse.log.head().position
            let live = try await runner.digest(of: "warehouse", at: head)
            try await withThrowingTaskGroup(of: ProjectionDigest?.self) { group in
                group.addTask {
                    _ = try await runner.rollBack("warehouse")
                    return nil
                }
                for _ in 0..<30 { group.addTask { try await runner.digest(of: "warehouse", at: head) } }
                for try await digest in group where digest != nil { #expect(digest == live, "round \(round)") }
            }
        }
    }

    @Test("An older program finds its rows as it left them", arguments: StoreKind.allCases) func olderProgram(kind: StoreKind) async throws
    {
        let store = try kind.make()
        try await fill(40)
        let old = runner(store)
        try await old.catchUp()
        let kept = try await old.status().map(\.generation)
        let new = ProjectionRunner([WarehouseBoard(version: 2)], log: warehouse.log, store: store)
        try await new.catchUp()
        #expect(try await new.status().map(\.generation) != kept)
        let refusal = await #expect(throws: NothingToRollBackTo.self) { try await new.rollBack("warehouse") }
        #expect(refusal?.version == 1)
        let again = runner(store)
        try await again.catchUp()
        #expect(try await again.status().map(\.generation) == kept)
    }

    @Test("Rows of other code are discarded, even if its author forgot to count", arguments: StoreKind.allCases) func foreignRows(
        kind: StoreKind
    ) async throws {
        let store = try kind.make()
        try await fill(100)
        // The same name and version: with fewer indexes, and with rows of another shape.
        let bare = ProjectionRunner([BareBoard()], log: warehouse.log, store: store)
        try await bare.catchUp()
        let code = try #require(try await store.serving(of: "warehouse")).code
        let own = runner(store)
        try await own.catchUp()
        let serving = try #require(try await store.serving(of: "warehouse"))
        #expect(serving.code.version == code.version && serving.code != code)
        let shape = [
            RowUpdate(key: "thing:0", touches: [101], body: Array(#"{"pieces":1}"#.utf8), snapshots: [], opened: [], closed: [], passed: [])
        ]
        try await warehouse.append(.counted(Counted(count: 1)), to: "0")
        try await store.commit(RowBatch(checkpoint: 101, updates: shape), to: serving, from: store.checkpoint(of: serving))
        try await warehouse.append(.counted(Counted(count: 2)), to: "0")
        let after = runner(store)
        try await after.catchUp()
        #expect(try await after.status().map(\.status) == [.current])
        #expect(try await after.status().map(\.generation) != [serving.number])
        #expect(try await after.verify("warehouse").isEqual)
    }

    @Test("A verification names the rows that differ, and leaves the served ones alone", arguments: StoreKind.allCases) func verifies(
        kind: StoreKind
    ) async throws {
        let store = try kind.make()
        let runner = runner(store)
        try await fill(120)
        try await runner.catchUp()
        let good = try await runner.verify("warehouse")
        #expect(good.isEqual && good.rows > 5 && good.differences.isEmpty)
        // Rows that no event led to, as a fault of memory or a forgotten version would leave them.
        let serving = try #require(try await store.serving(of: "warehouse"))
        let forged = [
            RowUpdate(
                key: "place:0", touches: [121], body: Array(#"{"count":0,"moves":0}"#.utf8), snapshots: [], opened: [], closed: [],
                passed: []),
            RowUpdate(
                key: "thing:x", touches: [121], body: Array(#"{"count":1,"moves":0}"#.utf8), snapshots: [],
                opened: [EntrySpan(entry: .existence, since: 121, until: nil)], closed: [], passed: []),
        ]
        try await fill(1, seed: 3)
        try await store.commit(RowBatch(checkpoint: 121, updates: forged), to: serving, from: store.checkpoint(of: serving))
        let bad = try await runner.verify("warehouse")
        #expect(!bad.isEqual && bad.differing >= 2)
        #expect(Set(bad.differences.map(\.key)).isSuperset(of: ["place:0", "thing:x"]))
        #expect(bad.differences.first { $0.key == "thing:x" }?.rebuilt == nil)
        #expect(try await store.generations(of: "warehouse").map(\.status) == [.serving])
        _ = try await runner.rebuild("warehouse")
        #expect(try await runner.verify("warehouse").isEqual)
    }

    @Test("Live rows follow the log while a rebuild runs") func besideEachOther() async throws {
        let runner = runner(try SQLiteReadModelStore(folder: StoreKind.temporaryFolder()))
        try await fill(400)
        try await runner.catchUp()
        let rebuilt = Task { try await runner.rebuild("warehouse") }
        var generator = SeededGenerator(9)
        for _ in 0..<100 {
            try await warehouse.appendAny(using: &generator)
            try await runner.catchUp()
            let head = try await warehouse.log.head().position
            #expect(try await runner.position(of: "warehouse") >= head)
        }
        #expect(try await rebuilt.value.isEqual == true)
        #expect(try await runner.verify("warehouse").isEqual)
        #expect(try await runner.position(of: "warehouse") == 500)
    }
}

/// The same rows without indexes.
private struct BareBoard: Projection {
    let name = "warehouse"
    let version = 1
    func keys(for event: Recorded<WarehouseEvent>) throws -> [String] { try WarehouseBoard().keys(for: event) }
    func apply(_ event: Recorded<WarehouseEvent>, key: String, to row: inout WarehouseBoard.Row?) throws {
        try WarehouseBoard().apply(event, key: key, to: &row)
    }
}

/// How far a rebuild said that it was.
private final class Positions: Sendable {
    private let noted = Mutex<[Position]>([])

    func note(_ position: Position) { noted.withLock { $0.append(position) } }

    var all: [Position] { noted.withLock { $0 } }
}
