package import HindsightCore

/// What happens to one card, in the stream `card-<source>:<id>`. Only these events hold personal values.
package enum CardEvent: DomainEvent {
    case received(CardReceived)
    case changed(CardChanged)
    case changeHeld(ChangeHeld)
    case changeWithdrawn(ChangeWithdrawn)
    case changeAccepted(ChangeAccepted)
    case changeRefused(ChangeRefused)
    case pastValueOpened(PastValueOpened)
    case pastValueWithdrawn(PastValueWithdrawn)
    case pastValueClosed(PastValueClosed)
    case dropped(CardDropped)
    case assigned(CardAssigned)

    package static let codec = EventCodec<CardEvent>(kinds { $0 })

    static func kinds<Event: Sendable>(_ embed: @escaping @Sendable (CardEvent) -> Event) -> [EventCodec<Event>.Kind] {
        [
            .kind { embed(.received($0)) }, .kind { embed(.changed($0)) }, .kind { embed(.changeHeld($0)) },
            .kind { embed(.changeWithdrawn($0)) }, .kind { embed(.changeAccepted($0)) }, .kind { embed(.changeRefused($0)) },
            .kind { embed(.pastValueOpened($0)) }, .kind { embed(.pastValueWithdrawn($0)) }, .kind { embed(.pastValueClosed($0)) },
            .kind { embed(.dropped($0)) }, .kind { embed(.assigned($0)) },
        ]
    }

    package var payload: any EventPayload {
        switch self {
        case .received(let payload): payload
        case .changed(let payload): payload
        case .changeHeld(let payload): payload
        case .changeWithdrawn(let payload): payload
        case .changeAccepted(let payload): payload
        case .changeRefused(let payload): payload
        case .pastValueOpened(let payload): payload
        case .pastValueWithdrawn(let payload): payload
        case .pastValueClosed(let payload): payload
        case .dropped(let payload): payload
        case .assigned(let payload): payload
        }
    }

    package var card: CardID {
        switch self {
        case .received(let event): event.card
        case .changed(let event): event.card
        case .changeHeld(let event): event.card
        case .changeWithdrawn(let event): event.card
        case .changeAccepted(let event): event.card
        case .changeRefused(let event): event.card
        case .pastValueOpened(let event): event.card
        case .pastValueWithdrawn(let event): event.card
        case .pastValueClosed(let event): event.card
        case .dropped(let event): event.card
        case .assigned(let event): event.card
        }
    }

    package var tags: [Tag] { MDMTags.tags(cards: [card]) }

    package var occurredAt: Timestamp? {
        switch self {
        case .received(let event): event.occurredAt
        case .changed(let event): event.occurredAt
        case .changeHeld(let event): event.occurredAt
        case .changeWithdrawn(let event): event.occurredAt
        case .dropped(let event): event.occurredAt
        case .changeAccepted, .changeRefused, .pastValueOpened, .pastValueWithdrawn, .pastValueClosed, .assigned: nil
        }
    }
}

/// How a statement of a source asks to be matched.
package enum Matching: String, Sendable, Codable {
    /// At once, before the caller is answered.
    case online
    /// By the next nightly run.
    case batch
}

/// One attribute before and after; absent is missing.
package struct AttributeChange: Sendable, Equatable, Codable {
    package var attribute: String
    package var from: String?
    package var to: String?

    package init(attribute: String, from: String?, to: String?) {
        (self.attribute, self.from, self.to) = (attribute, from, to)
    }
}

/// A card came in for the first time, and founds a golden record of its own.
package struct CardReceived: EventPayload {
    package static let type: EventType = "customer-mdm.card-received"
    package var card: CardID
    package var golden: GoldenID
    /// Statements of the source about this card: 1, 2, 3…
    package var revision: Int
    package var matching: Matching
    package var values: [String: String]
    package var occurredAt: Timestamp?

    package init(card: CardID, golden: GoldenID, revision: Int, matching: Matching, values: [String: String], occurredAt: Timestamp? = nil)
    {
        self.card = card
        self.golden = golden
        self.revision = revision
        self.matching = matching
        self.values = values
        self.occurredAt = occurredAt
    }
}

/// The source states other values, and they are taken over.
package struct CardChanged: EventPayload {
    package static let type: EventType = "customer-mdm.card-changed"
    package var card: CardID
    package var golden: GoldenID
    package var revision: Int
    package var matching: Matching
    package var changes: [AttributeChange]
    package var occurredAt: Timestamp?

    package init(
        card: CardID, golden: GoldenID, revision: Int, matching: Matching, changes: [AttributeChange], occurredAt: Timestamp? = nil
    ) {
        self.card = card
        self.golden = golden
        self.revision = revision
        self.matching = matching
        self.changes = changes
        self.occurredAt = occurredAt
    }
}

