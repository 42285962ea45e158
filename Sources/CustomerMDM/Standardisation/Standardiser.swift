/// A named and versioned pure function from what was typed to how it is compared.
///
/// A profile names one for each attribute. Its version is part of the profile's digest: where a standard form changes, it goes up, and read
/// models are rebuilt.
package struct Standardiser: Sendable {
    package let name: String
    package let version: Int
    let cost: Cost
    private let read: @Sendable (String) -> Standardised

    /// What a result takes to find.
    enum Cost {
        /// Less than to look it up.
        case little
        /// Some microseconds: a batch keeps it.
        case some
        /// So much that it is kept for everybody.
        case much
    }

    private init(_ name: String, _ version: Int, _ cost: Cost = .little, _ read: @escaping @Sendable (String) -> Standardised) {
        self.name = name
        self.version = version
        self.cost = cost
        self.read = read
    }

    package func standardise(_ text: String) -> Standardised {
        cost == .much ? KeptResults.shared.result(of: text, by: name, read) : read(text)
    }

    // MARK: - By name

    package static let russianSurname = Standardiser("russianSurname", 2, .some) { RussianName.surname($0) }
    package static let russianGivenName = Standardiser("russianGivenName", 3, .some) { RussianName.givenName($0) }
    package static let russianPatronymic = Standardiser("russianPatronymic", 2, .some) { RussianName.patronymic($0) }
    package static let date = Standardiser("date", 2) { CalendarDate.standardise($0) }
    package static let gender = Standardiser("gender", 2) { Gender.standardise($0) }
    package static let russianPassport = Standardiser("russianPassport", 2) { DocumentNumber.passport($0) }
    package static let snils = Standardiser("snils", 2) { DocumentNumber.snils($0) }
    package static let inn = Standardiser("inn", 2) { DocumentNumber.inn($0) }
    package static let russianPhone = Standardiser("russianPhone", 2, .much) { PhoneNumber.russian($0) }
    package static let email = Standardiser("email", 2, .some) { EmailAddress.standardise($0) }
    package static let russianAddress = Standardiser("russianAddress", 2, .some) { PostalAddress.standardise($0, .russian) }
    package static let code = Standardiser("code", 2) { PlainText.code($0) }
    package static let text = Standardiser("text", 2) { PlainText.words($0) }
    package static let digits = Standardiser("digits", 1) { DocumentNumber.digits($0) }
    package static let englishSurname = Standardiser("englishSurname", 1, .some) { EnglishName.surname($0) }
    package static let englishGivenName = Standardiser("englishGivenName", 1, .some) { EnglishName.givenName($0) }
    package static let englishAddress = Standardiser("englishAddress", 1, .some) { PostalAddress.standardise($0, .english) }

    package static let all = [
        russianSurname, russianGivenName, russianPatronymic, date, gender, russianPassport, snils, inn, russianPhone, email, russianAddress,
        code, text, digits, englishSurname, englishGivenName, englishAddress,
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    package static func named(_ name: String) -> Standardiser? { byName[name] }
}

extension Standardiser: Hashable {
    package static func == (left: Standardiser, right: Standardiser) -> Bool { left.name == right.name && left.version == right.version }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
