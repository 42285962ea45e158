package import CustomerMDM
package import HindsightCore
import HindsightRuntime

extension CustomerHub {
    /// What a statement of a page came to.
    package struct Taken: Sendable {
        package let card: CardID
        /// The card after the statement.
        package let state: CardDecider.State
        /// What the statement led to; none where it said nothing new.
        package let events: [CardEvent]
    }

    /// Takes in statements of a batch feed in one append, each decided on what the ones before it led to.
    ///
    /// As many as may go together, from the first on: a statement that has to be held against all other cards waits until those before it are
    /// in the log, and so does what makes the append too large. If somebody comes between, all of it is decided again.
    ///
    /// - Parameter alongside: Adds what is to stand in the same append, knowing what became of the statements taken.
    /// - Returns: What became of the statements taken, at least one; the caller goes on behind them.
    package func take(
        _ statements: [CardDecider.Statement],
        alongside: @escaping @Sendable (DecisionBatch, [Taken]) async throws -> Void = { _, _ in }
    ) async throws -> [Taken] {
        precondition(!statements.isEmpty, "a page has a statement")
        var most = statements.count
        while true {
            do {
                return try await takeTogether(Array(statements.prefix(most)), alongside: alongside)
            } catch EventLogError.limitExceeded where most > 1 {
                most /= 2
            }
        }
    }

    private func takeTogether(
        _ statements: [CardDecider.Statement], alongside: @escaping @Sendable (DecisionBatch, [Taken]) async throws -> Void
    ) async throws -> [Taken] {
        let rules = rules
        let recorder = PageRecorder()
        try await commands.decide(metadata: metadata) { [self] batch in
            var taken: [Taken] = []
            for statement in statements {
                let stream = try MDMStream.card(statement.card)
                var state = try await batch.state(of: CardDecider.self, on: stream)
                let isCompared = isComparedWithOthers(statement, state)
                // The read models know the cards of this append only when it is in the log.
                if isCompared, !batch.isEmpty { break }
                let turns = isCompared ? try await turnsIntoAnother(statement, state) : false
                var events = try await batch.decide(CardDecider.self, .state(statement, rules, turnsIntoAnother: turns), on: stream)
                events += try await followPolicy(on: events, in: batch)
                for event in events { CardDecider.evolve(&state, with: event) }
                taken.append(Taken(card: statement.card, state: state, events: events))
            }
            try await alongside(batch, taken)
            await recorder.replace(with: taken)
        }
        return await recorder.taken
    }

    /// Takes in statements of a batch feed, as ``take(_:alongside:)`` does, and says of each what ``upsert(_:)`` would.
    package func answers(taking statements: [CardDecider.Statement]) async throws -> [Answer] {
        var answers: [Answer] = []
        for taken in try await take(statements) {
            guard let golden = taken.state.golden else { throw CardDecider.Rejection.unknownCard }
            answers.append(await answer(for: taken.card, taken.events, taken.state, golden: golden))
        }
        return answers
    }
}

/// What the last try of a page came to.
private actor PageRecorder {
    private(set) var taken: [CustomerHub.Taken] = []
    func replace(with taken: [CustomerHub.Taken]) { self.taken = taken }
}
