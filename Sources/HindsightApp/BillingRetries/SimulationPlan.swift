package import HindsightCore
import BillingRetries

/// What a simulation is: everything in it follows from these numbers.
package struct SimulationPlan: Codable, Sendable, Equatable {
    package let seed: Int64
    package let subscriptions: Int
    package let start: Timestamp
    package let days: Int

    /// - Parameter start: Midnight UTC, so that days are whole.
    package init(seed: Int64 = 1, subscriptions: Int = 1_000, start: Timestamp = SimulationPlan.defaultStart, days: Int = 120) {
        self.seed = seed
        self.subscriptions = subscriptions
        self.start = start
        self.days = days
    }

    package var end: Timestamp { start.advanced(by: .days(days)) }

    /// 2026-01-01T00:00:00Z.
    package static let defaultStart = Timestamp(
        microsecondsSince1970: CivilDate(year: 2026, month: 1, day: 1).daysSince1970 * 86_400_000_000)

    /// The stream that remembers the plan; one log holds one simulation.
    static func stream() throws -> StreamName { try StreamName("simulation-billing") }

    func starting(at start: Timestamp) -> SimulationPlan {
        SimulationPlan(seed: seed, subscriptions: subscriptions, start: start, days: days)
    }
}

/// The simulation's own event; the domain knows nothing of being simulated.
enum SimulationEvent: DomainEvent {
    case began(SimulationBegan)

    static let codec = EventCodec<SimulationEvent>([.kind(SimulationEvent.began)])

    var payload: any EventPayload {
        switch self {
        case .began(let payload): payload
        }
    }
}

struct SimulationBegan: EventPayload {
    static let type: EventType = "simulation.began"
    let plan: SimulationPlan
}

package enum SimulationError: Error, Equatable, CustomStringConvertible {
    case badPlan(field: String, reason: String)
    case otherPlan(inLog: SimulationPlan, given: SimulationPlan)

    package var description: String {
        switch self {
        case .badPlan(let field, let reason): "\(field): \(reason)"
        case .otherPlan(let inLog, let given):
            "the log holds a simulation with seed \(inLog.seed) and \(inLog.subscriptions) subscriptions, not seed \(given.seed) and "
                + "\(given.subscriptions): name another log"
        }
    }
}

extension SimulationPlan {
    func check() throws(SimulationError) {
        guard (1...1_000_000).contains(subscriptions) else { throw .badPlan(field: "subscriptions", reason: "is 1 to 1000000") }
        guard (1...3_660).contains(days) else { throw .badPlan(field: "days", reason: "is 1 to 3660") }
        guard (0...Money.maximumAmountMinor).contains(seed) else { throw .badPlan(field: "seed", reason: "is 0 to 2^53-1") }
        guard start.microsecondsSince1970 % 86_400_000_000 == 0 else { throw .badPlan(field: "start", reason: "is midnight UTC") }
    }
}
