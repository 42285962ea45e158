import HindsightCore

extension EventLogCheck {
    static let importing: [EventLogCheck] = [
        EventLogCheck("Recorded events of another log are taken over as they are, and appends go on behind them") { check in
            let log = try check.importing()
            let events = try check.recorded(1_100)
            let head = try await log.importRecorded(Array(events[..<600]))
            try expectEqual(head.digest, events[599].digest, "digest of the head")
            _ = try await log.importRecorded(Array(events[600...]))
            try expectEqual(try await check.everything(), events, "events")
            let receipt = try await check.append([check.event(tags: ["number:0"])], to: "room-1")
            try expectEqual(receipt.lastPosition, 1_101, "position of the next event")
            try expectEqual(receipt.streams[0].version, 367 + 1, "version of the next event")
            let tagged = try await log.read(EventSelection(EventFilter(tags: [try Tag("number:0")])))
            try expectEqual(
                tagged.map(\.position), events.filter { $0.position % 50 == 0 }.map(\.position) + [1_101], "events found by tag")
            try expectEqual(try await ChainVerifier.verify(log).verified, true, "verified")
        },
        EventLogCheck("A recorded event that does not follow is refused by its position and member, and nothing of its batch is stored") {
            check in
            let log = try check.importing()
            let events = try check.recorded(10)
            _ = try await log.importRecorded(Array(events[..<3]))
            let changes: [(field: String, change: @Sendable (inout RecordedEvent) throws -> Void)] = [
                ("position", { $0.position += 1 }), ("version", { try $0.move(to: "room-9", version: 2, after: events[5]) }),
                ("recordedAt", { $0.recordedAt = $0.recordedAt.advanced(by: .seconds(-9)) }), ("encoding", { $0.encoding = 1 }),
                ("commitment", { $0.data = .empty }), ("salt", { $0.data = nil }), ("digest", { $0.metadata = .empty }),
                ("digest", { $0.tags.append(try Tag("a:1")) }), ("id", { $0.rename(events[1].id, after: events[5]) }),
                ("id", { $0.rename(events[4].id, after: events[5]) }),
            ]
            for (field, change) in changes {
                var changed = events
                try change(&changed[6])
                let batch = Array(changed[3...])
                do {
                    _ = try await log.importRecorded(batch)
                    throw CheckFailure(reason: "a changed \(field) was taken over", file: #fileID, line: #line)
                } catch let refusal as ImportRefusal {
                    try expectEqual(refusal.field, field, "member at fault (\(refusal.reason))")
                    try expectEqual(refusal.position, changed[6].position, "position at fault")
                }
                try expectEqual(try await check.head(), 3, "head after a changed \(field)")
            }
            _ = try await log.importRecorded(Array(events[3...]))
            try expectEqual(try await check.everything(), events, "events")
        },
        EventLogCheck("Erased events are taken over erased, and read everywhere") { check in
            let log = try check.importing()
            var events = try check.recorded(5)
            (events[2].data, events[2].salt) = (nil, nil)
            _ = try await log.importRecorded(events)
            try expectEqual(try await check.everything(), events, "events")
            try expectEqual(try await log.read(EventSelection(EventFilter(stream: events[2].stream))).first?.data, events[2].data, "data")
            let verdict = try await ChainVerifier.verify(log)
            try expectEqual(verdict.badPosition, 3, "position of the payload that nobody has said to be erased")
        },
        EventLogCheck("An import of no event, of too many, or of one over its limits is refused by name, and one at the limits is not") {
            check in
            let log = try check.importing()
            let many = try check.recorded(Limits.batchEvents + 1)
            try await expectRefusal("no event", { if case .invalid("events", _) = $0 { true } else { false } }) {
                try await log.importRecorded([])
            }
            try await expectRefusal("too many", .limitExceeded(.batchEvents, actual: many.count)) { try await log.importRecorded(many) }
            let overhead = #"{"x":""}"#.utf8.count + "{}".utf8.count
            for excess in [1, 0] {
                let data = #"{"x":"\#(String(repeating: "x", count: Limits.eventBytes - overhead + excess))"}"#
                let tags = (0..<Limits.tagsPerEvent + excess).map { "n:\($0)" }
                for event in try [check.event(data: data), check.event(tags: tags)] {
                    let head = try await log.head()
                    var generator = SystemRandomNumberGenerator()
                    let recorded = event.recorded(
                        at: head.position + 1, in: try StreamName("room-1"), version: head.position + 1, on: LogUnderCheck.start,
                        salt: Salt(using: &generator), after: head.digest)
                    guard excess > 0 else {
                        _ = try await log.importRecorded([recorded])
                        continue
                    }
                    do {
                        _ = try await log.importRecorded([recorded])
                        throw CheckFailure(reason: "an event over its limits was taken over", file: #fileID, line: #line)
                    } catch let refusal as ImportRefusal {
                        try expect(refusal.reason.contains("the limit is"), "refused with \"\(refusal)\"")
                    }
                }
            }
            try expectEqual(try await check.head(), 2, "head")
        },
        EventLogCheck("Events of a time that the clock has not reached are refused") { check in
            let log = try check.importing()
            let events = try check.recorded(1)
            check.clock.move(by: .seconds(-61))
            let (head, clock) = (events[0].recordedAt, check.clock.now())
            try await expectRefusal("too early", .clockBehind(head: head, clock: clock)) { try await log.importRecorded(events) }
            check.clock.move(by: .seconds(1))
            _ = try await log.importRecorded(events)
            try expectEqual(try await check.everything(), events, "events")
        },
    ]
}

extension LogUnderCheck {
    fileprivate func importing() throws -> any EventLogImporting {
        guard let log = log as? any EventLogImporting else {
            throw CheckFailure(reason: "the engine takes no recorded events over", file: #fileID, line: #line)
        }
        return log
    }

    /// Events as another log has recorded them: three streams in turns, every fiftieth with a tag.
    fileprivate func recorded(_ count: Int) throws -> [RecordedEvent] {
        var generator = SystemRandomNumberGenerator()
        var previous = EventDigest.genesis
        return try (1...Position(count)).map { position in
            let event = try event(
                "check.imported", data: #"{"n":\#(position)}"#, metadata: #"{"actor":"u1"}"#, tags: position % 50 == 0 ? ["number:0"] : [])
            let recorded = event.recorded(
                at: position, in: try StreamName("room-\(position % 3)"), version: (position - 1) / 3 + 1, on: Self.start,
                salt: Salt(using: &generator), after: previous)
            previous = recorded.digest
            return recorded
        }
    }
}

extension RecordedEvent {
    /// Also recomputes the digest, so that nothing else is wrong.
    fileprivate mutating func move(to stream: String, version: StreamVersion, after previous: RecordedEvent) throws {
        self.stream = try StreamName(stream)
        self.version = version
        digest = EventDigest.digest(of: self, after: previous.digest)
    }

    fileprivate mutating func rename(_ id: EventID, after previous: RecordedEvent) {
        self.id = id
        digest = EventDigest.digest(of: self, after: previous.digest)
    }
}
