package import CustomerMDM
package import HindsightCore
import HindsightRuntime

extension CustomerHub {
    // MARK: - History

    /// A page of what happened to a golden record, as of now or of a position.
    package struct HistoryPage: Sendable, Equatable, Encodable {
        package let golden: GoldenID
        /// Oldest first.
        package let history: [GoldenHistory.Entry]
        /// Where the next page goes on; absent on the last one.
        package let after: Position?
    }

    /// What happened to a golden record; of one that became part of another, up to that.
    ///
    /// - Parameter after: Exclusive: the last position of the page before.
    /// - Throws: `StewardError.unknownGolden`.
    package func history(
        of golden: GoldenID, after: Position = 0, limit: Int = 100, at position: Position? = nil
    ) async throws -> HistoryPage {
        let cards = try await cards(at: position)
        guard let record = try await ReadModel(GoldenRecords(), of: projections).row(golden.description, at: cards.position) else {
            throw StewardError.unknownGolden(golden)
        }
        let members = try await everMembers(of: golden, now: record.members, until: cards.position)
        var history = GoldenHistory(of: golden)
        var categories = [try MDMStream.golden(golden).category, try MDMStream.separation("x").category]
        if let first = members.first {
            categories += [try MDMStream.card(first).category, try MDMStream.pair(CardPair(first, first)).category]
        }
        let selection = EventSelection(
            EventFilter(categories: categories), query: MDMTags.touching(members, [golden]), until: cards.position)
        for try await recorded in log.events(selection) {
            guard let event = try CustomerEvent.codec.decode(recorded) else { continue }
            history.follow(event, from: recorded, actor: try recorded.metadata.decoded(as: EventMetadata.self).actor)
        }
        let page = history.entries.drop { $0.position <= after }.prefix(limit + 1)
        return HistoryPage(
            golden: golden, history: Array(page.prefix(limit)), after: page.count > limit ? page.prefix(limit).last?.position : nil)
    }

    /// The cards that are or were in a golden record, in byte order: those that have left stand in its merges and unmerges.
    func everMembers(of golden: GoldenID, now members: [CardID], until position: Position?) async throws -> [CardID] {
        var cards = Set(members)
        let selection = EventSelection(
            EventFilter(categories: [try MDMStream.golden(golden).category]), query: MDMTags.touching([], [golden]), until: position)
        for try await recorded in log.events(selection) {
            guard case .golden(let event)? = try CustomerEvent.codec.decode(recorded) else { continue }
            switch event {
            case .merged(let merged): cards.formUnion(merged.members)
            case .unmerged(let unmerged): cards.formUnion(unmerged.parts.flatMap(\.cards))
            case .unmergeRequested, .unmergeRefused: break
            }
        }
        return cards.sorted()
    }

    // MARK: - Graph

    /// A golden record with what links its cards, as of now or of a position; a merged id leads to the record that it became part of.
    ///
    /// - Returns: `nil` if there is none.
    package func graph(of id: GoldenID, at position: Position? = nil) async throws -> GoldenGraph? {
        let cards = try await cards(at: position)
        guard let golden = try await golden(id, at: cards.position)?.golden else { return nil }
        let rows = try await cards.rows(of: golden)
        let unit = cards.unit(golden, of: rows)
        var linked: [GoldenID: Set<CardID>] = [:]
        for member in (unit?.members ?? []).prefix(GoldenGraph.maximumMembers) {
            for candidate in try await cards.candidates(for: member.card).cards where candidate.golden != golden {
                linked[candidate.golden, default: []].insert(candidate.id)
            }
            let named = member.separations.flatMap(\.against) + member.words.map(\.with)
            for card in named {
                guard let home = try await cards.golden(of: card), home != golden else { continue }
                linked[home, default: []].insert(card)
            }
        }
        var neighbours: [(unit: MatchUnit, cards: Set<CardID>)] = []
        for (other, names) in linked.sorted(by: { $0.key < $1.key }) {
            if let unit = try await cards.unit(other) { neighbours.append((unit, names)) }
        }
        let graph = GoldenGraph(golden, of: rows, unit: unit, neighbours: neighbours, profile: profile)
        let hidden = try await blindPairs(among: graph.cards.map(\.card))
        return hidden.isEmpty ? graph : graph.blinded(hidden.contains)
    }

    // MARK: - Search

    /// A golden record that was found, and how.
    package struct Found: Sendable, Equatable, Encodable {
        package let golden: GoldenID
        /// The keys that led to it: those of the profile, `card` and `golden`.
        package let by: [String]
        /// The cards that they led to.
        package let cards: [CardID]
        package let record: GoldenRecord
    }

    package struct SearchResult: Sendable, Equatable, Encodable {
        /// Those that most keys lead to first.
        package let results: [Found]
        /// The keys under which the text was looked up; none if it is neither names with a date or a patronymic, nor a number or an id.
        package let keys: [String]
        /// Whether more was found than is shown.
        package let isCut: Bool
    }

    /// Finds golden records by a name, a phone, a document, an e-mail address or an id: by look-ups in the inverted index, never by a scan.
    package func search(_ text: String, limit: Int = 20) async throws -> SearchResult {
        let query = GoldenQuery(text, profile: profile)
        let cards = try await cards(at: nil)
        var found: [GoldenID: (by: Set<String>, cards: Set<CardID>)] = [:]
        func note(_ golden: GoldenID, _ key: String, _ card: CardID?) {
            found[golden, default: ([], [])].by.insert(key)
            if let card { found[golden]?.cards.insert(card) }
        }
        if let card = query.card, let row = try await cards.row(card) { note(row.golden, "card", card) }
        if let golden = query.golden, let record = try await self.golden(golden) { note(record.golden, "golden", nil) }
        var isCut = false
        for entry in query.entries {
            let rows = try await cards.rows(under: entry.entry, limit: profile.maximumCardsPerKey + 1)
            if rows.count > profile.maximumCardsPerKey { isCut = true }
            for row in rows.prefix(profile.maximumCardsPerKey) where !row.isDropped { note(row.golden, entry.key, row.card) }
        }
        let ranked = found.sorted { (-$0.value.by.count, $0.key) < (-$1.value.by.count, $1.key) }
        var results: [Found] = []
        for (golden, hit) in ranked.prefix(limit) {
            let record = GoldenRecord(golden, of: try await cards.rows(of: golden), profile: profile)
            results.append(Found(golden: golden, by: hit.by.sorted(), cards: hit.cards.sorted(), record: record))
        }
        let ids = [query.card.map { _ in "card" }, query.golden.map { _ in "golden" }].compactMap(\.self)
        return SearchResult(results: results, keys: ids + Set(query.entries.map(\.key)).sorted(), isCut: isCut || ranked.count > limit)
    }
}
