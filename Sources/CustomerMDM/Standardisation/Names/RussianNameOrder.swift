/// Where the parts of a Russian name belong.
enum RussianNameOrder {
    static func arrange(_ names: inout NameFields) {
        if names.givenName.isEmpty, names.surname.count > 1 { split(names.surname, &names) }
        if names.surname.isEmpty, names.givenName.count > 1 { split(names.givenName, &names) }
        if names.hasPatronymic, names.patronymic.isEmpty, names.givenName.count == 2, isPatronymic(names.givenName[1]) {
            // Пётр Ильич in the field of the given name.
            names.place(surname: names.surname, givenName: [names.givenName[0]], patronymic: [names.givenName[1]])
        }
        guard names.surname.count == 1, names.givenName.count == 1 else { return }
        let (surname, givenName) = (read(names.surname[0]), read(names.givenName[0]))
        let lexicon = RussianLexicon.shared
        guard !lexicon.isGivenName(givenName) else { return }
        // A misspelt given name is none that we know, but no surname either.
        let isSwapped =
            lexicon.isGivenName(surname)
            ? SurnameStem.isLikely(givenName) : SurnameStem.isCertain(givenName) && !SurnameStem.isLikely(surname)
        if isSwapped {
            names.place(surname: names.givenName, givenName: names.surname)
        } else if names.patronymic.count == 1, RussianName.isPatronymic(givenName), lexicon.isGivenName(read(names.patronymic[0])) {
            names.place(surname: names.surname, givenName: names.patronymic, patronymic: names.givenName)
        }
    }

    /// Волков Пётр Ильич, Пётр Ильич Волков, Пётр Волков, Волков П. И., Гасанов Али Мамед оглы.
    private static func split(_ typed: [String], _ names: inout NameFields) {
        let words = typed.flatMap { text in separated(text) }
        let lexicon = RussianLexicon.shared
        if let kinship = words.lastIndex(where: { Patronymic.gender(ofKinship: read($0)) != nil }), kinship == words.count - 1, kinship >= 3
        {
            names.place(surname: [words[0]], givenName: Array(words[1..<(kinship - 1)]), patronymic: Array(words[(kinship - 1)...]))
            return
        }
        // A surname may look like a patronymic: Абрамович Роман Аркадьевич.
        if words.count >= 3, let patronymic = words.indices.dropFirst().last(where: { isPatronymic(words[$0]) }) {
            let rest = words.indices.filter { $0 != patronymic && $0 != patronymic - 1 }.map { words[$0] }
            names.place(surname: rest, givenName: [words[patronymic - 1]], patronymic: [words[patronymic]])
            return
        }
        let isGivenFirst = lexicon.isGivenName(read(words[0])) && !lexicon.isGivenName(read(words[1]))
        if words.count == 2, isGivenFirst, isPatronymic(words[1]), !names.surname.isEmpty || !SurnameStem.isLikely(read(words[1])) {
            names.place(surname: [], givenName: [words[0]], patronymic: [words[1]])
        } else if words.count == 2, isGivenFirst, read(words[1]).count > 1 {
            names.place(surname: [words[1]], givenName: [words[0]])
        } else {
            names.place(surname: [words[0]], givenName: [words[1]], patronymic: words.count > 2 ? Array(words[2...]) : nil)
        }
    }

    /// `П.И.` are two words.
    private static func separated(_ text: String) -> [String] {
        let parts = text.split(separator: ".")
        return parts.count > 1 && parts.allSatisfy { $0.unicodeScalars.count == 1 } ? parts.map { $0 + "." } : [text]
    }

    private static func isPatronymic(_ text: String) -> Bool { RussianName.isPatronymic(read(text)) }

    private static func read(_ text: String) -> Word { RussianSpelling.read(TypedText(text).units[...]).word }
}
