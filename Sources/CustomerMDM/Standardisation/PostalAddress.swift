/// An address as a set of tokens: words of places and streets, and numbers with what they number.
package struct PostalAddress: Sendable, Hashable {
    /// Sorted tokens joined by spaces, such as `f:21 h:7 лесная москва`.
    package let text: StandardText
    /// In alphabetical order, without repetition.
    package let words: [StandardText]
    package let house: StandardText?
    package let building: StandardText?
    package let flat: StandardText?

    init?(_ parts: AddressParts) {
        words = Set(parts.words.map { StandardText($0.text) }).sorted()
        (house, building, flat) = (parts.house, parts.building, parts.flat)
        let numbers = [("b", building), ("f", flat), ("h", house)].compactMap { label, number in number.map { "\(label):\($0)" } }
        guard !words.isEmpty || !numbers.isEmpty else { return nil }
        text = StandardText((numbers + words.map(\.text)).joined(separator: " "))
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
        for segment in typed.units.split(whereSeparator: { $0 == 0x2C || $0 == 0x3B || $0 == 0x0A }) {
            parts.add(AddressTokens.tokens(of: segment, vocabulary, &flags), vocabulary)
        }
        guard let address = PostalAddress(parts) else {
            return typed.units.allSatisfy { $0 == 0x20 } ? .missing : Standardised(nil, flags.union(.unreadable))
        }
        return Standardised(.address(address), flags)
    }
}

/// What an address has been found to say.
struct AddressParts {
    var words: [Word] = []
    var house: StandardText?
    var building: StandardText?
    var flat: StandardText?

    enum Field {
        case house, building, flat
        /// A number that says nothing of the place, such as a floor.
        case none
    }

    mutating func add(_ tokens: [AddressTokens.Token], _ vocabulary: AddressVocabulary) {
        if tokens.contains(where: { if case .word(let word, _) = $0 { vocabulary.regions.contains(word) } else { false } }) { return }
        var label: Field?
        var hasPlace = false
        var kinds: [Word] = []
        let before = words.count
        for (index, token) in tokens.enumerated() {
            switch token {
            case .label(let field): label = field
            case .word(let word, let isGlued):
                let next = index + 1 < tokens.count ? tokens[index + 1] : nil
                if let field = vocabulary.labels[word], next?.isNumber ?? false || word.count > 2 || !hasPlace {
                    if next?.isNumber ?? false || vocabulary.isOnlyLabel(word) { label = field } else { words.append(word) }
                } else if word.count == 1, !isGlued || vocabulary.dropped.contains(word) {
                    // What an abbreviation leaves.
                } else if vocabulary.dropped.contains(word) {
                    kinds.append(word)
                } else {
                    words.append(vocabulary.renamed[word] ?? word)
                    hasPlace = true
                }
            case .number(let number, let digits, let mark):
                let next = index + 1 < tokens.count ? tokens[index + 1] : nil
                if let field = label {
                    set(field, number)
                    label = nil
                    hasPlace = true
                } else if digits == vocabulary.postcodeDigits, mark == .none, tokens.count == 1 || house != nil || index == 0 && before == 0
                {
                    continue
                } else if mark == .dash, index == 0 || hasPlace && house != nil {
                    set(.flat, number)
                } else if mark == .slash, house != nil {
                    if vocabulary.isFlatBeforeSlash, flat == nil {
                        (flat, house) = (house, StandardText(number))
                    } else {
                        set(.building, number)
                    }
                } else if next?.isName(vocabulary) ?? false, !vocabulary.isHouseFirst {
                    // 8 Марта, 40-летия Победы: the number belongs to the street.
                    words.append(Word(number))
                    hasPlace = true
                } else if house == nil {
                    set(.house, number)
                } else if tokens.count == 1 {
                    set(.flat, number)
                } else {
                    set(.building, number)
                }
            }
        }
        // A street that is called only what it is: The Avenue.
        if words.count == before, vocabulary.keepsLoneKinds { words += kinds.map { vocabulary.renamed[$0] ?? $0 } }
    }

