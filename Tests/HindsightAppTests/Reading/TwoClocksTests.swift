import HindsightApp
import HindsightCore
import HindsightTesting
import Testing

/// Folds of a stream as recorded and as occurred.
@Suite("Two clocks of a stream") struct TwoClocksTests {
    @Test("A fact recorded late does not hide one that occurred after it, unless it is asked what was recorded") func lateFact()
        async throws
    {
        let price = try PriceStream()
        try await price.record(["amount": 250, "currency": "EUR"], on: 1)
        try await price.record(["amount": 300], on: 10)
        try await price.record(["amount": 270], on: 20, occurred: 5)
        #expect(try await price.state() == ["amount": 270, "currency": "EUR"])
        #expect(try await price.state(occurred: 20) == ["amount": 300, "currency": "EUR"])
        #expect(try await price.state(occurred: 7) == ["amount": 270, "currency": "EUR"])
        #expect(try await price.state(at: 2, occurred: 7) == ["amount": 250, "currency": "EUR"])
        #expect(try await price.state(at: 2, occurred: 10) == ["amount": 300, "currency": "EUR"])
    }

    @Test("Of facts at the same instant the one recorded last counts: a correction comes after what it corrects") func correction()
        async throws
    {
        let price = try PriceStream()
        try await price.record(["amount": 250], on: 1)
        try await price.record(["amount": 520], on: 3)
        try await price.record(["amount": 260], on: 9, occurred: 3)
        #expect(try await price.state(at: 2, occurred: 3) == ["amount": 520])
        #expect(try await price.state(occurred: 3) == ["amount": 260])
    }

    @Test("A fact recorded ahead of its day counts from that day on") func ahead() async throws {
        let price = try PriceStream()
        try await price.record(["amount": 250], on: 1)
        try await price.record(["amount": 400], on: 2, occurred: 30)
        #expect(try await price.state() == ["amount": 400])
        #expect(try await price.state(occurred: 29) == ["amount": 250])
        #expect(try await price.state(occurred: 30) == ["amount": 400])
    }

    @Test("A member that went before a later fact is there, and one that went after an earlier fact is not") func removal() async throws {
        let price = try PriceStream()
        try await price.record(["amount": 250, "note": "new"], on: 10)
        try await price.record(["amount": .null], on: 11, occurred: 5)
        try await price.record(["note": .null], on: 12)
        try await price.record(["note": "old"], on: 13, occurred: 11)
        #expect(try await price.state() == ["note": "old"])
        #expect(try await price.state(occurred: 13) == ["amount": 250])
    }

    @Test("A state says by which clock it is, and which event counts last") func tellsView() async throws {
        let price = try PriceStream()
        try await price.record(["amount": 300], on: 10)
        try await price.record(["amount": 270], on: 20, occurred: 5)
        let recorded = try await StreamState(of: price.name, at: nil, in: price.log)
        #expect((recorded.view, recorded.occurred, recorded.version) == ("recorded", nil, 2))
        let occurred = try await StreamState(of: price.name, at: nil, as: .occurred(by: PriceStream.day(15)), in: price.log)
        #expect((occurred.view, occurred.occurred, occurred.version) == ("occurred", PriceStream.day(15), 1))
        #expect((occurred.position, occurred.recordedAt, occurred.occurredAt) == (1, PriceStream.day(10), PriceStream.day(10)))
    }

    @Test("A stream that is not there, and one of which nothing had occurred, are told apart") func missing() async throws {
        let price = try PriceStream()
        try await price.record(["amount": 300], on: 10)
        let tooEarly = NoSuchStream(stream: price.name, position: nil, occurred: PriceStream.day(9))
        await #expect(throws: tooEarly) { try await price.state(occurred: 9) }
        await #expect(throws: NoSuchStream(stream: price.name, position: 0)) { try await price.state(at: 0, occurred: 9) }
        #expect(tooEarly.description.contains("nothing is known to have occurred in stream price-espresso by 2026-05-09T00:00:00Z"))
    }

    // MARK: - Any history

