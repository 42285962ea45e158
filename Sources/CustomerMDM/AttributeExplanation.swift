package import HindsightCore

/// Why an attribute of a golden record has its value: who gave it, the rule by which it won, and what lost to it.
package struct AttributeExplanation: Sendable, Equatable, Codable {
    /// A value that does not count.
    package struct Loser: Sendable, Equatable, Codable {
        package enum Reason: String, Sendable, Codable {
            case older
            case lessTrusted = "less-trusted"
            case lessFrequent = "less-frequent"
            case shorter
            /// As good in everything else: the card that comes first by its id goes before.
            case laterCard = "later-card"
            /// Stands for "not known".
            case placeholder
            /// The source no longer has the card.
            case dropped
            /// A change of the card that waits in review.
            case held
            /// A change of the card that a steward refused.
            case refused
            /// The card had it before.
            case past
            /// The card had it before, and a steward closed it.
            case closed
        }
        package var card: CardID
        package var value: String
        /// Where the card's row still knows it: the event that gave the value.
        package var event: EventID?
        package var at: Timestamp?
        package var reason: Reason
        /// Of a change that waits or was refused.
        package var review: String?
    }

    package var attribute: String
    /// Absent where no card says anything that counts.
    package var value: GoldenRecord.Value?
    /// The rule that chooses among what the cards say.
    package var rule: Profile.Survivorship
    /// Other cards that say the same.
    package var agreeing: [CardID]
    package var losers: [Loser]
}

extension GoldenRecord {
    /// Explains one attribute of the record that is composed of `rows`; `nil` for one that the profile doesn't have.
    package static func explain(attribute name: String, of rows: [CustomerCards.Row], profile: Profile) -> AttributeExplanation? {
        guard let attribute = profile.attributes.first(where: { $0.name == name }) else { return nil }
        let rows = rows.sorted { $0.card < $1.card }
        let living = rows.filter { !$0.isDropped }
        let rule = profile.rule(for: attribute)
        let offered = Offer.all(of: attribute, from: living)
        let ranked = offered.sorted { $1.loses(to: $0, among: offered, by: rule, profile) }
        var explanation = AttributeExplanation(
            attribute: name, value: value(of: attribute, from: living, profile), rule: rule, agreeing: [], losers: [])
        if let winner = ranked.first {
            for offer in ranked.dropFirst() {
                guard offer.form.text != winner.form.text else {
                    explanation.agreeing.append(offer.card)
                    continue
                }
                explanation.losers.append(
                    AttributeExplanation.Loser(
                        card: offer.card, value: offer.value.value, event: offer.value.event, at: offer.value.at,
                        reason: offer.reason(behind: winner, among: offered, by: rule, profile)))
            }
        }
        for row in rows { explanation.losers += row.losers(of: attribute) }
        return explanation
    }
}

extension GoldenRecord.Offer {
    /// Why it comes after the winner.
    fileprivate func reason(
        behind winner: Self, among offered: [Self], by rule: Profile.Survivorship, _ profile: Profile
    ) -> AttributeExplanation.Loser.Reason {
        if rank(among: offered, by: rule, profile) < winner.rank(among: offered, by: rule, profile) {
            switch rule {
            case .newest: break
            case .longest: return .shorter
            case .mostFrequent: return .lessFrequent
            case .mostTrusted: return .lessTrusted
            }
        }
        return value.at < winner.value.at ? .older : .laterCard
    }
}

extension CustomerCards.Row {
    /// What the card says, said or would like to say of an attribute without a chance to count.
    fileprivate func losers(of attribute: Profile.Attribute) -> [AttributeExplanation.Loser] {
        typealias Loser = AttributeExplanation.Loser
        var losers: [Loser] = []
        if let value = values[attribute.name] {
            if isDropped {
                losers.append(Loser(card: card, value: value.value, event: value.event, at: value.at, reason: .dropped))
            } else if attribute.standardForm(of: value.value) == nil {
                losers.append(Loser(card: card, value: value.value, event: value.event, at: value.at, reason: .placeholder))
            }
        }
        for (pending, reason) in [(held, Loser.Reason.held), (refused, .refused)] {
            guard let pending, let value = pending.values[attribute.name], value != accepted[attribute.name] else { continue }
            losers.append(Loser(card: card, value: value, reason: reason, review: pending.review))
        }
        for past in past where past.attribute == attribute.name {
            losers.append(Loser(card: card, value: past.value, reason: past.isOpen ? .past : .closed))
        }
        return losers
    }
}
