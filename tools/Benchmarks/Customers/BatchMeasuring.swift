import CustomerMDM
import Foundation
import HindsightCore

/// Measures what a night does with cards before anything is appended: standardising, blocking, scoring, grouping. On one thread.
struct BatchMeasuring {
    let cards: [LabelledCards.Card]
    var profile: Profile

    /// - Parameter trains: Whether weights are learnt from the cards, without their labels, before they are matched.
    mutating func run(trains: Bool) async throws -> [Sample] {
        var samples: [Sample] = []
        let before = try Machine.residentMemory(of: getpid())
        let whole = Stopwatch()
        var watch = Stopwatch()
        let units = standardised()
        samples.append(Sample(events: cards.count, seconds: watch.seconds).named("batch-standardise"))
        var training = 0.0
        if trains {
            watch = Stopwatch()
            profile = profile.weighted(by: try WeightTraining.train(units.flatMap(\.members).map(\.card), profile: profile))
            training = watch.seconds
            samples.append(Sample(events: cards.count, seconds: training).named("batch-train"))
        }
        watch = Stopwatch()
        let proposed = ProposedPairs(units, profile: profile)
        samples.append(Sample(events: cards.count, seconds: watch.seconds).named("batch-block-and-score"))
        watch = Stopwatch()
        let partition = try await partition(units, proposed)
        samples.append(Sample(events: cards.count, seconds: watch.seconds).named("batch-group"))
        let grown = try Machine.peakMemory() - before
        samples.append(Sample(events: cards.count, seconds: whole.seconds - training, peakBytes: grown).named("batch"))
        let pairs = PartitionComparison(found: partition, truth: cards.map(\.person)).pairwise
        samples[samples.count - 1].precision = pairs.precision
        samples[samples.count - 1].recall = pairs.recall
        samples[samples.count - 1].f1 = pairs.f
        return samples
    }

    /// Writes the cards down as they are compared, for a peer that standardises nothing.
    func write(to path: String) throws {
        let names = profile.attributes.map(\.name)
        var lines = [(["person"] + names).joined(separator: ",")]
        for (card, unit) in zip(cards, standardised()) {
            let forms = names.indices.map { unit.members[0].card.values[$0].first?.form.text.text ?? "" }
            // A standard form has no quotes and no commas.
            lines.append(([card.person] + forms.map { $0.filter { $0 != "," && $0 != "\"" } }).joined(separator: ","))
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    }

    private func standardised() -> [MatchUnit] {
        var standardiser = CardStandardiser(profile: profile)
        return cards.enumerated().map { index, card in
            let golden = GoldenID(foundedBy: card.id)
            let match = MatchCard(id: card.id, golden: golden, current: card.attributes, by: &standardiser)
            return MatchUnit(
                golden: golden, founded: Position(index + 1),
                members: [MatchUnit.Member(card: match, separations: [], words: [], reviews: [])])
        }
    }

    /// For each card the place of the one whose golden record it is in, in the end.
    private func partition(_ units: [MatchUnit], _ proposed: ProposedPairs) async throws -> [Int] {
        let places = Dictionary(uniqueKeysWithValues: units.enumerated().map { ($1.cards[0], $0) })
        var partition = Array(units.indices)
        var covered: Set<CardID> = []
        for unit in units where !covered.contains(unit.cards[0]) {
            let group = try await MatchGroup.gather(around: unit.cards, from: proposed, profile: profile)
            let analysis = GroupAnalysis(of: group, through: Position(units.count), profile: profile, policy: .current)
            let members = analysis.merge?.members ?? unit.cards
            covered.formUnion(members)
            guard let first = members.first.flatMap({ places[$0] }) else { continue }
            for member in members { if let place = places[member] { partition[place] = first } }
        }
        return partition
    }
}
