import HindsightCore

extension EventLogCheck {
    /// What holds in logs of thousands of events, where engines have seams of their own: pages, blocks, segments.
    static let longLogs: [EventLogCheck] = [
        EventLogCheck("In a long log every selection finds what walking through all events finds") { check in
            let log = LongLog()
            var filled = PlainLog()
            for size in [1_000, 23, 1, 1, 1, 900, 121, 1, 1, 1, 1_023, 27] {
                try await filled.expectSameAnswer(
                    of: check.log, to: log.batch(size, after: filled.head), at: check.clock.now())
            }
            try await check.log.expectSelections(as: filled, LongLog.filters(), LongLog.queries())
            try await check.openAgain().expectSelections(as: filled, LongLog.filters(), [nil])
        },
        EventLogCheck("In a long log filters and queries of very many names find the events of each") { check in
            let log = LongLog()
            var filled = PlainLog()
            try await filled.expectSameAnswer(of: check.log, to: log.batch(2_600, after: 0), at: check.clock.now())
            try await check.log.expectSelections(as: filled, LongLog.filtersOfManyNames(), [nil])
            try await check.log.expectSelections(as: filled, [.everything], [LongLog.queryOfManyNames()])
        },
        EventLogCheck("A batch of 3,000 events is found as if each had come alone") { check in
            let log = LongLog()
            var filled = PlainLog()
            for size in [500, 3_000, 100] {
                try await filled.expectSameAnswer(of: check.log, to: log.batch(size, after: filled.head), at: check.clock.now())
            }
            try await check.log.expectSelections(as: filled, LongLog.filters(), [nil])
            let answer = try await check.log.append(log.batch(3_000, after: 500))
            try expect(answer.isRepeat && answer.firstPosition == 501, "the batch is known as a whole: \(answer)")
        },
        EventLogCheck("A condition meets each event of a long log, near or far, and none before its position") { check in
            let log = LongLog()
            var filled = PlainLog()
            let other = try await check.openAgain()
            let seams: [Position] = [1, 2, 1_022, 1_023, 1_024, 1_025, 1_026, 2_047, 2_048, 2_049, 3_071, 3_072, 3_073]
            func attempt(_ engine: any EventLog, _ query: EventQuery, after position: Position) async throws {
                let next = try log.batch(1, after: filled.head)
                let batch = Append(next.writes, condition: AppendCondition(noneMatching: query, after: position))
                try await filled.expectSameAnswer(of: engine, to: batch, at: check.clock.now())
            }
            for head in [1_014, 1_019, 1_024, 2_043, 2_048, 3_070] as [Position] {
                if filled.head < head {
                    let batch = try log.batch(Int(head - filled.head), after: filled.head)
                    try await filled.expectSameAnswer(of: check.log, to: batch, at: check.clock.now())
                }
                for engine in [other, check.log] {
                    for probe in seams + [head] where probe <= head {
                        let exact = EventQuery([.init(types: ["check.none"]), .init(tags: [try Tag("n:\(probe)"), try Tag("all:1")])])
                        for after in [.min, 0, probe - 1] { try await attempt(engine, exact, after: after) }
                        try await attempt(engine, EventQuery([.init()]), after: probe - 1)
                    }
                    try await attempt(engine, EventQuery([.init(types: ["check.rare"])]), after: 699)
                }
                try expectEqual(filled.head, head, "head after appends that were all refused")
                for probe in [1, head - 1, head, .max - 1, .max] as [Position] {
                    let exact = EventQuery([.init(tags: [try Tag("n:\(min(probe, head))")]), .init(tags: [try Tag("none:1")])])
                    try await attempt(probe == 1 ? check.log : other, exact, after: probe)
                }
                try expectEqual(filled.head, head + 5, "head after appends that were all accepted")
            }
            try expectEqual(try await check.head(), filled.head, "head")
        },
        EventLogCheck("A log that grows one event at a time over a seam finds each of them, at every length") { check in
            let log = LongLog()
            var filled = PlainLog()
            try await filled.expectSameAnswer(of: check.log, to: log.batch(1_019, after: 0), at: check.clock.now())
            for _ in 0..<10 {
                try await filled.expectSameAnswer(of: check.log, to: log.batch(1, after: filled.head), at: check.clock.now())
                for filter in try [
                    EventFilter(tags: [Tag("n:\(filled.head)")]), EventFilter(tags: [Tag("n:1"), Tag("n:\(filled.head)")]),
                    EventFilter(types: ["check.rare"]), EventFilter(categories: [Category("hall")], types: ["check.third"]),
                ] {
                    for direction in [ReadDirection.forwards, .backwards] {
                        let selection = EventSelection(filter, direction: direction, limit: 3)
                        try expectEqual(
                            try await check.log.read(selection).map(\.position), filled.selected(by: selection).prefix(3).map(\.position),
                            "\(selection) with head \(filled.head)")
                    }
                }
            }
        },
        EventLogCheck("Appends that fail before a seam leave nothing behind it") { check in
            let log = LongLog()
            var filled = PlainLog()
            try await filled.expectSameAnswer(of: check.log, to: log.batch(1_000, after: 0), at: check.clock.now())
            let stale = AppendCondition(noneMatching: EventQuery([.init()]), after: 999)
            for _ in 0..<3 {
                let batch = Append(try log.batch(100, after: filled.head).writes, condition: stale)
                try await filled.expectSameAnswer(of: check.log, to: batch, at: check.clock.now())
            }
            // Two that are accepted beside many that are not.
            let (first, second) = (try log.batch(20, after: filled.head), try log.batch(60, after: filled.head + 20))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    let refused = Append([StreamWrite(try check.events(50), to: try StreamName("never-1"))], condition: stale)
                    group.addTask {
                        try await expectRefusal("a stale condition", .conditionFailed(position: 1_000)) {
                            try await check.log.append(refused)
                        }
                    }
                }
                group.addTask {
                    _ = try await check.log.append(first)
                    _ = try await check.log.append(second)
                }
                try await group.waitForAll()
            }
            _ = filled.append(first, at: check.clock.now())
            _ = filled.append(second, at: check.clock.now())
            try await check.log.expectSelections(as: filled, LongLog.filters(), [nil])
            let never = try await check.log.read(EventSelection(EventFilter(categories: [try Category("never")])))
            try expectEqual(never.count, 0, "events of refused appends")
        },
    ]
}

