package import HindsightCore

/// The events that set an attribute of a golden record, one after the other: those of its cards, and those that moved cards in and out.
package struct AttributeHistory: Sendable {
    /// What the record had to say from one event on.
    package struct Step: Sendable, Equatable, Codable {
        package var position: Position
        package var event: EventID
        package var type: EventType
        package var recordedAt: Timestamp
        /// Absent where no card says anything that counts.
        package var value: GoldenRecord.Value?
        /// What decided the event, and why, as far as it knows.
        package var by: String?
        package var reason: String?
    }

    /// Oldest first.
    package private(set) var steps: [Step] = []

    /// The step by which the record came to say what it says, whichever card said so since; `nil` where it says nothing.
    package var beginning: Step? {
        guard steps.last?.value != nil else { return nil }
        return steps[lastChange...].first
    }

    /// What it said before that.
    package var before: Step? { steps[..<lastChange].last }

    private var lastChange: Int {
        let last = steps.last?.value?.value
        return steps.lastIndex { !attribute.isSame($0.value?.value, last) }.map { $0 + 1 } ?? 0
    }

    private let golden: GoldenID
    private let attribute: Profile.Attribute
    private let profile: Profile
    private let cards: CustomerCards
    private var rows: [CardID: CustomerCards.Row] = [:]

    /// `nil` for an attribute that the profile doesn't have.
    package init?(of attribute: String, golden: GoldenID, profile: Profile) {
        guard let attribute = profile.attributes.first(where: { $0.name == attribute }) else { return nil }
        self.golden = golden
        self.attribute = attribute
        self.profile = profile
        cards = CustomerCards(profile: profile)
    }

    /// Follows the next event of a card that is, was or will be a member; others change nothing.
    package mutating func follow(_ event: Recorded<CustomerEvent>, type: EventType) {
        guard case .card(let change) = event.event else { return }
        cards.apply(event, key: change.card.description, to: &rows[change.card])
        let living = rows.values.filter { $0.golden == golden && !$0.isDropped }.sorted { $0.card < $1.card }
        let value = GoldenRecord.value(of: attribute, from: living, profile)
        guard value != steps.last?.value else { return }
        let explanation = CustomerMDM.explanation(of: event.event)
        steps.append(
            Step(
                position: event.position, event: event.id, type: type, recordedAt: event.recordedAt, value: value, by: explanation.by,
                reason: explanation.reason))
    }
}
