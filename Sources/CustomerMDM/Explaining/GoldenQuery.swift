/// What a person types to find a golden record, read as the matcher reads cards: which entries of the inverted index it can be found under.
package struct GoldenQuery: Sendable, Equatable {
    /// A key of the profile, and an entry under it.
    package struct Entry: Sendable, Hashable {
        package let key: String
        package let entry: String
    }

    package private(set) var entries: [Entry] = []
    /// The text as the id of a card, and of a golden record.
    package let card: CardID?
    package let golden: GoldenID?

    /// Reads the text as an id, as the value of each attribute that is a key alone, and as names with a date among them.
    package init(_ text: String, profile: Profile) {
        let text = text.trimmed
        // What is no id is something else: there is no error to report.
        card = Self.read(text) { try CardID($0) }
        golden = Self.read(text.uppercased()) { try GoldenID($0) }
        var found: Set<Entry> = []
        for (index, key) in profile.keys.enumerated() where key.parts.count == 1 {
            for attribute in key.parts[0] { found.formUnion(Self.entries([attribute: text], index, profile)) }
        }
        let persons = profile.keys.indices.filter { profile.keys[$0].parts.count > 1 }
        for values in Self.persons(in: text, profile) {
            for key in persons { found.formUnion(Self.entries(values, key, profile)) }
        }
        entries = found.sorted { ($0.key, $0.entry) < ($1.key, $1.entry) }
    }

    private static func read<ID>(_ text: String, _ make: (String) throws -> ID) -> ID? {
        let result = Result { try make(text) }
        guard case .success(let id) = result else { return nil }
        return id
    }

    /// The names of the text in the first field of a name, from where they are put into their places, with the date where there is one.
    private static func persons(in text: String, _ profile: Profile) -> [[Int: String]] {
        guard let names = profile.attributes.firstIndex(where: { $0.namePart == .surname }) else { return [] }
        let dates = profile.attributes.indices.filter { profile.attributes[$0].standardiser.name == "date" }
        var words: [Substring] = []
        var date: Substring?
        for word in text.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
            let isDate = word.contains(where: \.isNumber) && dates.contains { profile.attributes[$0].standardForm(of: String(word)) != nil }
            if isDate, date == nil { date = word } else { words.append(word) }
        }
        guard !words.isEmpty else { return [] }
        let named = [names: words.joined(separator: " ")]
        guard let date else { return [named] }
        return dates.map { named.merging([$0: String(date)]) { $1 } }
    }

    private static func entries(_ values: [Int: String], _ key: Int, _ profile: Profile) -> [Entry] {
        let current = Dictionary(uniqueKeysWithValues: values.map { (profile.attributes[$0.key].name, $0.value) })
        do {
            let probe = try CardID(source: "search", id: "1")
            let card = MatchCard(id: probe, golden: GoldenID(foundedBy: probe), current: current, profile: profile)
            return card.blockingKeys(key, profile).map { Entry(key: profile.keys[key].name, entry: $0.text(profile)) }
        } catch {
            preconditionFailure("the card that stands for a question has a well-formed id: \(error)")
        }
    }
}
