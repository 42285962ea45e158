import EventLogMemory
import FoundationEssentials
import HindsightCore
import HindsightRuntime
import HindsightTesting
import ReadModelsSQLite
import Synchronization

// A domain for the tests of read models: things are counted, moved between places, and go.

struct Counted: EventPayload {
    static let type: EventType = "warehouse.counted"
    var count: Int
}

struct Moved: EventPayload {
    static let type: EventType = "warehouse.moved"
    var from: String
    var to: String
}

struct Gone: EventPayload {
    static let type: EventType = "warehouse.gone"
    var from: String
}

enum WarehouseEvent: DomainEvent {
    case counted(Counted)
    case moved(Moved)
    case gone(Gone)

    static let codec = EventCodec<WarehouseEvent>([
        .kind(WarehouseEvent.counted), .kind(WarehouseEvent.moved), .kind(WarehouseEvent.gone),
    ])

    var payload: any EventPayload {
        switch self {
        case .counted(let payload): payload
        case .moved(let payload): payload
        case .gone(let payload): payload
        }
    }
}

/// Each thing, and each place with how often something came or went: rows of few events and rows of many, rows that go and come back.
struct WarehouseBoard: Projection {
    struct Row: Codable, Sendable, Equatable {
        var count = 0
        var place: String?
        var moves = 0
    }

    let name = "warehouse"
    var version = 1
    /// Fails as long as it says so.
    var trouble: Trouble?

    var indexes: [RowIndex<Row>] {
        [RowIndex("place") { $0.place.map { [$0] } ?? [] }, RowIndex("size") { [$0.count > 5 ? "large" : "small", "any"] }]
    }

    func keys(for event: Recorded<WarehouseEvent>) throws -> [String] {
        let thing = event.stream.id.map { "thing:\($0)" } ?? "thing:"
        return switch event.event {
        case .counted: [thing]
        case .moved(let moved): [thing, "place:\(moved.from)", "place:\(moved.to)"]
        case .gone(let gone): [thing, "place:\(gone.from)"]
        }
    }

    func apply(_ event: Recorded<WarehouseEvent>, key: String, to row: inout Row?) throws {
        try trouble?.check(event)
        guard key.hasPrefix("thing:") else {
            var place = row ?? Row()
            place.moves += 1
            row = place
            return
        }
        switch event.event {
        case .counted(let counted): row = Row(count: counted.count, place: row?.place, moves: row?.moves ?? 0)
        case .moved(let moved):
            row?.place = moved.to
            row?.moves += 1
        case .gone: row = nil
        }
    }

    /// What a handler may run into.
    final class Trouble: Sendable {
        struct NotNow: Error, CustomStringConvertible { let description = "not now" }
        private let streams = Mutex<[String: Int]>([:])

        /// - Parameter times: How often each stream fails.
        init(_ times: [String: Int]) { streams.withLock { $0 = times } }

        func mend() { streams.withLock { $0 = [:] } }

        func check(_ event: Recorded<WarehouseEvent>) throws {
            try streams.withLock { streams in
                guard let left = streams[event.stream.description], left > 0 else { return }
                streams[event.stream.description] = left - 1
                throw NotNow()
            }
        }
    }
}

/// A log of the warehouse that a seed decides.
struct Warehouse {
    let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_767_225_600_000_000))
    let log: any EventLog

    init() { log = MemoryEventLog(clock: clock) }

    func append(_ event: WarehouseEvent, to thing: String, occurredAt: Timestamp? = nil) async throws {
        var new = try event.encoded(id: EventID(UUID()))
        new.occurredAt = occurredAt
        try await log.append([new], to: StreamName("thing-\(thing)"))
    }

    /// Appends something that may happen to one of a dozen things.
    func appendAny(using generator: inout SeededGenerator) async throws {
        clock.advance(by: .seconds(Int.random(in: 0...90, using: &generator)))
        // One of them is much in demand.
        let thing = Bool.random(using: &generator) ? "0" : String(Int.random(in: 0..<12, using: &generator))
        let place = { (generator: inout SeededGenerator) in String(Int.random(in: 0..<4, using: &generator)) }
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<4: try await append(.counted(Counted(count: .random(in: 0..<12, using: &generator))), to: thing)
        case 4..<9: try await append(.moved(Moved(from: place(&generator), to: place(&generator))), to: thing)
        default: try await append(.gone(Gone(from: place(&generator))), to: thing)
        }
    }

    /// All rows as of each position, folded in the plainest way.
    func states() async throws -> [[String: WarehouseBoard.Row]] {
        let board = WarehouseBoard()
        var rows: [String: WarehouseBoard.Row] = [:]
        var states = [rows]
        for recorded in try await log.read(EventSelection(limit: 100_000)) {
            if let event = try WarehouseEvent.codec.decode(recorded) {
                let event = Recorded(event, from: recorded)
                for key in Set(try board.keys(for: event)) {
                    var row = rows[key]
                    try board.apply(event, key: key, to: &row)
                    rows[key] = row
                }
            }
            states.append(rows)
        }
        return states
    }
}

enum StoreKind: String, CaseIterable, Sendable {
    case memory, sqlite

    func make() throws -> any ReadModelStore {
        switch self {
        case .memory: MemoryReadModelStore()
        case .sqlite: try SQLiteReadModelStore(folder: Self.temporaryFolder())
        }
    }

    static func temporaryFolder() -> String { FileManager.default.temporaryDirectory.path + "/hindsight-\(UUID().uuidString)" }
}

extension Patience {
    /// Tries again at once.
    static let immediate = Patience(pauses: [.zero, .zero, .zero]) { _ in }
}

extension ProjectionRunner {
    func rebuild(_ name: String) async throws -> RebuildReport {
        try await rebuild(try await prepare(name, RebuildOrder(.rebuild, actor: "tests", at: Timestamp(microsecondsSince1970: 0))))
    }

    func verify(_ name: String) async throws -> VerificationReport {
        try await verify(try await prepare(name, RebuildOrder(.verify, actor: "tests", at: Timestamp(microsecondsSince1970: 0))))
    }
}
