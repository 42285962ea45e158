/// Where the parts of an English name belong: Smith, John or John Smith in one field.
///
/// Fields that changed places are left as they are: too many surnames are given names as well.
enum EnglishNameOrder {
    static func arrange(_ names: inout NameFields) {
        let isSurnameWhole = names.givenName.isEmpty && names.surname.count > 1
        guard isSurnameWhole || names.surname.isEmpty && names.givenName.count > 1 else { return }
        let words = isSurnameWhole ? names.surname : names.givenName
        if let comma = words.firstIndex(where: { $0.hasSuffix(",") }), comma < words.count - 1 {
            names.place(surname: Array(words[...comma]), givenName: [words[comma + 1]], patronymic: Array(words[(comma + 2)...]))
        } else if EnglishNicknames.isKnown(EnglishSpelling.read(TypedText(words[0]).units[...]).word) {
            names.place(surname: [words[words.count - 1]], givenName: [words[0]], patronymic: Array(words[1..<(words.count - 1)]))
        }
    }
}
