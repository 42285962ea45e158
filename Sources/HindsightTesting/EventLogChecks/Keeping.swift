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
        EventLogCheck("An event of exactly 1 MiB of data and metadata is stored, one byte more is refused by name") { check in
            let metadata = #"{"actor":"u1"}"#
            func event(_ bytes: Int) throws -> NewEvent {
                var event = try check.event(metadata: metadata)
                event.data = .filler(bytes: bytes - metadata.utf8.count)
                return event
            }
            try await expectRefusal("too large", .limitExceeded(.eventBytes, actual: Limits.eventBytes + 1)) {
                try await check.append([event(Limits.eventBytes + 1)], to: "room-1")
            }
            try await check.append([event(Limits.eventBytes)], to: "room-1")
            try expectEqual(try await check.everything().map { $0.data?.bytes.count }, [Limits.eventBytes - metadata.utf8.count], "bytes")
        },
        EventLogCheck("A batch of exactly 16 MiB is stored, one byte more is refused by name") { check in
            func events(_ bytes: Int) throws -> [NewEvent] {
                var rest = bytes
                var events: [NewEvent] = []
                while rest > 0 {
                    var event = try check.event()
                    let size = min(rest, Limits.eventBytes - 1_000)
                    event.data = .filler(bytes: size - event.metadata.bytes.count)
                    events.append(event)
                    rest -= size
                }
                return events
            }
            try await expectRefusal("too large", .limitExceeded(.batchBytes, actual: Limits.batchBytes + 1)) {
                try await check.append(events(Limits.batchBytes + 1), to: "room-1")
            }
            let receipt = try await check.append(events(Limits.batchBytes), to: "room-1")
            try expectEqual(receipt.lastPosition, try await check.head(), "last position")
        },
        EventLogCheck("A batch of exactly 10,000 events is stored, one more is refused by name") { check in
            try await expectRefusal("too many", .limitExceeded(.batchEvents, actual: Limits.batchEvents + 1)) {
                try await check.append(check.events(Limits.batchEvents + 1), to: "room-1")
            }
            let receipt = try await check.append(check.events(Limits.batchEvents), to: "room-1")
            try expectEqual(receipt.streams[0].version, StreamVersion(Limits.batchEvents), "version")
        },
        EventLogCheck("An event of exactly 64 tags is stored, one more is refused by name") { check in
            let tags = (0...Limits.tagsPerEvent).map { "n:\($0)" }
            try await expectRefusal("too many", .limitExceeded(.tagsPerEvent, actual: Limits.tagsPerEvent + 1)) {
                try await check.append([check.event(tags: tags)], to: "room-1")
            }
            try await check.append([check.event(tags: tags.dropLast())], to: "room-1")
            try expectEqual(try await check.everything()[0].tags.count, Limits.tagsPerEvent, "tags")
        },
        EventLogCheck("Names of exactly 255 bytes are stored and found") { check in
            let stream = "room-" + String(repeating: "é", count: (Limits.nameBytes - 5) / 2)
            let type = try EventType(String(repeating: "t", count: Limits.typeBytes))
            let tag = "k:" + String(repeating: "v", count: Limits.tagBytes - 2)
            try await check.append([check.event(type, tags: [tag])], to: stream)
            let found = try await check.log.read(
                EventSelection(EventFilter(stream: try StreamName(stream), types: [type], tags: [try Tag(tag)])))
            try expectEqual(found.count, 1, "events found")
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
    ]
}

extension JSONText {
    /// An object of exactly so many bytes.
    fileprivate static func filler(bytes: Int) -> JSONText {
        let frame = #"{"a":""}"#.utf8.count
        return JSONText(trusted: Array(#"{"a":""#.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: bytes - frame) + Array(#""}"#.utf8))
    }
}
