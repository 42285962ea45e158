/// One round of the soak: its seed tells the kind of accident and everything that happens in it.
package struct SoakRound {
    private let seed: Int
    private let accident: FaultRound

    /// - Parameter kind: The name of a ``FaultRound``, to repeat what a test with this seed did; otherwise the seed decides.
    package init(seed: Int, of kind: String? = nil) throws {
        let possible = FaultRound.allCases.filter { Strace.isUsable || !$0.needsStrace }
        self.seed = seed
        if let kind {
            guard let accident = FaultRound(rawValue: kind) else { throw Contradiction("\(kind) is no kind of accident") }
            self.accident = accident
        } else {
            accident = possible[Int(seed.magnitude) % possible.count]
        }
    }

    /// - Returns: What happened, in one line.
    package func run() async throws -> String {
        do {
            return "\(accident.rawValue): \(try await accident.run(seed: seed))"
        } catch {
            throw Contradiction("\(accident.rawValue): \(error)")
        }
    }
}
