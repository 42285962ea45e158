package import CustomerMDM
import HindsightCore
import HindsightRuntime

/// Why a steward's wish was not carried out.
package enum StewardError: Error, Equatable, CustomStringConvertible {
    case unknownCard(CardID)
    case unknownGolden(GoldenID)
    case unknownReview(String)
    case wrongReview(String, kind: ReviewKind)
    case notMember(CardID, GoldenID)
    case nothingToDo(String)
    case outdatedPreview
    case needsReason

    package var description: String {
        switch self {
        case .unknownCard(let card): "card: there is no card \(card)"
        case .unknownGolden(let golden): "golden: there is no golden record \(golden)"
        case .unknownReview(let review): "review: there is no review \(review)"
        case .wrongReview(let review, let kind): "review: \(review) is a \(kind.rawValue), which is answered in another way"
        case .notMember(let card, let golden): "groups: card \(card) is not in golden record \(golden)"
        case .nothingToDo(let reason): reason
        case .outdatedPreview: "digest: the golden record has changed since the preview: look at it again"
        case .needsReason: "reason: is missing"
        }
    }
}

extension CustomerHub {
    // MARK: - Matches

    /// A steward's yes to two cards that a rule proposes.
    ///
    /// - Throws: `PairDecider.Rejection.notProposed` where no rule does: nobody joins two cards on his word alone.
    package func confirm(_ one: CardID, _ other: CardID, reason: String) async throws {
        let pair = CardPair(one, other)
        let (a, b) = (try await matchRow(pair.a), try await matchRow(pair.b))
        let judgement = Judgement(a.card, b.card, profile: profile)
        let evidence = judgement.evidence(profile)
        let reviews = Set(a.row.reviews).intersection(b.row.reviews).sorted()
        let barred = a.row.separations.filter { $0.kind == .rejected && $0.against == [pair.b] }
        let request = AnalysisRequested(request: "pair:\(pair.a)|\(pair.b):\(evidence)", trigger: .confirmation, cards: [pair.a, pair.b])
        try await commands.decide(metadata: metadata) { batch in
            try await batch.decide(
                PairDecider.self, .confirm(pair, rule: judgement.rule, evidence: evidence, reason: reason), on: MDMStream.pair(pair))
            for review in reviews {
                try await batch.decide(ReviewDecider.self, .confirm(reason: reason), on: MDMStream.review(review))
            }
            for separation in barred {
                try await batch.decide(
                    SeparationDecider.self, .close(reason: reason), on: MDMStream.separation(separation.separation))
            }
            try await batch.decide(AnalysisDecider.self, .request(request), on: MDMStream.analysis(request.request))
        }
        try await settle()
    }

    /// A steward's yes to a case: the two cards of a weak match are one person; a blocked group is divided as proposed.
    package func confirm(review id: String, reason: String) async throws {
        let review = try await openReview(id)
        switch review.kind {
        case .weakMatch: try await confirm(review.cards[0], review.cards[1], reason: reason)
        case .suspiciousChange: throw StewardError.wrongReview(id, kind: review.kind)
        case .blockedGroup: try await divide(review, reason: reason)
        }
    }

    /// Joins each part of the proposed partition by edges that rules proposed, and keeps the parts apart.
    private func divide(_ review: MatchReviews.Row, reason: String) async throws {
        let parts = review.partition
        var separations: [SeparationMade] = []
        for (index, part) in parts.enumerated() {
            for other in parts[(index + 1)...] { separations.append(try await separation(part, other, .rejected, reason)) }
        }
        let made = separations
        try await commands.decide(metadata: metadata) { batch in
            try await batch.decide(ReviewDecider.self, .confirm(reason: reason), on: MDMStream.review(review.review))
            for edge in review.edges {
                guard let part = parts.first(where: { $0.contains(edge.a) }), part.contains(edge.b) else { continue }
                try await batch.decide(
                    PairDecider.self, .confirm(edge.pair, rule: edge.rule, evidence: edge.evidence, reason: reason),
                    on: MDMStream.pair(edge.pair))
            }
            for separation in made {
                try await batch.decide(SeparationDecider.self, .make(separation), on: MDMStream.separation(separation.separation))
            }
            for (index, part) in parts.enumerated() where part.count > 1 {
                let request = AnalysisRequested(request: "review:\(review.review):\(index + 1)", trigger: .review, cards: part)
                try await batch.decide(AnalysisDecider.self, .request(request), on: MDMStream.analysis(request.request))
            }
        }
        try await settle()
    }

