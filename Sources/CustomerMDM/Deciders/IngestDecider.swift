import HindsightCore

/// The pages of a file are taken one after the other, each once; a file that was finished may be taken in again.
package enum IngestDecider: Decider {
    package enum Command: Sendable {
        /// - Parameter offset: Where the page before it ended, as its taker knows it.
        case take(IngestPageTaken, after: Int64)
        case finish(IngestTally)
    }

    package struct State: Sendable, Equatable {
        /// Rounds that came to their end.
        package var finished = 0
        /// The last page of the round under way; `nil` where none is.
        package var page: IngestPageTaken?
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case takenElsewhere

        package var description: String { "another process takes in the same file: let it finish" }
    }

    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [IngestEvent] {
        switch command {
        case .take(let page, let offset):
            guard page.round == state.finished + 1, offset == state.page?.offset ?? 0 else { throw .takenElsewhere }
            return [.pageTaken(page)]
        case .finish(let tally):
            // Where no page said anything new, there is nothing to end.
            guard let page = state.page else { return [] }
            return [.finished(IngestFinished(ingest: page.ingest, round: page.round, tally: tally))]
        }
    }

    package static func evolve(_ state: inout State, with event: IngestEvent) {
        switch event {
        case .pageTaken(let page): state.page = page
        case .finished(let finished):
            state.finished = finished.round
            state.page = nil
        }
    }
}
