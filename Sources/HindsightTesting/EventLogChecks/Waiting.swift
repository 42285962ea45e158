import HindsightCore

extension EventLogCheck {
    static let waiting: [EventLogCheck] = [
        EventLogCheck("Waiting for events ends at once where there are some") { check in
            try await check.append(check.events(2), to: "room-1")
            try await check.log.waitForEvents(after: 0)
            try await check.log.waitForEvents(after: 1)
        },
        EventLogCheck("Waiting for events ends when one is appended, for everyone who waits") { check in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        try await check.log.waitForEvents(after: 1)
                        try expect(try await check.head() > 1, "the wait ended before there was an event")
                    }
                }
                for _ in 0..<2 {
                    await Task.yield()
                    try await check.append(check.events(1), to: "room-1")
                }
                try await group.waitForAll()
            }
        },
        EventLogCheck("Waiting for events ends when the task is cancelled") { check in
            let waiter = Task { try await check.log.waitForEvents(after: 7) }
            waiter.cancel()
            try await waiter.value
            try await check.append(check.events(1), to: "room-1")
        },
        EventLogCheck("A sequence goes on live, without a gap or a repeat at the seam") { check in
            let total = 120
            try await check.append(check.events(10), to: "room-1")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 10..<total { try await check.append(check.events(1), to: "room-1") }
                }
                for limit in [1, 7, 1_000] {
                    group.addTask {
                        let found = try await check.log.firstLivePositions(total, EventSelection(limit: limit))
                        try expectEqual(found, Array(1...Position(total)), "positions in pages of \(limit)")
                    }
                }
                try await group.waitForAll()
            }
        },
        EventLogCheck("A live sequence with a filter gets its events, however many others come between") { check in
            let wanted = EventFilter(types: ["check.wanted"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 1...60 {
                        try await check.append([check.event(number.isMultiple(of: 20) ? "check.wanted" : "check.other")], to: "room-1")
                    }
                }
                group.addTask {
                    let found = try await check.log.firstLivePositions(3, EventSelection(wanted))
                    try expectEqual(found, [20, 40, 60], "positions")
                }
                try await group.waitForAll()
            }
        },
        EventLogCheck("A live sequence with an end ends there") { check in
            try await check.append(check.events(5), to: "room-1")
            let found = try await check.log.firstLivePositions(100, EventSelection(until: 3))
            try expectEqual(found, [1, 2, 3], "positions")
        },
        EventLogCheck("A live sequence that reads backwards ends at the beginning") { check in
            try await check.append(check.events(5), to: "room-1")
            let found = try await check.log.firstLivePositions(100, EventSelection(direction: .backwards, limit: 2))
            try expectEqual(found, [5, 4, 3, 2, 1], "positions")
        },
        EventLogCheck("A live sequence ends when its task is cancelled") { check in
            try await check.append(check.events(2), to: "room-1")
            let following = Task { try await check.log.firstLivePositions(3, EventSelection()) }
            following.cancel()
            do {
                let found = try await following.value
                try expect(false, "it ended with \(found)")
            } catch is CancellationError {}
        },
        EventLogCheck("Live sequences get the batches of several openings whole and in order, with a filter or without") { check in
            let logs = [check.log, try await check.openAgain()]
            let (batches, size) = (60, 20)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, log) in logs.enumerated() {
                    group.addTask {
                        for _ in 0..<batches / 2 {
                            let events = try (0..<size).map {
                                try check.event($0 == number ? "check.wanted" : "check.other", tags: ["of:\($0)"])
                            }
                            try await log.append(events, to: StreamName("room-\(number)"))
                        }
                    }
                }
                for log in logs {
                    for limit in [3, 500] {
                        group.addTask {
                            let found = try await log.firstLivePositions(batches * size, EventSelection(limit: limit))
                            try expectEqual(found, Array(1...Position(batches * size)), "positions in pages of \(limit)")
                            let wanted = EventFilter(types: ["check.wanted"], tags: [try Tag("of:0"), try Tag("of:1")])
                            let filtered = try await log.firstLivePositions(batches, EventSelection(wanted, limit: limit))
                            try expectEqual(Set(filtered.map { ($0 - 1) / Position(size) }).count, batches, "batches with an event")
                            try expect(zip(filtered, filtered.dropFirst()).allSatisfy { $0 < $1 }, "in order")
                        }
                    }
                    group.addTask {
                        let wanted = EventFilter(types: ["check.wanted"])
                        let found = try await log.firstLivePositions(batches, EventSelection(wanted, limit: 7))
                        try expectEqual(Set(found.map { ($0 - 1) / Position(size) }).count, batches, "batches with an event")
                    }
                }
                try await group.waitForAll()
            }
        },
    ]
}

extension EventLog {
    /// The first `count` positions of a live sequence, or all if it ends before.
    fileprivate func firstLivePositions(_ count: Int, _ selection: EventSelection) async throws -> [Position] {
        var positions: [Position] = []
        for try await event in events(selection, goingOnLive: true) {
            positions.append(event.position)
            if positions.count == count { break }
        }
        return positions
    }
}