    /// A steward's no: the two cards of a weak match stay apart until new evidence is confirmed; a blocked group is left as it is.
    package func reject(review id: String, reason: String) async throws {
        let review = try await openReview(id)
        switch review.kind {
        case .suspiciousChange: throw StewardError.wrongReview(id, kind: review.kind)
        case .blockedGroup:
            try await commands.handle(ReviewDecider.self, .reject(reason: reason), on: MDMStream.review(id), metadata: metadata)
        case .weakMatch:
            let pair = CardPair(review.cards[0], review.cards[1])
            let edge = review.edges.first
            let separation = try await separation([pair.a], [pair.b], .rejected, reason)
            try await commands.decide(metadata: metadata) { batch in
                try await batch.decide(
                    PairDecider.self, .reject(pair, rule: edge?.rule, evidence: edge?.evidence ?? "", reason: reason),
                    on: MDMStream.pair(pair))
                try await batch.decide(ReviewDecider.self, .reject(reason: reason), on: MDMStream.review(id))
                try await batch.decide(SeparationDecider.self, .make(separation), on: MDMStream.separation(separation.separation))
            }
        }
        try await catchUp()
    }

    // MARK: - Held changes

    /// Takes over the values that waited.
    package func acceptChange(review id: String, reason: String) async throws {
        try await answerChange(id) { .acceptChange(review: id, reason: reason, $0) }
    }

    /// Keeps the values that counted before.
    package func refuseChange(review id: String, reason: String) async throws {
        try await answerChange(id) { _ in .refuseChange(review: id, reason: reason) }
    }

    private func answerChange(_ id: String, _ command: (CardDecider.Rules) -> CardDecider.Command) async throws {
        let review = try await openReview(id)
        guard review.kind == .suspiciousChange else { throw StewardError.wrongReview(id, kind: review.kind) }
        let card = review.cards[0]
        let decision = command(rules)
        let request = AnalysisRequested(request: "change:\(id)", trigger: .review, cards: [card])
        try await commands.decide(metadata: metadata) { batch in
            try await batch.decide(CardDecider.self, decision, on: MDMStream.card(card))
            try await batch.decide(AnalysisDecider.self, .request(request), on: MDMStream.analysis(request.request))
        }
        try await settle()
    }

    // MARK: - Separations

    /// Two sets of source cards are two people, whether they were ever together or not.
    ///
    /// - Returns: The id of the separation; an active one of the same sides is not made twice.
    @discardableResult
    package func separate(_ left: [CardID], _ right: [CardID], reason: String) async throws -> String {
        let made = try await separation(left, right, .split, reason)
        try await commands.handle(SeparationDecider.self, .make(made), on: MDMStream.separation(made.separation), metadata: metadata)
        return made.separation
    }

    /// Ends a separation: the only way in which one ends.
    package func closeSeparation(_ id: String, reason: String) async throws {
        try await commands.handle(SeparationDecider.self, .close(reason: reason), on: MDMStream.separation(id), metadata: metadata)
    }

    /// The separation as it would be made: of the same sides an active one, or the next ordinal.
    func separation(_ left: [CardID], _ right: [CardID], _ kind: SeparationKind, _ reason: String) async throws -> SeparationMade {
        guard !left.isEmpty, !right.isEmpty, Set(left).isDisjoint(with: right) else {
            throw StewardError.nothingToDo("left, right: a separation has two sides without a common card")
        }
        let batch = try DecisionBatch(log: log, identities: commands.identities, now: commands.clock.now())
        var ordinal = 1
        while true {
            let id = MDMStream.separationID(left, right, kind: kind, ordinal: ordinal)
            if case .closed = try await batch.state(of: SeparationDecider.self, on: MDMStream.separation(id)) {
                ordinal += 1
                continue
            }
            return SeparationMade(separation: id, left: left.sorted(), right: right.sorted(), kind: kind, reason: reason)
        }
    }

    // MARK: - Looking up

    /// - Parameter position: As of then; as of now for `nil`.
    func matchRow(_ card: CardID, at position: Position? = nil) async throws -> (row: CustomerCards.Row, card: MatchCard) {
        try await projections.catchUp()
        if let position {
            guard let row = try await ReadModel(CustomerCards(profile: profile), of: projections).row(card.description, at: position)
            else {
                throw StewardError.unknownCard(card)
            }
            return (row, row.matchCard(profile, usesPastValues: policy.usesPastValues))
        }
        guard let row = try await candidates.row(card) else { throw StewardError.unknownCard(card) }
        return row
    }

    private func openReview(_ id: String) async throws -> MatchReviews.Row {
        try await projections.catchUp()
        guard let review = try await ReadModel(MatchReviews(), of: projections).row(id) else { throw StewardError.unknownReview(id) }
        return review
    }
}
