import HindsightCore

/// What the demo notes about itself in the log: an ordinary user with a category of its own.
enum DemoEvent: DomainEvent {
    case partFinished(DemoPartFinished)

    static let codec = EventCodec<DemoEvent>([.kind(DemoEvent.partFinished)])

    var payload: any EventPayload {
        switch self {
        case .partFinished(let payload): payload
        }
    }
}

/// A part of the demo is done, with the figures that tell of it.
struct DemoPartFinished: EventPayload {
    static let type: EventType = "demo.part-finished"
    let part: Demo.Part
    let figures: [String: Int64]
}

/// Which parts of a demo are done, as the log says.
struct DemoLedger {
    private let log: any EventLog
    private let clock: any WallClock

    init(_ log: any EventLog, clock: any WallClock) {
        self.log = log
        self.clock = clock
    }

    /// The figures of each finished part.
    func finished() async throws -> [Demo.Part: [String: Int64]] {
        var parts: [Demo.Part: [String: Int64]] = [:]
        try await log.replay(DemoEvent.codec, EventSelection(EventFilter(stream: try Self.stream()))) { event, _ in
            if case .partFinished(let finished) = event { parts[finished.part] = finished.figures }
        }
        return parts
    }

    func finish(_ part: Demo.Part, _ figures: [String: Int64]) async throws {
        let batch = try DecisionBatch(
            log: log, identities: SeededIdentities(seed: "demo"), now: clock.now(), metadata: EventMetadata(actor: "demo"))
        try await batch.append([DemoEvent.partFinished(DemoPartFinished(part: part, figures: figures))], to: Self.stream())
        _ = try await log.append(batch.append())
    }

    private static func stream() throws -> StreamName { try StreamName("demo-story") }
}
