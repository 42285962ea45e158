package import CustomerMDM
package import HindsightCore

/// How a case ended, from the event that closed it.
package struct ReviewDecision: Sendable, Equatable, Codable {
    package var review: String
    package var status: MatchReviews.Row.Status
    /// Who closed it; absent where the event names nobody.
    package var by: String?
    package var at: Timestamp
    package var position: Position

    /// What a steward would have to say to say the same.
    var verdict: Verdict? {
        switch status {
        case .confirmed: .confirm
        case .rejected: .reject
        case .accepted: .accept
        case .refused: .refuse
        case .open, .superseded, .withdrawn: nil
        }
    }

    var inWords: String {
        switch status {
        case .superseded: "review \(review) needs no answer any more: its cards came into one golden record at \(at)"
        case .withdrawn: "review \(review) needs no answer any more: the source took the change back at \(at)"
        case .open, .confirmed, .rejected, .accepted, .refused:
            "review \(review) was decided\(by.map { " by \($0)" } ?? "") at \(at): \(status.rawValue)"
        }
    }
}

extension ReviewDecision {
    /// Reads it from the last event that says something of the case; `nil` where that doesn't close it.
    init?(of review: String, _ event: CustomerEvent, from recorded: RecordedEvent) throws {
        let status: MatchReviews.Row.Status
        switch event {
        case .review(.confirmed): status = .confirmed
        case .review(.rejected): status = .rejected
        case .review(.superseded): status = .superseded
        case .card(.changeAccepted(let accepted)) where accepted.review == review: status = .accepted
        case .card(.changeRefused(let refused)) where refused.review == review: status = .refused
        case .card(.changeWithdrawn(let withdrawn)) where withdrawn.review == review: status = .withdrawn
        case .card, .golden, .separation, .review, .pair, .analysis, .run, .settings: return nil
        }
        self.init(
            review: review, status: status, by: try recorded.metadata.decoded(as: EventMetadata.self).actor, at: recorded.recordedAt,
            position: recorded.position)
    }
}

extension CustomerHub {
    /// How a case ended; `nil` while it is open.
    package func decision(on review: MatchReviews.Row, at position: Position? = nil) async throws -> ReviewDecision? {
        // A held change is closed by an event of its card.
        let stream = review.kind == .suspiciousChange ? try MDMStream.card(review.cards[0]) : try MDMStream.review(review.review)
        let selection = EventSelection(EventFilter(stream: stream), after: position.map { $0 + 1 }, direction: .backwards)
        for try await recorded in log.events(selection) {
            guard let event = try CustomerEvent.codec.decode(recorded) else { continue }
            if let decision = try ReviewDecision(of: review.review, event, from: recorded) { return decision }
        }
        return nil
    }
}
