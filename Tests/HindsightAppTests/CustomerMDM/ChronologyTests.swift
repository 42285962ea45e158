import CustomerMDM
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("The chronology of 2014–2022") struct ChronologyTests {
    @Test("passes all expected facts") func passes() async throws {
        let played = try PlayedStream.twins()
        #expect(played.facts.count >= 28)
        #expect(try await played.play() == [])
    }

    @Test("passes with other brothers at another time", arguments: 0..<6) func renamed(seed: Int) async throws {
        let other = RenamedChronology(seed: seed)
        let played = try PlayedStream(
            events: other.events(PlayedStream.example("twins.events.csv")), expect: other.facts(PlayedStream.example("twins.expect.csv")))
        #expect(try await played.play() == [])
    }

    @Test(
        "shows where each old policy failed",
        arguments: [("2014", "not_same_group"), ("2016", "not_same_group"), ("2018", "not_same")])
    func oldPolicies(name: String, kind: String) async throws {
        let failures = try await PlayedStream.twins().play(policy: MatchingPolicy.named(name))
        #expect(failures.contains { $0.kind == kind })
    }

    @Test("goes on after an interruption, and the log is byte for byte as if it had never stopped", arguments: [9, 17, 23, 41, 52])
    func resumes(step: Int) async throws {
        let whole = try PlayedStream.twins()
        _ = try await whole.play()
        let interrupted = try PlayedStream.twins()
        await #expect(throws: CancellationError.self) { try await interrupted.play(stoppingAfter: step) }
        #expect(try await interrupted.play() == [])
        #expect(try await interrupted.dataDigest() == whole.dataDigest())
    }

    @Test("is refused on a log that holds something else") func otherLog() async throws {
        let played = try PlayedStream.twins()
        _ = try await played.play()
        let shorter = try LabelledStream(
            Array(PlayedStream.example("twins.events.csv").dropLast(1)), file: "e", attributes: PlayedStream.profile.attributes.map(\.name))
        await #expect(throws: CardStreamPlayer.Refusal.anotherFile) {
            try await CardStreamPlayer.resume(shorter, on: played.log, clock: played.clock)
        }
    }

    @Test("Rebuilt read models are equal to those of the play") func rebuilt() async throws {
        let played = try PlayedStream.twins()
        _ = try await played.play()
        let live = try await played.open(store: played.store)
        let fresh = try await played.open(store: MemoryReadModelStore())
        let head = try await live.log.head().position
        for name in ["customer-cards", "golden-records", "separations", "match-reviews"] {
            let rebuilt = try await fresh.projections.rows(of: name, at: head)
            #expect(!rebuilt.isEmpty)
            #expect(try await live.projections.rows(of: name, at: head) == rebuilt)
        }
    }
}
