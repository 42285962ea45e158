/// English names: case and signs taken away, nicknames as sets of given names.
enum EnglishName {
    static func surname(_ text: String) -> Standardised {
        guard let parts = parts(text) else { return Standardised(nil, .placeholder) }
        guard !parts.words.isEmpty else { return .missing }
        let whole = Word(Array(parts.words.joined()))
        if whole.count == 1 { return Standardised(.name(PersonName(whole, isInitial: true)), parts.flags.union(.initial)) }
        let sound = Soundex.code(of: whole).map { StandardText($0) }
        guard parts.isHyphenated else { return Standardised(.name(PersonName(whole, canonical: [whole], sound: sound)), parts.flags) }
        // Smith-Jones may be met as either.
        let text = Word(Array(parts.words.joined(separator: [0x2D])))
        return Standardised(.name(PersonName(text, canonical: [whole] + parts.words.map { Word($0) }, sound: sound)), parts.flags)
    }

    static func givenName(_ text: String) -> Standardised {
        guard var parts = parts(text) else { return Standardised(nil, .placeholder) }
        guard !parts.words.isEmpty else { return .missing }
        let whole = Word(Array(parts.words.joined()))
        if whole.count == 1 { return Standardised(.name(PersonName(whole, isInitial: true)), parts.flags.union(.initial)) }
        let words = parts.words.map { Word($0) }
        // Mary Ann is two names, "jo hn" a slip.
        let areNames = words.count > 1 && words.allSatisfy { EnglishNicknames.isKnown($0) }
        let text = areNames || parts.isHyphenated ? Word(Array(parts.words.joined(separator: [0x2D]))) : whole
        var canonical = EnglishNicknames.meant(by: whole)
        if text != whole { canonical += words.flatMap { EnglishNicknames.meant(by: $0) } }
        if !canonical.contains(whole) { parts.flags.insert(.shortForm) }
        return Standardised(
            .name(PersonName(text, canonical: canonical, sound: Soundex.code(of: canonical[0]).map { StandardText($0) })), parts.flags)
    }

    private struct Parts {
        var words: [[UInt16]] = []
        var isHyphenated = false
        var flags: StandardisationFlags = []
    }

    /// Letters by words; `nil` for what stands for "not known".
    private static func parts(_ text: String) -> Parts? {
        let typed = TypedText(text)
        if MissingWords.fill(typed) { return nil }
        var parts = Parts()
        for chunk in typed.units.split(whereSeparator: { $0 == 0x20 || $0 == 0x2D || $0 == 0x2E || $0 == 0x2C }) {
            let reading = EnglishSpelling.read(chunk)
            parts.flags.formUnion(reading.flags)
            if !reading.word.isEmpty { parts.words.append(reading.word.units) }
        }
        if MissingWords.contains(Word(Array(parts.words.joined()))) { return nil }
        parts.isHyphenated = parts.words.count > 1 && typed.units.contains(0x2D) && !typed.units.contains(0x20)
        return parts
    }
}
