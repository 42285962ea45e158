/// Soundex of American archives (NARA, read 2022): for blocking only, because names that sound alike need not be alike.
enum Soundex {
    /// A letter and three digits; `nil` for a word that doesn't start with a Latin letter.
    static func code(of word: Word) -> String? {
        guard let first = word.units.first, (0x61...0x7A).contains(first) else { return nil }
        var code = [UInt8(first) & 0xDF]
        var last = digits[Int(first - 0x61)]
        for unit in word.units.dropFirst() where (0x61...0x7A).contains(unit) {
            let digit = digits[Int(unit - 0x61)]
            // H and W don't part two letters of one sound; vowels do.
            if digit == silent { continue }
            if digit != vowel, digit != last { code.append(digit) }
            last = digit
            if code.count == 4 { break }
        }
        while code.count < 4 { code.append(0x30) }
        return String(decoding: code, as: UTF8.self)
    }

    private static let (vowel, silent) = (UInt8(0x30), UInt8(0x2D))
    private static let digits = Array("01230120022455012623010202".utf8).enumerated().map { index, digit in
        index == 7 || index == 22 ? silent : digit
    }
}
