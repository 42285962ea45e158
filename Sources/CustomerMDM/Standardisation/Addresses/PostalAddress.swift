/// An address as a set of tokens: words of places and streets, and numbers with what they number.
package struct PostalAddress: Sendable, Hashable {
    /// Sorted tokens joined by spaces, such as `f:21 h:7 лесная москва`.
    package let text: StandardText
    /// In alphabetical order, without repetition; numbers of streets are words.
    package let words: [StandardText]
    package let house: StandardText?
    package let building: StandardText?
    package let flat: StandardText?

    /// `nil` where nothing was found.
    init?(_ parts: AddressParts, _ vocabulary: AddressVocabulary) {
        // A street that is called only what it is: The Avenue.
        let named = parts.words.isEmpty && vocabulary.keepsLoneKinds ? parts.kinds.map { vocabulary.renamed[$0] ?? $0 } : parts.words
        words = Set(named.map { StandardText($0.text) }).sorted()
        (house, building, flat) = (parts.house, parts.building, parts.flat)
        let numbers = [("b", building), ("f", flat), ("h", house)].compactMap { label, number in number.map { "\(label):\($0)" } }
        guard !words.isEmpty || !numbers.isEmpty else { return nil }
        let tokens = words.map { word in word.text.utf8.first.map { (0x30...0x39).contains($0) } ?? false ? "s:" + word.text : word.text }
        text = StandardText((numbers + tokens).joined(separator: " "))
    }

    /// How many tokens there are.
    package var count: Int { words.count + [house, building, flat].count { $0 != nil } }

    /// How many tokens two addresses share.
    package func shared(with other: PostalAddress) -> Int {
        var (shared, i, j) = (0, 0, 0)
        while i < words.count, j < other.words.count {
            if words[i] == other.words[j] {
                (shared, i, j) = (shared + 1, i + 1, j + 1)
            } else if words[i] < other.words[j] {
                i += 1
            } else {
                j += 1
            }
        }
        let numbers = [(house, other.house), (building, other.building), (flat, other.flat)]
        return shared + numbers.count { $0.0 != nil && $0.0 == $0.1 }
    }

    /// Different houses or flats are different places, however much else agrees.
    package func hasOtherNumber(than other: PostalAddress) -> Bool {
        [(house, other.house), (flat, other.flat)].contains { one, another in
            if let one, let another { one != another } else { false }
        }
    }

    static func standardise(_ text: String, _ vocabulary: AddressVocabulary) -> Standardised {
        let typed = TypedText(text)
        if MissingWords.fill(typed) { return Standardised(nil, .placeholder) }
        var parts = AddressParts()
        var flags: StandardisationFlags = []
        for segment in typed.units.split(whereSeparator: { $0 == 0x2C || $0 == 0x3B }) {
            parts.add(AddressTokens.tokens(of: segment, vocabulary, &flags), vocabulary)
        }
        guard let address = PostalAddress(parts, vocabulary) else {
            return typed.units.allSatisfy { $0 == 0x20 } ? .missing : Standardised(nil, flags.union(.unreadable))
        }
        if parts.saysNothing { return Standardised(nil, .placeholder) }
        return Standardised(.address(address), flags)
    }
}
