/// The number of a document.
package struct DocumentNumber: Sendable, Hashable {
    /// Digits only, but for the passports of the Soviet Union: `VII-МЮ-123456`.
    package let text: StandardText
    /// Whether it can be one: a difference from it says something.
    package let isValid: Bool
    /// Whether a checksum vouches for it.
    package let isChecked: Bool

    private init(_ text: String, isValid: Bool, isChecked: Bool = false) {
        self.text = StandardText(text)
        self.isValid = isValid
        self.isChecked = isChecked
    }

    /// A Russian passport: four digits of series, six of number.
    static func passport(_ text: String) -> Standardised {
        if let soviet = SovietPassport.number(in: text) {
            return Standardised(.document(DocumentNumber(soviet, isValid: true)))
        }
        return number(text, digits: 10) { digits, _ in
            DocumentNumber(Digits.text(digits), isValid: digits.count == 10)
        }
    }

    /// Eleven digits, the last two a checksum over the first nine (Pension Fund's rule, for numbers above 001-001-998).
    static func snils(_ text: String) -> Standardised {
        number(text, digits: 11) { digits, flags in
            let padded = Digits.padded(digits, to: 11) { isSNILS($0) }
            if padded.count > digits.count { flags.insert(.restoredZeros) }
            let isRight = padded.count == 11 && isSNILS(padded)
            if padded.count == 11, !isRight { flags.insert(.wrongChecksum) }
            return DocumentNumber(Digits.text(padded), isValid: isRight, isChecked: isRight)
        }
    }

    private static func isSNILS(_ digits: [UInt8]) -> Bool {
        var (sum, number) = (0, 0)
        for i in 0..<9 {
            sum += Int(digits[i]) * (9 - i)
            number = 10 * number + Int(digits[i])
        }
        return number > 1_001_998 && sum % 101 % 100 == Int(digits[9]) * 10 + Int(digits[10])
    }

    /// Twelve digits of a person, the last two checksums; ten are an organisation's.
    static func inn(_ text: String) -> Standardised {
        number(text, digits: 12) { digits, flags in
            let padded = Digits.padded(digits, to: 12) { isINN($0) }
            if padded.count > digits.count { flags.insert(.restoredZeros) }
            let isRight = padded.count == 12 && isINN(padded)
            if padded.count == 12, !isRight { flags.insert(.wrongChecksum) }
            if padded.count == 10 { flags.insert(.ofOrganisation) }
            return DocumentNumber(Digits.text(padded), isValid: isRight, isChecked: isRight)
        }
    }

    private static func isINN(_ digits: [UInt8]) -> Bool {
        func check(_ weights: [Int]) -> Int {
            var sum = 0
            for i in weights.indices { sum += Int(digits[i]) * weights[i] }
            return sum % 11 % 10
        }
        return check(firstWeights) == Int(digits[10]) && check(secondWeights) == Int(digits[11])
    }

    private static let firstWeights = [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]
    private static let secondWeights = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]

    /// Any number without a rule of its own, such as a postcode.
    static func digits(_ text: String) -> Standardised {
        number(text, digits: nil) { digits, _ in DocumentNumber(Digits.text(digits), isValid: true) }
    }

    private static func number(
        _ text: String, digits length: Int?, _ make: ([UInt8], inout StandardisationFlags) -> DocumentNumber
    ) -> Standardised {
        let typed = TypedText(text)
        var flags: StandardisationFlags = []
        let digits = Digits.read(typed.units, &flags)
        guard !digits.isEmpty else {
            if MissingWords.fill(typed) { return Standardised(nil, .placeholder) }
            return typed.units.allSatisfy { $0 == 0x20 } ? .missing : Standardised(nil, .unreadable)
        }
        if digits.count >= 6, Digits.areTyped(digits) { return Standardised(nil, flags.union(.fake)) }
        let number = make(digits, &flags)
        if let length, number.text.text.utf8.count < length, !flags.contains(.ofOrganisation) { flags.insert(.incomplete) }
        return Standardised(.document(number), flags)
    }
}

/// Digits out of a text.
enum Digits {
    /// - Returns: 0…9 each; letters between digits that look like one are read as it.
    static func read(_ units: [UInt16], _ flags: inout StandardisationFlags) -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity(units.count)
        for index in units.indices {
            if Letter.isDigit(units[index]) {
                digits.append(UInt8(truncatingIfNeeded: units[index] - 0x30))
            } else if let alike = alikes[units[index]], index > 0, Letter.isDigit(units[index - 1]),
                index + 1 == units.count || Letter.script(units[index + 1]) == .digit || units[index + 1] == 0x20
            {
                digits.append(alike)
                flags.insert(.lookAlikes)
            }
        }
        return digits
    }

    private static let alikes: [UInt16: UInt8] = [0x4F: 0, 0x6F: 0, 0x41E: 0, 0x43E: 0, 0x417: 3, 0x437: 3, 0x6C: 1, 0x49: 1]

    static func text(_ digits: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: digits.count) { bytes in
            for i in digits.indices { bytes[i] = 0x30 + digits[i] }
            return digits.count
        }
    }

    /// Zeros that a spreadsheet dropped are put back where the checksum agrees.
    static func padded(_ digits: [UInt8], to count: Int, isRight: ([UInt8]) -> Bool) -> [UInt8] {
        guard digits.count < count, digits.count >= count - 2 else { return digits }
        let padded = [UInt8](repeating: 0, count: count - digits.count) + digits
        return isRight(padded) ? padded : digits
    }

    /// Whether somebody filled a field: one digit over and over, or all in a row.
    static func areTyped(_ digits: some Collection<UInt8>) -> Bool {
        var (isSame, isRising, isFalling) = (true, true, true)
        for (one, next) in zip(digits, digits.dropFirst()) {
            isSame = isSame && one == next
            isRising = isRising && (one + 1) % 10 == next
            isFalling = isFalling && one == (next + 1) % 10
        }
        return isSame || isRising || isFalling
    }
}

/// Passports issued until 1997: a Roman number, two letters and six digits.
enum SovietPassport {
    static func number(in text: String) -> String? {
        // The usual passport has no letters before the digits, or whole words.
        guard text.utf8.count < 40, text.utf8.contains(where: { $0 > 0x39 }) else { return nil }
        var (roman, series, digits): ([UInt16], [UInt16], [UInt16]) = ([], [], [])
        for unit in TypedText(text).units {
            let letter = Letter.folded(unit)
            if Letter.isDigit(unit), series.count == 2 {
                digits.append(unit)
            } else if series.isEmpty, digits.isEmpty, let sign = romanSigns[letter] {
                roman.append(sign)
            } else if Letter.script(unit) == .cyrillic, !roman.isEmpty, digits.isEmpty {
                series.append(letter)
            } else if Letter.script(unit) != .none {
                return nil
            }
        }
        guard !roman.isEmpty, series.count == 2, digits.count == 6 else { return nil }
        return Word(roman).text.uppercased() + "-" + Word(series).text.uppercased() + "-" + Word(digits).text
    }

    /// Roman digits, and what stands for them on a Russian keyboard.
    private static let romanSigns: [UInt16: UInt16] = Dictionary(
        uniqueKeysWithValues: zip("ivxlcхул1".utf16, "ivxlcxvli".utf16))
}
