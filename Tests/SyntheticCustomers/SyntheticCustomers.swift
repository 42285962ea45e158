import HindsightTesting

/// Invented customers of a bank, and the cards that its systems keep of them: the same for the same seed.
///
/// A fifth of the people share a household, and one in eighty has a twin. A card tells a part of what there is to know, as its source writes
/// it, and one in five has a mistake in a name, a date or a number.
package struct SyntheticCustomers: Sendable {
    package struct Card: Sendable, Equatable {
        package let source: String
        package let id: String
        /// Whose card it is; only known here.
        package let person: Int
        /// By the attributes of the profile `russian-bank`.
        package let attributes: [String: String]
    }

    package let people: Int
    package let seed: UInt64

    package init(people: Int, seed: UInt64) {
        self.people = people
        self.seed = seed
    }

    /// All cards, 2.4 of a person, in an order that has nothing to do with whose they are.
    package func cards() -> [Card] {
        var chance = SeededGenerator(seed)
        var cards: [Card] = []
        var previous: SyntheticPerson?
        for number in 0..<people {
            let person =
                switch (previous, Int.random(in: 0..<80, using: &chance)) {
                case (let sibling?, 0): sibling.twin(number, &chance)
                case (let sibling?, 1..<17): sibling.relative(number, &chance)
                default: SyntheticPerson(number, &chance)
                }
            previous = person
            let sources = SyntheticPerson.sources.shuffled(using: &chance)
            let count = [1, 1, 2, 2, 2, 3, 3, 3, 3, 4][Int.random(in: 0..<10, using: &chance)]
            for source in sources.prefix(count) {
                let attributes = person.written(by: source, &chance)
                cards.append(Card(source: source, id: "\(cards.count)", person: number, attributes: attributes))
            }
        }
        return cards.shuffled(using: &chance)
    }
}
