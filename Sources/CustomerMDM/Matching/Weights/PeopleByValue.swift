/// How many people have each current value of a comparison.
struct PeopleByValue {
    private let people: Int
    private let counts: [UInt64: Int]

    /// Of the values, so many are listed.
    private static let mostValues = 1_000
    /// What fewer people share is theirs: a digest of a phone number is soon found out.
    private static let fewestPeople = 5

    init(_ comparison: Profile.Comparison, _ cards: [MatchCard], _ statistics: PairStatistics) {
        var values: Set<PersonsValue> = []
        for (index, card) in cards.enumerated() {
            for attribute in comparison.attributes {
                for value in card.values[attribute] where !value.isPast && value.form.isValid {
                    values.insert(PersonsValue(person: statistics.person[index], digest: value.form.text.digest))
                }
            }
        }
        var counts: [UInt64: Int] = [:]
        for value in values { counts[value.digest, default: 0] += 1 }
        self.counts = counts
        people = Set(values.map(\.person)).count
    }

    private struct PersonsValue: Hashable {
        let person: Int
        let digest: UInt64
    }

    /// The chance that two people have the same value.
    ///
    /// Of values that nobody shares it is not nothing: so many people tell no more than that it is rarer than one pair in twenty for each.
    var agreement: Double {
        let shared = counts.values.reduce(0.0) { $0 + Double($1 * ($1 - 1)) } / Double(max(people * (people - 1), 1))
        return min(max(shared, 1 / (20 * Double(max(people, 1)))), 0.99)
    }

    var frequencies: TrainedWeights.Frequencies {
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let common = sorted.prefix { $0.value >= Self.fewestPeople }.prefix(Self.mostValues)
        let others = sorted.count > common.count ? sorted[common.count].value : 1
        return TrainedWeights.Frequencies(
            people: people, agreement: agreement, peopleOfOthers: others,
            counts: Dictionary(uniqueKeysWithValues: common.map { (String($0.key, radix: 16), $0.value) }))
    }
}
