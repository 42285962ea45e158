/// Russian names: given names as sets, surnames by stem, patronymics by the father.
enum RussianName {
    static func surname(_ text: String) -> Standardised {
        let typed = TypedText(text)
        if MissingWords.fill(typed) { return missing }
        var (main, former) = separated(typed.units)
        if main.isEmpty { (main, former) = (former, main) }
        var reading = joined(main)
        guard !reading.word.isEmpty else { return .missing }
        if MissingWords.contains(reading.word) { return missing }
        var canonical = stems(ofSurname: reading.word)
        if !former.isEmpty {
            let old = joined(former)
            if !old.word.isEmpty {
                canonical += stems(ofSurname: old.word)
                reading.word.units += Array(" (".utf16) + old.word.units + Array(")".utf16)
                reading.flags.formUnion(old.flags.union(.formerName))
            }
        }
        if reading.word.count == 1 { return initial(reading) }
        return Standardised(
            .name(PersonName(reading.word, canonical: canonical, gender: SurnameStem.gender(of: reading.word))), reading.flags)
    }

    static func givenName(_ text: String) -> Standardised {
        let typed = TypedText(text)
        if MissingWords.fill(typed) { return missing }
        var reading = joined(typed.units)
        guard !reading.word.isEmpty else { return .missing }
        if MissingWords.contains(reading.word) { return missing }
        if reading.word.count == 1 { return initial(reading) }
        guard let entry = RussianLexicon.shared[reading.word], !entry.givenNames.isEmpty else {
            let name = compound(reading.word)
            if !name.corrections.isEmpty { reading.flags.insert(.misspelt) }
            return Standardised(.name(name), reading.flags)
        }
        if !entry.isFullName { reading.flags.insert(.shortForm) }
        return Standardised(
            .name(PersonName(reading.word, canonical: entry.givenNames, gender: entry.genders.count == 1 ? entry.genders.first : nil)),
            reading.flags)
    }

    /// Анна-Мария may be met as Анна and as Мария.
    private static func compound(_ word: Word) -> PersonName {
        let parts = word.units.split(separator: 0x2D).map { Word($0) }
        guard parts.count > 1 else { return PersonName(word, corrections: RussianLexicon.shared.givenNames(near: word)) }
        return PersonName(word, canonical: [word] + parts.flatMap { RussianLexicon.shared[$0]?.givenNames ?? [] })
    }

    static func patronymic(_ text: String) -> Standardised {
        let typed = TypedText(text)
        if MissingWords.fill(typed) { return missing }
        let reading = joined(typed.units)
        guard !reading.word.isEmpty else { return .missing }
        if MissingWords.contains(reading.word) { return missing }
        if reading.word.count == 1 { return initial(reading) }
        return Standardised(.name(patronymic(reading.word)), reading.flags)
    }

    private static func patronymic(_ word: Word) -> PersonName {
        let lexicon = RussianLexicon.shared
        if let entry = lexicon[word], !entry.fathers.isEmpty {
            return PersonName(word, canonical: entry.fathers, gender: entry.genders.count == 1 ? entry.genders.first : nil)
        }
        if let (father, gender) = Patronymic.kinship(in: word) {
            // Алиевич оглы says it twice.
            let known = lexicon[father]
            let fathers = known?.fathers ?? []
            let names = fathers.isEmpty ? known?.givenNames ?? [] : fathers
            let text = Word(father.units + (gender == .male ? " оглы" : " кызы").utf16)
            return PersonName(text, canonical: names.isEmpty ? [father] : names, gender: gender)
        }
        if let father = Patronymic.father(of: word) { return PersonName(word, canonical: [father.name], gender: father.gender) }
        return PersonName(word, gender: Patronymic.gender(of: word))
    }

    /// Whether a word can only be a patronymic.
    static func isPatronymic(_ word: Word) -> Bool {
        if let entry = RussianLexicon.shared[word] { return !entry.fathers.isEmpty }
        return Patronymic.father(of: word) != nil
    }

    // MARK: - Words

    /// The words of a field; initials that are written together are words of their own.
    static func words(_ units: [UInt16]) -> [Reading] {
        units.split(separator: 0x20).flatMap { chunk -> [Reading] in
            let parts = chunk.split { $0 == 0x2E || $0 == 0x2C }
            let areInitials = parts.count > 1 && parts.allSatisfy { $0.count == 1 }
            let isCyrillic = chunk.contains { Letter.script($0) == .cyrillic }
            return (parts.count > 1 && (areInitials || isCyrillic) ? parts : [chunk]).map { RussianSpelling.read($0) }.filter {
                !$0.word.isEmpty
            }
        }
    }

    private static func joined(_ units: [UInt16]) -> Reading {
        // Nearly every name is one word.
        if !units.contains(where: { $0 == 0x20 || $0 == 0x2E || $0 == 0x2C }) { return RussianSpelling.read(units[...]) }
        let words = words(units)
        if words.count == 1 { return words[0] }
        return Reading(
            word: Word(Array(words.map(\.word.units).joined(separator: [0x2D]))), flags: words.reduce([]) { $0.union($1.flags) })
    }

    /// A former surname stands in brackets: Иванова (Петрова).
    private static func separated(_ units: [UInt16]) -> (main: [UInt16], former: [UInt16]) {
        guard let open = units.firstIndex(of: 0x28) else { return (units, []) }
        let inner = units[(open + 1)...].prefix { $0 != 0x29 }
        return (Array(units[..<open]) + Array(units[(open + 1 + inner.count)...].dropFirst()), Array(inner))
    }

    private static func stems(ofSurname word: Word) -> [Word] {
        guard word.units.contains(0x2D) else { return [SurnameStem.stem(of: word)] }
        let parts = word.units.split(separator: 0x2D).map { SurnameStem.stem(of: Word($0)) }
        return parts + [Word(Array(parts.map(\.units).joined(separator: [0x2D])))]
    }

    private static let missing = Standardised(nil, .placeholder)

    private static func initial(_ reading: Reading) -> Standardised {
        Standardised(.name(PersonName(reading.word, isInitial: true)), reading.flags.union(.initial))
    }
}
