package import HindsightCore

/// What each experiment was and when: by it the arm of an invoice is known that never entered recovery. The key is the experiment's name.
package struct ExperimentDefinitions: Projection {
    package typealias Event = ExperimentEvent

    package struct Row: Codable, Sendable, Equatable {
        package struct Definition: Codable, Sendable, Equatable {
            package let position: Position
            package let experiment: Experiment
        }

        /// Oldest first.
        package fileprivate(set) var definitions: [Definition] = []

        package init() {}

        /// The one in force for what was recorded at `position`.
        package func definition(at position: Position) -> Experiment? { definitions.last { $0.position < position }?.experiment }
    }

    package init() {}

    package let name = "experiments"
    package let version = 1

    package func keys(for event: Recorded<ExperimentEvent>) -> [String] {
        switch event.event {
        case .defined(let defined): [defined.experiment.name]
        }
    }

    package func apply(_ event: Recorded<ExperimentEvent>, key: String, to row: inout Row?) {
        switch event.event {
        case .defined(let defined):
            var changed = row ?? Row()
            changed.definitions.append(Row.Definition(position: event.position, experiment: defined.experiment))
            row = changed
        }
    }
}
