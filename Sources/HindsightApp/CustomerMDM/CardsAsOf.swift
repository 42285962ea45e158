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
        var found: [CardID: MatchCard] = [:]
        var narrowed: Set<String> = []
        for key in profile.keys {
            for value in card.combinations(key.parts) {
                var rows = try await rows(under: "\(key.name)=\(value)", limit: profile.maximumCardsPerKey + 1)
                if rows.count > profile.maximumCardsPerKey {
                    narrowed.insert(key.name)
                    rows = []
                    for narrow in key.narrowedBy.map({ card.combinations(key.parts + [$0]) }) ?? [] {
                        rows += try await self.rows(under: "\(key.name)+=\(narrow)", limit: profile.maximumCardsPerKey)
                    }
                }
                for row in rows where row.card != card.id { found[row.card] = matchCard(row) }
            }
        }
        return (found.values.sorted { $0.id < $1.id }, narrowed.sorted())
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
