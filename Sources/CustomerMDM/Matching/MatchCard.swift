/// A card as the matcher sees it: accepted values and open past values, in standard form.
package struct MatchCard: Sendable, Equatable {
    package struct Value: Sendable, Equatable {
        package let form: StandardForm
        package let isPast: Bool
    }

    package let id: CardID
    package let golden: GoldenID
    /// A change of it waits in review.
    package let isHeld: Bool
    /// By the index of the profile's attribute; current values first.
    package let values: [[Value]]

    /// - Parameters:
    ///   - current: Accepted values by attribute.
    ///   - past: Open past values.
    package init(
        id: CardID, golden: GoldenID, isHeld: Bool = false, current: [String: String], past: [(attribute: String, value: String)] = [],
        profile: Profile
    ) {
        self.id = id
        self.golden = golden
        self.isHeld = isHeld
        let arranged = profile.arrangement.arranged(current).values
        values = profile.attributes.map { attribute in
            func value(_ text: String, isPast: Bool) -> Value? {
                attribute.standardForm(of: text).map { Value(form: $0, isPast: isPast) }
            }
            var values: [Value] = []
            if let text = arranged[attribute.name], let standard = value(text, isPast: false) { values.append(standard) }
            for old in past where old.attribute == attribute.name {
                if let standard = value(old.value, isPast: true) { values.append(standard) }
            }
            return values
        }
    }

    /// The entries of the inverted index under which this card is found.
    package func blockingKeys(_ profile: Profile) -> [String] {
        var keys: Set<String> = []
        for key in profile.keys {
            let plain = combinations(key.parts)
            for value in plain { keys.insert("\(key.name)=\(value)") }
            guard let narrow = key.narrowedBy else { continue }
            for value in combinations(key.parts + [narrow]) { keys.insert("\(key.name)+=\(value)") }
        }
        return keys.sorted()
    }

    /// All ways to take one form from each part; none if a part has no value.
    package func combinations(_ parts: [[Int]]) -> [String] {
        var found = [""]
        for part in parts {
            var forms: Set<String> = []
            for value in part.flatMap({ values[$0] }) where value.form.isValid { forms.formUnion(value.form.alternatives.map(\.text)) }
            found = found.flatMap { prefix in forms.sorted().map { prefix.isEmpty ? $0 : "\(prefix)|\($0)" } }
        }
        return found
    }
}

extension Profile.Attribute {
    /// `nil` for a missing value, and for one of the placeholders that stand for it.
    package func standardForm(of text: String) -> StandardForm? {
        standardised(text).form
    }

    /// Whether two spellings say the same.
    package func isSame(_ left: String?, _ right: String?) -> Bool {
        left.flatMap { standardForm(of: $0) }?.text == right.flatMap { standardForm(of: $0) }?.text
    }
}