    private mutating func set(_ field: Field, _ number: String) {
        switch field {
        case .house: if house == nil { house = StandardText(number) }
        case .building: if building == nil { building = StandardText(number) }
        case .flat: if flat == nil { flat = StandardText(number) }
        case .none: break
        }
    }
}

/// The words and numbers of a part of an address between two commas.
enum AddressTokens {
    enum Mark {
        case none, dash, slash
    }

    enum Token {
        case word(Word, isGlued: Bool)
        /// With the letter of a house, how many digits it has, and what stands before it.
        case number(String, digits: Int, Mark)
        /// Of a standard form.
        case label(AddressParts.Field)

        var isNumber: Bool { if case .number = self { true } else { false } }

        func isName(_ vocabulary: AddressVocabulary) -> Bool {
            guard case .word(let word, _) = self else { return false }
            return word.count > 1 && vocabulary.labels[word] == nil && !vocabulary.dropped.contains(word)
        }
    }

    static func tokens(
        of segment: ArraySlice<UInt16>, _ vocabulary: AddressVocabulary, _ flags: inout StandardisationFlags
    ) -> [Token] {
        var tokens: [Token] = []
        var index = segment.startIndex
        var mark = Mark.none
        while index < segment.endIndex {
            let unit = segment[index]
            if Letter.isDigit(unit) {
                let end = segment[index...].firstIndex { !Letter.isDigit($0) } ?? segment.endIndex
                var number = Word(segment[index..<end])
                let digits = number.count
                index = houseLetter(in: segment, after: end, &number, vocabulary)
                index = skippingOrdinal(in: segment, from: index, vocabulary)
                tokens.append(.number(number.text, digits: digits, mark))
                mark = .none
            } else if Letter.script(unit) != .none {
                let end = segment[index...].firstIndex { Letter.script($0) == .none || Letter.isDigit($0) } ?? segment.endIndex
                if end < segment.endIndex, segment[end] == 0x3A, end == index + 1, let field = labels[unit] {
                    tokens.append(.label(field))
                } else {
                    let reading = vocabulary.read(segment[index..<end])
                    flags.formUnion(reading.flags)
                    if !reading.word.isEmpty {
                        let follows = end < segment.endIndex && (Letter.isDigit(segment[end]) || segment[end] == 0x2D)
                        tokens.append(.word(reading.word, isGlued: follows))
                    }
                }
                index = end
                mark = .none
            } else {
                if unit == 0x2D { mark = .dash } else if unit == 0x2F || unit == 0x5C { mark = .slash }
                index += 1
            }
        }
        return tokens
    }

    private static let labels: [UInt16: AddressParts.Field] = [0x68: .house, 0x62: .building, 0x66: .flat]

    /// `12А` and `12 а`; `12к2` and `12с1` are buildings.
    private static func houseLetter(
        in segment: ArraySlice<UInt16>, after end: Int, _ number: inout Word, _ vocabulary: AddressVocabulary
    ) -> Int {
        var index = end
        if index < segment.endIndex, segment[index] == 0x20 { index += 1 }
        guard index < segment.endIndex, Letter.script(segment[index]) != .none, !Letter.isDigit(segment[index]) else { return end }
        let isAlone = index + 1 == segment.endIndex || Letter.script(segment[index + 1]) == .none && segment[index + 1] != 0x3A
        let letter = vocabulary.read(segment[index...index]).word
        let isLabel = vocabulary.labels[letter] != nil
        let isAtEnd = segment[(index + 1)...].allSatisfy { Letter.script($0) == .none }
        guard isAlone, !isLabel || isAtEnd, letter.count == 1, !vocabulary.ordinals.contains(letter), index == end || isAtEnd else {
            return end
        }
        number.units += letter.units
        return index + 1
    }

    /// `1-я`, `40-летия`.
    private static func skippingOrdinal(in segment: ArraySlice<UInt16>, from start: Int, _ vocabulary: AddressVocabulary) -> Int {
        var index = start
        if index < segment.endIndex, segment[index] == 0x2D { index += 1 }
        let end = segment[index...].firstIndex { Letter.script($0) == .none || Letter.isDigit($0) } ?? segment.endIndex
        return end > index && vocabulary.ordinals.contains(vocabulary.read(segment[index..<end]).word) ? end : start
    }
}
