import HindsightCore

extension EventLogCheck {
    static let timing: [EventLogCheck] = [
        EventLogCheck("Recorded times never fall, also when the clock steps back") { check in
            let start = LogUnderCheck.start
            var expected: [Timestamp] = []
            for (clock, recorded) in [(0, 0), (10, 10), (4, 10), (-3_000, 10), (10, 10), (11, 11)] {
                check.clock.set(to: start.advanced(by: .seconds(clock)))
                let receipt = try await check.append(check.events(1), to: "room-1")
                expected.append(start.advanced(by: .seconds(recorded)))
                try expectEqual(receipt.recordedAt, expected[expected.count - 1], "time of the receipt")
            }
            try expectEqual(try await check.everything().map(\.recordedAt), expected, "times of recording")
        },
        EventLogCheck("The position at an instant is the last one recorded at or before it") { check in
            let start = LogUnderCheck.start
            func instant(_ microseconds: Int) -> Timestamp { start.advanced(by: .microseconds(microseconds)) }
            for microsecond in [10, 20, 20, 30, 31] {
                check.clock.set(to: instant(microsecond))
                try await check.append(check.events(2), to: "room-1")
            }
            check.clock.set(to: instant(100))
            for (microsecond, position) in [
                (-1_000_000, 0), (9, 0), (10, 2), (11, 2), (19, 2), (20, 6), (29, 6), (30, 8), (31, 10), (32, 10), (99, 10),
            ] {
                let found = try await check.log.position(at: instant(microsecond))
                try expectEqual(found, Position(position), "position at +\(microsecond) µs")
            }
        },
        EventLogCheck("An empty log is at position 0 at every past instant") { check in
            try expectEqual(try await check.log.position(at: LogUnderCheck.start.advanced(by: .seconds(-1))), 0, "position")
        },
        EventLogCheck("An instant at or beyond the clock is refused") { check in
            try await check.append(check.events(1), to: "room-1")
            for microseconds in [0, 1, 1_000_000_000] {
                let instant = LogUnderCheck.start.advanced(by: .microseconds(microseconds))
                try await expectRefusal("the clock's own instant", .instantNotPast(instant, clock: LogUnderCheck.start)) {
                    try await check.log.position(at: instant)
                }
            }
        },
        EventLogCheck("Nothing is recorded later at or before an instant that was answered") { check in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<10 {
                            check.clock.move(by: .microseconds(1))
                            try await check.append(check.events(1), to: "room-1")
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<20 {
                        let instant = check.clock.now()
                        check.clock.move(by: .microseconds(1))
                        let position = try await check.log.position(at: instant)
                        let later = try await check.log.read(EventSelection(after: position, limit: .max))
                        try expect(later.allSatisfy { $0.recordedAt > instant }, "an event of \(instant) lies after position \(position)")
                    }
                }
                try await group.waitForAll()
            }
        },
    ]
}
