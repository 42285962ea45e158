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
