import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("Rows of the past") struct PastRowTests {
    /// Of all rows that a list selects, in the order of their keys.
    private func expected(_ state: [String: WarehouseBoard.Row], _ entry: IndexEntry?) -> [String] {
        state.filter { _, row in
            switch entry?.index {
            case "place": row.place == entry?.value
            case "size": entry?.value == "any" || entry?.value == (row.count > 5 ? "large" : "small")
            default: true
            }
        }.keys.sorted()
    }

    @Test("Lists and rows as of any position are those of a plain fold up to it", arguments: StoreKind.allCases, [1, 2, 3, 4] as [UInt64])
    func equalsPlainFold(kind: StoreKind, seed: UInt64) async throws {
        var generator = SeededGenerator(seed)
        let warehouse = Warehouse()
        let runner = ProjectionRunner([WarehouseBoard()], log: warehouse.log, store: try kind.make())
        // Stored in stretches of any length, so that some spans begin and end within one.
        for _ in 0..<600 {
            try await warehouse.appendAny(using: &generator)
            if Int.random(in: 0..<25, using: &generator) == 0 { try await runner.catchUp() }
        }
        try await runner.catchUp()
        let states = try await warehouse.states()
        let model = ReadModel(WarehouseBoard(), of: runner)
        let entries =
            [nil, IndexEntry(index: "size", value: "any"), IndexEntry(index: "size", value: "large")]
            + (0..<4).map { IndexEntry(index: "place", value: String($0)) }
        for position in Array(stride(from: 0, through: 600, by: 7)) + [599, 600] {
            let state = states[position]
            for entry in entries {
                let found = try await model.rows(RowSelection(entry: entry, limit: .max), at: Position(position))
                let keys = expected(state, entry)
                #expect(found.map(\.key) == keys, "seed \(seed), \(String(describing: entry)) at \(position)")
                #expect(found.allSatisfy { state[$0.key] == $0.row }, "seed \(seed), \(String(describing: entry)) at \(position)")
                // Page by page it is the same list.
                var paged: [String] = []
                var selection = RowSelection(entry: entry, limit: 3)
                while case let page = try await model.rows(selection, at: Position(position)), !page.isEmpty {
                    paged += page.map(\.key)
                    selection.after = page.last?.key
                }
                #expect(paged == keys, "seed \(seed), pages of \(String(describing: entry)) at \(position)")
            }
            for key in states[600].keys { #expect(try await model.row(key, at: Position(position)) == state[key], "seed \(seed)") }
        }
    }

    @Test("Far along the log the spans are found as well", arguments: StoreKind.allCases) func farAlong(kind: StoreKind) async throws {
        // Positions of a log of 50 million, in which something happens seldom: spans of every length.
        var generator = SeededGenerator(17)
        let store = try kind.make()
        let code = ProjectionCode(version: 1, fingerprint: "spans")
        let generation = try await store.makeGeneration(of: "spans", code: code, order: nil)
        var position: Position = 0
        var spans: [(key: String, since: Position, until: Position?)] = []
        var checkpoint = Checkpoint.start
        for number in 0..<400 {
            position += Position.random(in: 1...(1 << Int64.random(in: 0...17, using: &generator)), using: &generator)
            let key = "key \(number)"
            let opened = [EntrySpan(entry: .existence, since: position, until: nil)]
            let update = RowUpdate(
                key: key, touches: [position], body: Array("{}".utf8), snapshots: [], opened: opened, closed: [], passed: [])
            spans.append((key, position, nil))
            var updates = [update]
            let open = spans.indices.dropLast().filter { spans[$0].until == nil }
            if number % 3 > 0, let ending = open.randomElement(using: &generator) {
                spans[ending].until = position
                updates.append(
                    RowUpdate(
                        key: spans[ending].key, touches: [position], body: nil, snapshots: [], opened: [],
                        closed: [ClosedEntry(entry: .existence, until: position)], passed: []))
            }
            checkpoint = try await store.commit(RowBatch(checkpoint: position, updates: updates), to: generation, from: checkpoint)
        }
        #expect(position > 1_000_000)
        let moments =
            spans.flatMap { [$0.since - 1, $0.since, $0.since + 1] }
            + (0..<300).map { _ in
                Position.random(in: 1...position, using: &generator)
            }
        for moment in moments where (1...position).contains(moment) {
            let expected = spans.filter { $0.since <= moment && moment < $0.until ?? .max }.map(\.key).sorted()
            #expect(try await store.rows(of: generation, .all(), at: moment).rows.map(\.key) == expected, "at \(moment)")
        }
    }

    @Test("The digest of the past is that of a read model that ends there", arguments: StoreKind.allCases) func pastDigest(kind: StoreKind)
        async throws
    {
        var generator = SeededGenerator(11)
        let warehouse = Warehouse()
        let runner = ProjectionRunner([WarehouseBoard()], log: warehouse.log, store: try kind.make())
        var digests: [Position: String] = [:]
        for position in 1...200 {
            try await warehouse.appendAny(using: &generator)
            if position % 20 == 0 { digests[Position(position)] = try await runner.digest(of: "warehouse").digest }
        }
        for (position, digest) in digests { #expect(try await runner.digest(of: "warehouse", at: position).digest == digest) }
        #expect(Set(digests.values).count > 5)
    }

    @Test("A history has the state after each event, and goes back only as far as it is asked", arguments: StoreKind.allCases)
    func history(kind: StoreKind) async throws {
        var generator = SeededGenerator(5)
        let warehouse = Warehouse()
        let runner = ProjectionRunner([WarehouseBoard()], log: warehouse.log, store: try kind.make())
        for _ in 0..<300 { try await warehouse.appendAny(using: &generator) }
        let states = try await warehouse.states()
        let all = try await runner.history(of: "thing:0", in: "warehouse", until: 250)
        #expect(all.isComplete && all.before == nil && all.states.count > 100)
        for state in all.states {
            let row = try state.body.map { try JSON.decode(WarehouseBoard.Row.self, from: $0) }
            #expect(row == states[Int(state.from)]["thing:0"])
        }
        let last = try await runner.history(of: "thing:0", in: "warehouse", until: 250, limit: 10)
        #expect(last.states == Array(all.states.suffix(10)))
        #expect(!last.isComplete && last.before == all.states.dropLast(10).last)
        #expect(try await runner.history(of: "nothing", in: "warehouse", until: 250).states.isEmpty)
    }

    @Test("As occurred, late facts stand where they belong", arguments: StoreKind.allCases) func occurred(kind: StoreKind) async throws {
        let warehouse = Warehouse()
        let runner = ProjectionRunner([WarehouseBoard()], log: warehouse.log, store: try kind.make())
        func day(_ day: Int) -> Timestamp { warehouse.clock.now().advanced(by: .days(day)) }
        try await warehouse.append(.counted(Counted(count: 1)), to: "a", occurredAt: day(1))
        try await warehouse.append(.counted(Counted(count: 5)), to: "a", occurredAt: day(5))
        try await warehouse.append(.counted(Counted(count: 3)), to: "a", occurredAt: day(3))
        func count(at position: Position, occurredBy instant: Timestamp) async throws -> Int? {
            let row = try await runner.row("thing:a", of: "warehouse", at: position, occurredBy: instant)
            return try row?.body.map { try JSON.decode(WarehouseBoard.Row.self, from: $0).count }
        }
        // What was believed of day 4 before the late fact, and after it.
        #expect(try await count(at: 2, occurredBy: day(4)) == 1)
        #expect(try await count(at: 3, occurredBy: day(4)) == 3)
        #expect(try await count(at: 3, occurredBy: day(6)) == 5)
        #expect(try await count(at: 3, occurredBy: day(0)) == nil)
        #expect(try await runner.row("thing:a", of: "warehouse", at: 3)?.from == 3)
    }

    @Test("Keys that differ in their bytes alone are different rows", arguments: StoreKind.allCases) func bytes(kind: StoreKind)
        async throws
    {
        let warehouse = Warehouse()
        let runner = ProjectionRunner([WarehouseBoard()], log: warehouse.log, store: try kind.make())
        // The same letter, as one scalar and as two.
        try await warehouse.append(.counted(Counted(count: 1)), to: "\u{e9}")
        try await warehouse.append(.counted(Counted(count: 2)), to: "e\u{301}")
        try await runner.catchUp()
        let model = ReadModel(WarehouseBoard(), of: runner)
        #expect(try await model.rows().map(\.row.count) == [2, 1])
        #expect(try await model.row("thing:\u{e9}")?.count == 1)
    }

    @Test("Readers of the past see whole moments while rows are stored", .timeLimit(.minutes(2))) func concurrent() async throws {
        var generator = SeededGenerator(7)
        let warehouse = Warehouse()
        for _ in 0..<200 { try await warehouse.appendAny(using: &generator) }
        let runner = ProjectionRunner([WarehouseBoard()], log: warehouse.log, store: try StoreKind.sqlite.make())
        try await runner.catchUp()
        let before = try await warehouse.states()[200]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<60 {
                        let rows = try await ReadModel(WarehouseBoard(), of: runner).rows(at: 200)
                        #expect(Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.row) }) == before)
                    }
                }
            }
            for _ in 0..<300 {
                try await warehouse.appendAny(using: &generator)
                try await runner.catchUp()
            }
            try await group.waitForAll()
        }
    }
}
