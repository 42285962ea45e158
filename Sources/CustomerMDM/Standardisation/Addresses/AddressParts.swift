/// What an address has been found to say.
struct AddressParts {
    private(set) var words: [Word] = []
    /// What streets and places are, which says little where they have names.
    private(set) var kinds: [Word] = []
    private(set) var house: StandardText?
    private(set) var building: StandardText?
    private(set) var flat: StandardText?

    enum Field {
        case house, building, flat
        /// The number in the name of a street.
        case street
        /// A number that says nothing of the place, such as a floor's.
        case none
    }

    /// Whether its only word is one for "not known".
    var saysNothing: Bool {
        Set(words).count == 1 && house == nil && building == nil && flat == nil && MissingWords.contains(words[0])
    }

    /// Takes in what stands between two commas.
    mutating func add(_ tokens: [AddressTokens.Token], _ vocabulary: AddressVocabulary) {
        var label: Field?
        let before = words.count
        var index = 0
        while index < tokens.count {
            let token = tokens[index]
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            index += 1
            switch token {
            case .labelled(let number, let field):
                set(field, number)
            case .word(let word):
                if let field = vocabulary.labels[word], word.count > 1 || next?.isNumber ?? false {
                    label = field
                } else if vocabulary.regions.contains(word) {
                    if words.count > before { words.removeLast() }
                } else if vocabulary.leadingRegions.contains(word) {
                    if case .word = next { index += 1 } else if words.count > before { words.removeLast() }
                } else if vocabulary.dropped.contains(word) {
                    kinds.append(word)
                } else if word.count > 1 {
                    words.append(vocabulary.renamed[word] ?? word)
                }
            case .number(let number, let mark):
                if let field = label {
                    set(field, number)
                    label = nil
                } else if number.count == vocabulary.postcodeDigits, mark == .none, !(next?.isName(vocabulary) ?? false) {
                    continue
                } else {
                    set(
                        field(of: number, mark, isAlone: tokens.count == 1, isBeforeName: next?.isName(vocabulary) ?? false, vocabulary),
                        number)
                }
            }
        }
    }

    /// What a number without a label numbers.
    private mutating func field(
        of number: Word, _ mark: AddressTokens.Mark, isAlone: Bool, isBeforeName: Bool, _ vocabulary: AddressVocabulary
    ) -> Field {
        switch mark {
        case .ordinal: return .street
        case .dash where house != nil || words.isEmpty == false: return .flat
        case .slash where house != nil:
            guard vocabulary.isFlatBeforeSlash, flat == nil else { return .building }
            (flat, house) = (house, nil)
            return .house
        case .none where isBeforeName && !vocabulary.isHouseFirst:
            // 8 Марта, 40-летия Победы.
            return .street
        case .none, .dash, .slash:
            return house == nil ? .house : isAlone ? .flat : .building
        }
    }

    private mutating func set(_ field: Field, _ number: Word) {
        switch field {
        case .house: if house == nil { house = StandardText(number.text) }
        case .building: if building == nil { building = StandardText(number.text) }
        case .flat: if flat == nil { flat = StandardText(number.text) }
        case .street: words.append(number)
        case .none: break
        }
    }
}
