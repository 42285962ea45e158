package import CustomerMDM
package import HindsightCore
import HindsightRuntime

extension CustomerHub {
    /// Why an attribute of a golden record has its value.
    package struct AttributeAnswer: Sendable, Equatable, Encodable {
        package let golden: GoldenID
        package let attribute: String
        /// Absent where no card says anything that counts.
        package let value: String?
        /// The card that gave it, by which event, and when that happened.
        package let card: CardID?
        package let event: EventID?
        package let at: Timestamp?
        /// The rule that chooses among what the cards say.
        package let rule: Profile.Survivorship
        /// When the record came to have it, whichever card says so by now.
        package let since: Timestamp?
        /// Other cards that say the same.
        package let agreeing: [CardID]
        package let losers: [AttributeExplanation.Loser]
        /// What the record had to say before.
        package let before: AttributeHistory.Step?
        /// The events that set it, newest first.
        package let chain: [AttributeHistory.Step]
    }

    /// Explains an attribute, as of now or of a position; a merged id leads to the record that it became part of.
    ///
    /// - Returns: `nil` for an attribute that the profile doesn't have.
    /// - Throws: `StewardError.unknownGolden`.
    package func why(
        _ attribute: String, of id: GoldenID, at position: Position? = nil
    ) async throws -> AttributeAnswer? {
        guard let golden = try await golden(id, at: position)?.golden else { throw StewardError.unknownGolden(id) }
        let rows = try await ReadModel(CustomerCards(profile: profile), of: projections)
            .rows(.with(CustomerCards.golden, golden.description), at: position).map(\.row)
        guard let explanation = GoldenRecord.explain(attribute: attribute, of: rows, profile: profile),
            let history = try await history(of: attribute, golden, members: rows.map(\.card), until: position)
        else { return nil }
        let value = explanation.value
        return AttributeAnswer(
            golden: golden, attribute: attribute, value: value?.value, card: value?.card, event: value?.event, at: value?.at,
            rule: explanation.rule, since: history.beginning?.recordedAt, agreeing: explanation.agreeing,
            losers: explanation.losers, before: history.before, chain: history.steps.reversed())
    }

    /// What the events of all cards that are or were members made of an attribute.
    private func history(
        of attribute: String, _ golden: GoldenID, members: [CardID], until position: Position?
    ) async throws -> AttributeHistory? {
        guard var history = AttributeHistory(of: attribute, golden: golden, profile: profile) else { return nil }
        let cards = try await everMembers(of: golden, now: members, until: position)
        guard let first = cards.first else { return history }
        let ofCards = EventSelection(
            EventFilter(categories: [try MDMStream.card(first).category]), query: MDMTags.touching(cards, []), until: position)
        for try await recorded in log.events(ofCards) {
            guard let event = try CustomerEvent.codec.decode(recorded) else { continue }
            history.follow(Recorded(event, from: recorded), type: recorded.type)
        }
        return history
    }
}
