package import CustomerMDM
import HindsightCore
import HindsightRuntime

extension CustomerHub {
    // MARK: - Matches

    /// A steward's yes to two cards that a rule proposes.
    ///
    /// - Throws: `PairDecider.Rejection.notProposed` where no rule does: nobody joins two cards on his word alone. `StewardError.blind` while a
    ///   blind case asks about other cards of their golden records: joined by one word, those would be as well.
    /// - Returns: Whether they are confirmed; not, where it was one of several answers to a blind case.
    @discardableResult
    package func confirm(_ one: CardID, _ other: CardID, reason: String) async throws -> Bool {
        try await catchUp()
        let pair = CardPair(one, other)
        if let review = try await blindReview(of: pair) {
            try await confirm(review: review, reason: reason)
            return try await !isBlind(review)
        }
        if let left = try await candidates.golden(of: one), let right = try await candidates.golden(of: other), left != right,
            let review = try await blindReview(across: left, right)
        {
            throw StewardError.blind(review)
        }
        let confirmation = try await confirmation(of: pair, reason: reason)
        try await commands.decide(metadata: metadata, confirmation)
        try await settle()
        return true
    }

    /// What a yes to two cards leads to: word, cases and separations that it ends, and a new look at their group.
    ///
    /// - Parameter review: The case that it answers, beside the others that name both cards and are not blind.
    private func confirmation(
        of pair: CardPair, review: String? = nil, reason: String
    ) async throws -> @Sendable (DecisionBatch) async throws -> Void {
        let (a, b) = (try await matchRow(pair.a), try await matchRow(pair.b))
        let judgement = Judgement(a.card, b.card, profile: profile)
        let evidence = judgement.evidence(profile)
        var reviews: [String] = review.map { [$0] } ?? []
        // What several have to answer is not answered by the way.
        for other in Set(a.row.reviews).intersection(b.row.reviews).subtracting(reviews).sorted() where try await !isBlind(other) {
            reviews.append(other)
        }
        let barred = a.row.separations.filter { $0.kind == .rejected && $0.against == [pair.b] }
        let request = AnalysisRequested(request: "pair:\(pair.a)|\(pair.b):\(evidence)", trigger: .confirmation, cards: [pair.a, pair.b])
        return { [reviews] batch in
            for review in reviews {
                try await batch.decide(ReviewDecider.self, .confirm(reason: reason), on: MDMStream.review(review))
            }
            try await batch.decide(
                PairDecider.self, .confirm(pair, rule: judgement.rule, evidence: evidence, reason: reason), on: MDMStream.pair(pair))
            for separation in barred {
                try await batch.decide(
                    SeparationDecider.self, .close(reason: reason), on: MDMStream.separation(separation.separation))
            }
            try await batch.decide(AnalysisDecider.self, .request(request), on: MDMStream.analysis(request.request))
        }
    }

    /// A steward's yes to a case: the two cards of a weak match are one person; a blocked group is divided as proposed.
    ///
    /// - Throws: `StewardError.decidedBefore` if somebody was first.
    package func confirm(review id: String, reason: String) async throws {
        let review = try await review(id)
        switch review.kind {
        case .weakMatch:
            let pair = CardPair(review.cards[0], review.cards[1])
            let confirmation = try await confirmation(of: pair, review: id, reason: reason)
            try await carryOut(.confirm, on: review, reason: reason, close: confirmation)
        case .suspiciousChange: throw StewardError.wrongReview(id, kind: review.kind)
        case .blockedGroup: try await divide(review, reason: reason)
        }
        try await settle()
        try await catchUp()
    }

