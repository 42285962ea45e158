/// Russian names: given names as sets, surnames by stem, patronymics by the father.
enum RussianName {
    static func surname(_ text: String) -> Standardised {
        let typed = TypedText(text)
        if MissingWords.fill(typed) { return missing }
        var (main, former) = separated(typed.units)
        if main.isEmpty { (main, former) = (former, main) }
        var reading = joined(main)
        guard !reading.word.isEmpty else { return .missing }
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
            .name(NamePart(reading.word, canonical: canonical, gender: SurnameStem.gender(of: reading.word))), reading.flags)
    }

    static func givenName(_ text: String) -> Standardised {
        let typed = TypedText(text)
        if MissingWords.fill(typed) { return missing }
        var reading = joined(typed.units)
        guard !reading.word.isEmpty else { return .missing }
        if reading.word.count == 1 { return initial(reading) }
        guard let entry = RussianLexicon.shared[reading.word], !entry.givenNames.isEmpty else {
            return Standardised(.name(compound(reading.word)), reading.flags)
        }
        if !entry.isFullName { reading.flags.insert(.shortForm) }
        return Standardised(
            .name(NamePart(reading.word, canonical: entry.givenNames, gender: entry.genders.count == 1 ? entry.genders.first : nil)),
            reading.flags)
    }

    /// Анна-Мария may be met as Анна and as Мария.
    private static func compound(_ word: Word) -> NamePart {
        let parts = word.units.split(separator: 0x2D).map { Word($0) }
        guard parts.count > 1 else { return NamePart(word) }
        return NamePart(word, canonical: [word] + parts.flatMap { RussianLexicon.shared[$0]?.givenNames ?? [] })
    }

    static func patronymic(_ text: String) -> Standardised {
        let typed = TypedText(text)
        if MissingWords.fill(typed) { return missing }
        var chunks = words(typed.units)
        guard let last = chunks.last else { return .missing }
        let flags: StandardisationFlags = chunks.reduce([]) { $0.union($1.flags) }
        // Мамед оглы, Мамед-оглы and Мамедоглы.
        if chunks.count == 1, let split = kinshipSplit(last.word) { chunks = split.map { RussianSpelling.Reading(word: $0) } }
        if chunks.count > 1, let gender = Patronymic.gender(ofKinship: chunks[chunks.count - 1].word) {
            var father = Array(chunks.dropLast().map(\.word.units).joined(separator: [0x2D]))
            var names = RussianLexicon.shared[Word(father)]?.givenNames ?? [Word(father)]
            // Алиевич оглы says it twice.
            if let known = RussianLexicon.shared[Word(father)]?.fathers, !known.isEmpty { names = known }
            father += Array(" ".utf16) + (gender == .male ? Array("оглы".utf16) : Array("кызы".utf16))
            return Standardised(.name(NamePart(Word(father), canonical: names, gender: gender)), flags)
        }
        let word = Word(Array(chunks.map(\.word.units).joined(separator: [0x2D])))
        if word.count == 1 { return initial(RussianSpelling.Reading(word: word, flags: flags)) }
        if let entry = RussianLexicon.shared[word], !entry.fathers.isEmpty {
            return Standardised(
                .name(NamePart(word, canonical: entry.fathers, gender: entry.genders.count == 1 ? entry.genders.first : nil)), flags)
        }
        guard let father = Patronymic.father(of: word) else {
            return Standardised(.name(NamePart(word, gender: Patronymic.gender(of: word))), flags)
        }
        return Standardised(.name(NamePart(word, canonical: [father.name], gender: father.gender)), flags)
    }

    /// Whether a word can only be a patronymic.
    static func isPatronymic(_ word: Word) -> Bool {
        if let entry = RussianLexicon.shared[word] { return !entry.fathers.isEmpty }
        return Patronymic.father(of: word) != nil
    }

    // MARK: - Words

    /// The words of a field; initials that are written together are words of their own.
    static func words(_ units: [UInt16]) -> [RussianSpelling.Reading] {
        units.split(separator: 0x20).flatMap { chunk -> [RussianSpelling.Reading] in
            let parts = chunk.split { $0 == 0x2E || $0 == 0x2C }
            let areInitials = parts.count > 1 && parts.allSatisfy { $0.count == 1 }
            let isCyrillic = chunk.contains { Letter.script($0) == .cyrillic }
            return (parts.count > 1 && (areInitials || isCyrillic) ? parts : [chunk]).map { RussianSpelling.read($0) }.filter {
                !$0.word.isEmpty
            }
        }
    }

    private static func joined(_ units: [UInt16]) -> RussianSpelling.Reading {
        // Nearly every name is one word.
        if !units.contains(where: { $0 == 0x20 || $0 == 0x2E || $0 == 0x2C }) { return RussianSpelling.read(units[...]) }
        let words = words(units)
        if words.count == 1 { return words[0] }
        return RussianSpelling.Reading(
            word: Word(Array(words.map(\.word.units).joined(separator: [0x2D]))), flags: words.reduce([]) { $0.union($1.flags) })
    }

    /// A former surname stands in brackets: Иванова (Петрова).
    private static func separated(_ units: [UInt16]) -> (main: [UInt16], former: [UInt16]) {
        guard let open = units.firstIndex(of: 0x28) else { return (units, []) }
        let inner = units[(open + 1)...].prefix { $0 != 0x29 }
        return (Array(units[..<open]) + Array(units[(open + 1 + inner.count)...].dropFirst()), Array(inner))
    }

    private static func kinshipSplit(_ word: Word) -> [Word]? {
        for ending in ["-оглы", "-кызы", "оглы", "кызы", "-оглу", "-улы", "-уулу", "-угли", "-кизи", "-гызы"] as [Word]
        where word.hasSuffix(ending) && word.count > ending.count + 1 {
            let kinship = Word(ending.units.filter { $0 != 0x2D })
            return [word.dropping(ending.count), kinship]
        }
        return nil
    }

    private static func stems(ofSurname word: Word) -> [Word] {
        guard word.units.contains(0x2D) else { return [SurnameStem.stem(of: word)] }
        let parts = word.units.split(separator: 0x2D).map { SurnameStem.stem(of: Word($0)) }
        return parts + [Word(Array(parts.map(\.units).joined(separator: [0x2D])))]
    }

    private static let missing = Standardised(nil, .placeholder)

    private static func initial(_ reading: RussianSpelling.Reading) -> Standardised {
        Standardised(.name(NamePart(reading.word, isInitial: true)), reading.flags.union(.initial))
    }
}
