import HindsightCore
import HindsightTesting
import Testing

@Suite("Peer verdict") struct PeerVerdictTests {
    private func ship(_ key: String) -> EffectReference { EffectReference(kind: "ship", key: key) }

    /// A journal in which these were done one after the other, each in a request of its own.
    private func journal(_ effects: [EffectReference]) throws -> PeerJournal {
        var (lines, counts): (String, [EffectReference: Int]) = ("", [:])
        for (index, effect) in effects.enumerated() {
            counts[effect, default: 0] += 1
            let names = #""kind":"\#(effect.kind)","key":"\#(effect.key)""#
            lines += line(3 * index + 1, #""entry":"began","operation":"effect","request":\#(index + 1),\#(names)"#)
            lines += line(3 * index + 2, #""entry":"acted","request":\#(index + 1),"act":\#(counts[effect]!),"digest":"00",\#(names)"#)
            lines += line(3 * index + 3, #""entry":"ended","request":\#(index + 1),"status":200"#)
        }
        return try PeerJournal(lines: Array(lines.utf8))
    }

    private func line(_ sequence: Int, _ members: String, nanoseconds: Int = 0) -> String {
        #"{"seq":\#(sequence),"at":"2026-01-01T00:00:00Z","monotonicNs":\#(nanoseconds),\#(members)}"# + "\n"
    }

    @Test("What was done twice, or not at all, or should not have been, is found") func counts() throws {
        let verdict = PeerVerdict(on: try journal([charge("a"), charge("b"), charge("a"), ship("a")]))
        #expect(verdict.nothingTwice().findings == ["charge:a was done 2 times"])
        #expect(
            verdict.exactlyOnce([charge("a"), charge("b"), charge("c")]).findings == [
                "charge:a was done 2 times instead of once", "charge:c was done 0 times instead of once",
            ])
        #expect(verdict.nothingBut([charge("a"), charge("b")]).findings == ["ship:a was done and should not have been"])
        let error = #expect(throws: PeerVerdict.Broken.self) { try verdict.nothingTwice().exactlyOnce([charge("c")]).hold() }
        #expect(error?.findings.count == 2)
        try verdict.exactlyOnce([charge("b"), ship("a")]).nothingBut([charge("a"), charge("b"), ship("a")]).hold()
    }

    @Test("What was done in the wrong order is found") func orders() throws {
        let verdict = PeerVerdict(on: try journal([charge("a"), ship("b"), ship("a"), charge("b"), charge("a")]))
        #expect(verdict.inOrder([charge("a"), ship("a")]).findings.isEmpty)
        #expect(verdict.inOrder([charge("b"), ship("b")]).findings == ["ship:b was done before charge:b"])
        #expect(verdict.inOrder([charge("a"), charge("c"), ship("a")]).findings == ["charge:c was not done"])
        #expect(verdict.every("ship", after: "charge") { $0 }.findings == ["ship:b was done without charge:b before it"])
        #expect(verdict.every("ship", after: "charge") { _ in "a" }.findings.isEmpty)
    }

    @Test("Requests at once are counted from begin to end, and end with the peer that was killed") func countsAtOnce() throws {
        func began(_ number: Int) -> String { #""entry":"began","operation":"look-up","request":\#(number),"kind":"charge","key":"a""# }
        let lines = [
            line(1, began(1)), line(2, began(2)), line(3, #""entry":"ended","request":1,"status":0"#), line(4, began(3)),
            line(5, #""entry":"opened","behaviour":{}"#), line(6, began(4)), line(7, began(5)),
        ].joined()
        let journal = try PeerJournal(lines: Array(lines.utf8))
        #expect(journal.greatestConcurrency() == 2)
        #expect(journal.requests.map(\.ended) == [3, 5, 5, nil, nil])
        #expect(journal.requests.allSatisfy { $0.isLookUp && $0.status == nil })
    }

    @Test("Requests in a time are counted over every span of that length") func countsRates() throws {
        let times = [0, 400, 900, 1_000, 1_300, 1_399, 5_000]
        let lines = times.enumerated().map { index, milliseconds in
            line(
                index + 1, #""entry":"began","operation":"effect","request":\#(index + 1),"kind":"charge","key":"a""#,
                nanoseconds: milliseconds * 1_000_000)
        }
        let journal = try PeerJournal(lines: Array(lines.joined().utf8))
        #expect(journal.greatestRate() == 5)
        #expect(journal.greatestRate(per: .milliseconds(100)) == 2)
        #expect(PeerVerdict(on: journal).rate(atMost: 4).findings == ["5 requests came within 1.0 seconds, and 4 are allowed"])
    }

    @Test("A line that is not written to its end is left out, and any other that can't be read is damage") func reads() throws {
        let whole = line(1, #""entry":"acted","request":1,"act":1,"digest":"00","kind":"charge","key":"a""#)
        #expect(try PeerJournal(lines: Array((whole + "{\"seq\":2").utf8)).acts.count == 1)
        #expect(throws: PeerJournal.Damage(line: 2)) { try PeerJournal(lines: Array((whole + "{\"seq\":2\n").utf8)) }
        let stray = line(2, #""entry":"ended","request":9,"status":200"#)
        #expect(throws: PeerJournal.Damage(line: 2)) { try PeerJournal(lines: Array((whole + stray).utf8)) }
    }
}