    /// Joins each part of the proposed partition by edges that rules proposed, and keeps the parts apart.
    private func divide(_ review: MatchReviews.Row, reason: String) async throws {
        let parts = review.partition
        var separations: [SeparationMade] = []
        for (index, part) in parts.enumerated() {
            for other in parts[(index + 1)...] { separations.append(try await separation(part, other, .rejected, reason)) }
        }
        let made = separations
        try await carryOut(.confirm, on: review, reason: reason) { batch in
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
    }

    /// A steward's no: the two cards of a weak match stay apart until new evidence is confirmed; a blocked group is left as it is.
    ///
    /// - Throws: `StewardError.decidedBefore` if somebody was first.
    package func reject(review id: String, reason: String) async throws {
        let review = try await review(id)
        switch review.kind {
        case .suspiciousChange: throw StewardError.wrongReview(id, kind: review.kind)
        case .blockedGroup:
            try await carryOut(.reject, on: review, reason: reason) { batch in
                try await batch.decide(ReviewDecider.self, .reject(reason: reason), on: MDMStream.review(id))
            }
        case .weakMatch:
            let pair = CardPair(review.cards[0], review.cards[1])
            let edge = review.edges.first
            let separation = try await separation([pair.a], [pair.b], .rejected, reason)
            try await carryOut(.reject, on: review, reason: reason) { batch in
                try await batch.decide(ReviewDecider.self, .reject(reason: reason), on: MDMStream.review(id))
                try await batch.decide(
                    PairDecider.self, .reject(pair, rule: edge?.rule, evidence: edge?.evidence ?? "", reason: reason),
                    on: MDMStream.pair(pair))
                try await batch.decide(SeparationDecider.self, .make(separation), on: MDMStream.separation(separation.separation))
            }
        }
        try await catchUp()
    }

    // MARK: - Held changes

    /// Takes over the values that waited.
    ///
    /// - Parameter overrules: Takes over refused values too: a steward's second thought, said expressly.
    /// - Throws: `StewardError.decidedBefore` if somebody was first.
    package func acceptChange(review id: String, reason: String, overrules: Bool = false) async throws {
        let review = try await heldChange(id)
        let (card, rules) = (review.cards[0], rules)
        try await carryOut(.accept, on: review, reason: reason, isFinal: overrules && review.status == .refused) { batch in
            let state = try await batch.state(of: CardDecider.self, on: MDMStream.card(card))
            guard state.held?.review == id || overrules && state.refused?.review == id else {
                throw CardDecider.Rejection.noSuchChange(review: id)
            }
        } close: { batch in
            try await batch.decide(CardDecider.self, .acceptChange(review: id, reason: reason, rules), on: MDMStream.card(card))
            try await Self.analyseAgain(card, after: overrules ? "\(id):overruled" : id, in: batch)
        }
        try await settle()
        try await catchUp()
    }

    /// Keeps the values that counted before.
    ///
    /// - Throws: `StewardError.decidedBefore` if somebody was first.
    package func refuseChange(review id: String, reason: String) async throws {
        let review = try await heldChange(id)
        let (card, rules) = (review.cards[0], rules)
        try await carryOut(.refuse, on: review, reason: reason) { batch in
            guard try await batch.state(of: CardDecider.self, on: MDMStream.card(card)).held?.review == id else {
                throw CardDecider.Rejection.noSuchChange(review: id)
            }
        } close: { batch in
            try await batch.decide(CardDecider.self, .refuseChange(review: id, reason: reason, rules), on: MDMStream.card(card))
            try await Self.analyseAgain(card, after: id, in: batch)
        }
        try await settle()
        try await catchUp()
    }

    /// What was held kept its card from joining anybody: its group is looked at again.
    static func analyseAgain(_ card: CardID, after review: String, in batch: DecisionBatch) async throws {
        let request = AnalysisRequested(request: "change:\(review)", trigger: .review, cards: [card])
        try await batch.decide(AnalysisDecider.self, .request(request), on: MDMStream.analysis(request.request))
    }

    private func heldChange(_ id: String) async throws -> MatchReviews.Row {
        let review = try await review(id)
        guard review.kind == .suspiciousChange else { throw StewardError.wrongReview(id, kind: review.kind) }
        return review
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

    /// A case, open or not.
    private func review(_ id: String) async throws -> MatchReviews.Row {
        try await projections.catchUp()
        guard let review = try await ReadModel(MatchReviews(), of: projections).row(id) else { throw StewardError.unknownReview(id) }
        return review
    }
}
