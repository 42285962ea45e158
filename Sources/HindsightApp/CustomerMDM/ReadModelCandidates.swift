package import CustomerMDM
package import HindsightCore
package import HindsightRuntime

/// Reads cards and golden records for the matcher from the read models.
///
/// Rows may be newer than the position an analysis counts from, never older: the append of a merge is conditioned on that position, so
/// being early costs a second reading at most.
package actor ReadModelCandidates: CandidateSource {
    private let runner: ProjectionRunner
    private var reader: ProjectionReader { runner.reader }
    private let profile: Profile
    private let policy: MatchingPolicy
    /// Cards read before, by the position of the event that led to the row: standardising is dear.
    private var cards: [String: (from: Position, row: CustomerCards.Row, card: MatchCard)] = [:]
    private let capacity = 50_000
    private var standardiser: CardStandardiser

    private static let name = "customer-cards"

    /// - Parameter runner: Keeps the rows of cards.
    package init(_ runner: ProjectionRunner, profile: Profile, policy: MatchingPolicy) {
        self.runner = runner
        self.profile = profile
        self.policy = policy
        standardiser = CardStandardiser(profile: profile, capacity: capacity)
    }

    /// Where the rows of cards stand.
    package func position() async throws -> Position {
        try await runner.position(of: Self.name)
    }

    package func unit(_ golden: GoldenID) async throws -> MatchUnit? {
        let stored = try await reader.rows(of: Self.name, .with(CustomerCards.golden, golden.description))
        let rows = try stored.compactMap(read)
        guard let founded = rows.map(\.row.founded).min() else { return nil }
        return MatchUnit(
            golden: golden, founded: founded,
            members: rows.filter { !$0.row.isDropped }.map {
                MatchUnit.Member(card: $0.card, separations: $0.row.separations, words: $0.row.words, reviews: $0.row.reviews)
            })
    }

    package func golden(of card: CardID) async throws -> GoldenID? { try await row(card)?.row.golden }

    /// The card's row and standard form; `nil` if it never came in.
    package func row(_ card: CardID) async throws -> (row: CustomerCards.Row, card: MatchCard)? {
        try await reader.row(card.description, of: Self.name).flatMap(read)
    }

    package func candidates(for card: MatchCard) async throws -> (cards: [MatchCard], narrowedKeys: [String]) {
        let found = try await card.candidates(profile) { entry, limit in try await self.rows(under: entry, limit: limit) }
        let others = Dictionary(found.rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return (others.values.filter { $0.id != card.id }.sorted { $0.id < $1.id }, found.narrowedKeys)
    }

    /// All golden records as of the last event read, for a batch; `nil` if there are more than `limit` cards.
    func units(ofAtMost limit: Int) async throws -> [MatchUnit]? {
        var batch = CardStandardiser(profile: profile, capacity: capacity)
        var members: [GoldenID: (founded: Position, members: [MatchUnit.Member])] = [:]
        var (count, last) = (0, String?.none)
        while true {
            let page = try await reader.rows(of: Self.name, RowSelection(after: last, limit: 5_000))
            guard let end = page.last else { break }
            (count, last) = (count + page.count, end.key)
            if count > limit { return nil }
            for stored in page {
                guard let body = stored.body else { continue }
                let row = try JSON.decode(CustomerCards.Row.self, from: body)
                var unit = members[row.golden] ?? (row.founded, [])
                unit.founded = min(unit.founded, row.founded)
                if !row.isDropped {
                    let card = row.matchCard(by: &batch, usesPastValues: policy.usesPastValues)
                    unit.members.append(MatchUnit.Member(card: card, separations: row.separations, words: row.words, reviews: row.reviews))
                }
                members[row.golden] = unit
            }
        }
        return members.map { MatchUnit(golden: $0, founded: $1.founded, members: $1.members) }.sorted { $0.golden < $1.golden }
    }

    private func rows(under entry: BlockingKey, limit: Int) async throws -> [MatchCard] {
        try await reader.rows(of: Self.name, .with(CustomerCards.blockingKey, entry.text(profile), limit: limit)).compactMap { stored in
            try read(stored)?.card
        }
    }

    private func read(_ stored: StoredRow) throws -> (row: CustomerCards.Row, card: MatchCard)? {
        guard let body = stored.body else { return nil }
        if let known = cards[stored.key], known.from == stored.from { return (known.row, known.card) }
        let row = try JSON.decode(CustomerCards.Row.self, from: body)
        let card = row.matchCard(by: &standardiser, usesPastValues: policy.usesPastValues)
        if cards.count >= capacity { cards = [:] }
        cards[stored.key] = (stored.from, row, card)
        return (row, card)
    }
}
