package import HindsightCore

/// A person as the golden record shows one: each value with the card and the event that gave it.
package struct GoldenRecord: Sendable, Equatable, Codable {
    package struct Value: Sendable, Equatable, Codable {
        package var value: String
        package var card: CardID
        package var event: EventID
        package var at: Timestamp
        /// Which rule chose it.
        package var because: Profile.Survivorship
    }
    package struct Past: Sendable, Equatable, Codable {
        package var attribute: String
        package var value: String
        package var card: CardID
    }

    package var golden: GoldenID
    package var attributes: [String: Value]
    package var members: [CardID]
    package var pastValues: [Past]

    /// Composes the record from its members by the profile's survivorship; cards that their source dropped give nothing.
    package init(_ golden: GoldenID, of rows: [CustomerCards.Row], profile: Profile) {
        self.golden = golden
        members = rows.map(\.card).sorted()
        let living = rows.filter { !$0.isDropped }.sorted { $0.card < $1.card }
        attributes = [:]
        for attribute in profile.attributes {
            let rule = profile.survivorship[attribute.name] ?? profile.defaultSurvivorship
            let offered = living.compactMap { row in
                row.values[attribute.name].flatMap { value in
                    attribute.standardForm(of: value.value).map { Offer(row.card, value, $0) }
                }
            }
            guard let chosen = Self.choose(offered, by: rule, profile) else { continue }
            attributes[attribute.name] = Value(
                value: chosen.value.value, card: chosen.card, event: chosen.value.event, at: chosen.value.at, because: rule)
        }
        pastValues = living.flatMap { row in
            row.past.filter(\.isOpen).map { Past(attribute: $0.attribute, value: $0.value, card: row.card) }
        }
    }

    private struct Offer {
        let card: CardID
        let value: CustomerCards.Row.Value
        let form: StandardForm

        init(_ card: CardID, _ value: CustomerCards.Row.Value, _ form: StandardForm) {
            (self.card, self.value, self.form) = (card, value, form)
        }
    }

    /// Ties go to the newer value, then to the card that comes first by its id.
    private static func choose(_ offered: [Offer], by rule: Profile.Survivorship, _ profile: Profile) -> Offer? {
        func rank(_ offer: Offer) -> Int {
            switch rule {
            case .newest: 0
            case .longest: offer.value.value.count
            case .mostFrequent: offered.count { $0.form.exact == offer.form.exact }
            case .mostTrusted: -(profile.trustedSources.firstIndex(of: offer.card.source) ?? profile.trustedSources.count)
            }
        }
        return offered.max { (rank($0), $0.value.at, $1.card) < (rank($1), $1.value.at, $0.card) }
    }
}
