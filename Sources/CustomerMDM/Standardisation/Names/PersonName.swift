/// A given name, a surname or a patronymic.
package struct PersonName: Sendable, Hashable {
    /// As it was typed, in standard spelling.
    package let text: StandardText
    /// What it may stand for, in alphabetical order: full given names, stems of surnames, given names of the father. Never empty.
    package let canonical: [StandardText]
    /// Names that it may be a slip of the finger for; empty for a name that we know.
    package let corrections: [StandardText]
    /// Whose name it is, where the form tells.
    package let gender: Gender?
    /// Only the first letter is known.
    package let isInitial: Bool
    /// How it sounds, for blocking only: names that sound alike are not alike.
    package let sound: StandardText?

    init(
        _ text: Word, canonical: [Word] = [], corrections: [Word] = [], gender: Gender? = nil, isInitial: Bool = false,
        sound: StandardText? = nil
    ) {
        self.text = StandardText(isInitial ? text.text + "." : text.text)
        self.canonical = canonical.isEmpty ? [self.text] : Self.sorted(canonical)
        self.corrections = corrections.isEmpty ? [] : Self.sorted(corrections)
        self.gender = gender
        self.isInitial = isInitial
        self.sound = sound
    }

    private static func sorted(_ words: [Word]) -> [StandardText] {
        if words.count == 1 { return [StandardText(words[0].text)] }
        return Set(words.map { StandardText($0.text) }).sorted()
    }

    /// Whether one may be a slip of the finger for the other, or both for a third name.
    package func sharesCorrection(with other: PersonName) -> Bool {
        corrections.contains { other.canonical.contains($0) || other.corrections.contains($0) }
            || other.corrections.contains(where: canonical.contains)
    }

    /// Whether both may stand for one name.
    package func sharesName(with other: PersonName) -> Bool {
        canonical.contains { name in other.canonical.contains { $0 == name } }
    }
}
