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