/// Events whose names follow from their positions: on every event, on many, on few, at seams, in one stretch only.
private struct LongLog {
    /// Whole numbers of 1,024 are where one engine has its seams; others have theirs elsewhere, and meet the same names.
    private static let rare: Set<Position> = [1, 700, 1_023, 1_024, 1_025, 1_500, 2_047, 2_048, 2_049, 3_072, 3_073]

    func batch(_ size: Int, after head: Position) throws -> Append {
        var writes: [StreamWrite] = []
        for position in head + 1...head + Position(size) {
            let stream = try stream(position)
            let event = try event(position)
            if writes.last?.stream == stream {
                writes[writes.count - 1].events.append(event)
            } else {
                writes.append(StreamWrite([event], to: stream))
            }
        }
        return Append(writes)
    }

    private func stream(_ position: Position) throws -> StreamName {
        if position.isMultiple(of: 97) { return try StreamName("visitor-\(position)") }
        return try StreamName(position / 10 % 5 == 0 ? "hall-\(position / 10 % 3)" : "room-\(position / 10 % 7)")
    }

    private func event(_ position: Position) throws -> NewEvent {
        let type: EventType = Self.rare.contains(position) ? "check.rare" : position.isMultiple(of: 3) ? "check.third" : "check.dense"
        var tags = ["all:1", "of:\(position % 3)", "n:\(position)", "by:\(position % 97)"]
        if position.isMultiple(of: 11) { tags += ["of:\(position % 3)", "all:1"] }
        if position >= 1_500 { tags.append("late:1") }
        if position < 700 { tags.append("early:1") }
        if (1_023...1_026).contains(position) || (2_047...2_050).contains(position) { tags.append("seam:1") }
        return NewEvent(
            id: .version7(at: LogUnderCheck.start, entropy: withUnsafeBytes(of: position.bigEndian) { [1, 0] + Array($0) }), type: type,
            data: .empty, tags: try tags.map { try Tag($0) })
    }

