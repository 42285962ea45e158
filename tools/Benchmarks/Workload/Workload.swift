import HindsightCore

/// Makes events ready to append: 250 bytes of data, 77 of metadata, one tag, an id that is greater than the one before.
struct Workload {
    /// The one metadata of all events, 77 bytes.
    static let metadata = #"{"actor":"bench-0007","correlationId":"c0ffee00-5eed-7000-8000-000000000001"}"#

    private let metadata = JSONText(trusted: Array(Self.metadata.utf8))
    private var window: StreamWindow
    private var ids = AscendingIDs()
    private var made = 0
    /// Every so many events one is a needle; `nil` for none.
    private let needleDistance: Int?

    /// - Parameter needleDistance: Makes one event in so many a ``Needle``.
    init(window: StreamWindow, needleDistance: Int? = nil) {
        self.window = window
        self.needleDistance = needleDistance
    }

    mutating func next() throws -> StreamWrite {
        defer { made += 1 }
        if let needleDistance, made % needleDistance == needleDistance / 2, made / needleDistance < Needle.count { return needle() }
        let stream = try window.next()
        let event = NewEvent(
            id: ids.next(), type: ChargeAttempted.type, data: ChargeAttempted.json(number: made, attempt: stream.version),
            metadata: metadata, tags: [stream.tag])
        return StreamWrite([event], to: stream.name, expecting: .exactly(stream.version - 1))
    }

    /// So many events, so many in a call.
    mutating func batches(_ events: Int, of size: Int) throws -> [Append] {
        try stride(from: 0, to: events, by: size).map { start in
            Append(try (start..<min(start + size, events)).map { _ in try next() })
        }
    }

    private mutating func needle() -> StreamWrite {
        let event = NewEvent(
            id: ids.next(), type: Needle.type, data: ChargeAttempted.json(number: made, attempt: 1), metadata: metadata, tags: [Needle.tag])
        return StreamWrite([event], to: Needle.stream)
    }
}

/// The rare event that filters look for: 100 of them lie evenly among all others.
enum Needle {
    static let count = 100
    static let type: EventType = "bench.needle"
    static let stream = wellFormed { () throws(EventLogError) in try StreamName("needle-1") }
    static let tag = wellFormed { () throws(EventLogError) in try Tag("needle:1") }

    private static func wellFormed<Name>(_ make: () throws(EventLogError) -> Name) -> Name {
        do {
            return try make()
        } catch {
            preconditionFailure("the needle's names are well-formed: \(error)")
        }
    }
}
