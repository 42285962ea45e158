/// What was done to a value on the way to its standard form, or found in it; for explanations and for the quality of sources.
package struct StandardisationFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Words that are no part of the value were left out.
    package static let junkWord = Self(rawValue: 1 << 0)
    /// Letters of another script, or digits, that look like the right ones were replaced.
    package static let lookAlikes = Self(rawValue: 1 << 1)
    /// It was typed on the other keyboard layout.
    package static let keyboardLayout = Self(rawValue: 1 << 2)
    package static let transliterated = Self(rawValue: 1 << 3)
    /// Letters of a related alphabet, or with accents, were replaced.
    package static let foreignLetters = Self(rawValue: 1 << 4)
    /// A name part stood in the field of another one.
    package static let moved = Self(rawValue: 1 << 5)
    /// A short form or another spelling, which may stand for several names.
    package static let shortForm = Self(rawValue: 1 << 6)
    package static let initial = Self(rawValue: 1 << 7)
    /// Several values stood in one field, and the first one counts.
    package static let severalValues = Self(rawValue: 1 << 8)
    /// A former name stood beside the name.
    package static let formerName = Self(rawValue: 1 << 9)
    /// The checksum is wrong.
    package static let wrongChecksum = Self(rawValue: 1 << 10)
    /// Zeros that a spreadsheet had dropped were put back.
    package static let restoredZeros = Self(rawValue: 1 << 11)
    /// A number or an address that is typed to fill a field; it is missing.
    package static let fake = Self(rawValue: 1 << 12)
    /// Words or dates that stand for "not known"; the value is missing.
    package static let placeholder = Self(rawValue: 1 << 13)
    /// Too few digits or letters to say anything.
    package static let incomplete = Self(rawValue: 1 << 14)
    /// Nothing of the expected kind could be read; the value is missing.
    package static let unreadable = Self(rawValue: 1 << 15)
    /// A misspelt domain was mended.
    package static let misspeltDomain = Self(rawValue: 1 << 16)
    /// A mailbox of a role, such as `info@`, which several people read.
    package static let sharedMailbox = Self(rawValue: 1 << 17)
    package static let notInCalendar = Self(rawValue: 1 << 18)
    /// The year had two digits.
    package static let guessedCentury = Self(rawValue: 1 << 19)
    /// An extension of a phone was left out.
    package static let hasExtension = Self(rawValue: 1 << 20)
    /// A number of an organisation in the field of a person's.
    package static let ofOrganisation = Self(rawValue: 1 << 21)
    /// An unknown name that is one slip of the finger from a known one.
    package static let misspelt = Self(rawValue: 1 << 22)

    private static let named: [(Self, String)] = [
        (.junkWord, "junk-word"), (.lookAlikes, "look-alikes"), (.keyboardLayout, "keyboard-layout"), (.transliterated, "transliterated"),
        (.foreignLetters, "foreign-letters"), (.moved, "moved"), (.shortForm, "short-form"), (.initial, "initial"),
        (.severalValues, "several-values"), (.formerName, "former-name"), (.wrongChecksum, "wrong-checksum"),
        (.restoredZeros, "restored-zeros"), (.fake, "fake"), (.placeholder, "placeholder"), (.incomplete, "incomplete"),
        (.unreadable, "unreadable"), (.misspeltDomain, "misspelt-domain"), (.sharedMailbox, "shared-mailbox"),
        (.notInCalendar, "not-in-calendar"), (.guessedCentury, "guessed-century"), (.hasExtension, "has-extension"),
        (.ofOrganisation, "of-organisation"), (.misspelt, "misspelt"),
    ]

    /// Names for answers and pages, in a fixed order.
    package var names: [String] { Self.named.filter { contains($0.0) }.map(\.1) }
}

extension StandardisationFlags: CustomStringConvertible {
    package var description: String { "[" + names.joined(separator: ", ") + "]" }
}
