/// What people write where they know nothing.
enum MissingWords {
    /// Whether a text says nothing but that nothing is known; signs and spaces don't count.
    static func fill(_ typed: TypedText) -> Bool {
        var word = Word()
        for unit in typed.units where Letter.script(unit) != .none {
            guard word.count < longest else { return false }
            word.units.append(Letter.folded(unit))
        }
        return words.contains(word)
    }

    static func contains(_ word: Word) -> Bool {
        word.count <= longest + 2 && words.contains(word.units.contains(0x2D) ? Word(word.units.filter { $0 != 0x2D }) : word)
    }

    private static let longest = 14
    private static let words: Set<Word> = [
        "нет", "неизвестно", "неизвестен", "неизвестна", "неизвестный", "отсутствует", "неуказан", "неуказано", "неуказана", "безотчества",
        "отчестванет", "нетотчества", "бо", "пусто", "прочерк", "null", "nil", "none", "na", "nan", "nodata", "unknown", "notknown",
        "missing", "empty", "notgiven", "notavailable", "xx", "xxx", "хх", "ххх",
    ]
}
