package import HindsightCore

/// Every card as it stands: what counts, what waits, its past values, where it belongs, and what keeps it apart from others.
///
/// The inverted index for matching is a declared index over the rows: it holds the blocking keys of accepted and open past values.
package struct CustomerCards: Projection {
    package struct Row: Codable, Sendable, Equatable {
        package struct Value: Codable, Sendable, Equatable {
            package var value: String
            /// The event that gave it.
            package var event: EventID
            package var at: Timestamp
        }
        package struct Held: Codable, Sendable, Equatable {
            package var review: String
            package var values: [String: String]
        }
        package struct Past: Codable, Sendable, Equatable {
            package var attribute: String
            package var value: String
            package var isOpen: Bool
            /// Closed by a steward, for ever.
            package var closedBecause: String?
        }

        package var card: CardID
        package var golden: GoldenID
        /// Where the card came in.
        package var founded: Position
        package var revision: Int
        package var isDropped = false
        package var values: [String: Value]
        package var held: Held?
        package var refused: Held?
        package var past: [Past] = []
        package var separations: [CardSeparation] = []
        package var words: [StewardsWord] = []
        package var reviews: [String] = []

        package var accepted: [String: String] { values.mapValues(\.value) }
        /// What the source said last, whatever became of it.
        package var stated: [String: String] { held?.values ?? refused?.values ?? accepted }

        package func matchCard(_ profile: Profile, usesPastValues: Bool = true) -> MatchCard {
            MatchCard(
                id: card, golden: golden, isHeld: held != nil, current: accepted,
                past: usesPastValues ? openPastValues : [], profile: profile)
        }

        /// The same, by a standardiser that remembers what it has read.
        package func matchCard(by standardiser: inout CardStandardiser, usesPastValues: Bool = true) -> MatchCard {
            MatchCard(
                id: card, golden: golden, isHeld: held != nil, current: accepted, past: usesPastValues ? openPastValues : [],
                by: &standardiser)
        }

        private var openPastValues: [(attribute: String, value: String)] {
            past.filter(\.isOpen).map { ($0.attribute, $0.value) }
        }
    }

    package let name = "customer-cards"
    /// Of this code, and of the profile with its standardisers: with other ones the index has other keys, and the rows are rebuilt.
    package let version: Int
    private let profile: Profile

    package init(profile: Profile) {
        self.profile = profile
        version = 1_003 * 1_000_000 + profile.digestNumber % 1_000_000
    }

    package static let blockingKey = "blocking-key"
    package static let golden = "golden"

    package var indexes: [RowIndex<Row>] {
        [
            RowIndex(Self.blockingKey) { [profile] row in
                row.isDropped ? [] : row.matchCard(profile).blockingKeys(profile).map { $0.text(profile) }
            },
            RowIndex(Self.golden) { [$0.golden.description] },
        ]
    }

    package func keys(for event: Recorded<CustomerEvent>) -> [String] {
        switch event.event {
        case .card(let event): [event.card.description]
        case .separation(.made(let event)): (event.left + event.right).map(\.description)
        case .separation(.closed(let event)): (event.left + event.right).map(\.description)
        case .pair(.confirmed(let event)): [event.a.description, event.b.description]
        case .pair(.rejected(let event)): [event.a.description, event.b.description]
        case .review(.opened(let event)): event.cards.map(\.description)
        case .review(.confirmed(let event)): event.cards.map(\.description)
        case .review(.rejected(let event)): event.cards.map(\.description)
        case .review(.superseded(let event)): event.cards.map(\.description)
        case .review(.answered), .golden, .analysis, .run, .settings: []
        }
    }

    package func apply(_ event: Recorded<CustomerEvent>, key: String, to row: inout Row?) {
        switch event.event {
        case .card(let change): apply(change, event, to: &row)
        case .separation(.made(let made)):
            let isLeft = made.left.contains { $0.description == key }
            row?.separations.append(
                CardSeparation(separation: made.separation, kind: made.kind, against: isLeft ? made.right : made.left))
        case .separation(.closed(let closed)): row?.separations.removeAll { $0.separation == closed.separation }
        case .pair(.confirmed(let pair)):
            row?.hear(
                StewardsWord(with: pair.a.description == key ? pair.b : pair.a, isConfirmed: true, evidence: pair.evidence, rule: pair.rule)
            )
        case .pair(.rejected(let pair)):
            row?.hear(
                StewardsWord(with: pair.a.description == key ? pair.b : pair.a, isConfirmed: false, evidence: pair.evidence, rule: nil))
        case .review(.opened(let review)): row?.reviews.append(review.review)
        case .review(.confirmed(let review)): row?.reviews.removeAll { $0 == review.review }
        case .review(.rejected(let review)): row?.reviews.removeAll { $0 == review.review }
        case .review(.superseded(let review)): row?.reviews.removeAll { $0 == review.review }
        case .review(.answered), .golden, .analysis, .run, .settings: break
        }
    }

    private func apply(_ change: CardEvent, _ event: Recorded<CustomerEvent>, to row: inout Row?) {
        func value(_ text: String) -> Row.Value { Row.Value(value: text, event: event.id, at: event.occurredAt) }
        switch change {
        case .received(let received):
            row = Row(
                card: received.card, golden: received.golden, founded: event.position, revision: received.revision,
                values: received.values.mapValues(value))
        case .changed(let changed):
            row?.revision = changed.revision
            row?.isDropped = false
            row?.held = nil
            row?.refused = nil
            for change in changed.changes {
                let value = change.to.map(value)
                row?.values[change.attribute] = value
            }
        case .changeHeld(let held):
            row?.revision = held.revision
            row?.isDropped = false
            row?.refused = nil
            let accepted = row?.accepted ?? [:]
            row?.held = Row.Held(review: held.review, values: accepted.applying(held.changes))
        case .changeWithdrawn(let withdrawn):
            row?.revision = withdrawn.revision
            row?.isDropped = false
            row?.held = nil
            row?.refused = nil
        case .changeAccepted(let accepted):
            row?.held = nil
            row?.refused = nil
            for change in accepted.changes {
                let value = change.to.map(value)
                row?.values[change.attribute] = value
            }
        case .changeRefused:
            let refused = row?.held
            row?.refused = refused
            row?.held = nil
        case .pastValueOpened(let past):
            row?.past.append(Row.Past(attribute: past.attribute, value: past.value, isOpen: true))
        case .pastValueWithdrawn(let past):
            row?.past.removeAll { $0.attribute == past.attribute && $0.value == past.value && $0.isOpen }
        case .pastValueClosed(let past):
            let isSame = profile.attributes.first { $0.name == past.attribute }.map { attribute in { attribute.isSame($0, past.value) } }
            row?.past.removeAll { $0.attribute == past.attribute && isSame?($0.value) ?? ($0.value == past.value) }
            row?.past.append(Row.Past(attribute: past.attribute, value: past.value, isOpen: false, closedBecause: past.reason))
        case .dropped(let dropped):
            row?.revision = dropped.revision
            row?.isDropped = true
        case .assigned(let assigned):
            row?.golden = assigned.to
        }
    }
}

extension CustomerCards.Row {
    /// The last word on a pair holds.
    fileprivate mutating func hear(_ word: StewardsWord) {
        words.removeAll { $0.with == word.with }
        words.append(word)
    }
}
