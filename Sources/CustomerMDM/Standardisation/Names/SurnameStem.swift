/// The part of a Russian surname that spouses, and brothers and sisters, share.
enum SurnameStem {
    /// Without the endings of gender, and without what transliteration loses: soft signs, й as и, э as е.
    static func stem(of name: Word) -> Word {
        var stem = name
        for (ending, kept) in endings where name.hasSuffix(ending) && name.count >= ending.count + 2 {
            stem = name.dropping(ending.count - kept)
            break
        }
        var units: [UInt16] = []
        units.reserveCapacity(stem.count)
        for unit in stem.units {
            switch unit {
            case 0x44C, 0x44A: break
            case 0x439: units.append(0x438)
            case 0x44D: units.append(0x435)
            default: units.append(unit)
            }
        }
        return Word(units)
    }

    static func gender(of name: Word) -> Gender? {
        for (ending, gender) in genders where name.hasSuffix(ending) && name.count >= ending.count + 2 { return gender }
        return nil
    }

    /// Whether a word ends as surnames do.
    static func isLikely(_ name: Word) -> Bool {
        if RussianLexicon.shared[name]?.isSurname ?? false { return true }
        return gender(of: name) != nil || neutral.contains { name.hasSuffix($0) && name.count >= $0.count + 2 }
    }

    /// Whether a word ends as surnames do, and hardly any given name.
    static func isCertain(_ name: Word) -> Bool {
        if RussianLexicon.shared[name]?.isSurname ?? false { return true }
        return certain.contains { name.hasSuffix($0) && name.count >= $0.count + 2 }
    }

    private static let certain: [Word] = ["ов", "ев", "ова", "ева", "ский", "ская", "цкий", "цкая", "енко"]
    private static let neutral: [Word] = ["ко", "ук", "юк", "як", "их", "ых", "ий", "ой", "ян", "ич", "дзе", "швили", "ец", "ай"]

    /// Endings, and how many of their letters belong to the stem.
    private static let endings: [(Word, Int)] = [
        ("ская", 2), ("цкая", 2), ("ский", 2), ("цкий", 2), ("ской", 2), ("цкой", 2), ("ова", 2), ("ева", 2), ("ина", 2), ("ына", 2),
        ("ая", 0), ("яя", 0), ("ый", 0), ("ой", 0), ("ий", 0),
    ]

    private static let genders: [(Word, Gender)] = [
        ("ская", .female), ("цкая", .female), ("ова", .female), ("ева", .female), ("ина", .female), ("ына", .female), ("ая", .female),
        ("ский", .male), ("цкий", .male), ("ской", .male), ("ов", .male), ("ев", .male), ("ин", .male), ("ын", .male), ("ый", .male),
    ]
}
