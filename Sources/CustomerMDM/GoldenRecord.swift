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
            attributes[attribute.name] = Self.value(of: attribute, from: living, profile)
        }
        pastValues = living.flatMap { row in
            row.past.filter(\.isOpen).map { Past(attribute: $0.attribute, value: $0.value, card: row.card) }
        }
    }

    /// The value that survives among what living cards say.
    static func value(of attribute: Profile.Attribute, from living: [CustomerCards.Row], _ profile: Profile) -> Value? {
        let rule = profile.rule(for: attribute)
        let offered = Offer.all(of: attribute, from: living)
        guard let chosen = offered.max(by: { $0.loses(to: $1, among: offered, by: rule, profile) }) else { return nil }
        return Value(value: chosen.value.value, card: chosen.card, event: chosen.value.event, at: chosen.value.at, because: rule)
    }

    /// What a card says of an attribute.
    struct Offer {
        let card: CardID
        let value: CustomerCards.Row.Value
        let form: StandardForm

        /// Missing values and their placeholders are none.
        static func all(of attribute: Profile.Attribute, from living: [CustomerCards.Row]) -> [Offer] {
            living.compactMap { row in
                row.values[attribute.name].flatMap { value in
                    attribute.standardForm(of: value.value).map { Offer(card: row.card, value: value, form: $0) }
                }
            }
        }

        /// How much the rule thinks of it.
        func rank(among offered: [Offer], by rule: Profile.Survivorship, _ profile: Profile) -> Int {
            switch rule {
            case .newest: 0
            case .longest: value.value.count
            case .mostFrequent: offered.count { $0.form.text == form.text }
            case .mostTrusted: -(profile.trustedSources.firstIndex(of: card.source) ?? profile.trustedSources.count)
            }
        }

        /// Ties go to the newer value, then to the card that comes first by its id.
        func loses(to other: Offer, among offered: [Offer], by rule: Profile.Survivorship, _ profile: Profile) -> Bool {
            (rank(among: offered, by: rule, profile), value.at, other.card)
                < (other.rank(among: offered, by: rule, profile), other.value.at, card)
        }
    }
}

extension Profile {
    func rule(for attribute: Attribute) -> Survivorship { survivorship[attribute.name] ?? defaultSurvivorship }
}
