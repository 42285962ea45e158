package import HindsightTesting

/// One round of the soak: a simulation is played twice, keeps every promise, and gives the same log both times.
package struct SimulatedRound {
    package struct Failure: Error, CustomStringConvertible { package let description: String }

    private let seed: UInt64
    private let tours: Tours

    /// - Parameter name: Of a simulation; otherwise the seed decides.
    package init(seed: UInt64, of name: String? = nil) throws {
        self.seed = seed
        guard let name else {
            tours = Tours(turnOf: seed)
            return
        }
        guard let named = Tours(rawValue: name) else {
            throw Failure(description: "\(name) is none of the simulations: \(Tours.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        tours = named
    }

    /// - Returns: What happened, in one line.
    package func run() throws -> String {
        let report = try play()
        let digest = try play().digest
        guard digest == report.digest else {
            throw Failure(description: "\(tours.rawValue): the same seed gave another log the second time")
        }
        return "\(report)"
    }

    /// Plays it once.
    @discardableResult
    package func play() throws -> SimulationReport {
        let report = try report()
        try report.hold()
        return report
    }

    /// Plays it once, and judges nothing.
    package func report() throws -> SimulationReport { try tours.simulation.run(seed: seed) }
}
