import HindsightCore
import HindsightTesting
import SagaFaults
import Testing

@Suite("Saga simulation") struct SimulationTests {
    /// In blocks, so that a run of tests names each in a line, and a failing seed still names itself.
    private static let block: UInt64 = 100

    @Test("Whatever a seed has in store, every effect is done as often as it may be", arguments: 0..<20 as Range<UInt64>)
    func survives(block: UInt64) throws {
        for seed in block * Self.block..<(block + 1) * Self.block { try SimulatedRound(seed: seed).play() }
    }

    @Test("The same seed gives the same log, to the byte", arguments: Tours.allCases) func repeats(_ tours: Tours) throws {
        for seed in 0..<20 as Range<UInt64> { _ = try SimulatedRound(seed: seed, of: tours.rawValue).run() }
    }

    @Test(
        "A seed that once found a broken promise is played for ever",
        arguments: [(2_168, Tours.atOnce), (464_511, .compensation)] as [(UInt64, Tours)])
    func found(seed: UInt64, tours: Tours) throws { try SimulatedRound(seed: seed, of: tours.rawValue).play() }

    @Test("Another seed gives another log") func differs() throws {
        let digests = try (0..<10 as Range<UInt64>).map { try Tours.steps.simulation.run(seed: $0).digest }
        #expect(Set(digests).count == digests.count)
    }

    @Test("A peer that is trusted with keys it forgets is found out, with the seed that repeats it") func findsDoubles() throws {
        var simulation = Tours.steps.simulation
        simulation.peers = [Peer(name: "says it honours keys", keys: .honoured(for: nil), isQueryable: false)]
        simulation.honoursKeys = false
        var found: [String] = []
        for seed in 0..<50 as Range<UInt64> {
            do { try simulation.run(seed: seed).hold() } catch let broken as SimulationReport.Broken { found.append(broken.description) }
        }
        #expect(found.contains { $0.contains("was done 2 times") && $0.hasPrefix("seed ") })
    }
}
