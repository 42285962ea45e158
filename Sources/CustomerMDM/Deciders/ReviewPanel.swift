import HindsightCore

/// Several stewards answer one case, each without seeing the others.
///
/// The case is decided as soon as the number that its first answer asked for agree on a verdict. Where two are asked and disagree, a third
/// decides; of 2N − 1 answers N agree always.
package enum ReviewPanel: Decider {
    package enum Command: Sendable {
        /// - Parameter needed: How many have to agree; what the first answer of the case says holds.
        case answer(review: String, Verdict, by: String, reason: String, needed: Int)
    }

    package struct State: Sendable, Equatable {
        package var verdicts: [String: Verdict] = [:]
        package var needed: Int?
        /// By an event of the case itself; a held change is closed by one of its card.
        package var isClosed = false

        /// What enough of them have said.
        package var decision: Verdict? {
            guard let needed else { return nil }
            return Set(verdicts.values).first { verdict in verdicts.values.count { $0 == verdict } >= needed }
        }
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case closed
        case saidOtherwise(Verdict)

        package var description: String {
            switch self {
            case .closed: "the review has been answered"
            case .saidOtherwise(let verdict): "you have answered this review before: \(verdict.rawValue); an answer is given once"
            }
        }
    }

    package static let initialState = State()

    /// The same word again is none.
    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [ReviewEvent] {
        switch command {
        case .answer(let review, let verdict, let by, let reason, let needed):
            guard !state.isClosed else { throw .closed }
            if let said = state.verdicts[by] {
                guard said == verdict else { throw .saidOtherwise(said) }
                return []
            }
            return [
                .answered(
                    ReviewAnswered(review: review, verdict: verdict, by: by, reason: reason, needed: state.needed ?? needed))
            ]
        }
    }

    package static func evolve(_ state: inout State, with event: ReviewEvent) {
        switch event {
        case .opened: break
        case .answered(let answered):
            state.verdicts[answered.by] = answered.verdict
            state.needed = answered.needed
        case .confirmed, .rejected, .superseded: state.isClosed = true
        }
    }
}
