package import CustomerMDM
package import HindsightCore
import HindsightRuntime

extension CustomerHub {
    /// Pairs of two golden records that are looked at for what links them.
    private static let maximumPairs = 4_096
    private static let maximumLinks = 20

    /// Why two cards are, or are not, one person.
    ///
    /// - Parameter position: As of then; as of now for `nil`. The rules are those of now.
    /// - Throws: `StewardError.unknownCard`; `StewardError.blind` while a blind review asks about the two.
    package func why(_ one: CardID, _ other: CardID, at position: Position? = nil) async throws -> PairExplanation {
        let cards = try await cards(at: position)
        guard let a = try await cards.row(one) else { throw StewardError.unknownCard(one) }
        guard let b = try await cards.row(other) else { throw StewardError.unknownCard(other) }
        if let review = try await blindReview(of: CardPair(one, other)) { throw StewardError.blind(review) }
        var explanation = PairExplanation(a, b, cards: (cards.matchCard(a), cards.matchCard(b)), profile: profile)
        if a.golden == b.golden {
            try await explainTogether(&explanation, a.golden, cards)
        } else {
            try await explainApart(&explanation, a.golden, b.golden, cards)
        }
        explanation.sentence = explanation.inWords
        return explanation
    }

    private func explainTogether(_ explanation: inout PairExplanation, _ golden: GoldenID, _ cards: CardsAsOf) async throws {
        let members = Set(try await cards.rows(of: golden).map(\.card))
        let history = try await mergePath(into: golden, until: cards.position)
        explanation.path = history.steps(from: explanation.a, to: explanation.b, within: members)
        explanation.merges = history.merges(of: explanation.path)
    }

    /// The merges of a golden record and of all that it absorbed.
    private func mergePath(into golden: GoldenID, until position: Position) async throws -> MergePath {
        var known: Set<GoldenID> = [golden]
        var asked: Set<GoldenID> = []
        var merges: [Position: (GoldenMerged, RecordedEvent)] = [:]
        while asked != known {
            let next = known.subtracting(asked).sorted()
            asked = known
            let selection = EventSelection(
                EventFilter(categories: [try MDMStream.golden(golden).category]), query: MDMTags.touching([], next), until: position)
            for try await recorded in log.events(selection) {
                guard case .golden(.merged(let merged))? = try CustomerEvent.codec.decode(recorded) else { continue }
                merges[recorded.position] = (merged, recorded)
                known.formUnion(merged.absorbed)
            }
        }
        var path = MergePath()
        for (_, (merged, recorded)) in merges.sorted(by: { $0.key < $1.key }) {
            path.follow(merged, from: recorded, actor: try recorded.metadata.decoded(as: EventMetadata.self).actor)
        }
        return path
    }

    private func explainApart(
        _ explanation: inout PairExplanation, _ one: GoldenID, _ other: GoldenID, _ cards: CardsAsOf
    ) async throws {
        let (left, right) = (try await cards.rows(of: one), try await cards.rows(of: other))
        let across = Set(right.map(\.card))
        let names = Set(left.flatMap(\.separations).filter { $0.against.contains(where: across.contains) }.map(\.separation))
        for name in names.sorted() {
            guard let row = try await ReadModel(Separations(), of: projections).row(name, at: cards.position) else { continue }
            explanation.separations.append(PairExplanation.Separation(row))
        }
        explanation.separations.sort { ($0.madeAt, $0.separation) < ($1.madeAt, $1.separation) }
        explanation.separation = explanation.separations.first?.separation
        guard let unit = cards.unit(one, of: left), let facing = cards.unit(other, of: right) else { return }
        let opposite = facing.members.prefix(Self.maximumPairs)
        var links: [CardLink] = []
        for member in unit.members.prefix(max(1, Self.maximumPairs / max(1, opposite.count))) {
            links += opposite.compactMap { unit.link(member, $0, of: facing, profile: profile) }
        }
        let hidden = try await blindPairs(among: (left + right).map(\.card))
        // Blinded before they are ordered: where a link stands would tell its weight.
        links = links.map { hidden.contains($0.pair) ? $0.blinded : $0 }
        explanation.links = Array(links.sorted { (-($0.weight ?? 0), $0.pair) < (-($1.weight ?? 0), $1.pair) }.prefix(Self.maximumLinks))
    }
}
