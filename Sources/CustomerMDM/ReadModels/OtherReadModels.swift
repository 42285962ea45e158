package import HindsightCore

/// Which cards a golden record holds, and where a merged one went.
package struct GoldenRecords: Projection {
    package struct Row: Codable, Sendable, Equatable {
        package var golden: GoldenID
        /// In the order in which they came.
        package var members: [CardID]
        /// Where its first card came in.
        package var founded: Position
        /// The record that it became part of.
        package var mergedInto: GoldenID?
    }

    package let name = "golden-records"
    package let version = 1

    package init() {}

    package func keys(for event: Recorded<CustomerEvent>) -> [String] {
        switch event.event {
        case .card(.received(let event)): [event.golden.description]
        case .card(.assigned(let event)): [event.from.description, event.to.description]
        case .golden(.merged(let event)): event.absorbed.map(\.description)
        case .card, .golden, .separation, .review, .pair, .analysis, .run, .settings: []
        }
    }

    package func apply(_ event: Recorded<CustomerEvent>, key: String, to row: inout Row?) {
        switch event.event {
        case .card(.received(let received)):
            row = Row(golden: received.golden, members: [received.card], founded: event.position)
        case .card(.assigned(let assigned)):
            if key == assigned.from.description { row?.members.removeAll { $0 == assigned.card } }
            if key == assigned.to.description {
                var joined = row ?? Row(golden: assigned.to, members: [], founded: event.position)
                if !joined.members.contains(assigned.card) { joined.members.append(assigned.card) }
                joined.mergedInto = nil
                row = joined
            }
        case .golden(.merged(let merged)): row?.mergedInto = merged.golden
        case .card, .golden, .separation, .review, .pair, .analysis, .run, .settings: break
        }
    }
}

/// Separations, with what became of them.
package struct Separations: Projection {
    package struct Row: Codable, Sendable, Equatable {
        package var separation: String
        package var left: [CardID]
        package var right: [CardID]
        package var kind: SeparationKind
        package var reason: String
        package var madeAt: Timestamp
        /// Why it ended; absent while it is active.
        package var closedBecause: String?

        package var isActive: Bool { closedBecause == nil }
    }

    package let name = "separations"
    package let version = 1
    package static let card = "card"

    package init() {}

    package var indexes: [RowIndex<Row>] { [RowIndex(Self.card) { ($0.left + $0.right).map(\.description) }] }

    package func keys(for event: Recorded<CustomerEvent>) -> [String] {
        switch event.event {
        case .separation(.made(let event)): [event.separation]
        case .separation(.closed(let event)): [event.separation]
        case .card, .golden, .review, .pair, .analysis, .run, .settings: []
        }
    }

    package func apply(_ event: Recorded<CustomerEvent>, key: String, to row: inout Row?) {
        switch event.event {
        case .separation(.made(let made)):
            row = Row(
                separation: made.separation, left: made.left, right: made.right, kind: made.kind, reason: made.reason,
                madeAt: event.recordedAt)
        case .separation(.closed(let closed)): row?.closedBecause = closed.reason
        case .card, .golden, .review, .pair, .analysis, .run, .settings: break
        }
    }
}

/// Questions to stewards, and their answers.
package struct MatchReviews: Projection {
    package struct Row: Codable, Sendable, Equatable {
        package enum Status: String, Codable, Sendable {
            case open, confirmed, rejected, superseded, accepted, refused, withdrawn
        }
        package var review: String
        package var kind: ReviewKind
        package var status: Status
        package var cards: [CardID]
        package var openedAt: Timestamp
        package var edges: [Edge] = []
        package var conflicts: [GroupConflict] = []
        package var path: [CardID] = []
        package var partition: [[CardID]] = []
        /// Of a suspicious change.
        package var holdReasons: [HoldReason] = []
        package var attributes: [String] = []
        package var answer: String?
        /// What stewards have said so far, where more than one is asked.
        package var answers: [StewardsAnswer]?
        /// How many of them have to agree.
        package var needed: Int?
        /// Whether something is left out until the reader has answered.
        package var isBlind: Bool?
    }

    package let name = "match-reviews"
    package let version = 1
    package static let status = "status"
    package static let kind = "kind"

    package init() {}

    package var indexes: [RowIndex<Row>] {
        [RowIndex(Self.status) { [$0.status.rawValue] }, RowIndex(Self.kind) { [$0.kind.rawValue] }]
    }

    package func keys(for event: Recorded<CustomerEvent>) -> [String] {
        switch event.event {
        case .card(.changeHeld(let event)): [event.review]
        case .card(.changeWithdrawn(let event)): [event.review]
        case .card(.changeAccepted(let event)): [event.review]
        case .card(.changeRefused(let event)): [event.review]
        case .review(.opened(let event)): [event.review]
        case .review(.confirmed(let event)): [event.review]
        case .review(.rejected(let event)): [event.review]
        case .review(.superseded(let event)): [event.review]
        case .review(.answered(let event)): [event.review]
        case .card, .golden, .separation, .pair, .analysis, .run, .settings: []
        }
    }

    package func apply(_ event: Recorded<CustomerEvent>, key: String, to row: inout Row?) {
        func answer(_ status: Row.Status, _ reason: String?) {
            row?.status = status
            row?.answer = reason
        }
        switch event.event {
        case .card(.changeHeld(let held)):
            row = Row(
                review: held.review, kind: .suspiciousChange, status: .open, cards: [held.card], openedAt: event.recordedAt,
                holdReasons: held.reasons, attributes: held.changes.map(\.attribute))
        case .card(.changeWithdrawn): answer(.withdrawn, nil)
        case .card(.changeAccepted(let accepted)): answer(.accepted, accepted.reason)
        case .card(.changeRefused(let refused)): answer(.refused, refused.reason)
        case .review(.opened(let opened)):
            row = Row(
                review: opened.review, kind: opened.kind, status: .open, cards: opened.cards, openedAt: event.recordedAt,
                edges: opened.edges, conflicts: opened.conflicts, path: opened.path, partition: opened.partition)
        case .review(.confirmed(let review)): answer(.confirmed, review.reason)
        case .review(.rejected(let review)): answer(.rejected, review.reason)
        case .review(.superseded(let review)): answer(.superseded, review.reason)
        case .review(.answered(let answered)):
            let said = StewardsAnswer(by: answered.by, verdict: answered.verdict, reason: answered.reason, at: event.recordedAt)
            let before = row?.answers ?? []
            row?.answers = before + [said]
            row?.needed = answered.needed
        case .card, .golden, .separation, .pair, .analysis, .run, .settings: break
        }
    }
}
