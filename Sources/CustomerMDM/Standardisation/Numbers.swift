/// Numbers of documents.
enum DocumentNumber {
    /// A Russian passport: four digits of series, six of number.
    static func passport(_ text: String) -> StandardForm? {
        let digits = text.filter { ("0"..."9").contains($0) }
        return StandardForm(digits, isValid: digits.count == 10)
    }

    /// Eleven digits, the last two a checksum over the first nine (Pension Fund rule, for numbers above 001-001-998).
    static func snils(_ text: String) -> StandardForm? {
        let digits = text.compactMap(\.wholeNumberValue)
        guard digits.count == 11 else { return StandardForm(digits.map(String.init).joined(), isValid: false) }
        let sum = zip(digits, stride(from: 9, through: 1, by: -1)).map { $0 * $1 }.reduce(0, +)
        let isRight = sum % 101 % 100 == digits[9] * 10 + digits[10]
        return StandardForm(digits.map(String.init).joined(), isValid: isRight, isChecked: isRight)
    }

    /// Twelve digits of a person, the last two checksums.
    static func inn(_ text: String) -> StandardForm? {
        let digits = text.compactMap(\.wholeNumberValue)
        let number = digits.map(String.init).joined()
        guard digits.count == 12 else { return StandardForm(number, isValid: false) }
        func check(_ weights: [Int]) -> Int { zip(digits, weights).map { $0 * $1 }.reduce(0, +) % 11 % 10 }
        let isRight = check([7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[10] && check([3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[11]
        return StandardForm(number, isValid: isRight, isChecked: isRight)
    }
}

enum PhoneNumber {
    /// E.164 of a Russian number; a number that can't be one is missing.
    static func russian(_ text: String) -> StandardForm? {
        var digits = text.filter { ("0"..."9").contains($0) }
        if digits.count == 11, digits.hasPrefix("8") || digits.hasPrefix("7") { digits.removeFirst() }
        guard digits.count == 10, let first = digits.first, "3489".contains(first) else {
            // A number of another country, written with its code.
            let isForeign = text.contains("+") && !digits.hasPrefix("7") && (8...15).contains(digits.count)
            return isForeign ? StandardForm("+" + digits) : nil
        }
        return StandardForm("+7" + digits)
    }
}
