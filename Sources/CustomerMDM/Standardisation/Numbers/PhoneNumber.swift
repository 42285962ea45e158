import PhoneNumbers

/// A phone number in the form of E.164: `+79161112233`.
package struct PhoneNumber: Sendable, Hashable {
    package let text: StandardText

    /// Reads numbers as they are dialled in Russia. A number that can't be one, or that nobody has, is missing.
    static func russian(_ text: String) -> Standardised { read(text, by: russianReader, isFreeOfCharge: { $0.hasPrefix("+7800") }) }

    private static let russianReader: PhoneNumberReader = {
        guard let reader = PhoneNumberReader(region: "RU") else { preconditionFailure("libphonenumber knows every country") }
        return reader
    }()

    private static func read(_ text: String, by reader: PhoneNumberReader, isFreeOfCharge: (String) -> Bool) -> Standardised {
        let typed = TypedText(text)
        var flags: StandardisationFlags = []
        let parts = numbers(in: typed.units)
        guard let first = parts.first else {
            let isBlank = typed.units.allSatisfy { $0 == 0x20 }
            let hasDigits = typed.units.contains { Letter.isDigit($0) }
            return isBlank ? .missing : Standardised(nil, MissingWords.fill(typed) ? .placeholder : hasDigits ? .incomplete : .unreadable)
        }
        if parts.count > 1 { flags.insert(.severalValues) }
        switch reader.read(compact(first)) {
        case .number(let number, let hasExtension):
            if hasExtension { flags.insert(.hasExtension) }
            if isFake(number) { return Standardised(nil, flags.union(.fake)) }
            if isFreeOfCharge(number) { return Standardised(nil, flags.union(.ofOrganisation)) }
            return Standardised(.phone(PhoneNumber(text: StandardText(number))), flags)
        case .local: return Standardised(nil, flags.union(.incomplete))
        case .wrongLength, .notANumber: return Standardised(nil, flags.union(.unreadable))
        }
    }

    /// The first of several counts: `8916…, 8926…`.
    private static func numbers(in units: [UInt16]) -> [ArraySlice<UInt16>] {
        func digits(_ part: ArraySlice<UInt16>) -> Int { part.count { Letter.isDigit($0) } }
        var parts = units.split { $0 == 0x2C || $0 == 0x3B || $0 == 0x2F || $0 == 0x5C }
        if parts.count == 1, digits(parts[0]) >= 20 { parts = parts[0].split(separator: 0x20) }
        return parts.filter { digits($0) >= 5 }.map { part in
            // Whose it is may stand behind it.
            part[...(part.lastIndex { Letter.isDigit($0) } ?? part.startIndex)]
        }
    }

    /// Without the signs that only help the eye, which the library would take longer to skip.
    private static func compact(_ units: ArraySlice<UInt16>) -> String {
        var kept: [UInt16] = []
        kept.reserveCapacity(units.count)
        for unit in units {
            switch unit {
            case 0x20, 0x28, 0x29, 0x2D, 0x2E: continue
            default: kept.append(unit)
            }
        }
        return Word(kept).text
    }

    /// One digit seven times or more at the end, or digits in a row: typed to fill a field.
    private static func isFake(_ number: String) -> Bool {
        let digits = number.utf8.dropFirst().map { $0 - 0x30 }
        guard digits.count >= 8 else { return false }
        return Set(digits.suffix(7)).count == 1 || Digits.areTyped(digits.suffix(10))
    }
}