    /// An event as a plain fold sees it.
    private struct Plain {
        let position: Position
        let occurred: Int
        let members: [String: JSONValue]
    }

    /// Some days of recording with facts of any days, values that go, and ties.
    private func history(_ seed: UInt64, keepsTime: Bool = false) async throws -> (price: PriceStream, events: [Plain]) {
        var generator = SeededGenerator(seed)
        let price = try PriceStream()
        var events: [Plain] = []
        for day in 1...Int.random(in: 1...25, using: &generator) {
            var members: [String: JSONValue] = [:]
            for name in ["a", "b", "c"] where Int.random(in: 0..<2, using: &generator) == 0 {
                members[name] = Int.random(in: 0..<5, using: &generator) == 0 ? .null : .integer(Int64.random(in: 0..<4, using: &generator))
            }
            let occurred = keepsTime ? day : Int.random(in: 1...12, using: &generator)
            try await price.record(.object(members), on: day, occurred: keepsTime ? nil : occurred)
            events.append(Plain(position: Position(day), occurred: occurred, members: members))
        }
        return (price, events)
    }

    private func fold(_ events: [Plain]) -> JSONValue {
        var state: [String: JSONValue] = [:]
        for event in events {
            for (name, value) in event.members { state[name] = value == .null ? nil : value }
        }
        return .object(state)
    }

    @Test("The view by occurrence is the fold of the events in the order in which they occurred", arguments: 0..<150 as Range<UInt64>)
    func sortedFold(seed: UInt64) async throws {
        let (price, events) = try await history(seed)
        for position in [1, events.count / 2, events.count].map(Int64.init) where position > 0 {
            let known = events.filter { $0.position <= position }
            #expect(try await price.state(at: position) == fold(known))
            for day in 1...12 {
                let occurred = known.filter { $0.occurred <= day }.sorted { ($0.occurred, $0.position) < ($1.occurred, $1.position) }
                guard let last = occurred.last else { continue }
                let state = try await StreamState(of: price.name, at: position, as: .occurred(by: PriceStream.day(day)), in: price.log)
                #expect(state.state == fold(occurred), "day \(day), position \(position)")
                #expect(state.position == last.position)
            }
        }
    }

    @Test("Where everything is recorded as it occurs, both views agree", arguments: 0..<50 as Range<UInt64>)
    func agree(seed: UInt64) async throws {
        let (price, events) = try await history(seed, keepsTime: true)
        for event in events {
            #expect(try await price.state(at: event.position) == price.state(occurred: Int(event.position)))
        }
    }

    @Test("Why and believed tell what the states tell, however long the chain may be", arguments: 0..<100 as Range<UInt64>)
    func sameValues(seed: UInt64) async throws {
        let (price, events) = try await history(seed)
        price.pass(to: 40)
        for name in ["a", "b", "c"] where events.contains(where: { $0.members[name] != nil }) {
            for limit in [1, 3, .max] {
                let why = try await price.why(name, limit: limit)
                #expect(why.value == (try await price.state())[name])
                #expect(why.chain.count { $0.standing == .stands } == 1 && why.chain.count <= limit)
                #expect(why.chain.count + why.omitted == events.count { $0.members[name] != nil })
                let known = try await price.why(name, occurred: 12, limit: limit)
                #expect(known.value == (try await price.state(occurred: 12))[name])
                #expect(known.chain.count { $0.standing == .stands } == 1)
            }
        }
        for day in 1...min(12, events.count) where events.contains(where: { $0.occurred <= day }) {
            let belief = try await price.believed(on: day)
            let known = try await price.state(occurred: day)
            let hasOccurred = events.contains { $0.position <= belief.believedAt && $0.occurred <= day }
            let believed = hasOccurred ? try await price.state(at: belief.believedAt, occurred: day) : [:]
            for field in belief.fields {
                let name = String(field.field.description.dropFirst())
                #expect((field.believed, field.known) == (believed[name], known[name]))
                #expect(field.differs == (believed[name] != known[name]))
            }
            #expect(belief.fields.count == Set(["a", "b", "c"]).count { believed[$0] != nil || known[$0] != nil })
        }
    }
}
