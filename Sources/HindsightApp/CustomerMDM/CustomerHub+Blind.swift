package import CustomerMDM
package import HindsightCore
import HindsightRuntime

// Blind mode: several stewards answer a case, each without seeing what the engine or another steward thinks of it.

extension CustomerHub {
    /// How many have to agree on a case: what its first answer says holds, then the setting.
    private func needed(on review: MatchReviews.Row) -> Int { review.needed ?? blindReviews }

    private func isBlind(_ review: MatchReviews.Row) -> Bool { review.status == .open && needed(on: review) > 1 }

    /// A case as this reader may see it: of an open blind one without rules, weights, levels, the proposed partition and others' answers.
    ///
    /// - Parameter position: Of the row; a case that was open then and is decided by now hides nothing.
    package func shown(_ review: MatchReviews.Row, to reader: String?, at position: Position? = nil) async throws -> MatchReviews.Row {
        guard isBlind(review) else { return review }
        if position != nil, let now = try await ReadModel(MatchReviews(), of: projections).row(review.review), !isBlind(now) {
            return review
        }
        var shown = review
        (shown.edges, shown.path, shown.partition) = ([], [], [])
        shown.answers = review.answers?.filter { $0.by == reader }
        shown.needed = needed(on: review)
        shown.isBlind = true
        return shown
    }

    /// The open blind case that asks about both cards; `nil` if there is none.
    func blindReview(of pair: CardPair) async throws -> String? {
        let one = try await candidates.row(pair.a)?.row.reviews ?? []
        let other = try await candidates.row(pair.b)?.row.reviews ?? []
        for review in Set(one).intersection(other).sorted() where try await isBlind(review) { return review }
        return nil
    }

    /// An open blind case that asks about a card of each of two golden records; `nil` if there is none.
    func blindReview(across one: GoldenID, _ other: GoldenID) async throws -> String? {
        guard let left = try await candidates.unit(one), let right = try await candidates.unit(other) else { return nil }
        let shared = Set(left.members.flatMap(\.reviews)).intersection(right.members.flatMap(\.reviews))
        for review in shared.sorted() where try await isBlind(review) { return review }
        return nil
    }

    func isBlind(_ review: String) async throws -> Bool {
        try await ReadModel(MatchReviews(), of: projections).row(review).map { isBlind($0) } ?? false
    }

    /// The pairs that open blind cases ask about.
    func blindPairs(among cards: [CardID]) async throws -> Set<CardPair> {
        var names: Set<String> = []
        for card in cards { names.formUnion(try await candidates.row(card)?.row.reviews ?? []) }
        var pairs: Set<CardPair> = []
        for name in names.sorted() {
            guard let review = try await ReadModel(MatchReviews(), of: projections).row(name), isBlind(review) else { continue }
            for (index, card) in review.cards.enumerated() {
                for other in review.cards[(index + 1)...] { pairs.insert(CardPair(card, other)) }
            }
        }
        return pairs
    }

    /// Carries out a steward's verdict: at once, or as one of several answers that decide together.
    ///
    /// - Parameters:
    ///   - isFinal: Whether one word is enough, whatever the setting.
    ///   - check: Throws where the case is closed by something else than an event of its own.
    ///   - close: What closes the case; decided in the same append as the last answer.
    /// - Throws: `StewardError.decidedBefore` if somebody was first, unless it was the same steward with the same word.
    func carryOut(
        _ verdict: Verdict, on review: MatchReviews.Row, reason: String, isFinal: Bool = false,
        check: @escaping @Sendable (DecisionBatch) async throws -> Void = { _ in },
        close: @escaping @Sendable (DecisionBatch) async throws -> Void
    ) async throws {
        guard !reason.trimmed.isEmpty else { throw StewardError.needsReason }
        let stream = try MDMStream.review(review.review)
        let steward = metadata.actor ?? "unknown"
        let wanted = needed(on: review)
        do {
            try await commands.decide(metadata: metadata) { batch in
                try await check(batch)
                let panel = try await batch.state(of: ReviewPanel.self, on: stream)
                if !isFinal, wanted > 1 || panel.needed != nil {
                    try await batch.decide(
                        ReviewPanel.self,
                        .answer(review: review.review, verdict, by: steward, reason: reason, needed: wanted), on: stream)
                    guard try await batch.state(of: ReviewPanel.self, on: stream).decision == verdict else { return }
                }
                try await close(batch)
            }
        } catch {
            guard Self.saysClosed(error) else { throw error }
            try await catchUp()
            guard let decision = try await decision(on: review) else { throw error }
            let isRepeat = decision.by == steward || review.answers?.contains { $0.by == steward && $0.verdict == verdict } == true
            guard isRepeat, decision.verdict == verdict else { throw StewardError.decidedBefore(decision) }
        }
    }

    private static func saysClosed(_ error: any Error) -> Bool {
        switch error {
        case ReviewDecider.Rejection.answeredBefore, ReviewPanel.Rejection.closed, CardDecider.Rejection.noSuchChange: true
        default: false
        }
    }
}
