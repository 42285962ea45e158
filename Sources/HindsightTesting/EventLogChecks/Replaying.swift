import HindsightCore

extension EventLogCheck {
    static let replaying: [EventLogCheck] = [
        EventLogCheck("A typed replay hands over its set in reading order, and passes over other types and erased data") { check in
            guard let log = check.log as? any EventLogImporting else {
                throw CheckFailure(reason: "the engine takes no recorded events over", file: #fileID, line: #line)
            }
            var generator = SystemRandomNumberGenerator()
            var recorded: [RecordedEvent] = []
            for position in Position(1)...12 {
                let event = try check.event(
                    position % 3 == 0 ? "check.noise" : "check.counted", data: position % 3 == 0 ? "{}" : #"{"count":\#(position)}"#)
                recorded.append(
                    event.recorded(
                        at: position, in: try StreamName("room-1"), version: position, on: LogUnderCheck.start,
                        salt: Salt(using: &generator), after: recorded.last?.digest ?? .genesis))
            }
            (recorded[4].data, recorded[4].salt) = (nil, nil)
            _ = try await log.importRecorded(recorded)
            for (selection, expected) in [
                (EventSelection(limit: 2), [1, 2, 4, 7, 8, 10, 11]), (EventSelection(after: 2, until: 10), [4, 7, 8, 10]),
                (EventSelection(direction: .backwards), [11, 10, 8, 7, 4, 2, 1]),
            ] as [(EventSelection, [Int])] {
                var found: [Int] = []
                try await check.log.replay(Counting.codec, selection) { event, recorded in
                    guard case .counted(let counted) = event else { return }
                    try expectEqual(Position(counted.count), recorded.position, "position of the event")
                    found.append(counted.count)
                }
                try expectEqual(found, expected, "events of \(selection)")
            }
        },
        EventLogCheck("A typed replay ends at an event that it cannot read, and says which and where") { check in
            for data in [#"{"count":1}"#, #"{"count":"two"}"#, #"{"count":3}"#] {
                try await check.append([check.event("check.counted", data: data)], to: "room-1")
            }
            var read = 0
            do {
                try await check.log.replay(Counting.codec) { _, _ in read += 1 }
                throw CheckFailure(reason: "an unreadable event was read", file: #fileID, line: #line)
            } catch let error as UnreadableEvent {
                try expectEqual(error.position, 2, "position")
                try expectEqual(error.pointer, "/data/count", "pointer")
            }
            try expectEqual(read, 1, "events read before it")
        },
        EventLogCheck("A typed replay finds its types among thousands of others") { check in
            for part in 0..<3 {
                let others = try (0..<500).map { try check.event(EventType("check.other-\(part)-\($0)")) }
                try await check.append(others + [check.event("check.counted", data: #"{"count":\#(part)}"#)], to: "room-\(part)")
            }
            try await check.append([check.event("check.cleared")], to: "room-9")
            var found: [Counting] = []
            try await check.log.replay(Counting.codec) { event, _ in found.append(event) }
            try expectEqual(found, (0..<3).map { .counted(Counted(count: $0)) } + [.cleared(Cleared())], "events")
        },
    ]
}

private struct Counted: EventPayload {
    static let type: EventType = "check.counted"
    var count: Int
}

private struct Cleared: EventPayload {
    static let type: EventType = "check.cleared"
}

private enum Counting: DomainEvent {
    case counted(Counted), cleared(Cleared)

    static let codec = EventCodec<Counting>([.kind(Counting.counted), .kind(Counting.cleared)])

    var payload: any EventPayload {
        switch self {
        case .counted(let payload): payload
        case .cleared(let payload): payload
        }
    }
}
