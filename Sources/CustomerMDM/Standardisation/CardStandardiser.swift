/// Standardises whole cards by a profile, and remembers what it has read: in a batch, names and phones repeat.
///
/// A value, so that it needs no lock: whoever runs a batch holds one. What it remembers changes no result.
package struct CardStandardiser {
    package struct Card: Sendable, Equatable {
        /// By the index of the profile's attribute.
        package var values: [Standardised]
        /// What was done to the card as a whole, such as name parts that were moved.
        package var flags: StandardisationFlags
    }

    let profile: Profile
    /// One for each standardiser, and where an attribute's is.
    private var results: [RecentResults<Standardised>]
    private let resultsOfAttribute: [Int]

    /// - Parameter capacity: How many results of each standardiser are kept at least; twice as many at most.
    package init(profile: Profile, capacity: Int = 50_000) {
        self.profile = profile
        var standardisers: [Standardiser] = []
        resultsOfAttribute = profile.attributes.map { attribute in
            if let known = standardisers.firstIndex(of: attribute.standardiser) { return known }
            standardisers.append(attribute.standardiser)
            return standardisers.count - 1
        }
        results = standardisers.map { _ in RecentResults(capacity: capacity) }
    }

    /// Accepted values by the name of the attribute.
    package mutating func standardise(_ values: [String: String]) -> Card {
        let (arranged, flags) = profile.arrangement.arranged(values)
        var card = Card(values: [], flags: flags)
        card.values.reserveCapacity(profile.attributes.count)
        for index in profile.attributes.indices {
            card.values.append(arranged[profile.attributes[index].name].map { standardise($0, attribute: index) } ?? .missing)
        }
        return card
    }

    /// One value of the attribute with that index.
    package mutating func standardise(_ text: String, attribute index: Int) -> Standardised {
        let attribute = profile.attributes[index]
        guard attribute.standardiser.cost != .little else { return attribute.standardised(text) }
        if let known = results[resultsOfAttribute[index]][text] { return attribute.withoutPlaceholder(known) }
        let result = attribute.standardiser.standardise(text)
        results[resultsOfAttribute[index]][text] = result
        return attribute.withoutPlaceholder(result)
    }
}

extension Profile.Attribute {
    /// What a text says; placeholders of the profile, which stand for "not known", say nothing.
    package func standardised(_ text: String) -> Standardised { withoutPlaceholder(standardiser.standardise(text)) }

    func withoutPlaceholder(_ result: Standardised) -> Standardised {
        guard !placeholders.isEmpty, let form = result.form, placeholders.contains(form.text.text) else { return result }
        return Standardised(nil, result.flags.union(.placeholder))
    }
}
