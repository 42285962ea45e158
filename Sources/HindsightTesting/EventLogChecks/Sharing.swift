import HindsightCore

extension EventLogCheck {
    /// What holds when many append at once, in one process or in several.
    static let sharing: [EventLogCheck] = [
        EventLogCheck("Batches of many writers at once take contiguous positions each, in the order of their events") { check in
            let other = try await check.openAgain()
            let streams = try (0..<5).map { try StreamName("room-\($0)") }
            let outcomes = try await withThrowingTaskGroup(of: (ids: [EventID], receipt: AppendReceipt).self) { group in
                for number in 0..<40 {
                    let writes = try (0...number % 3).map { part in
                        StreamWrite(try check.events(1 + number * 7 % 40), to: streams[(number + part) % 5])
                    }
                    group.addTask {
                        let log = number.isMultiple(of: 4) ? other : check.log
                        return (writes.flatMap(\.events).map(\.id), try await log.append(Append(writes)))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let stored = try await check.everything()
            try expectEqual(stored.map(\.position), Array(1...Position(stored.count)), "positions")
            try expectEqual(stored.count, outcomes.map(\.ids.count).reduce(0, +), "events")
            for (ids, receipt) in outcomes {
                let batch = stored[Int(receipt.firstPosition) - 1...Int(receipt.lastPosition) - 1]
                try expectEqual(batch.map(\.id), ids, "events at \(receipt.firstPosition)…\(receipt.lastPosition)")
                for stream in receipt.streams {
                    let last = batch.last { $0.stream == stream.stream }
                    try expectEqual(last?.version, stream.version, "version of \(stream.stream) after the batch")
                }
            }
            for stream in streams {
                let versions = stored.filter { $0.stream == stream }.map(\.version)
                try expectEqual(versions, Array(1...StreamVersion(versions.count)), "versions of \(stream)")
            }
        },
        EventLogCheck("Of many appends at once each is refused for its own reason, named exactly, and fails no neighbour") { check in
            let known = try check.event(tags: ["known:1"])
            try await check.append([check.event()], to: "room-1")
            try await check.append([known, check.event()], to: "room-1")
            let other = try await check.openAgain()
            let (room, tooMany) = (try StreamName("room-1"), try check.events(Limits.batchEvents + 1))
            let condition = AppendCondition(noneMatching: EventQuery([.init(tags: [try Tag("known:1")])]), after: 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    let log = number.isMultiple(of: 5) ? other : check.log
                    let stream = try StreamName("hall-\(number)")
                    let events = try check.events(2)
                    @Sendable func write(_ events: [NewEvent]) -> [StreamWrite] { [StreamWrite(events, to: stream)] }
                    func refused(_ what: String, _ error: EventLogError, _ batch: Append) {
                        group.addTask { try await expectRefusal(what, error) { try await log.append(batch) } }
                    }
                    refused(
                        "a stale version", .versionConflict(stream: room, expected: .exactly(2), actual: 3),
                        Append(write(try check.events(1)) + [StreamWrite(try check.events(1), to: room, expecting: .exactly(2))]))
                    refused(
                        "a check", .versionConflict(stream: room, expected: .none, actual: 3),
                        Append(write(try check.events(1)), checks: [StreamCheck(room, expecting: .none)]))
                    refused("a condition", .conditionFailed(position: 2), Append(write(try check.events(1)), condition: condition))
                    refused(
                        "a fence", .fenced(lease: "none", epoch: 1),
                        Append(write(try check.events(1)), fence: Fence(lease: "none", epoch: 1)))
                    if number == 0 {
                        refused("a limit", .limitExceeded(.batchEvents, actual: tooMany.count), Append(write(tooMany)))
                    }
                    let overlap = Append([StreamWrite([known] + (try check.events(1)), to: room)])
                    group.addTask {
                        let isNamed = { (error: EventLogError) in
                            if case .idempotencyConflict(known.id, position: 2, _) = error { true } else { false }
                        }
                        try await expectRefusal("an overlap", isNamed) { try await log.append(overlap) }
                    }
                    group.addTask {
                        let answer = try await log.append([known], to: room, expecting: .none)
                        try expect(answer.isRepeat && answer.firstPosition == 2, "the repeat is answered with \(answer)")
                    }
                    group.addTask {
                        let receipt = try await log.append(events, to: stream, expecting: .none)
                        try expectEqual(receipt.streams, [.init(stream: stream, version: 2)], "streams of the receipt")
                    }
                }
                try await group.waitForAll()
            }
            let stored = try await check.everything()
            try expectEqual(stored.map(\.position), Array(1...43), "positions")
            try expectEqual(stored.dropFirst(3).count { $0.stream.category.description == "hall" }, 40, "events of the accepted appends")
            try expectEqual(try await check.log.streamCount(), 21, "streams")
            try expect(try await ChainVerifier.verify(check.log).verified, "the chain verifies")
        },
        EventLogCheck("What was acknowledged can be read at once, through every opening of the log") { check in
            let other = try await check.openAgain()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<6 {
                    group.addTask {
                        for number in 0..<6 {
                            let events = try check.events(1 + number)
                            let receipt = try await (task.isMultiple(of: 2) ? check.log : other).append(
                                events, to: StreamName("room-\(task)"))
                            for log in [check.log, other] {
                                let selection = EventSelection(after: receipt.firstPosition - 1, until: receipt.lastPosition)
                                try expectEqual(try await log.read(selection).map(\.id), events.map(\.id), "events just appended")
                                let version = try await log.version(of: StreamName("room-\(task)"))
                                try expectEqual(version, receipt.streams[0].version, "version")
                                try expect(try await log.head().position >= receipt.lastPosition, "the head is behind")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        },
        EventLogCheck("Of appends of the same events at the same time one is stored, and the others get its answer") { check in
            let other = try await check.openAgain()
            for round in 0..<10 {
                let events = try check.events(1 + round)
                let stream = try StreamName("room-\(round % 3)")
                let answers = try await withThrowingTaskGroup(of: AppendReceipt.self) { group in
                    for number in 0..<8 {
                        let log = number == 7 ? other : check.log
                        group.addTask { try await log.append(events, to: stream) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                try expectEqual(answers.count { !$0.isRepeat }, 1, "appends that stored something")
                let withoutMark = Set(
                    answers.map { answer in
                        var answer = answer
                        answer.isRepeat = false
                        return answer
                    })
                try expectEqual(withoutMark.count, 1, "different answers")
            }
            try expectEqual(try await check.head(), 55, "head")
        },
        EventLogCheck("A reader beside writers sees a beginning of the log, and of each batch all or nothing") { check in
            let (a, b) = (try StreamName("room-a"), try StreamName("hall-b"))
            let other = try await check.openAgain()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<3 {
                    group.addTask {
                        for _ in 0..<25 {
                            let writes = [StreamWrite(try check.events(3), to: a), StreamWrite(try check.events(4), to: b)]
                            _ = try await (writer == 0 ? other : check.log).append(Append(writes))
                        }
                    }
                }
                for log in [check.log, other] {
                    group.addTask {
                        for _ in 0..<20 {
                            let head = try await log.head().position
                            let seen = try await log.read(EventSelection(limit: .max)).map(\.position)
                            try expectEqual(seen, Array(1..<Position(seen.count + 1)), "positions")
                            try expect(seen.count.isMultiple(of: 7), "\(seen.count) events hold a part of a batch")
                            try expect(seen.count >= Int(head), "the head was \(head), and later there were \(seen.count) events")
                            let backwards = try await log.read(EventSelection(direction: .backwards, limit: .max)).map(\.position)
                            try expectEqual(backwards, (1..<Position(backwards.count + 1)).reversed(), "positions backwards")
                            try expect(backwards.count.isMultiple(of: 7), "\(backwards.count) events hold a part of a batch")
                            try expect(try await log.head().position % 7 == 0, "the head lies within a batch")
                            let ofA = try await log.read(EventSelection(EventFilter(stream: a), limit: .max))
                            try expect(ofA.count.isMultiple(of: 3), "\(ofA.count) events of a stream hold a part of a batch")
                        }
                    }
                }
                try await group.waitForAll()
            }
            try expectEqual(try await check.head(), 3 * 25 * 7, "head")
        },
        EventLogCheck("Openings that append by turns each go on from what the others stored, also after refusals") { check in
            var logs = [check.log, try await check.openAgain(), try await check.openAgain()]
            var model = PlainLog()
            var last = Append([])
            for round in 0..<45 {
                if round == 30 { logs.append(try await check.openAgain()) }
                let log = logs[round * 7 % 11 % logs.count]
                check.clock.move(by: .seconds(round % 7 == 3 ? -1 : 1))
                let (room, new) = (try StreamName("room-1"), try StreamName("room-new\(round / 2)"))
                // Each is refused by what another opening stored last, or by itself before.
                let stale = AppendCondition(noneMatching: EventQuery([.init()]), after: max(0, model.head - 1))
                for refused in [
                    Append([StreamWrite(try check.events(2), to: room)], condition: stale),
                    Append([
                        StreamWrite(try check.events(1), to: new),
                        StreamWrite(try check.events(1), to: room, expecting: .exactly(model.version(of: room) + 1)),
                    ]),
                ] where model.head > 0 { try await model.expectSameAnswer(of: log, to: refused, at: check.clock.now()) }
                if round > 0 { try await model.expectSameAnswer(of: log, to: last, at: check.clock.now()) }
                let type = try EventType("check.n\(round / 3)")
                let events = try (0..<1 + round * 37 % 90).map { try check.event(type, tags: ["round:\(round)", "n:\($0)"]) }
                let condition = AppendCondition(noneMatching: EventQuery([.init(tags: [try Tag("n:0")])]), after: model.head)
                last = Append(
                    [
                        StreamWrite(events, to: room, expecting: .exactly(model.version(of: room))),
                        StreamWrite(try check.events(1), to: new, expecting: .exactly(model.version(of: new))),
                    ], condition: condition)
                try await model.expectSameAnswer(of: log, to: last, at: check.clock.now())
            }
            for log in logs {
                let stored = try await log.all(EventSelection(limit: .max))
                try expectEqual(stored.map(\.id), model.events.map(\.sent.id), "ids")
                let tagged = try await log.read(EventSelection(EventFilter(tags: [try Tag("n:0")]), limit: .max))
                try expectEqual(tagged.count, 45, "events found by their tag")
            }
            try expect(try await ChainVerifier.verify(check.log).verified, "the chain verifies")
        },
    ]
}

extension PlainLog {
    /// Sends the batch to the log, and expects the answer that this model gives.
    mutating func expectSameAnswer(
        of log: any EventLog, to batch: Append, at now: Timestamp, file: String = #fileID, line: UInt = #line
    ) async throws {
        let outcome: Result<AppendReceipt, EventLogError>
        do throws(EventLogError) { outcome = .success(try await log.append(batch)) } catch { outcome = .failure(error) }
        let answer = append(batch, at: now)
        try expect(answer.explains(outcome), "\(outcome) instead of \(answer)", file: file, line: line)
    }
}
