/// Letters and words: what is done to every text before its kind is looked at.
enum Spelling {
    struct Folded: Hashable {
        let words: [String]
    }

    /// Lower case, ё as е, look-alike letters of the other script repaired, words of letters and digits.
    static func folded(_ text: String) -> Folded {
        let lower = text.lowercased().unicodeScalars.map { $0 == "ё" ? Unicode.Scalar("е") : $0 }
        let words = lower.split { !($0.properties.isAlphabetic || ("0"..."9").contains($0)) }
        return Folded(words: words.map { repaired(String(String.UnicodeScalarView($0))) })
    }

    /// A word of mixed scripts, with the letters of the rarer one replaced by their look-alikes.
    private static func repaired(_ word: String) -> String {
        let scalars = Array(word.unicodeScalars)
        let latin = scalars.count { ("a"..."z").contains($0) }
        let cyrillic = scalars.count { isCyrillic($0) }
        guard latin > 0, cyrillic > 0 else { return word }
        var view = String.UnicodeScalarView()
        for scalar in scalars { view.append(latinLookAlikes[scalar] ?? scalar) }
        return String(view)
    }

    static func isCyrillic(_ scalar: Unicode.Scalar) -> Bool { ("а"..."я").contains(scalar) || scalar == "ё" }
    static func isLatin(_ word: String) -> Bool { word.unicodeScalars.contains { ("a"..."z").contains($0) } }

    private static let latinLookAlikes: [Unicode.Scalar: Unicode.Scalar] = [
        "a": "а", "b": "в", "c": "с", "e": "е", "h": "н", "k": "к", "m": "м", "o": "о", "p": "р", "t": "т", "x": "х", "y": "у",
    ]

    // MARK: - A name typed in Latin letters

    /// What a Cyrillic name typed in Latin letters says: on the wrong keyboard layout, or transliterated.
    static func cyrillic(_ text: String, isKnown: (String) -> Bool) -> String {
        let lower = text.lowercased()
        guard lower.unicodeScalars.contains(where: { ("a"..."z").contains($0) }), !lower.unicodeScalars.contains(where: isCyrillic) else {
            return text
        }
        let typed = String(String.UnicodeScalarView(lower.unicodeScalars.map { keyboard[$0] ?? $0 }))
        let transliterated = transliteratedBack(lower)
        if isKnown(typed) { return typed }
        if isKnown(transliterated) { return transliterated }
        return typedPlausibility(typed) > typedPlausibility(transliterated) ? typed : transliterated
    }

    /// Endings of Russian names and a usual share of vowels speak for a reading.
    private static func typedPlausibility(_ word: String) -> Int {
        let letters = word.unicodeScalars.filter { isCyrillic($0) }
        guard !letters.isEmpty else { return 0 }
        let vowels = letters.count { "аеиоуыэюя".unicodeScalars.contains($0) }
        let isBalanced = (25...65).contains(100 * vowels / letters.count)
        let endings = ["ов", "ев", "ин", "ова", "ева", "ина", "ский", "ская", "енко", "вич", "вна", "скии", "ична"]
        return (isBalanced ? 1 : 0) + (endings.contains { word.hasSuffix($0) } ? 2 : 0)
    }

    private static func transliteratedBack(_ word: String) -> String {
        var rest = Substring(word)
        var result = ""
        while let first = rest.first {
            if let (latin, cyrillic) = transliteration.first(where: { rest.hasPrefix($0.0) }) {
                result += cyrillic
                rest = rest.dropFirst(latin.count)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static let keyboard: [Unicode.Scalar: Unicode.Scalar] = Dictionary(
        uniqueKeysWithValues: zip("qwertyuiop[]asdfghjkl;'zxcvbnm,.`".unicodeScalars, "йцукенгшщзхъфывапролджэячсмитьбюе".unicodeScalars))

    /// Longest first. After ICAO Doc 9303 and the older GOST tables, as far as they lead back to one letter.
    private static let transliteration: [(String, String)] = [
        ("shch", "щ"), ("iia", "ия"), ("iya", "ия"), ("yo", "е"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"),
        ("yu", "ю"), ("ya", "я"), ("iu", "ю"), ("ia", "я"), ("ye", "е"), ("ie", "е"), ("ii", "ий"), ("iy", "ий"), ("yy", "ый"),
        ("ei", "ей"),
        ("ai", "ай"), ("a", "а"), ("b", "б"), ("v", "в"), ("g", "г"), ("d", "д"), ("e", "е"), ("z", "з"), ("i", "и"), ("j", "й"),
        ("k", "к"),
        ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("f", "ф"), ("h", "х"),
        ("c", "ц"), ("y", "ы"), ("w", "в"), ("x", "кс"), ("q", "к"), ("'", ""),
    ]
}
