import HTTPEffects
import HindsightCore
import HindsightRuntime
import HindsightTesting
import NIOHTTP1
import Testing

@Suite("HTTP effects: faults") struct FaultTests {
    /// A fault, what the adapter makes of it, and how often the peer has acted then.
    struct Row: Sendable, CustomTestStringConvertible {
        let fault: String
        let outcome: EffectOutcome
        let acts: Int
        var limit = Duration.seconds(60)

        var testDescription: String { fault }
    }

    static let toldToFail: JSONValue = ["error": ["type": "told_to_fail", "message": "The peer was told to fail."]]
    static let done: JSONValue = ["act": 1, "kind": "charge", "key": "k-1"]
    static let lost = EffectOutcome.indeterminate(reason: "the connection to peer was lost before the answer")
    static let timeOver = EffectOutcome.indeterminate(reason: "peer gave no answer in time")
    static let short = Duration.seconds(1)

    static let rows = [
        Row(
            fault: #""refuse""#, outcome: .rejected(reason: "peer answered with status 422", result: toldToFail), acts: 0),
        Row(fault: #""drop-before""#, outcome: lost, acts: 0),
        Row(fault: #""act-and-drop""#, outcome: lost, acts: 1),
        Row(fault: #""act-and-500""#, outcome: .indeterminate(reason: "peer answered with status 500"), acts: 1),
        Row(fault: #""500-before""#, outcome: .indeterminate(reason: "peer answered with status 500"), acts: 0),
        Row(fault: #""late-ms","ms":3600000"#, outcome: timeOver, acts: 1, limit: short),
        Row(fault: #""late-ms","ms":1"#, outcome: .succeeded(done), acts: 1),
        Row(fault: #""act-late-ms","ms":3600000"#, outcome: lost, acts: 0),
        Row(fault: #""answer-twice""#, outcome: .succeeded(done), acts: 1),
        Row(fault: #""429""#, outcome: .notDone(reason: "peer answered with status 429", retryAfter: .seconds(1)), acts: 0),
        Row(fault: #""429","retryAfter":"""#, outcome: .notDone(reason: "peer answered with status 429"), acts: 0),
        Row(
            fault: #""503","retryAfter":"120""#, outcome: .notDone(reason: "peer answered with status 503", retryAfter: .seconds(120)),
            acts: 0),
        Row(fault: #""503","retryAfter":"""#, outcome: .indeterminate(reason: "peer answered with status 503"), acts: 0),
        Row(fault: #""503","retryAfter":"soon""#, outcome: .indeterminate(reason: "peer answered with status 503"), acts: 0),
        Row(fault: #""half-open""#, outcome: timeOver, acts: 0, limit: short),
        Row(
            fault: #""broken-body""#, outcome: .indeterminate(reason: "peer answered with status 200 and a body that can't be read"),
            acts: 1),
        Row(fault: #""half-answer""#, outcome: timeOver, acts: 1, limit: short),
        Row(fault: #""409-in-progress""#, outcome: .indeterminate(reason: "peer answered with status 409"), acts: 0),
        Row(fault: #""redirect""#, outcome: .indeterminate(reason: "peer answered with status 307"), acts: 0),
    ]

    @Test("Each fault has its meaning, a look-up tells the truth, and a repeat acts once in all", arguments: rows)
    func means(_ row: Row) async throws {
        let peer = try TestPeer()
        try await peer.control("faults", #"{"fault":\#(row.fault),"kind":"charge","key":"k-1"}"#)
        try await peer.withPerformer { performer in
            #expect(await performer.perform(TestPeer.intent("k-1", within: row.limit)) == row.outcome)
            #expect(try peer.journal.requests.count == 1)
            #expect(try peer.journal.acts(on: charge("k-1")).count == row.acts)
            #expect(await performer.lookUp(TestPeer.intent("k-1")) == (row.acts == 0 ? .absent : .settled(.succeeded(Self.done))))

            #expect(await performer.perform(TestPeer.intent("k-1", attempt: 2)) == .succeeded(Self.done))
            try PeerVerdict(on: peer.journal).exactlyOnce([charge("k-1")]).hold()
        }
    }

    @Test("A second answer to one effect is never taken for the answer to the next") func answersTwice() async throws {
        let peer = try TestPeer()
        try await peer.control("faults", #"{"fault":"answer-twice","times":50}"#)
        try await peer.withPerformer { performer in
            for number in 0..<50 {
                let expected: JSONValue = ["act": 1, "kind": "charge", "key": .string("k-\(number)")]
                #expect(await performer.perform(TestPeer.intent("k-\(number)")) == .succeeded(expected))
            }
        }
    }

    @Test("A connection that is kept carries one effect after the other") func keepsConnections() async throws {
        let peer = try TestPeer()
        try await peer.withPerformer({ $0.keepsConnections = true }) { performer in
            for number in 0..<50 {
                let expected: JSONValue = ["act": 1, "kind": "charge", "key": .string("k-\(number)")]
                #expect(await performer.perform(TestPeer.intent("k-\(number)")) == .succeeded(expected))
            }
        }
    }

    @Test("An effect that arrives after its sender was cut off is absent until then, and done afterwards")
    func actsLate() async throws {
        let peer = try TestPeer()
        try await peer.control("faults", #"{"fault":"act-late-ms","ms":3600000}"#)
        try await peer.withPerformer { performer in
            #expect(await performer.perform(TestPeer.intent("k-1")) == Self.lost)
            #expect(await performer.lookUp(TestPeer.intent("k-1")) == .absent)
            try await peer.control("clock", #"{"advanceSeconds":3600}"#)
            #expect(await performer.lookUp(TestPeer.intent("k-1")) == .settled(.succeeded(Self.done)))
            #expect(try peer.journal.acts.map(\.isLate) == [true])
        }
    }

    @Test("A peer that forgets keys acts on the late request and on the repeat: look-up and repeat alone don't save the sender")
    func actsLateAndAgain() async throws {
        let peer = try TestPeer("--keys", "forget")
        try await peer.control("faults", #"{"fault":"act-late-ms","ms":3600000}"#)
        try await peer.withPerformer { performer in
            #expect(await performer.perform(TestPeer.intent("k-1")) == Self.lost)
            #expect(await performer.lookUp(TestPeer.intent("k-1")) == .absent)
            #expect(await performer.perform(TestPeer.intent("k-1", attempt: 2)) == .succeeded(Self.done))
            try await peer.control("clock", #"{"advanceSeconds":3600}"#)
        }
        #expect(try PeerVerdict(on: peer.journal).nothingTwice().findings == ["charge:k-1 was done 2 times"])
    }

    @Test(
        "A look-up that fails says nothing",
        arguments: [
            (#""500-before""#, "peer answered the look-up with status 500"), (#""429""#, "peer answered the look-up with status 429"),
            (#""refuse""#, "peer answered the look-up with status 422"),
            (#""redirect""#, "peer answered the look-up with status 307"),
            (#""broken-body""#, "peer answered the look-up with status 200 and a body that can't be read"),
            (#""drop-before""#, "the look-up: the connection to peer was lost before the answer"),
            (#""half-open""#, "the look-up: peer gave no answer in time"),
        ])
    func looksUpInVain(fault: String, reason: String) async throws {
        let peer = try TestPeer()
        try await peer.withPerformer({ $0.lookUpTimeLimit = Self.short }) { performer in
            #expect(await performer.perform(TestPeer.intent("k-1")) == .succeeded(Self.done))
            try await peer.control("faults", #"{"fault":\#(fault),"operation":"look-up"}"#)
            #expect(await performer.lookUp(TestPeer.intent("k-1")) == .unknown(reason: reason))
        }
    }

    @Test("A peer that can't be queried is not asked; one that refuses the question says nothing") func isNotAsked() async throws {
        let peer = try TestPeer("--queryable", "no")
        try await peer.withPerformer({ $0.peer.isQueryable = false }) { performer in
            #expect(await performer.lookUp(TestPeer.intent("k-1")) == .unknown(reason: "peer can't be asked"))
        }
        #expect(try peer.journal.requests.isEmpty)
        try await peer.withPerformer { performer in
            #expect(await performer.lookUp(TestPeer.intent("k-1")) == .unknown(reason: "peer answered the look-up with status 405"))
        }
    }

    @Test("Where nobody listens nothing was done, and nobody knows whether something was") func isRefused() async throws {
        let peer = try TestPeer()
        peer.process.kill()
        try await peer.withPerformer { performer in
            #expect(await performer.perform(TestPeer.intent("k-1")) == .notDone(reason: "no connection to peer came about"))
            #expect(await performer.lookUp(TestPeer.intent("k-1")) == .unknown(reason: "the look-up: no connection to peer came about"))
        }
    }

    @Test("What can't be sent is not sent: no time left, a key that is no header") func isNotSent() async throws {
        let peer = try TestPeer()
        try await peer.withPerformer { performer in
            let late = await performer.perform(TestPeer.intent("k-1", within: .zero))
            #expect(late == .notDone(reason: "the time for it was over before it was sent"))
            for key in ["", "a b", "ä", "a\r\nX: y", String(repeating: "k", count: 256)] {
                guard case .rejected = await performer.perform(TestPeer.intent(key)) else {
                    Issue.record("a key of \(key.utf8.count) bytes was sent")
                    continue
                }
            }
        }
        #expect(try peer.journal.requests.isEmpty)
    }

    @Test("A cancelled effect is left at once, in doubt, and the peer notices") func isCancelled() async throws {
        let peer = try TestPeer()
        try await peer.control("faults", #"{"fault":"half-open"}"#)
        try await peer.withPerformer { performer in
            let effect = Task { await performer.perform(TestPeer.intent("k-1")) }
            try await peer.journal { $0.requests.count == 1 }
            effect.cancel()
            #expect(await effect.value == Self.timeOver)
            let journal = try await peer.journal { $0.requests.first?.ended != nil }
            #expect(journal.requests.map(\.status) == [nil])
        }
    }

    @Test(
        "Retry-After is understood as seconds and as a date, and cut to a week",
        arguments: [
            ("0", Duration.zero), ("120", .seconds(120)), ("99999999999999999999", .days(7)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", .zero), ("Fri, 01 Jan 2100 00:00:00 GMT", .days(7)), ("-5", nil), ("1.5", nil),
            ("tomorrow", nil), ("Sun, 32 Nov 1994 08:49:37 GMT", nil),
        ] as [(String, Duration?)])
    func waits(text: String, wait: Duration?) async throws {
        let peer = try TestPeer()
        try await peer.control("faults", #"{"fault":"429","retryAfter":"\#(text)"}"#)
        try await peer.withPerformer { performer in
            let outcome = await performer.perform(TestPeer.intent("k-1"))
            #expect(outcome == .notDone(reason: "peer answered with status 429", retryAfter: wait))
        }
    }

    @Test("A date to come counts from the answer's own") func waitsUntil() async throws {
        let peer = try TestPeer()
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let then = SystemClock().now().advanced(by: .hours(1))
        let date = CivilDate(daysSince1970: then.daysSince1970)
        let time = then.description.dropFirst(11).prefix(8)
        let day = date.day < 10 ? "0\(date.day)" : "\(date.day)"
        let text = "\(days[Int(then.daysSince1970 % 7)]), \(day) \(months[Int(date.month) - 1]) \(date.year) \(time) GMT"
        try await peer.control("faults", #"{"fault":"503","retryAfter":"\#(text)"}"#)
        // A clock that is wrong by years does not matter, since the answer has a date.
        let outcome = try await HTTPEffectPerformer.withConnections(
            peer.settings, clock: ManualClock(at: Timestamp("2020-01-01T00:00:00Z")!)
        ) { performer in
            let intent = EffectIntent(
                saga: "orders", instance: "i", kind: "charge", key: "k-1", attempt: 1, request: [:],
                deadline: Timestamp("2020-01-01T00:01:00Z")!)
            return await performer.perform(intent)
        }
        guard case .notDone(_, let wait?) = outcome else { throw TestPeer.Failure(reason: "\(outcome)") }
        // Both dates are in whole seconds, and the machine may be slow.
        #expect(wait <= .seconds(3_600) && wait > .seconds(3_540))
    }
}
