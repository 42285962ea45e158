package import HindsightCore

/// All events of the domain: what sagas and read models follow.
package enum CustomerEvent: DomainEvent {
    case card(CardEvent)
    case golden(GoldenEvent)
    case separation(SeparationEvent)
    case review(ReviewEvent)
    case pair(PairEvent)
    case analysis(AnalysisEvent)
    case run(RunEvent)
    case settings(SettingsEvent)

    package static let codec = EventCodec<CustomerEvent>(
        CardEvent.kinds(CustomerEvent.card) + GoldenEvent.kinds(CustomerEvent.golden) + SeparationEvent.kinds(CustomerEvent.separation)
            + ReviewEvent.kinds(CustomerEvent.review) + PairEvent.kinds(CustomerEvent.pair) + AnalysisEvent.kinds(CustomerEvent.analysis)
            + RunEvent.kinds(CustomerEvent.run) + SettingsEvent.kinds(CustomerEvent.settings))

    private var event: any DomainEvent {
        switch self {
        case .card(let event): event
        case .golden(let event): event
        case .separation(let event): event
        case .review(let event): event
        case .pair(let event): event
        case .analysis(let event): event
        case .run(let event): event
        case .settings(let event): event
        }
    }

    package var payload: any EventPayload { event.payload }
    package var occurredAt: Timestamp? { event.occurredAt }
    package var tags: [Tag] { event.tags }
}

extension MDMTags {
    /// What must not have happened to a group since it was read: events of its cards, separations and stewards' words about them, merges
    /// into one of its golden records.
    ///
    /// Reviews and requests carry no tags, so opening a case never makes an analysis outdated.
    package static func touching(_ cards: [CardID], _ goldens: [GoldenID]) -> EventQuery {
        let tags = cards.map { made("card", $0.description) } + goldens.map { made("golden", $0.description) }
        return EventQuery(tags.map { EventQuery.Item(tags: [$0]) })
    }
}

/// Tags of the domain: opaque ids only.
package enum MDMTags {
    /// One event carries at most 64 tags; of a larger group the first cards stand for all, in the order given.
    static func tags(cards: [CardID]) -> [Tag] { cards.prefix(Limits.tagsPerEvent).map { made("card", $0.description) } }
    static func tags(goldens: [GoldenID]) -> [Tag] { goldens.prefix(Limits.tagsPerEvent).map { made("golden", $0.description) } }

    private static func made(_ key: String, _ value: String) -> Tag {
        do {
            return try Tag(key: key, value: value)
        } catch {
            preconditionFailure("cards and golden records have ids that fit a tag: \(error)")
        }
    }
}
