package import CustomerMDM
package import HindsightCore
import HindsightRuntime

extension CustomerHub {
    /// The golden record, as of now or of a position; a merged id leads to the record that it became part of.
    package func golden(_ id: GoldenID, at position: Position? = nil) async throws -> GoldenRecord? {
        try await catchUp()
        let model = ReadModel(GoldenRecords(), of: projections)
        var id = id
        var seen: Set<GoldenID> = [id]
        while let next = try await model.row(id.description, at: position)?.mergedInto, seen.insert(next).inserted { id = next }
        let rows = try await ReadModel(CustomerCards(profile: profile), of: projections)
            .rows(.with(CustomerCards.golden, id.description), at: position).map(\.row)
        return rows.isEmpty ? nil : GoldenRecord(id, of: rows, profile: profile)
    }

    /// The card with what counts, what waits and what is past.
    package func card(_ card: CardID, at position: Position? = nil) async throws -> CustomerCards.Row? {
        try await catchUp()
        return try await ReadModel(CustomerCards(profile: profile), of: projections).row(card.description, at: position)
    }

    /// The golden record of every card, in the byte order of the cards.
    package func clusters(at position: Position? = nil) async throws -> [(card: CardID, golden: GoldenID)] {
        try await catchUp()
        return try await ReadModel(CustomerCards(profile: profile), of: projections).rows(at: position).map {
            ($0.row.card, $0.row.golden)
        }
    }

    /// Questions to stewards; all kinds, and open ones, unless asked otherwise.
    package func reviews(
        kind: ReviewKind? = nil, status: MatchReviews.Row.Status? = .open, at position: Position? = nil
    ) async throws -> [MatchReviews.Row] {
        if position == nil { try await catchUp() }
        let selection: RowSelection = status.map { .with(MatchReviews.status, $0.rawValue) } ?? .all()
        return try await ReadModel(MatchReviews(), of: projections).rows(selection, at: position).map(\.row).filter {
            kind == nil || $0.kind == kind
        }
    }

    /// Separations that name the card; all of them without one.
    package func separations(of card: CardID? = nil, at position: Position? = nil) async throws -> [Separations.Row] {
        if position == nil { try await catchUp() }
        let selection: RowSelection = card.map { .with(Separations.card, $0.description) } ?? .all()
        return try await ReadModel(Separations(), of: projections).rows(selection, at: position).map(\.row)
    }

    /// Whether an active separation has a member of each golden record on its two sides.
    package func separation(between one: GoldenID, and other: GoldenID, at position: Position? = nil) async throws -> String? {
        let model = ReadModel(CustomerCards(profile: profile), of: projections)
        let left = try await model.rows(.with(CustomerCards.golden, one.description), at: position).map(\.row)
        let right = try await Set(model.rows(.with(CustomerCards.golden, other.description), at: position).map(\.row.card))
        return left.lazy.flatMap(\.separations).first { $0.against.contains(where: right.contains) }?.separation
    }

    /// What the source has said of one attribute, oldest first, as of a position; held changes included.
    package func statedHistory(of card: CardID, attribute: String, at position: Position? = nil) async throws -> [String] {
        var values: [String] = []
        var state = CardDecider.initialState
        let selection = EventSelection(EventFilter(stream: try MDMStream.card(card)), until: position)
        try await log.replay(CardEvent.codec, selection) { event, _ in
            CardDecider.evolve(&state, with: event)
            if let value = state.stated[attribute], values.last != value { values.append(value) }
        }
        return values
    }
}
