import FoundationEssentials
import HindsightCore
import Testing

@Suite("Limits") struct LimitsTests {
    /// A batch that reaches `amount` of what a limit counts, and stays far below all other limits.
    private static func batch(_ limit: Limit, _ amount: Int) throws -> Append {
        let stream = try StreamName("room-1")
        func event(bytes: Int = 2, tags: Int = 0) throws -> NewEvent {
            // The metadata has two bytes, and data without its x eight.
            let text = String(repeating: "x", count: max(0, bytes - 10))
            let data = bytes < 10 ? JSONText.empty : JSONText(trusted: Array(#"{"a":"\#(text)"}"#.utf8))
            return NewEvent(
                id: EventID(UUID()), type: "check.happened", data: data, metadata: .empty,
                tags: try (0..<tags).map { try Tag(key: "n", value: "\($0)") })
        }
        switch limit {
        case .eventBytes: return Append([StreamWrite([try event(), try event(bytes: amount)], to: stream)])
        case .batchBytes:
            let share = amount / 20
            let sizes = [Int](repeating: share, count: 19) + [amount - 19 * share]
            return Append(try sizes.map { StreamWrite([try event(bytes: $0)], to: stream) })
        case .batchEvents:
            let events = try (0..<amount).map { _ in try event() }
            return Append([StreamWrite(Array(events[..<5_000]), to: stream), StreamWrite(Array(events[5_000...]), to: stream)])
        case .tagsPerEvent: return Append([StreamWrite([try event(), try event(tags: amount)], to: stream)])
        case .nameBytes, .typeBytes, .tagBytes, .jsonDepth: preconditionFailure("no limit of a batch")
        }
    }

    @Test(
        "A batch at its limit is valid, one past it is refused by the limit's name",
        arguments: [
            (Limit.eventBytes, Limits.eventBytes), (.batchBytes, Limits.batchBytes), (.batchEvents, Limits.batchEvents),
            (.tagsPerEvent, Limits.tagsPerEvent),
        ])
    func limitsBatch(limit: Limit, maximum: Int) throws {
        #expect(limit.maximum == maximum)
        try Self.batch(limit, maximum).validate()
        let error = EventLogError.limitExceeded(limit, actual: maximum + 1)
        #expect(throws: error) { try Self.batch(limit, maximum + 1).validate() }
        #expect("\(error)" == "\(limit.rawValue): \(maximum + 1) \(limit.unit), the limit is \(maximum)")
    }

    @Test("A name at its limit is valid, one past it is refused by the limit's name") func limitsNames() throws {
        let makers: [(limit: Limit, prefix: String, make: (String) throws -> String)] = [
            (.nameBytes, "room-", { try StreamName($0).description }), (.typeBytes, "", { try EventType($0).description }),
            (.tagBytes, "k:", { try Tag($0).description }),
        ]
        for (limit, prefix, make) in makers {
            let longest = prefix + String(repeating: "x", count: limit.maximum - prefix.utf8.count)
            #expect(try make(longest) == longest)
            for (more, actual) in [("x", limit.maximum + 1), ("é", limit.maximum + 2)] {
                #expect(throws: EventLogError.limitExceeded(limit, actual: actual)) { try make(longest + more) }
            }
            // Bytes count, not characters.
            #expect(throws: EventLogError.limitExceeded(limit, actual: limit.maximum + 1)) { try make(longest.dropLast() + "é") }
        }
    }

    @Test("A category has up to 64 bytes") func limitsCategory() throws {
        let longest = "c" + String(repeating: "x", count: 63)
        #expect(try Category(longest).description == longest)
        #expect(try StreamName("\(longest)-1").category.description == longest)
        for make in [{ _ = try Category(longest + "x") }, { _ = try StreamName("\(longest)x-1") }] as [() throws -> Void] {
            #expect {
                try make()
            } throws: { if case EventLogError.invalid("stream", let reason) = $0 { reason.contains("category") } else { false } }
        }
    }

    @Test("JSON has up to 64 levels", arguments: [("[", "]"), (#"{"a":"#, "}")]) func limitsDepth(open: String, close: String) throws {
        func nested(_ levels: Int) -> String {
            #"{"a":"# + String(repeating: open, count: levels - 1) + "0" + String(repeating: close, count: levels - 1) + "}"
        }
        #expect(try JSONText(object: nested(Limits.jsonDepth)).bytes.count == nested(Limits.jsonDepth).utf8.count)
        #expect {
            try JSONText(object: nested(Limits.jsonDepth + 1))
        } throws: { ($0 as? JSONSyntaxError)?.reason == "more than 64 levels" }
    }

    @Test("A schema version starts at 1", arguments: [(1, true), (Int.max, true), (0, false), (-1, false)])
    func limitsSchemaVersion(version: Int, isValid: Bool) throws {
        var event = NewEvent(id: EventID(UUID()), type: "check.happened", data: .empty)
        event.schemaVersion = version
        let batch = Append([StreamWrite([event], to: try StreamName("room-1"))])
        if isValid { return try batch.validate() }
        #expect(throws: EventLogError.invalid(field: "schemaVersion", reason: "starts at 1")) { try batch.validate() }
    }

    @Test("A condition asks something, and so does a selection: a query has at least one item, which may be empty")
    func refusesEmptyQuery() throws {
        let event = NewEvent(id: EventID(UUID()), type: "check.happened", data: .empty)
        func validate(_ query: EventQuery) throws {
            let condition = AppendCondition(noneMatching: query, after: 0)
            try Append([StreamWrite([event], to: StreamName("room-1"))], condition: condition).validate()
        }
        try validate(EventQuery([.init()]))
        try EventSelection(query: EventQuery([.init()])).validate()
        let reason = "a query holds at least one item; an empty item matches everything"
        #expect(throws: EventLogError.invalid(field: "condition", reason: reason)) { try validate(EventQuery([])) }
        #expect(throws: EventLogError.invalid(field: "query", reason: reason)) { try EventSelection(query: EventQuery([])).validate() }
    }

    @Test("A page holds at least one event", arguments: [(1, true), (.max, true), (0, false), (-1, false), (.min, false)])
    func limitsPage(limit: Int, isValid: Bool) throws {
        let selection = EventSelection(limit: limit)
        if isValid { return try selection.validate() }
        #expect(throws: EventLogError.invalid(field: "limit", reason: "a page holds at least one event")) { try selection.validate() }
    }

    @Test("A batch holds something for each stream that it names, and each id once") func refusesEmptyBatch() throws {
        let stream = try StreamName("room-1")
        let event = NewEvent(id: EventID(UUID()), type: "check.happened", data: .empty)
        for batch in [Append([]), Append([StreamWrite([event], to: stream), StreamWrite([], to: stream)])] {
            #expect {
                try batch.validate()
            } throws: { if case EventLogError.invalid("events", _) = $0 { true } else { false } }
        }
        let twice = Append([StreamWrite([event], to: stream), StreamWrite([event], to: try StreamName("room-2"))])
        #expect(throws: EventLogError.invalid(field: "id", reason: "\(event.id) stands twice in one append")) { try twice.validate() }
    }

    @Test("Every limit says what it counts", arguments: Limit.allCases) func namesLimit(limit: Limit) {
        #expect(limit.maximum > 0)
        #expect(!limit.rawValue.isEmpty && !limit.unit.isEmpty)
    }
}
