/// Names after the father: how they are made of a given name, and how an unknown one is led back to it.
enum Patronymic {
    /// The patronymics of a given name, and whose they are.
    static func forms(of name: Word) -> [(Word, Gender)] {
        if let forms = irregular[name] { return forms }
        guard let last = name.units.last else { return [] }
        func make(_ stem: Word, _ endings: [(String, Gender)]) -> [(Word, Gender)] {
            endings.map { (Word(stem.units + Array($0.0.utf16)), $0.1) }
        }
        switch last {
        case й:
            let stem = name.dropping(1)
            guard stem.units.last == и else { return make(stem, soft + [("ич", .male)]) }
            // Both Георгиевич and Васильевич.
            return make(stem, soft) + make(Word(stem.dropping(1).units + [ь]), soft + [("ич", .male)])
        case ь: return make(name.dropping(1), soft)
        case а, я:
            return make(name.dropping(1), [("ич", .male), ("ична", .female), ("инична", .female), ("ович", .male), ("овна", .female)])
        case ж, ш, ч, щ, ц: return make(name, soft)
        case е, и, о, у, ы, э, ю: return make(name, [("евич", .male), ("евна", .female), ("ович", .male), ("овна", .female)])
        default: return make(name, hard)
        }
    }

    /// What a father is called whose name we don't know, and the gender of the child; `nil` for a word that doesn't end as patronymics do.
    static func father(of word: Word) -> (name: Word, gender: Gender)? {
        for (ending, replacement, gender) in endings where word.hasSuffix(ending) && word.count >= ending.count + 2 {
            return (Word(word.dropping(ending.count).units + replacement.units), gender)
        }
        return nil
    }

    /// Whose patronymic a word would be, by its last letters.
    static func gender(of word: Word) -> Gender? { word.hasSuffix("ич") ? .male : word.hasSuffix("на") ? .female : nil }

    /// The word of "son of" or "daughter of" that follows the father's name in Turkic patronymics.
    static func gender(ofKinship word: Word) -> Gender? { kinship[word] }

    /// Мамед оглы, Мамед-оглы and Мамедоглы; words of a field are joined by hyphens.
    static func kinship(in word: Word) -> (father: Word, gender: Gender)? {
        for (ending, gender) in kinship where word.hasSuffix(ending) && word.count > ending.count + 1 {
            var father = word.dropping(ending.count)
            while father.units.last == 0x2D { father = father.dropping(1) }
            return father.count > 1 ? (father, gender) : nil
        }
        return nil
    }

    private static let soft: [(String, Gender)] = [("евич", .male), ("евна", .female)]
    private static let hard: [(String, Gender)] = [("ович", .male), ("овна", .female), ("ыч", .male)]

    private static let endings: [(Word, Word, Gender)] = [
        ("ьевич", "ий", .male), ("ьевна", "ий", .female), ("евич", "й", .male), ("евна", "й", .female), ("ович", "", .male),
        ("овна", "", .female),
    ]

    private static let kinship: [Word: Gender] = [
        "оглы": .male, "оглу": .male, "огли": .male, "угли": .male, "улы": .male, "уулу": .male,
        "кызы": .female, "кизи": .female, "гызы": .female, "кизы": .female,
    ]

    private static let irregular: [Word: [(Word, Gender)]] = [
        "лев": [("львович", .male), ("львовна", .female)],
        "павел": [("павлович", .male), ("павловна", .female), ("палыч", .male)],
        "петр": [("петрович", .male), ("петровна", .female)],
        "яков": [("яковлевич", .male), ("яковлевна", .female)],
        "михаил": [("михайлович", .male), ("михайловна", .female), ("михаилович", .male), ("михаиловна", .female), ("михалыч", .male)],
        "гавриил": [("гаврилович", .male), ("гавриловна", .female), ("гавриилович", .male), ("гаврииловна", .female)],
        "илья": [("ильич", .male), ("ильинична", .female), ("ильинишна", .female)],
        "никита": [("никитич", .male), ("никитична", .female), ("никитович", .male), ("никитовна", .female)],
        "александр": [("александрович", .male), ("александровна", .female), ("александрыч", .male), ("саныч", .male)],
        "иван": [("иванович", .male), ("ивановна", .female), ("иваныч", .male)],
        "игорь": [("игоревич", .male), ("игоревна", .female)],
        "николай": [("николаевич", .male), ("николаевна", .female), ("николаич", .male)],
    ]

    private static let (а, е, ж, и, й) = (UInt16(0x430), UInt16(0x435), UInt16(0x436), UInt16(0x438), UInt16(0x439))
    private static let (о, у, ц, ч, ш) = (UInt16(0x43E), UInt16(0x443), UInt16(0x446), UInt16(0x447), UInt16(0x448))
    private static let (щ, ы, ь, э, ю, я) = (UInt16(0x449), UInt16(0x44B), UInt16(0x44C), UInt16(0x44D), UInt16(0x44E), UInt16(0x44F))
}
