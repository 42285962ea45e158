package import HindsightCore

// The domain whose sagas are simulated and killed: a tour of several stops, each of which can be taken back.

package struct Planned: EventPayload {
    /// How the stops follow each other.
    package enum Style: String, Codable, Sendable, CaseIterable {
        case oneByOne
        /// With a rest between two stops.
        case resting
        case allAtOnce
    }

    package static let type: EventType = "tours.planned"
    package var stops: [String]
    /// The kind of effect that a stop is.
    package var kind: String
    package var style: Style
    /// How long a rest is.
    package var restMilliseconds: Int
}

package struct Extended: EventPayload {
    package static let type: EventType = "tours.extended"
    package var stop: String
}

package struct Ended: EventPayload {
    package static let type: EventType = "tours.ended"
    package var how: String
}

package enum TourEvent: DomainEvent {
    case planned(Planned)
    case extended(Extended)
    case ended(Ended)

    package static let codec = EventCodec<TourEvent>([
        .kind(TourEvent.planned), .kind(TourEvent.extended), .kind(TourEvent.ended),
    ])

    package var payload: any EventPayload {
        switch self {
        case .planned(let payload): payload
        case .extended(let payload): payload
        case .ended(let payload): payload
        }
    }
}

package enum Tour: Decider {
    package enum Command: Sendable, Equatable {
        case plan([String], kind: String, Planned.Style, rest: Duration), extend(String), end(String)
    }
    package enum State: Sendable { case unknown, planned, ended }
    package enum Rejection: Error, Equatable { case unknown, endedAlready }

    package static let initialState = State.unknown

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [TourEvent] {
        switch (command, state) {
        case (.plan(let stops, let kind, let style, let rest), .unknown):
            let milliseconds = Int(rest.microseconds / 1_000)
            return [.planned(Planned(stops: stops, kind: kind, style: style, restMilliseconds: milliseconds))]
        case (.plan, _): return []
        case (_, .unknown): throw .unknown
        case (_, .ended): throw .endedAlready
        case (.extend(let stop), .planned): return [.extended(Extended(stop: stop))]
        case (.end(let how), .planned): return [.ended(Ended(how: how))]
        }
    }

    package static func evolve(_ state: inout State, with event: TourEvent) {
        switch event {
        case .planned: state = .planned
        case .extended: break
        case .ended: state = .ended
        }
    }
}

/// Makes the stops of a tour; takes all of them back when one is refused, or when asked to.
package enum Touring: Saga {
    package struct State: Sendable {
        let tour: String
        var kind = ""
        var style = Planned.Style.oneByOne
        var rest = Duration.zero
        var stops: [String] = []
        var begun = 0
        var done = 0
    }

    package enum Command: Sendable, Equatable { case end(tour: String, how: String) }

    package static let name = "touring"
    package static let version = 1
    package static let signals = ["look"]

    package static func initialState(of instance: String) -> State { State(tour: instance) }
    package static func instances(for event: TourEvent, in stream: StreamName) -> [String] { stream.id.map { [String($0)] } ?? [] }

    package static func evolve(_ state: inout State, with input: SagaInput<TourEvent>) {
        switch input {
        case .event(.planned(let planned), _):
            (state.stops, state.kind, state.style) = (planned.stops, planned.kind, planned.style)
            state.rest = .milliseconds(planned.restMilliseconds)
        case .event(.extended(let extended), _): state.stops.append(extended.stop)
        case .succeeded, .skipped: state.done += 1
        case .event(.ended, _), .rejected, .indeterminate, .fired, .signal, .cancelRequested, .skippedInput, .compensated: break
        }
    }

    package static func react(to input: SagaInput<TourEvent>, in state: State) -> [Reaction<Command>] {
        switch input {
        case .event(.planned, _): state.style == .allAtOnce ? state.stops.map { visit($0, state) } : go(on: state)
        case .event(.extended(let extended), _): state.style == .allAtOnce ? [visit(extended.stop, state)] : []
        case .succeeded(_, _, let now), .skipped(_, _, let now):
            state.done < state.stops.count && state.style == .resting
                ? [.schedule(timer: "rest", at: now.advanced(by: state.rest))] : go(on: state)
        case .fired: go(on: state)
        case .rejected(let effect, let reason, _, _): [.compensate(reason: "\(effect.key): \(reason)")]
        case .cancelRequested(let reason, _): [.compensate(reason: reason)]
        case .compensated: [.command(.end(tour: state.tour, how: "taken back")), .finish(outcome: "taken back")]
        case .signal(_, _, let now): state.style == .resting ? [.schedule(timer: "hurry", at: now), .cancelTimer("hurry")] : []
        case .event(.ended, _), .indeterminate, .skippedInput: []
        }
    }

    private static func go(on state: State) -> [Reaction<Command>] {
        guard state.done < state.stops.count else { return [.command(.end(tour: state.tour, how: "made")), .finish(outcome: "made")] }
        return state.style == .allAtOnce ? [] : [visit(state.stops[state.done], state)]
    }

    private static func visit(_ stop: String, _ state: State) -> Reaction<Command> {
        .perform(Effect(state.kind, key: "\(state.tour)/\(stop)", undoneBy: Compensation("un\(state.kind)")))
    }

    package static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        switch command {
        case .end(let tour, let how): try await decisions.decide(Tour.self, .end(how), on: StreamName("tour-\(tour)"))
        }
    }

    package static func policy(for kind: String) -> EffectPolicy {
        // For processes that run in real time.
        if kind.hasSuffix("knock") {
            return EffectPolicy(
                maximumAttempts: 20, timeLimit: .seconds(1), backOff: BackOff(first: .milliseconds(20), longest: .milliseconds(200)),
                lookUpWaits: Array(repeating: .milliseconds(50), count: 200))
        }
        return EffectPolicy(
            maximumAttempts: 5, timeLimit: .seconds(10), backOff: BackOff(first: .seconds(1), longest: .seconds(10)),
            lookUpWaits: [.seconds(1), .seconds(5), .seconds(20), .seconds(40)], whenExhausted: kind == "reserve" ? .reject : .park)
    }
}
