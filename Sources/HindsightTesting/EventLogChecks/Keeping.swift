import HindsightCore

extension EventLogCheck {
    static let keeping: [EventLogCheck] = [
        EventLogCheck("Data and metadata are kept byte for byte") { check in
            let texts = [
                #"{"z":1,"a":1.0,"m":1e2,"big":123456789012345678901234567890,"neg":-0.0}"#,
                #"{"escaped":"\u0041\/\"\\\n","raw":"A/é😀\u001f","кириллица":"да"}"#, #"{"nested":[[],{},[{"":null}]],"t":true}"#, "{}",
            ]
            for text in texts { try await check.append([check.event(data: text, metadata: text)], to: "room-1") }
            let stored = try await check.everything()
            try expectEqual(stored.map { $0.data?.bytes }, texts.map { Array($0.utf8) }, "data")
            try expectEqual(stored.map(\.metadata.bytes), texts.map { Array($0.utf8) }, "metadata")
        },
        EventLogCheck("Every field of an event is read as it was sent") { check in
            var event = try check.event("check.Тип with spaces", occurredAt: Timestamp(microsecondsSince1970: -1), tags: ["a:b:c"])
            event.schemaVersion = 12_345
            try await check.append([event], to: #"room-id with "quotes", \ and 😀"#)
            let stored = try await check.everything()
            try expectEqual(stored.count, 1, "events")
            try expectEqual(event.difference(from: stored[0]), nil, "field that differs")
            try expectEqual(stored[0].id, event.id, "id")
            try expectEqual(stored[0].stream, try StreamName(#"room-id with "quotes", \ and 😀"#), "stream")
            try expectEqual(stored[0].recordedAt, LogUnderCheck.start, "time of recording")
            try expectEqual(stored[0].encoding, 0, "encoding")
        },
        EventLogCheck("Tags keep their order and repeats") { check in
            let tags = ["b:2", "a:1", "b:2", #"q:"\,[]"#, "b:1"]
            try await check.append([check.event(tags: tags)], to: "room-1")
            try expectEqual(try await check.everything().map { $0.tags.map(\.description) }, [tags], "tags")
            for tag in Set(tags) {
                let found = try await check.log.read(EventSelection(EventFilter(tags: [try Tag(tag)])))
                try expectEqual(found.count, 1, "events found by \(tag)")
            }
        },
        EventLogCheck("An event without a time of occurrence occurred when it was recorded") { check in
            check.clock.move(by: .seconds(5))
            let before = LogUnderCheck.start.advanced(by: .days(-20_000))
            try await check.append([check.event(), check.event(occurredAt: before)], to: "room-1")
            try expectEqual(try await check.everything().map(\.occurredAt), [check.clock.now(), before], "times of occurrence")
        },
        EventLogCheck("The digest chain verifies, and the head carries the last event's digest") { check in
            try await check.append([check.event(data: #"{"a":"é"}"#, tags: ["a:1", "a:1"]), check.event()], to: "room-1")
            check.clock.move(by: .seconds(-1))
            _ = try await check.log.append(
                Append([
                    StreamWrite(try check.events(2), to: try StreamName("room-2")),
                    StreamWrite(try check.events(1), to: try StreamName("room-1")),
                ]))
            let head = try await check.log.head()
            let stored = try await check.everything()
            try expectEqual(head.digest, stored[4].digest, "digest of the head")
            try expectEqual(head.recordedAt, stored[4].recordedAt, "time of the head")
            for pageSize in [1, 2, 1_000] {
                let verdict = try await ChainVerifier.verify(check.log, pageSize: pageSize)
                try expectEqual(verdict, .init(verified: true, through: 5, digest: head.digest), "verdict")
            }
            try expectEqual(Set(stored.map(\.salt)).count, 5, "different salts")
        },
        EventLogCheck("What was acknowledged is there when the log is closed and opened again, and goes on from there") { check in
            let events = try check.events(3)
            try await check.append(Array(events[0..<2]), to: "room-1")
            let receipt = try await check.append([events[2]], to: "room-1")
            let lease = try await check.log.acquireLease("saga", holder: "one", for: .days(1), supersedes: false)
            let (head, stored) = (try await check.log.head(), try await check.everything())
            for closes in [true, false] {
                if closes { try await check.closeAll() }
                let log = try await check.openAgain()
                try expectEqual(try await log.head(), head, "head")
                try expectEqual(try await log.all(EventSelection()), stored, "events")
                try expectEqual(try await log.streamCount(), 1, "streams")
                var expected = receipt
                expected.isRepeat = true
                try expectEqual(
                    try await log.append([events[2]], to: StreamName("room-1"), expecting: .none), expected, "answer to a repeat")
                try expectEqual(
                    try await log.acquireLease("saga", holder: "two", for: .days(1), supersedes: false), nil, "lease of another holder")
                try expectEqual(
                    try await log.acquireLease("saga", holder: "one", for: .days(1), supersedes: false)?.epoch, lease?.epoch, "epoch")
            }
            let log = try await check.openAgain()
            let next = try await log.append(check.events(1), to: StreamName("room-1"), expecting: .exactly(3))
            try expectEqual(next.firstPosition, 4, "position after the last one")
            let verdict = try await ChainVerifier.verify(log)
            try expectEqual(verdict, .init(verified: true, through: 4, digest: try await log.head().digest), "verdict")
        },
    ]
}
