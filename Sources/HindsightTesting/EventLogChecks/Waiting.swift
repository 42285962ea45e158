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
