public import HindsightCore

/// Given a history, when a command comes, then exactly these events, or this rejection.
///
/// ```swift
/// try Scenario(InvoiceRetry.self)
///     .given(.paymentDeclined(attempt: 1, at: .day(0)))
///     .when(.recordDecline(at: .day(9)))
///     .then(.paymentDeclined(attempt: 2, at: .day(9)), .retryScheduled(attempt: 3, due: .day(16)))
/// ```
public struct Scenario<D: Decider> {
    private var history: [D.Event] = []

    public init(_ decider: D.Type) {}

    public func given(_ history: D.Event...) -> Scenario { given(history) }

    public func given(_ history: [D.Event]) -> Scenario {
        var scenario = self
        scenario.history += history
        return scenario
    }

    public func when(_ command: D.Command) -> Decision {
        do {
            return Decision(outcome: .success(try D.decide(command, given: D.state(after: history))))
        } catch {
            return Decision(outcome: .failure(error))
        }
    }

    /// What the decider answered.
    public struct Decision {
        public let outcome: Result<[D.Event], D.Rejection>

        public func then(_ expected: D.Event...) throws {
            guard case .success(expected) = outcome else { throw ScenarioFailure(expected: "\(expected)", actual: "\(outcome)") }
        }

        public func thenRejected(_ expected: D.Rejection) throws {
            guard case .failure(expected) = outcome else { throw ScenarioFailure(expected: "\(expected)", actual: "\(outcome)") }
        }
    }
}

public struct ScenarioFailure: Error, CustomStringConvertible {
    public let expected: String
    public let actual: String

    public var description: String { "expected \(expected)\n     got \(actual)" }
}