/// The source states other values, and they wait in review; the last accepted ones go on counting.
package struct ChangeHeld: EventPayload {
    package static let type: EventType = "customer-mdm.change-held"
    package var card: CardID
    package var golden: GoldenID
    package var revision: Int
    package var matching: Matching
    package var review: String
    package var reasons: [HoldReason]
    /// Against the accepted values.
    package var changes: [AttributeChange]
    package var occurredAt: Timestamp?
    /// By which profile it was decided; absent in events from before it was told.
    package var profile: String?

    package init(
        card: CardID, golden: GoldenID, revision: Int, matching: Matching, review: String, reasons: [HoldReason],
        changes: [AttributeChange], occurredAt: Timestamp? = nil, profile: String? = nil
    ) {
        self.card = card
        self.golden = golden
        self.revision = revision
        self.matching = matching
        self.review = review
        self.reasons = reasons
        self.changes = changes
        self.occurredAt = occurredAt
        self.profile = profile
    }
}

package enum HoldReason: String, Sendable, Codable {
    case severalNameParts = "several-name-parts"
    case givenNameOfAnother = "given-name-of-another"
    case fixedAttribute = "fixed-attribute"
}

/// The source went back to the accepted values, or on to others, before anybody decided.
package struct ChangeWithdrawn: EventPayload {
    package static let type: EventType = "customer-mdm.change-withdrawn"
    package var card: CardID
    package var golden: GoldenID
    package var revision: Int
    package var review: String
    package var occurredAt: Timestamp?

    package init(card: CardID, golden: GoldenID, revision: Int, review: String, occurredAt: Timestamp? = nil) {
        self.card = card
        self.golden = golden
        self.revision = revision
        self.review = review
        self.occurredAt = occurredAt
    }
}

/// A steward, or the review policy, took over the held values.
package struct ChangeAccepted: EventPayload {
    package static let type: EventType = "customer-mdm.change-accepted"
    package var card: CardID
    package var golden: GoldenID
    package var revision: Int
    package var review: String
    package var changes: [AttributeChange]
    package var reason: String
    /// By which profile, where its review policy decided.
    package var profile: String?

    package init(
        card: CardID, golden: GoldenID, revision: Int, review: String, changes: [AttributeChange], reason: String,
        profile: String? = nil
    ) {
        self.card = card
        self.golden = golden
        self.revision = revision
        self.review = review
        self.changes = changes
        self.reason = reason
        self.profile = profile
    }
}

/// A steward, or the review policy, refused the held values: the card keeps the accepted ones.
package struct ChangeRefused: EventPayload {
    package static let type: EventType = "customer-mdm.change-refused"
    package var card: CardID
    package var golden: GoldenID
    package var revision: Int
    package var review: String
    package var reason: String
    /// By which profile, where its review policy decided.
    package var profile: String?

    package init(card: CardID, golden: GoldenID, revision: Int, review: String, reason: String, profile: String? = nil) {
        self.card = card
        self.golden = golden
        self.revision = revision
        self.review = review
        self.reason = reason
        self.profile = profile
    }
}

/// A former value helps matching from now on.
package struct PastValueOpened: EventPayload {
    package static let type: EventType = "customer-mdm.past-value-opened"
    package var card: CardID
    package var attribute: String
    package var value: String
    package var revision: Int
    /// By which profile it was decided; absent in events from before it was told.
    package var profile: String?

    package init(card: CardID, attribute: String, value: String, revision: Int, profile: String? = nil) {
        self.card = card
        self.attribute = attribute
        self.value = value
        self.revision = revision
        self.profile = profile
    }
}

/// The value that followed a past value turned out to be an error: the old one is current again.
package struct PastValueWithdrawn: EventPayload {
    package static let type: EventType = "customer-mdm.past-value-withdrawn"
    package var card: CardID
    package var attribute: String
    package var value: String
    package var revision: Int
    /// By which profile it was decided; absent in events from before it was told.
    package var profile: String?

    package init(card: CardID, attribute: String, value: String, revision: Int, profile: String? = nil) {
        self.card = card
        self.attribute = attribute
        self.value = value
        self.revision = revision
        self.profile = profile
    }
}

/// A steward closed a past value for ever, whether it was open or not: nothing brings it back.
package struct PastValueClosed: EventPayload {
    package static let type: EventType = "customer-mdm.past-value-closed"
    package var card: CardID
    package var attribute: String
    package var value: String
    package var reason: String

    package init(card: CardID, attribute: String, value: String, reason: String) {
        self.card = card
        self.attribute = attribute
        self.value = value
        self.reason = reason
    }
}

/// The source no longer has the card. It is kept, and counts neither for matching nor for the golden record.
package struct CardDropped: EventPayload {
    package static let type: EventType = "customer-mdm.card-dropped"
    package var card: CardID
    package var golden: GoldenID
    package var revision: Int
    package var occurredAt: Timestamp?

    package init(card: CardID, golden: GoldenID, revision: Int, occurredAt: Timestamp? = nil) {
        self.card = card
        self.golden = golden
        self.revision = revision
        self.occurredAt = occurredAt
    }
}

/// The card moved to another golden record.
package struct CardAssigned: EventPayload {
    package static let type: EventType = "customer-mdm.card-assigned"
    package var card: CardID
    package var from: GoldenID
    package var to: GoldenID
    package var because: Cause
    /// The merge, unmerge or rollback.
    package var request: String

    package init(card: CardID, from: GoldenID, to: GoldenID, because: Cause, request: String) {
        self.card = card
        self.from = from
        self.to = to
        self.because = because
        self.request = request
    }

    package enum Cause: String, Sendable, Codable {
        case merge, unmerge, rollback
    }
}
