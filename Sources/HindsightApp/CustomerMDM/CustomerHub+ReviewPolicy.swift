import CustomerMDM
import HindsightCore
import HindsightRuntime

// What the profile says about held changes, carried out without a steward: events as his, with the policy as their reason.

extension CustomerHub {
    /// Decides a change that this batch holds, where the policy decides it at once.
    func followPolicy(on events: [CardEvent], in batch: DecisionBatch) async throws -> [CardEvent] {
        guard !profile.reviewPolicy.isHoldingAll, case .changeHeld(let held)? = events.last else { return [] }
        let rows = try await cards(at: nil).rows(of: held.golden)
        let witnesses = sources(stating: held.changes, beside: held.card, in: rows)
        guard let (verdict, reason) = profile.reviewPolicy.verdict(for: held.reasons, confirmedBy: witnesses) else { return [] }
        return try await decide(verdict, on: held.card, review: held.review, reason: reason, in: batch)
    }

    /// Decides the changes that cards of the record have waiting, now that one more source may confirm them.
    func followPolicy(around card: CardID) async throws {
        guard !profile.reviewPolicy.isHoldingAll else { return }
        let cards = try await cards(at: nil)
        guard let golden = try await cards.row(card)?.golden else { return }
        try await followPolicy(in: cards.rows(of: golden))
        try await settle()
    }

    /// Decides all changes that wait and need not: what a page of a batch feed has brought, and whatever a crash left.
    func followPolicy() async throws {
        guard !profile.reviewPolicy.isHoldingAll else { return }
        let cards = try await cards(at: nil)
        for review in try await reviews(kind: .suspiciousChange) {
            guard let card = review.cards.first, let golden = try await cards.row(card)?.golden else { continue }
            try await followPolicy(in: cards.rows(of: golden))
        }
        try await settle()
    }

    private func followPolicy(in rows: [CustomerCards.Row]) async throws {
        for row in rows {
            guard let held = row.held, let review = try await ReadModel(MatchReviews(), of: projections).row(held.review) else { continue }
            let changes = ChangeAssessment(from: row.accepted, to: held.values, profile: profile).changes
            let witnesses = sources(stating: changes, beside: row.card, in: rows)
            guard let (verdict, reason) = profile.reviewPolicy.verdict(for: review.holdReasons, confirmedBy: witnesses) else { continue }
            try await commands.decide(metadata: metadata) { [self] batch in
                // Somebody may have decided it since the rows were read.
                guard try await batch.state(of: CardDecider.self, on: MDMStream.card(row.card)).held?.review == held.review else { return }
                _ = try await decide(verdict, on: row.card, review: held.review, reason: reason, in: batch)
            }
        }
    }

    private func decide(
        _ verdict: Verdict, on card: CardID, review: String, reason: String, in batch: DecisionBatch
    ) async throws -> [CardEvent] {
        let command: CardDecider.Command =
            verdict == .accept ? .acceptChange(review: review, reason: reason, rules) : .refuseChange(review: review, reason: reason, rules)
        let events = try await batch.decide(CardDecider.self, command, on: MDMStream.card(card))
        try await Self.analyseAgain(card, after: review, in: batch)
        return events
    }

    /// The other sources of the record that state all of the changed values, whether theirs count already or wait themselves.
    private func sources(stating changes: [AttributeChange], beside card: CardID, in rows: [CustomerCards.Row]) -> Set<String> {
        let witnesses = rows.filter { row in
            row.card.source != card.source && !row.isDropped
                && changes.allSatisfy { change in
                    guard let wanted = change.to, let stated = row.stated[change.attribute] else { return false }
                    return profile.attributes.first { $0.name == change.attribute }?.isSame(wanted, stated) == true
                }
        }
        return Set(witnesses.map(\.card.source))
    }
}
