import Foundation
import HTTPEffects
import HindsightCore
import HindsightTesting
import NIOHTTP1
import Testing

@Suite("Recording peer") struct RecordingPeerTests {
    @Test("A key that is honoured is answered as before, and another body under it is refused") func honours() async throws {
        let peer = try TestPeer()
        let first = try await peer.ask(.POST, "/effects/charge", "{}", key: "k-1")
        let again = try await peer.ask(.POST, "/effects/charge", "{}", key: "k-1")
        #expect(first.status == 200 && again.text == first.text)
        #expect(try first.json == ["act": 1, "kind": "charge", "key": "k-1"])
        #expect(try await peer.ask(.POST, "/effects/charge", "[]", key: "k-1").status == 422)
        #expect(try await peer.ask(.POST, "/effects/refund", "[]", key: "k-1").status == 200)
        let journal = try peer.journal
        #expect(journal.actCounts == [charge("k-1"): 1, EffectReference(kind: "refund", key: "k-1"): 1])
        #expect(journal.requests.map(\.isReplay) == [false, true, false, false])
        #expect(journal.requests.map(\.status) == [200, 200, 422, 200])
    }

    @Test("A key that is forgotten is acted on again, and its look-up knows it all the same") func forgets() async throws {
        let peer = try TestPeer("--keys", "forget")
        for act in 1...3 {
            #expect(try await peer.ask(.POST, "/effects/charge", "{}", key: "k-1").json["act"] == .integer(Int64(act)))
        }
        #expect(try await peer.ask(.GET, "/effects/charge?key=k-1").json["act"] == 3)
        #expect(try await peer.ask(.GET, "/effects/charge?key=k-2").status == 404)
        #expect(try peer.journal.acts.map(\.number) == [1, 2, 3])
    }

