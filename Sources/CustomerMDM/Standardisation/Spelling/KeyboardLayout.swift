/// The keys of a Russian keyboard (ЙЦУКЕН) under those of an American one (QWERTY).
enum KeyboardLayout {
    private static let american = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>"
    private static let russian = "ёйцукенгшщзхъфывапролджэячсмитьбюЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ"
    private static let russianByAmerican = Dictionary(uniqueKeysWithValues: zip(american.utf16, russian.utf16))
    private static let americanByRussian = Dictionary(uniqueKeysWithValues: zip(russian.utf16, american.utf16))

    /// What Latin keys give on the Russian layout; `nil` where a key gives no letter.
    static func russian(_ units: ArraySlice<UInt16>) -> [UInt16]? {
        var result: [UInt16] = []
        result.reserveCapacity(units.count)
        for unit in units {
            guard let letter = unit == 0x2D ? unit : russianByAmerican[unit] else { return nil }
            result.append(letter)
        }
        return result
    }

    /// What Russian keys give on the American layout; other signs stay.
    static func american(_ units: [UInt16]) -> [UInt16] { units.map { americanByRussian[$0] ?? $0 } }

    /// Whether a sign inside a Latin word is a letter on the Russian layout, which speaks for it.
    static func isLetterOnlyInRussian(_ unit: UInt16) -> Bool {
        Letter.script(unit) == .none && unit != 0x2D && unit != 0x27 && russianByAmerican[unit] != nil
    }
}
