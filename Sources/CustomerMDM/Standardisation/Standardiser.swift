/// A value as it is compared: pure functions of what the clerk typed, which is kept beside it.
///
/// Raising ``version`` says that some value's standard form has changed, so that read models are rebuilt.
package enum Standardiser: String, Sendable, Codable {
    case russianSurname, russianGivenName, russianPatronymic, date, gender, russianPassport, snils, inn, russianPhone, email
    case russianAddress, code, text

    package static let version = 1

    /// - Returns: `nil` for a missing value: missing is never a value.
    package func standardise(_ text: String) -> StandardForm? {
        switch self {
        case .russianSurname: RussianName.surname(text)
        case .russianGivenName: RussianName.givenName(text)
        case .russianPatronymic: RussianName.patronymic(text)
        case .date: CalendarDate.standardise(text)
        case .gender: Gender.standardise(text)
        case .russianPassport: DocumentNumber.passport(text)
        case .snils: DocumentNumber.snils(text)
        case .inn: DocumentNumber.inn(text)
        case .russianPhone: PhoneNumber.russian(text)
        case .email: EmailAddress.standardise(text)
        case .russianAddress: PostalAddress.russian(text)
        case .code: StandardForm(text.filter { !$0.isWhitespace }.uppercased())
        case .text: StandardForm(Spelling.folded(text).words.joined(separator: " "))
        }
    }
}

/// What two values are compared by.
package struct StandardForm: Sendable, Hashable {
    /// The one form for display and placeholders.
    package let exact: String
    /// All forms under which the value may be met elsewhere: the given names that a short form stands for, the stem of a surname.
    package let alternatives: [String]
    /// Whether a difference says anything; `false` for a number with a wrong checksum or a date that isn't in the calendar.
    package let isValid: Bool
    /// Whether a checksum vouches for it, so that another number can't be a typing mistake.
    package let isChecked: Bool

    /// `nil` for an empty text.
    package init?(_ exact: String, alternatives: [String]? = nil, isValid: Bool = true, isChecked: Bool = false) {
        guard !exact.isEmpty else { return nil }
        self.exact = exact
        self.alternatives = alternatives ?? [exact]
        self.isValid = isValid
        self.isChecked = isChecked
    }
}

enum Gender {
    static func standardise(_ text: String) -> StandardForm? {
        switch Spelling.folded(text).words.joined() {
        case "м", "муж", "мужской", "1", "m", "male": StandardForm("m")
        case "ж", "жен", "женский", "2", "f", "female": StandardForm("f")
        default: nil
        }
    }
}

enum EmailAddress {
    /// Lower case, without spaces; common misspellings of top-level domains are mended.
    static func standardise(_ text: String) -> StandardForm? {
        let address = text.lowercased().filter { !$0.isWhitespace }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        var domain = String(parts[1])
        for (wrong, right) in [(".con", ".com"), (".cmo", ".com"), (".rru", ".ru"), (",ru", ".ru"), (",com", ".com")]
        where domain.hasSuffix(wrong) {
            domain = domain.dropLast(wrong.count) + right
        }
        return StandardForm("\(parts[0])@\(domain)")
    }
}
