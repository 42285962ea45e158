import HindsightCore

extension EventLogCheck {
    static let reading: [EventLogCheck] = [
        EventLogCheck("Each filter, direction, bound and limit selects what it says, in reading order") { check in
            let everything = try await check.fillForReading()
            for filter in try EventFilter.forReading() {
                for query in try EventQuery.forReading() {
                    for direction in [ReadDirection.forwards, .backwards] {
                        for after in [nil, 0, 1, 20, 41, 99] as [Position?] {
                            for until in [nil, 0, 7, 30, 99] as [Position?] {
                                let selection = EventSelection(
                                    filter, query: query, after: after, until: until, direction: direction, limit: 9)
                                let ordered = direction == .forwards ? everything : everything.reversed()
                                let expected = ordered.filter(selection.matches).prefix(9)
                                let found = try await check.log.read(selection)
                                try expectEqual(found.map(\.position), expected.map(\.position), "\(selection)")
                            }
                        }
                    }
                }
            }
        },
        EventLogCheck("Pages follow each other without a gap or a repeat, in both directions") { check in
            let everything = try await check.fillForReading()
            for direction in [ReadDirection.forwards, .backwards] {
                for limit in [1, 3, 40, 41] {
                    let selection = EventSelection(direction: direction, limit: limit)
                    let found = try await check.log.all(selection).map(\.position)
                    let expected = everything.map(\.position)
                    try expectEqual(found, direction == .forwards ? expected : expected.reversed(), "positions in pages of \(limit)")
                }
            }
        },
        EventLogCheck("Single events are lent by their positions, in order, and one that the log does not hold is told") { check in
            let everything = try await check.fillForReading()
            for positions in [[], [1], [2, 3, 40], [1, 7, 19, 41], Array(1...41)] as [[Position]] {
                var found: [RecordedEvent] = []
                try await check.log.scan(at: positions) { found.append(try $0.copy()) }
                try expectEqual(found, positions.map { everything[Int($0) - 1] }, "events at \(positions)")
            }
            do {
                try await check.log.scan(at: [41, 42]) { _ in }
                throw CheckFailure(reason: "an event that is not there was lent", file: #fileID, line: #line)
            } catch let error as EventLogError {
                guard case .damaged(position: 42, _) = error else { throw error }
            }
        },
        EventLogCheck("Names that the log does not know select nothing") { check in
            _ = try await check.fillForReading()
            for filter in [
                EventFilter(stream: try StreamName("room-unknown")), EventFilter(categories: [try Category("unknown")]),
                EventFilter(types: ["unknown"]), EventFilter(tags: [try Tag("unknown:1")]),
            ] {
                try expectEqual(try await check.log.read(EventSelection(filter)).count, 0, "events found by \(filter)")
            }
            try expectEqual(try await check.version(of: "room-unknown"), 0, "version of an unknown stream")
        },
        EventLogCheck("An event is found by its id, and by its version in its stream") { check in
            let everything = try await check.fillForReading()
            for event in everything {
                try expectEqual(try await check.log.position(of: event.id), event.position, "position of an id")
                try expectEqual(
                    try await check.log.position(of: event.version, in: event.stream), event.position, "position of a version")
            }
            try expectEqual(try await check.log.position(of: check.event().id), nil, "position of an unknown id")
            let stream = everything[0].stream
            for version in [-1, 0, try await check.log.version(of: stream) + 1, .max] {
                try expectEqual(try await check.log.position(of: version, in: stream), nil, "position of version \(version)")
            }
            try expectEqual(try await check.log.position(of: 1, in: StreamName("room-unknown")), nil, "position in an unknown stream")
        },
        EventLogCheck("A filter of many names selects the events of each") { check in
            for number in 0..<150 { try await check.append([check.event(tags: ["n:\(number)"])], to: "room-\(number)") }
            let tags = try (0..<150).map { try Tag("n:\($0)") }
            let found = try await check.log.read(EventSelection(EventFilter(tags: tags), limit: .max))
            try expectEqual(found.map(\.position), Array(1...150), "positions")
        },
    ]
}

extension LogUnderCheck {
    /// 41 events over streams, categories, types and tags in a pattern without symmetry.
    func fillForReading() async throws -> [RecordedEvent] {
        for number in 0..<41 {
            let stream = ["room-1", "room-2", "hall-1", "hall"][number * 7 % 11 % 4]
            let type: EventType = ["check.opened", "check.closed", "check.cleaned"][number * 5 % 7 % 3]
            let tags = ["of:\(number % 3)", "by:\(number * number % 5)", "of:\(number % 2)"].prefix(number % 4)
            try await append([event(type, tags: Array(tags))], to: stream)
        }
        return try await everything()
    }
}

extension EventFilter {
    static func forReading() throws -> [EventFilter] {
        let (room, hall) = (try Category("room"), try Category("hall"))
        return [
            .everything, EventFilter(stream: try StreamName("room-1")), EventFilter(stream: try StreamName("hall")),
            EventFilter(categories: [hall]), EventFilter(categories: [room, hall, try Category("none")]),
            EventFilter(types: ["check.opened"]), EventFilter(types: ["check.opened", "check.cleaned", "check.opened"]),
            EventFilter(tags: [try Tag("of:1")]), EventFilter(tags: [try Tag("of:1"), try Tag("by:4"), try Tag("none:1")]),
            EventFilter(stream: try StreamName("room-2"), types: ["check.closed"], tags: [try Tag("of:0")]),
            EventFilter(categories: [room], types: ["check.closed"], tags: [try Tag("of:0"), try Tag("by:1")]),
            EventFilter(stream: try StreamName("room-1"), categories: [hall]),
        ]
    }
}

extension EventQuery {
    static func forReading() throws -> [EventQuery?] {
        [
            nil, EventQuery([.init()]), EventQuery([.init(types: ["check.opened"], tags: [try Tag("of:1"), try Tag("by:1")])]),
            EventQuery([.init(tags: [try Tag("by:4")]), .init(types: ["check.closed", "check.cleaned"])]),
        ]
    }
}
