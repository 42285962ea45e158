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
    package let values: AttributeValues

    /// - Parameters:
    ///   - current: Accepted values by attribute.
    ///   - past: Open past values.
    package init(
        id: CardID, golden: GoldenID, isHeld: Bool = false, current: [String: String], past: [(attribute: String, value: String)] = [],
        profile: Profile
    ) {
        self.init(
            id: id, golden: golden, isHeld: isHeld, arranged: profile.arrangement.arranged(current).values, past: past, profile
        ) { text, attribute in profile.attributes[attribute].standardForm(of: text) }
    }

    /// The same, by a standardiser that remembers what it has read.
    package init(
        id: CardID, golden: GoldenID, isHeld: Bool = false, current: [String: String], past: [(attribute: String, value: String)] = [],
        by standardiser: inout CardStandardiser
    ) {
        let profile = standardiser.profile
        self.init(
            id: id, golden: golden, isHeld: isHeld, arranged: profile.arrangement.arranged(current).values, past: past, profile
        ) { text, attribute in standardiser.standardise(text, attribute: attribute).form }
    }

    private init(
        id: CardID, golden: GoldenID, isHeld: Bool, arranged: [String: String], past: [(attribute: String, value: String)],
        _ profile: Profile, standardise: (_ text: String, _ attribute: Int) -> StandardForm?
    ) {
        self.id = id
        self.golden = golden
        self.isHeld = isHeld
        var values = AttributeValues(capacity: arranged.count + past.count)
        for (index, attribute) in profile.attributes.enumerated() {
            if let text = arranged[attribute.name], let form = standardise(text, index) {
                values.append(Value(form: form, isPast: false), to: index)
            }
            for old in past where old.attribute == attribute.name {
                if let form = standardise(old.value, index) { values.append(Value(form: form, isPast: true), to: index) }
            }
        }
        self.values = values
    }
}

/// The values of a card by the index of the profile's attribute; of one attribute the current value comes first.
///
/// One list for all: most attributes of most cards have no value, and a batch holds a million cards.
package struct AttributeValues: Sendable, Equatable {
    private var values: [MatchCard.Value] = []
    private var attributes: [UInt8] = []

    init(capacity: Int) {
        values.reserveCapacity(capacity)
        attributes.reserveCapacity(capacity)
    }

    /// Attributes come in their order.
    mutating func append(_ value: MatchCard.Value, to attribute: Int) {
        values.append(value)
        attributes.append(UInt8(attribute))
    }

    package subscript(attribute: Int) -> ArraySlice<MatchCard.Value> {
        guard let first = attributes.firstIndex(where: { $0 >= attribute }) else { return [] }
        var end = first
        while end < attributes.count, attributes[end] == attribute { end += 1 }
        return values[first..<end]
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
