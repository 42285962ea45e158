/// Russian names in Latin letters, led back to Cyrillic ones.
///
/// Passports have followed six tables since 1997 and everyone else follows none, so a name that we know is found by what all tables agree
/// in (``skeleton(ofLatin:)``); only a name that we don't know is spelt letter by letter.
enum Transliteration {
    /// The letters that all tables leave: `Yuliya`, `Iuliia`, `Julija` and Юлия are one.
    static func skeleton(ofCyrillic word: Word) -> Word {
        var letters: [UInt16] = []
        for unit in word.units { letters += cyrillicSounds[unit] ?? [unit] }
        return simplified(letters)
    }

    static func skeleton(ofLatin word: Word) -> Word {
        var letters: [UInt16] = []
        var index = 0
        while index < word.count {
            let (sound, length) = latinSound(word.units, index)
            letters += sound
            index += length
        }
        return simplified(letters)
    }

    /// Doubled letters count once.
    private static func simplified(_ letters: [UInt16]) -> Word {
        var simple: [UInt16] = []
        for letter in letters where simple.last != letter { simple.append(letter) }
        return Word(simple)
    }

    private static let cyrillicSounds: [UInt16: [UInt16]] = sounds([
        ("а", "a"), ("б", "b"), ("в", "v"), ("г", "g"), ("д", "d"), ("е", "e"), ("ж", "zh"), ("з", "z"), ("и", "i"), ("й", "i"), ("к", "k"),
        ("л", "l"), ("м", "m"), ("н", "n"), ("о", "o"), ("п", "p"), ("р", "r"), ("с", "s"), ("т", "t"), ("у", "u"), ("ф", "f"), ("х", "h"),
        ("ц", "c"), ("ч", "ch"), ("ш", "sh"), ("щ", "sh"), ("ъ", ""), ("ы", "i"), ("ь", ""), ("э", "e"), ("ю", "iu"), ("я", "ia"),
    ])

    private static func sounds(_ pairs: [(String, String)]) -> [UInt16: [UInt16]] {
        var sounds: [UInt16: [UInt16]] = [:]
        for (letter, sound) in pairs {
            if let unit = letter.utf16.first { sounds[unit] = Array(sound.utf16) }
        }
        return sounds
    }

    private static let groups: [(Word, [UInt16])] = [
        ("shch", "sh"), ("stch", "sh"), ("sch", "sh"), ("tch", "ch"), ("kh", "h"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("ts", "c"),
        ("tz", "c"), ("tc", "c"), ("zh", "zh"), ("sh", "sh"), ("ch", "ch"), ("x", "ks"), ("q", "k"), ("w", "v"), ("'", ""),
    ].map { ($0.0, Array($0.1.utf16)) }

    private static func latinSound(_ units: [UInt16], _ index: Int) -> ([UInt16], Int) {
        for (group, sound) in groups where units[index...].starts(with: group.units) { return (sound, group.count) }
        let unit = units[index]
        let isLeading = index == 0 || isLatinVowel(units[index - 1])
        let next = index + 1 < units.count ? units[index + 1] : 0
        switch unit {
        // Before е only a sign that the vowel starts the syllable.
        case y, j: return next == e && isLeading ? ([], 1) : ([i], 1)
        case i where next == e && index == 0: return ([], 1)
        case c: return (next == e || next == i || next == y ? [c] : [k], 1)
        default: return ([unit], 1)
        }
    }

    private static let (a, c, e, i, j, k, o, u, y) = (
        UInt16(0x61), UInt16(0x63), UInt16(0x65), UInt16(0x69), UInt16(0x6A), UInt16(0x6B), UInt16(0x6F), UInt16(0x75), UInt16(0x79)
    )

    private static func isLatinVowel(_ unit: UInt16) -> Bool { [a, e, i, o, u, y].contains(unit) }

    // MARK: - Letter by letter

    /// A Latin word, spelt in Cyrillic as its letters most often mean.
    static func spelt(_ word: Word) -> Word {
        var letters: [UInt16] = []
        var index = 0
        while index < word.count {
            let (spelling, length) =
                spellings.first { word.units[index...].starts(with: $0.latin.units) && $0.when.allows(index, $0.latin.count, of: word) }
                .map { ($0.cyrillic.units, $0.latin.count) } ?? ([word.units[index]], 1)
            letters += spelling
            index += length
        }
        return Word(letters)
    }

    private enum Place {
        case anywhere, start, end
        /// At the start, or after a vowel.
        case leading
        case afterVowel, afterConsonant

        func allows(_ index: Int, _ length: Int, of word: Word) -> Bool {
            let isAfterVowel = index > 0 && isLatinVowel(word.units[index - 1])
            return switch self {
            case .anywhere: true
            case .start: index == 0
            case .end: index > 0 && !isAfterVowel && index + length == word.count
            case .leading: index == 0 || isAfterVowel
            case .afterVowel: isAfterVowel
            case .afterConsonant: index > 0 && !isAfterVowel
            }
        }
    }

    /// Longest first. After ICAO Doc 9303 and the older tables of passports and GOST.
    private static let spellings: [(latin: Word, cyrillic: Word, when: Place)] = [
        ("shch", "щ", .anywhere), ("sch", "щ", .anywhere), ("iia", "ия", .anywhere), ("iya", "ия", .anywhere), ("yye", "ые", .anywhere),
        ("zh", "ж", .anywhere), ("kh", "х", .anywhere), ("ts", "ц", .anywhere), ("tc", "ц", .anywhere), ("ch", "ч", .anywhere),
        ("sh", "ш", .anywhere), ("ph", "ф", .anywhere), ("ck", "к", .anywhere), ("yo", "е", .anywhere), ("jo", "е", .anywhere),
        ("yu", "ю", .anywhere), ("iu", "ю", .anywhere), ("ju", "ю", .anywhere), ("ya", "я", .anywhere), ("ia", "я", .anywhere),
        ("ja", "я", .anywhere), ("ye", "е", .leading), ("ye", "ье", .afterConsonant), ("je", "е", .leading), ("je", "ье", .afterConsonant),
        ("ii", "ий", .anywhere), ("iy", "ий", .anywhere), ("ij", "ий", .anywhere), ("yy", "ый", .anywhere), ("yi", "ый", .anywhere),
        ("sky", "ский", .end), ("ski", "ский", .end), ("a", "а", .anywhere), ("b", "б", .anywhere), ("c", "ц", .anywhere),
        ("d", "д", .anywhere),
        ("e", "е", .anywhere), ("f", "ф", .anywhere), ("g", "г", .anywhere), ("h", "х", .anywhere), ("i", "й", .afterVowel),
        ("i", "и", .anywhere), ("j", "й", .anywhere), ("k", "к", .anywhere), ("l", "л", .anywhere), ("m", "м", .anywhere),
        ("n", "н", .anywhere), ("o", "о", .anywhere), ("p", "п", .anywhere), ("q", "к", .anywhere), ("r", "р", .anywhere),
        ("s", "с", .anywhere), ("t", "т", .anywhere), ("u", "у", .anywhere), ("v", "в", .anywhere), ("w", "в", .anywhere),
        ("x", "кс", .anywhere), ("y", "ий", .end), ("y", "й", .leading), ("y", "ы", .anywhere), ("z", "з", .anywhere),
        ("'", "ь", .anywhere),
    ]
}
