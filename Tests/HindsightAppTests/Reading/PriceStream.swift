import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime

/// A stream of prices whose facts occur and are recorded on days of May 2026.
struct PriceStream {
    let name: StreamName
    let clock: ManualClock
    let log: MemoryEventLog

    init() throws {
        name = try StreamName("price-espresso")
        clock = ManualClock(at: Self.day(1))
        log = MemoryEventLog(clock: clock)
    }

    static func day(_ number: Int) -> Timestamp {
        Timestamp(microsecondsSince1970: 1_777_593_600_000_000).advanced(by: .days(number - 1))
    }

    /// Goes on to a day on which nothing happens.
    func pass(to day: Int) { clock.advance(to: Self.day(day)) }

    /// Records on a day what occurred on that or another one.
    func record(_ data: JSONValue, on day: Int, occurred: Int? = nil, metadata: JSONText = .empty) async throws {
        pass(to: day)
        let number = await log.head().position
        let id = EventID.version7(at: clock.now(), entropy: (0..<10).map { UInt8(truncatingIfNeeded: number >> ($0 % 2 * 8)) })
        let event = NewEvent(
            id: id, type: "shop.price-set", occurredAt: occurred.map(Self.day), data: try JSONText(encoding: data), metadata: metadata)
        try await log.append([event], to: name)
    }

    func state(at position: Position? = nil, occurred day: Int? = nil) async throws -> JSONValue {
        try await StreamState(of: name, at: position, as: StreamView(occurred: day.map(Self.day)), in: log).state
    }

    func why(_ field: String, at position: Position? = nil, occurred day: Int? = nil, limit: Int = .max) async throws -> StreamExplanation {
        try await StreamExplanation(
            of: FieldPointer(field), of: name, at: position, as: StreamView(occurred: day.map(Self.day)), limit: limit, in: log)
    }

    /// - Parameter at: The position of what is known since; that of the head unless given.
    func believed(_ field: String? = nil, on day: Int, at position: Position? = nil) async throws -> StreamBelief {
        let head = await log.head().position
        return try await StreamBelief(
            of: name, field: field.map { FieldPointer($0) }, on: Self.day(day), believedAt: try await log.position(at: Self.day(day)),
            knownAt: position ?? head, in: log)
    }
}
