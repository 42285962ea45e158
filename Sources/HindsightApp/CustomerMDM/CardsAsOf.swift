import CustomerMDM
import HindsightCore
import HindsightRuntime

/// Reads cards and golden records for explanations, all of them as of one position.
struct CardsAsOf: CandidateSource {
    let runner: ProjectionRunner
    let position: Position
    let profile: Profile
    let policy: MatchingPolicy

    private var model: ReadModel<CustomerCards> { ReadModel(CustomerCards(profile: profile), of: runner) }

    func row(_ card: CardID) async throws -> CustomerCards.Row? { try await model.row(card.description, at: position) }

    func rows(of golden: GoldenID) async throws -> [CustomerCards.Row] {
        try await model.rows(.with(CustomerCards.golden, golden.description), at: position).map(\.row)
    }

    /// Cards under one entry of the inverted index.
    func rows(under entry: String, limit: Int) async throws -> [CustomerCards.Row] {
        try await model.rows(.with(CustomerCards.blockingKey, entry, limit: limit), at: position).map(\.row)
    }

    func matchCard(_ row: CustomerCards.Row) -> MatchCard { row.matchCard(profile, usesPastValues: policy.usesPastValues) }

    func unit(_ golden: GoldenID) async throws -> MatchUnit? { unit(golden, of: try await rows(of: golden)) }

    func unit(_ golden: GoldenID, of rows: [CustomerCards.Row]) -> MatchUnit? {
        guard let founded = rows.map(\.founded).min() else { return nil }
        return MatchUnit(
            golden: golden, founded: founded,
            members: rows.filter { !$0.isDropped }.map {
                MatchUnit.Member(card: matchCard($0), separations: $0.separations, words: $0.words, reviews: $0.reviews)
            })
    }

    func golden(of card: CardID) async throws -> GoldenID? { try await row(card)?.golden }

    /// A key with more cards than the profile allows is narrowed as the matcher narrows it.
    func candidates(for card: MatchCard) async throws -> (cards: [MatchCard], narrowedKeys: [String]) {
        let found = try await card.candidates(profile) { entry, limit in try await rows(under: entry.text(profile), limit: limit) }
        let others = Dictionary(found.rows.map { ($0.card, $0) }, uniquingKeysWith: { first, _ in first })
        return (others.values.filter { $0.card != card.id }.map(matchCard).sorted { $0.id < $1.id }, Set(found.narrowedKeys).sorted())
    }
}

extension CustomerHub {
    /// Cards as of a position that the read models have reached; as of now for `nil`.
    func cards(at position: Position?) async throws -> CardsAsOf {
        try await catchUp()
        let reached = if let position { position } else { try await log.head().position }
        return CardsAsOf(runner: projections, position: reached, profile: profile, policy: policy)
    }
}
