import HindsightCore

extension EventLogCheck {
    static let appending: [EventLogCheck] = [
        EventLogCheck("The first event of an empty log has position 1 and version 1") { check in
            try expectEqual(try await check.log.head(), .empty, "head of an empty log")
            let receipt = try await check.append([check.event()], to: "room-1")
            try expectEqual(receipt.firstPosition, 1, "first position")
            try expectEqual(receipt.lastPosition, 1, "last position")
            try expectEqual(receipt.streams, [.init(stream: try StreamName("room-1"), version: 1)], "streams")
            try expect(!receipt.isRepeat, "a first append is no repeat")
        },
        EventLogCheck("An append to several streams takes contiguous positions in the order written") { check in
            try await check.append(check.events(2), to: "other-1")
            let (a, b) = (try StreamName("room-a"), try StreamName("room-b"))
            let events = try check.events(5)
            let receipt = try await check.log.append(
                Append([StreamWrite(Array(events[0..<2]), to: a), StreamWrite([events[2]], to: b), StreamWrite(Array(events[3...]), to: a)])
            )
            try expectEqual([receipt.firstPosition, receipt.lastPosition], [3, 7], "positions of the receipt")
            try expectEqual(receipt.streams, [.init(stream: a, version: 4), .init(stream: b, version: 1)], "streams of the receipt")
            let stored = try await check.everything().dropFirst(2)
            try expectEqual(stored.map(\.id), events.map(\.id), "order of the events")
            try expectEqual(stored.map(\.position), [3, 4, 5, 6, 7], "positions")
            try expectEqual(stored.map(\.stream), [a, a, b, a, a], "streams")
            try expectEqual(stored.map(\.version), [1, 2, 1, 3, 4], "versions")
        },
        EventLogCheck("An append that one stream refuses stores nothing in any other") { check in
            try await check.append(check.events(1), to: "room-1")
            let before = try await check.log.head()
            let batch = Append([
                StreamWrite(try check.events(3), to: try StreamName("room-2")),
                StreamWrite(try check.events(1), to: try StreamName("room-1"), expecting: .none),
            ])
            try await expectRefusal(
                "a stream that exists", .versionConflict(stream: try StreamName("room-1"), expected: .none, actual: 1)
            ) { try await check.log.append(batch) }
            try expectEqual(try await check.log.head(), before, "head")
            try expectEqual(try await check.version(of: "room-2"), 0, "version of the other stream")
            try expectEqual(try await check.log.streamCount(), 1, "streams")
        },
        EventLogCheck("Positions and versions count on without gaps after a refusal") { check in
            try await check.append(check.events(2), to: "room-1")
            try await expectRefusal("a wrong version", { $0.isConflict }) {
                try await check.append(check.events(2), to: "room-1", expecting: .exactly(1))
            }
            try await check.append(check.events(2), to: "room-1")
            try await check.append(check.events(1), to: "room-2")
            let stored = try await check.everything()
            try expectEqual(stored.map(\.position), [1, 2, 3, 4, 5], "positions")
            try expectEqual(stored.map(\.version), [1, 2, 3, 4, 1], "versions")
            try expectEqual(try await check.log.streamCount(), 2, "streams")
        },
        EventLogCheck("An expected version admits exactly the versions that it names") { check in
            try await check.append(check.events(2), to: "room-2")
            let table: [(ExpectedVersion, admitsMissing: Bool, admitsTwo: Bool)] = [
                (.any, true, true), (.none, true, false), (.exists, false, true), (.exactly(0), true, false), (.exactly(1), false, false),
                (.exactly(2), false, true), (.exactly(3), false, false),
            ]
            for (number, row) in table.enumerated() {
                for (stream, version, isAdmitted) in [("room-new\(number)", 0, row.admitsMissing), ("room-two\(number)", 2, row.admitsTwo)]
                {
                    if version == 2 { try await check.append(check.events(2), to: stream) }
                    let expected = row.0
                    if isAdmitted {
                        let receipt = try await check.append(check.events(1), to: stream, expecting: expected)
                        try expectEqual(receipt.streams[0].version, StreamVersion(version) + 1, "version after expecting \(expected)")
                    } else {
                        try await expectRefusal(
                            "expecting \(expected)",
                            .versionConflict(stream: try StreamName(stream), expected: expected, actual: StreamVersion(version))
                        ) { try await check.append(check.events(1), to: stream, expecting: expected) }
                    }
                }
            }
        },
        EventLogCheck("A stream named twice in one append: the second expects the version after the first") { check in
            let stream = try StreamName("room-1")
            func batch(_ second: ExpectedVersion) throws -> Append {
                Append([
                    StreamWrite(try check.events(2), to: stream, expecting: .none),
                    StreamWrite(try check.events(1), to: stream, expecting: second),
                ])
            }
            try await expectRefusal("the version before", .versionConflict(stream: stream, expected: .none, actual: 2)) {
                try await check.log.append(batch(.none))
            }
            try expectEqual(try await check.head(), 0, "head after the refusal")
            let receipt = try await check.log.append(batch(.exactly(2)))
            try expectEqual(receipt.streams, [.init(stream: stream, version: 3)], "streams")
        },
        EventLogCheck("A check on a stream that is not written refuses the append, and leaves that stream alone") { check in
            try await check.append(check.events(1), to: "room-1")
            let (written, checked, missing) = (try StreamName("room-2"), try StreamName("room-1"), try StreamName("room-3"))
            func append(_ checks: [StreamCheck]) async throws -> AppendReceipt {
                try await check.log.append(Append([StreamWrite(try check.events(1), to: written)], checks: checks))
            }
            try await expectRefusal("another version", .versionConflict(stream: checked, expected: .exactly(2), actual: 1)) {
                try await append([StreamCheck(missing, expecting: .none), StreamCheck(checked, expecting: .exactly(2))])
            }
            try await expectRefusal("a missing stream", .versionConflict(stream: missing, expected: .exists, actual: 0)) {
                try await append([StreamCheck(missing, expecting: .exists)])
            }
            _ = try await append([StreamCheck(checked, expecting: .exactly(1)), StreamCheck(missing, expecting: .none)])
            try expectEqual(try await check.version(of: "room-1"), 1, "version of the checked stream")
            try expectEqual(try await check.log.streamCount(), 2, "streams: a check makes none")
        },
        EventLogCheck("A batch with nothing to store, or with one id twice, is refused") { check in
            let stream = try StreamName("room-1")
            let event = try check.event()
            let batches = [
                Append([]), Append([StreamWrite([], to: stream)]),
                Append([StreamWrite([try check.event()], to: stream), StreamWrite([], to: try StreamName("room-2"))]),
                Append([StreamWrite([event, event], to: stream)]),
                Append([StreamWrite([event], to: stream), StreamWrite([event], to: try StreamName("room-2"))]),
            ]
            for (number, batch) in batches.enumerated() {
                try await expectRefusal("batch \(number)", { if case .invalid = $0 { true } else { false } }) {
                    try await check.log.append(batch)
                }
            }
            try expectEqual(try await check.head(), 0, "head")
        },
        EventLogCheck("Names are compared by bytes, not by characters") { check in
            let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
            try await check.append(
                [check.event(try EventType(composed), tags: ["at:\(composed)"])], to: "room-\(composed)", expecting: .none)
            try await check.append(
                [check.event(try EventType(decomposed), tags: ["at:\(decomposed)"])], to: "room-\(decomposed)", expecting: .none)
            try expectEqual(try await check.log.streamCount(), 2, "streams")
            for (position, name) in [(Position(1), composed), (2, decomposed)] {
                for filter in [
                    EventFilter(stream: try StreamName("room-\(name)")), EventFilter(types: [try EventType(name)]),
                    EventFilter(tags: [try Tag("at:\(name)")]),
                ] {
                    let found = try await check.log.read(EventSelection(filter))
                    try expectEqual(found.map(\.position), [position], "what \(filter) finds")
                    try expectEqual(Array(found[0].type.description.utf8), Array(name.utf8), "bytes of the type")
                }
            }
        },
        EventLogCheck("Of appends at the same time each gets its own outcome, and a conflict of one fails no other") { check in
            let writers = 60
            let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<writers {
                    let contested = number.isMultiple(of: 2)
                    let event = try check.event()
                    let stream = try StreamName(contested ? "room-contested" : "room-\(number)")
                    group.addTask {
                        do {
                            _ = try await check.log.append([event], to: stream, expecting: .none)
                            return true
                        } catch let error as EventLogError
                            where error == .versionConflict(stream: stream, expected: .none, actual: 1) && contested
                        {
                            return false
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try expectEqual(outcomes.count { $0 }, writers / 2 + 1, "accepted appends")
            let stored = try await check.everything()
            try expectEqual(stored.map(\.position), Array(1...Position(writers / 2 + 1)), "positions")
            try expectEqual(try await check.version(of: "room-contested"), 1, "version of the contested stream")
        },
    ]
}
