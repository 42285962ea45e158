/// Values without a rule of their own.
enum PlainText {
    /// Upper case, without spaces.
    static func code(_ text: String) -> Standardised {
        let typed = TypedText(text)
        let code = Word(typed.units.filter { $0 != 0x20 }).text.uppercased()
        guard !code.isEmpty else { return .missing }
        return MissingWords.fill(typed) ? Standardised(nil, .placeholder) : Standardised(.text(StandardText(code)))
    }

    /// Words of letters and digits in lower case, look-alikes of a mixed word mended.
    static func words(_ text: String) -> Standardised {
        let typed = TypedText(text)
        var flags: StandardisationFlags = []
        var words: [String] = []
        for chunk in typed.units.split(whereSeparator: { Letter.script($0) == .none }) {
            let hasCyrillic = chunk.contains { Letter.script($0) == .cyrillic }
            let reading =
                hasCyrillic
                ? LookAlikes.cyrillic(chunk).map { mended in
                    Reading(word: RussianSpelling.folded(mended[...]), flags: mended[...] == chunk ? [] : .lookAlikes)
                } : nil
            words.append((reading?.word ?? RussianSpelling.folded(chunk)).text)
            flags.formUnion(reading?.flags ?? [])
        }
        guard !words.isEmpty else { return .missing }
        if MissingWords.contains(Word(words.joined())) { return Standardised(nil, .placeholder) }
        return Standardised(.text(StandardText(words.joined(separator: " "))), flags)
    }
}