    @Test("A key that is honoured for a time is forgotten afterwards") func honoursForATime() async throws {
        let peer = try TestPeer("--keys", "honour-seconds=86400")
        var acts: [JSONValue?] = []
        for seconds in [0, 86_000, 500] {
            try await peer.control("clock", #"{"advanceSeconds":\#(seconds)}"#)
            acts.append(try await peer.ask(.POST, "/effects/charge", "{}", key: "k-1").json["act"])
        }
        #expect(acts == [1, 1, 2])
    }

    @Test("A failure is replayed by a peer that keeps failures, and tried anew by one that doesn't", arguments: [true, false])
    func replaysFailures(_ replays: Bool) async throws {
        let peer = replays ? try TestPeer("--replays-failures") : try TestPeer()
        for (fault, status) in [("refuse", 422), ("500-before", 500), ("act-and-500", 500)] {
            try await peer.control("faults", #"{"fault":"\#(fault)","key":"\#(fault)"}"#)
            #expect(try await peer.ask(.POST, "/effects/charge", "{}", key: fault).status == status)
            #expect(try await peer.ask(.POST, "/effects/charge", "{}", key: fault).status == (replays ? status : 200))
        }
        let expected: [EffectReference: Int] =
            replays ? [charge("act-and-500"): 1] : [charge("refuse"): 1, charge("500-before"): 1, charge("act-and-500"): 1]
        #expect(try peer.journal.actCounts == expected)
    }

    @Test("A definite no never contradicts an act") func refusesHonestly() async throws {
        let peer = try TestPeer()
        try await peer.control("faults", #"{"fault":"act-late-ms","ms":1000000,"key":"late"}"#)
        await #expect(throws: (any Error).self) { try await peer.ask(.POST, "/effects/charge", "{}", key: "late") }
        try await peer.control("faults", #"{"fault":"refuse","times":9}"#)
        // Refused, so what was under way under this key does not come any more.
        #expect(try await peer.ask(.POST, "/effects/charge", "{}", key: "late").status == 422)
        try await peer.control("clock", #"{"advanceSeconds":1000}"#)
        #expect(try peer.journal.acts.isEmpty)

        _ = try await peer.ask(.DELETE, "/control/faults")
        #expect(try await peer.ask(.POST, "/effects/charge", "{}", key: "done").status == 200)
        try await peer.control("faults", #"{"fault":"refuse","times":9}"#)
        #expect(try await peer.ask(.POST, "/effects/charge", "{}", key: "done").status == 200)
    }

    @Test("A peer that is killed leaves keys, settings, faults and its clock to the next") func survives() async throws {
        let peer = try TestPeer()
        try await peer.control("behaviour", #"{"keys":"honour-seconds=100","replaysFailures":true}"#)
        try await peer.control("faults", #"{"fault":"refuse","key":"k-2","times":2}"#)
        try await peer.control("clock", #"{"advanceSeconds":5000}"#)
        #expect(try await peer.ask(.POST, "/effects/charge", "{}", key: "k-1").status == 200)
        #expect(try await peer.ask(.POST, "/effects/charge", "{}", key: "k-2").status == 422)
        let faults = try await peer.ask(.GET, "/control/faults").text
        #expect(faults.contains(#""times":1"#))
        // Half a line, as a kill in the middle of a write would leave it.
        let file = try FileHandle(forWritingTo: URL(filePath: peer.path(of: "journal.ndjson")))
        try file.seekToEnd()
        peer.process.kill()
        try file.write(contentsOf: Data(#"{"at":"20"#.utf8))
        try file.close()

        try peer.process.restart()
        #expect(try await peer.ask(.GET, "/control/faults").text == faults)
        #expect(try await peer.ask(.POST, "/effects/charge", "{}", key: "k-1").status == 200)
        #expect(try await peer.ask(.POST, "/effects/charge", "{}", key: "k-2").status == 422)
        try await peer.control("clock", #"{"advanceSeconds":101}"#)
        #expect(try await peer.ask(.POST, "/effects/charge", "{}", key: "k-1").json["act"] == 2)
        #expect(try await peer.ask(.POST, "/control/behaviour", "{}").json["keys"] == "honour-seconds=100")
    }

    @Test("A peer killed under load has done nothing twice once everything was sent again") func survivesLoad() async throws {
        let peer = try TestPeer()
        let keys = (0..<200).map { "k-\($0)" }
        // However fast the machine is, some effects are done and not answered when the peer is killed.
        try await peer.control("faults", #"{"fault":"late-ms","ms":3600000,"times":20}"#)
        try await peer.withPerformer { performer in
            let succeeded = await withTaskGroup(of: Bool.self) { group in
                for key in keys {
                    group.addTask { if case .succeeded = await performer.perform(TestPeer.intent(key)) { true } else { false } }
                }
                var succeeded = 0
                for await one in group {
                    succeeded += one ? 1 : 0
                    if succeeded == 50 { peer.process.kill() }
                }
                return succeeded
            }
            #expect((50...180).contains(succeeded))
            try peer.process.restart()
            for key in keys {
                guard case .succeeded = await performer.perform(TestPeer.intent(key, attempt: 2)) else {
                    Issue.record("\(key) was not answered")
                    continue
                }
            }
        }
        try PeerVerdict(on: peer.journal).nothingTwice().exactlyOnce(keys.map(charge)).nothingBut(keys.map(charge)).hold()
    }

    @Test("One seed draws the same faults, whatever the order of requests and the deaths of the peer") func repeatsChaos() async throws {
        var drawn: [[EffectReference: [String?]]] = []
        for order in 0..<2 {
            let peer = try TestPeer()
            let kinds = #"["refuse","drop-before","act-and-drop","500-before","429","broken-body"]"#
            try await peer.control("chaos", #"{"seed":7,"probability":0.5,"kinds":\#(kinds)}"#)
            let keys = (0..<40).map { "k-\($0)" }
            try await peer.withPerformer { performer in
                for round in 0..<3 {
                    if order == 1, round == 1 { try peer.process.restart() }
                    for key in order == 0 ? keys : keys.reversed() { _ = await performer.perform(TestPeer.intent(key)) }
                }
            }
            let requests = try peer.journal.requests
            drawn.append(Dictionary(grouping: requests, by: \.effect).mapValues { $0.map(\.fault) })
        }
        #expect(drawn[0] == drawn[1])
        let faults = drawn[0].values.joined()
        #expect(faults.count == 120 && (40...80).contains(faults.count { $0 != nil }) && Set(faults).count == 7)
    }

    @Test("The journal tells how many requests were there at once, and how many came in a time") func measures() async throws {
        let peer = try TestPeer()
        try await peer.control("faults", #"{"fault":"late-ms","ms":3600000,"times":5}"#)
        try await peer.withPerformer { performer in
            try await withThrowingTaskGroup { group in
                for number in 1...5 {
                    group.addTask { _ = await performer.perform(TestPeer.intent("k-\(number)")) }
                }
                try await peer.journal { $0.requests.count == 5 }
                try await peer.control("clock", #"{"advanceSeconds":3600}"#)
                try await group.waitForAll()
            }
            for number in 6...10 { _ = await performer.perform(TestPeer.intent("k-\(number)")) }
        }
        let journal = try peer.journal
        #expect(journal.greatestConcurrency() == 5)
        #expect(journal.greatestConcurrency { $0.effect == charge("k-1") } == 1)
        #expect(journal.greatestRate(per: .hours(1)) == 10)
        #expect(PeerVerdict(on: journal).atOnce(atMost: 5).rate(atMost: 10, per: .hours(1)).findings.isEmpty)
        #expect(PeerVerdict(on: journal).atOnce(atMost: 4).rate(atMost: 9, per: .hours(1)).findings.count == 2)
    }

    @Test("A request that nothing can come of names the field") func refusesRequests() async throws {
        let peer = try TestPeer()
        func field(_ answer: TestPeer.Answer) throws -> JSONValue? { answer.status == 400 ? try answer.json["error"]?["field"] : nil }
        #expect(try field(await peer.ask(.POST, "/effects/charge", "{}")) == "Idempotency-Key")
        #expect(try field(await peer.ask(.POST, "/effects/charge", "{", key: "k-1")) == "body")
        #expect(try field(await peer.ask(.GET, "/effects/charge")) == "key")
        for (route, body, name) in [
            ("faults", #"{"fault":"flood"}"#, "fault"), ("faults", #"{"fault":"late-ms"}"#, "ms"), ("faults", "{}", "fault"),
            ("faults", #"{"fault":"act-late-ms","ms":5,"operation":"look-up"}"#, "operation"),
            ("faults", #"{"fault":"429","times":0}"#, "times"),
            ("chaos", #"{"seed":1,"probability":2}"#, "probability"), ("chaos", #"{"seed":1,"probability":1,"kinds":["x"]}"#, "kinds"),
            ("behaviour", #"{"keys":"sometimes"}"#, "keys"), ("clock", #"{"advanceSeconds":-1}"#, "advanceSeconds"),
            ("faults", "{", "body"),
        ] {
            #expect(try field(await peer.ask(.POST, "/control/\(route)", body)) == .string(name), "\(route) \(body)")
        }
        #expect(try peer.journal.requests.isEmpty)
    }

    @Test("The journal can be read over HTTP from any line on, as it stands in the file") func servesJournal() async throws {
        let peer = try TestPeer()
        _ = try await peer.ask(.POST, "/effects/charge", "{}", key: "k-1")
        let all = try await peer.ask(.GET, "/control/journal").text
        #expect(all == String(decoding: try Data(contentsOf: URL(filePath: peer.path(of: "journal.ndjson"))), as: UTF8.self))
        let rest = try await peer.ask(.GET, "/control/journal?after=2").text
        #expect(rest.hasPrefix(#"{"act":1,"#) && all.hasSuffix(rest))
        #expect(try await peer.ask(.GET, "/control/journal?after=99").text.isEmpty)
    }

    @Test("A journal that another peer writes, or that is damaged, is refused") func refusesJournals() async throws {
        let peer = try TestPeer()
        let journal = peer.path(of: "journal.ndjson")
        #expect(throws: PeerProcess.Failure.self) { try PeerProcess(TestPeer.program, ["--journal", journal, "--parent-pipe"]) }
        peer.process.kill()
        try Data("{\"seq\":2}\n".utf8).write(to: URL(filePath: journal))
        #expect(throws: PeerProcess.Failure.self) { try peer.process.restart() }
        #expect(throws: PeerJournal.Damage(line: 1)) { try peer.journal }
    }
}
