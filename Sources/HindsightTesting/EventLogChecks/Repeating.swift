import HindsightCore

extension EventLogCheck {
    static let repeating: [EventLogCheck] = [
        EventLogCheck("A repeated append gives the original answer, however old and whatever its conditions say") { check in
            let events = try check.events(2)
            let original = try await check.append(events, to: "room-1", expecting: .none)
            check.clock.move(by: .days(400))
            try await check.append(check.events(3), to: "room-1")
            let head = try await check.log.head()
            var expected = original
            expected.isRepeat = true
            let stream = try StreamName("room-1")
            let repeats = [
                Append([StreamWrite(events, to: stream, expecting: .none)]),
                Append([StreamWrite(events, to: stream, expecting: .exactly(77))]),
                Append([StreamWrite(events, to: stream)], checks: [StreamCheck(try StreamName("room-9"), expecting: .exists)]),
                Append([StreamWrite(events, to: stream)], condition: AppendCondition(noneMatching: EventQuery([.init()]), after: 0)),
                Append([StreamWrite(events, to: stream)], fence: Fence(lease: "nobody's", epoch: 3)),
            ]
            for batch in repeats { try expectEqual(try await check.log.append(batch), expected, "answer to the repeat") }
            try expectEqual(try await check.log.head(), head, "head")
        },
        EventLogCheck("An append that repeats some events and brings new ones is a conflict") { check in
            let events = try check.events(2)
            try await check.append(events, to: "room-1")
            for batch in [events + [try check.event()], [try check.event()] + events, [events[0], try check.event()]] {
                try await expectConflict("a partial overlap", of: events[0], at: 1) { try await check.append(batch, to: "room-1") }
            }
            try expectEqual(try await check.head(), 2, "head")
        },
        EventLogCheck("A repeated id with other content is a conflict") { check in
            let event = try check.event(
                occurredAt: LogUnderCheck.start, data: #"{"a":1,"b":2}"#, metadata: #"{"actor":"u1"}"#, tags: ["a:1", "b:2"])
            try await check.append([event], to: "room-1")
            func changed(_ change: (inout NewEvent) throws -> Void) rethrows -> NewEvent {
                var copy = event
                try change(&copy)
                return copy
            }
            let others = [
                changed { $0.type = "check.other" }, changed { $0.schemaVersion = 2 },
                changed { $0.occurredAt = LogUnderCheck.start.advanced(by: .microseconds(1)) },
                try changed { $0.data = try JSONText(object: #"{"b":2,"a":1}"#) }, try changed { $0.metadata = try JSONText(object: "{}") },
                changed { $0.tags = [] }, changed { $0.tags.reverse() }, changed { $0.tags.append($0.tags[0]) },
            ]
            for other in others {
                try await expectConflict("other content", of: event, at: 1) { try await check.append([other], to: "room-1") }
            }
            let again = try await check.append([changed { $0.occurredAt = nil }], to: "room-1")
            try expect(again.isRepeat, "a time of occurrence that is not sent is not compared")
        },
        EventLogCheck("A repeated id in another stream is a conflict") { check in
            let events = try check.events(2)
            try await check.append(events, to: "room-1")
            try await expectConflict("another stream", of: events[0], at: 1) { try await check.append(events, to: "room-2") }
            try await expectConflict("one of two in another stream", of: events[1], at: 2) {
                try await check.log.append(
                    Append([
                        StreamWrite([events[0]], to: try StreamName("room-1")), StreamWrite([events[1]], to: try StreamName("room-2")),
                    ]))
            }
        },
        EventLogCheck("A repeat may be grouped otherwise, if its events stand in this order and contiguous in their stream") { check in
            let events = try check.events(5)
            try await check.append(Array(events[0..<2]), to: "room-1")
            check.clock.move(by: .seconds(1))
            try await check.append(check.events(1), to: "room-2")
            let second = try await check.append([events[2]], to: "room-1")
            check.clock.move(by: .seconds(1))
            let third = try await check.append(Array(events[3...]), to: "room-1")
            let stream = try StreamName("room-1")
            func answer(_ first: Position, _ last: Position, _ recordedAt: Timestamp, _ version: StreamVersion) -> AppendReceipt {
                AppendReceipt(
                    firstPosition: first, lastPosition: last, recordedAt: recordedAt, streams: [.init(stream: stream, version: version)],
                    isRepeat: true)
            }
            try expectEqual(
                try await check.append(events, to: "room-1"), answer(1, 6, third.recordedAt, 5), "answer to three appends in one")
            try expectEqual(
                try await check.append(Array(events[1...2]), to: "room-1"), answer(2, 4, second.recordedAt, 3), "answer across a seam")
            try expectEqual(
                try await check.append([events[3]], to: "room-1"), answer(5, 5, third.recordedAt, 4), "answer to one of two")
            try expectEqual(
                try await check.log.append(Append([StreamWrite([events[0]], to: stream), StreamWrite([events[1]], to: stream)])),
                answer(1, 2, LogUnderCheck.start, 2), "answer to one append as two writes")
        },
        EventLogCheck("Known events in another order, or with others between them, are a conflict") { check in
            let events = try check.events(3)
            try await check.append(events, to: "room-1")
            try await expectConflict("another order", of: events[0], at: 1) {
                try await check.append([events[1], events[0]], to: "room-1")
            }
            try await expectConflict("a gap", of: events[2], at: 3) { try await check.append([events[0], events[2]], to: "room-1") }
        },
        EventLogCheck("A repeat over several streams gives the versions that its events have") { check in
            let events = try check.events(4)
            let (a, b) = (try StreamName("room-a"), try StreamName("room-b"))
            let writes = [
                StreamWrite([events[0]], to: a), StreamWrite(Array(events[1...2]), to: b), StreamWrite([events[3]], to: a),
            ]
            var original = try await check.log.append(Append(writes))
            try await check.append(check.events(2), to: "room-a")
            original.isRepeat = true
            try expectEqual(try await check.log.append(Append(writes)), original, "answer")
        },
        EventLogCheck("A repeat is known and a new event is new, whatever order their ids come in") { check in
            // Ids by number, so that each batch lies where it should among those before: within, below, above, ascending or not.
            func event(_ number: UInt8) throws -> NewEvent {
                var event = try check.event()
                event.id = EventID(bytes: [number] + [UInt8](repeating: 7, count: 15)).unsafelyUnwrapped
                event.data = try JSONText(object: #"{"n":\#(number)}"#)
                return event
            }
            let batches: [[UInt8]] = [
                [100, 101, 102], [103], [50, 60], [40, 30, 20], [105], [104], [110, 10, 111], [112, 113], [0], [255], [254, 253], [114],
            ]
            let other = try await check.openAgain()
            var receipts: [AppendReceipt] = []
            for (number, ids) in batches.enumerated() {
                let log = number % 5 < 3 ? check.log : other
                let receipt = try await log.append(ids.map(event), to: StreamName("room-1"))
                try expectEqual(receipt.firstPosition, (receipts.last?.lastPosition ?? 0) + 1, "first position of \(ids)")
                try expect(!receipt.isRepeat, "\(ids) are new")
                receipts.append(receipt)
                // The very last one, the greatest, and every one before, through both openings.
                for (ids, receipt) in zip(batches, receipts) {
                    var expected = receipt
                    expected.isRepeat = true
                    for log in [log, check.log, other] {
                        try expectEqual(try await log.append(ids.map(event), to: StreamName("room-1")), expected, "repeat of \(ids)")
                    }
                }
            }
            let head = try await check.log.head()
            let positions = Dictionary(uniqueKeysWithValues: zip(batches.joined(), 1...Position(head.position)))
            for mixture in [[102, 115], [255, 1], [115, 255], [1, 2, 0], [103, 115, 104], [120, 119, 101], [1, 40]] as [[UInt8]] {
                let known = Dictionary(uniqueKeysWithValues: try mixture.map { (try event($0).id, positions[$0]) })
                let isNamed = { (error: EventLogError) in
                    if case .idempotencyConflict(let id, let position, _) = error { known[id] == position } else { false }
                }
                try await expectRefusal("\(mixture)", isNamed) {
                    try await check.log.append(mixture.map(event), to: StreamName("room-1"))
                }
            }
            try expectEqual(try await check.log.head(), head, "head")
        },
        EventLogCheck("Random ids are known for ever, however many there are") { check in
            var generator = SeededGenerator(7)
            func randomEvents(_ count: Int) throws -> [NewEvent] {
                try (0..<count).map { _ in
                    var event = try check.event()
                    event.id =
                        EventID(bytes: (0..<EventID.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })
                        .unsafelyUnwrapped
                    return event
                }
            }
            let batches = try [1, 1, 700, 1, 900, 3].map(randomEvents)
            for batch in batches { try await check.append(batch, to: "room-1") }
            let head = try await check.log.head()
            for batch in batches {
                let answer = try await check.append(batch, to: "room-1", expecting: .none)
                try expect(answer.isRepeat, "a batch of \(batch.count) is a repeat")
            }
            let all = try await check.append(Array(batches.joined()), to: "room-1")
            try expectEqual([all.firstPosition, all.lastPosition], [1, head.position], "positions of all in one repeat")
            try await expectConflict("a new event before all others", of: batches[0][0], at: 1) {
                try await check.append(randomEvents(1) + batches.joined(), to: "room-1")
            }
            try expectEqual(try await check.log.head(), head, "head")
        },
    ]
}

private func expectConflict(
    _ what: String, of event: NewEvent, at position: Position, line: UInt = #line, _ body: () async throws -> AppendReceipt
) async throws {
    try await expectRefusal(
        what,
        { if case .idempotencyConflict(event.id, position, _) = $0 { true } else { false } }, line: line, of: body)
}