    static func filters() throws -> [EventFilter] {
        let (hall, visitor) = (try Category("hall"), try Category("visitor"))
        func tags(_ texts: [String]) throws -> [Tag] { try texts.map { try Tag($0) } }
        return [
            EventFilter(types: ["check.rare"]), EventFilter(tags: try tags(["seam:1"])), EventFilter(tags: try tags(["by:5"])),
            EventFilter(categories: [visitor]), EventFilter(tags: try tags(["n:1", "n:1024", "n:1025", "n:3072", "n:99999"])),
            EventFilter(categories: [hall], types: ["check.third", "check.rare"], tags: try tags(["of:0", "by:7"])),
            EventFilter(stream: try StreamName("hall-0"), tags: try tags(["of:1"])), EventFilter(types: ["check.none"]),
            EventFilter(types: ["check.none"], tags: try tags(["all:1"])), EventFilter(tags: try tags(["early:1"])), .everything,
            EventFilter(types: ["check.dense", "check.dense"]), EventFilter(tags: try tags(["all:1"])),
            EventFilter(categories: [hall, visitor]), EventFilter(tags: try tags(["late:1", "seam:1"])),
        ]
    }

    static func filtersOfManyNames() throws -> [EventFilter] {
        try [100, 101].map { count in EventFilter(tags: try (0..<count).map { try Tag("n:\($0 * 7)") }) }
            + [EventFilter(types: ["check.rare"], tags: try (0..<150).map { try Tag("n:\($0 * 7)") })]
    }

    static func queryOfManyNames() throws -> EventQuery {
        EventQuery(try (0..<120).map { .init(tags: [try Tag("n:\($0 * 26)"), try Tag("all:1")]) })
    }

    static func queries() throws -> [EventQuery?] {
        func tags(_ texts: String...) throws -> [Tag] { try texts.map { try Tag($0) } }
        return [
            nil, EventQuery([.init()]), EventQuery([.init(tags: try tags("of:1", "by:5")), .init(types: ["check.rare"])]),
            EventQuery([.init(types: ["check.third"], tags: try tags("all:1", "seam:1", "all:1")), .init(tags: try tags("none:1"))]),
            EventQuery([.init(types: ["check.none"]), .init(), .init(tags: try tags("seam:1"))]),
        ]
    }
}

extension EventLog {
    /// Expects that reads with these filters and queries find what the model has, between many bounds, in both directions.
    fileprivate func expectSelections(as model: PlainLog, _ filters: [EventFilter], _ queries: [EventQuery?]) async throws {
        // Eleven, so that each meets each limit.
        let stretches: [ClosedRange<Position>] = [
            1...1_023, 1...1_024, 1_024...model.head, 1_025...2_048, 1_026...1_026, 1_025...1_025, 700...2_500, 2_050...3_072,
            1...model.head,
            model.head...model.head, 1_020...1_030,
        ]
        var number = 0
        for filter in filters {
            for query in queries {
                let selected = model.selected(by: EventSelection(filter, query: query)).map(\.position)
                for direction in [ReadDirection.forwards, .backwards] {
                    // Each time the next four of them.
                    for _ in 0..<4 {
                        number += 1
                        let stretch = stretches[number % stretches.count]
                        let limit = [1, 5, 40, .max, 3, 1_000, 2][number % 7]
                        let selection =
                            switch direction {
                            case .forwards:
                                EventSelection(filter, query: query, after: stretch.lowerBound - 1, until: stretch.upperBound, limit: limit)
                            case .backwards:
                                EventSelection(
                                    filter, query: query, after: stretch.upperBound + 1, until: stretch.lowerBound, direction: .backwards,
                                    limit: limit)
                            }
                        let within = selected.filter(stretch.contains)
                        let expected = (direction == .forwards ? within : within.reversed()).prefix(limit)
                        try expectEqual(try await read(selection).map(\.position), Array(expected), "\(selection)")
                    }
                }
                var scanned: [Position] = []
                try await scan(EventSelection(filter, query: query, limit: 500)) { scanned.append($0.position) }
                try expectEqual(scanned, selected, "a scan by \(filter) and \(String(describing: query))")
            }
        }
    }
}
