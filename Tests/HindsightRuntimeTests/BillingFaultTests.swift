import HindsightCore
import SagaFaults
import Testing

/// Weeks of renewals and recoveries by the sagas of billing, under all that can go wrong; `tools/soak billing` plays 10,000 of them.
@Suite("Billing under faults") struct BillingFaultTests {
    @Test(
        "Nobody is charged twice or against the rules, and every invoice ends, whatever a seed has in store",
        arguments: 0..<200 as Range<UInt64>)
    func survives(seed: UInt64) throws { try BillingRound(seed: seed).play() }

    @Test("The same seed gives the same log, to the byte", arguments: 200..<210 as Range<UInt64>) func repeats(seed: UInt64) throws {
        _ = try BillingRound(seed: seed).run()
    }

    /// 4332: an answer that nothing is known, heard twelve hours after it was given.
    @Test("A seed that once found a broken promise is played for ever", arguments: [4_332] as [UInt64]) func found(seed: UInt64) throws {
        try BillingRound(seed: seed).play()
    }

    @Test("Another seed gives another log") func differs() throws {
        let digests = try (0..<10 as Range<UInt64>).map { try BillingRound(seed: $0).report().digest }
        #expect(Set(digests).count == digests.count)
    }

    /// With words of a finding that tells it from others.
    @Test(
        "What is broken on purpose is found out, with the seed that repeats it",
        arguments: [
            (.gatewayForgetsKeys, "was charged 2 times"), (.keyLifeOverstated, "was charged 2 times"),
            (.keyPerSending, "was charged and never requested"),
            (.blindGuard, "is against the rules"), (.unknownIsDecline, "is said to be declined"), (.stubborn, "is sent again at"),
        ] as [(BillingFlaw, String)])
    func findsOut(flaw: BillingFlaw, words: String) throws {
        var found: [String] = []
        for seed in 0..<200 as Range<UInt64> {
            do {
                try BillingRound(seed: seed, flaw: flaw).play()
            } catch let broken as BillingReport.Broken {
                found.append(broken.description)
                if broken.description.contains(words) { break }
            }
        }
        #expect(found.contains { $0.hasPrefix("seed ") && $0.contains(words) }, "\(found.count) seeds found something else")
    }
}
