/// A value as it is compared: what kind it is, and what it says in standard spelling.
///
/// To standardise ``text`` again gives the same text and the same alternatives.
package enum StandardForm: Sendable, Hashable {
    case name(PersonName)
    case date(CalendarDate)
    case gender(Gender)
    case phone(PhoneNumber)
    case document(DocumentNumber)
    case email(EmailAddress)
    case address(PostalAddress)
    case text(StandardText)

    /// For blocking keys, placeholders and explanations.
    package var text: StandardText {
        switch self {
        case .name(let name): name.text
        case .date(let date): date.text
        case .gender(let gender): gender.text
        case .phone(let phone): phone.text
        case .document(let document): document.text
        case .email(let email): email.text
        case .address(let address): address.text
        case .text(let text): text
        }
    }

    /// All texts under which the value may be met elsewhere: the given names that a short form stands for, the stem of a surname.
    package var alternatives: [StandardText] {
        if case .name(let name) = self { name.canonical } else { [text] }
    }

    /// All texts by which a card with this value is looked for.
    func forEachKeyForm(_ act: (StandardText) -> Void) {
        guard case .name(let name) = self else { return act(text) }
        name.canonical.forEach(act)
        name.corrections.forEach(act)
    }

    /// Whether both are names of which one may be a slip of the finger for the other.
    func sharesCorrection(with other: StandardForm) -> Bool {
        if case .name(let name) = self, case .name(let other) = other { name.sharesCorrection(with: other) } else { false }
    }

    /// Whether one of the alternatives fits; without making a list of them.
    func hasAlternative(where fits: (StandardText) -> Bool) -> Bool {
        if case .name(let name) = self { name.canonical.contains(where: fits) } else { fits(text) }
    }

    /// Whether the text as it was typed fits, or one of the alternatives.
    func hasSpelling(where fits: (StandardText) -> Bool) -> Bool {
        if case .name(let name) = self { fits(name.text) || name.canonical.contains(where: fits) } else { fits(text) }
    }

    /// Whether a difference says anything; `false` for a number with a wrong checksum or a date that isn't in the calendar.
    package var isValid: Bool {
        switch self {
        case .date(let date): date.isInCalendar
        case .document(let document): document.isValid
        case .name, .gender, .phone, .email, .address, .text: true
        }
    }

    /// Whether a checksum vouches for it, so that another number can't be a typing mistake.
    package var isChecked: Bool {
        if case .document(let document) = self { document.isChecked } else { false }
    }
}

/// What a standardiser makes of a text: the form, and what was done to reach it. The text itself stays where it came from.
package struct Standardised: Sendable, Hashable {
    /// `nil` for a missing value: missing is never a value.
    package let form: StandardForm?
    package let flags: StandardisationFlags

    package init(_ form: StandardForm?, _ flags: StandardisationFlags = []) {
        self.form = form
        self.flags = flags
    }

    package static let missing = Standardised(nil)
}
