import HindsightCore
import HindsightRuntime
package import HindsightTesting

/// The simulations that the tests and the soak run.
package enum Tours: String, CaseIterable, Sendable {
    case steps
    case compensation
    case timers
    case atOnce = "at-once"
    case operators

    package var simulation: Simulation<Touring> {
        var simulation = Simulation(Touring.self, rawValue) { start in
            for number in 1...start.draw(1...3) {
                try await start.wait(.milliseconds(start.draw(0...2_000)))
                let stops = (1...stops).map { "stop\($0)" }
                let styles = self.styles
                let style = styles[start.draw(0...styles.count - 1)]
                let stream = try StreamName("tour-t\(number)")
                try await start.handler.handle(Tour.self, .plan(stops, kind: kind, style, rest: .seconds(7)), on: stream)
                guard start.draw(0...3) == 0 else { continue }
                try await start.wait(.milliseconds(start.draw(0...3_000)))
                do {
                    try await start.handler.handle(Tour.self, .extend("later"), on: stream)
                } catch Tour.Rejection.endedAlready {
                    // It was over sooner.
                }
            }
        }
        simulation.hasOperators = self == .operators
        if self == .compensation || self == .operators {
            simulation.refusal = { $0.key == "t1/stop3" || $0.key == "t2/stop4" ? "closed" : nil }
        }
        return simulation
    }

    private var stops: Int { self == .timers ? 3 : 5 }

    private var kind: String { self == .compensation ? "reserve" : "visit" }

    private var styles: [Planned.Style] {
        switch self {
        case .steps: [.oneByOne]
        case .compensation: [.oneByOne, .allAtOnce]
        case .timers: [.resting]
        case .atOnce: [.allAtOnce]
        case .operators: Planned.Style.allCases
        }
    }

    /// The simulation that is this seed's turn, if nobody names one.
    package init(turnOf seed: UInt64) { self = Self.allCases[Int(seed % UInt64(Self.allCases.count))] }
}
