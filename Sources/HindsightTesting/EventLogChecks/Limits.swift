import HindsightCore

extension EventLogCheck {
    static let limits: [EventLogCheck] = [
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
        EventLogCheck("A category of exactly 64 bytes is stored and found") { check in
            let category = try Category("c" + String(repeating: "9", count: 63))
            try await check.append(check.events(1), to: "\(category)-1")
            try await check.append(check.events(1), to: "room-1")
            let found = try await check.log.read(EventSelection(EventFilter(categories: [category])))
            try expectEqual(found.map(\.position), [1], "events found")
        },
        EventLogCheck("A schema version starts at 1, and 0 is refused by name") { check in
            for version in [0, -1, Int.min] {
                var event = try check.event()
                event.schemaVersion = version
                try await expectRefusal("version \(version)", { if case .invalid(field: "schemaVersion", _) = $0 { true } else { false } })
                {
                    try await check.append([event], to: "room-1")
                }
            }
            for version in [1, Int(Int32.max) + 1, Int.max] {
                var event = try check.event()
                event.schemaVersion = version
                try await check.append([event], to: "room-1")
            }
            try expectEqual(try await check.everything().map(\.schemaVersion), [1, Int(Int32.max) + 1, Int.max], "schema versions")
        },
        EventLogCheck("JSON of exactly 64 levels is kept") { check in
            let levels = Limits.jsonDepth - 1
            let text = #"{"a":"# + String(repeating: "[", count: levels) + String(repeating: "]", count: levels) + "}"
            try await check.append([check.event(data: text, metadata: text)], to: "room-1")
            try expectEqual(try await check.everything()[0].data, try JSONText(object: text), "data")
        },
        EventLogCheck("A batch over a limit stores nothing, wherever in it the limit is exceeded") { check in
            var wrong = try check.event()
            wrong.tags = try (0...Limits.tagsPerEvent).map { try Tag(key: "n", value: "\($0)") }
            for place in [0, 2, 4] {
                var events = try check.events(4)
                events.insert(wrong, at: place)
                let batch = Append([
                    StreamWrite(Array(events[..<2]), to: try StreamName("room-1")),
                    StreamWrite(Array(events[2...]), to: try StreamName("room-2")),
                ])
                try await expectRefusal("too many tags", .limitExceeded(.tagsPerEvent, actual: Limits.tagsPerEvent + 1)) {
                    try await check.log.append(batch)
                }
            }
            try expectEqual(try await check.log.head(), .empty, "head")
            try expectEqual(try await check.log.streamCount(), 0, "streams")
        },
        EventLogCheck("A page of no events, and a query without items, are refused by name") { check in
            try await check.append(check.events(3), to: "room-1")
            let selections: [(field: String, selection: EventSelection)] = [
                ("limit", EventSelection(limit: 0)), ("limit", EventSelection(limit: -1)), ("limit", EventSelection(limit: .min)),
                ("query", EventSelection(query: EventQuery([]))),
            ]
            for (field, selection) in selections {
                let isNamed = { (error: EventLogError) in if case .invalid(field: field, _) = error { true } else { false } }
                try await expectRefusal("a read of \(selection)", isNamed) { try await check.log.read(selection) }
                try await expectRefusal("a scan of \(selection)", isNamed) { try await check.log.scan(selection) { _ in } }
                try await expectRefusal("the pages of \(selection)", isNamed) { try await check.log.all(selection) }
            }
            try expectEqual(try await check.log.read(EventSelection(limit: 1)).map(\.position), [1], "a page of one event")
        },
    ]
}

extension JSONText {
    /// An object of exactly so many bytes.
    static func filler(bytes: Int) -> JSONText {
        let frame = #"{"a":""}"#.utf8.count
        return JSONText(trusted: Array(#"{"a":""#.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: bytes - frame) + Array(#""}"#.utf8))
    }
}
