/// What a code unit is, and how it is written in lower case without accents.
enum Letter {
    enum Script: UInt8 {
        case none, latin, cyrillic, digit, other
    }

    static func script(_ unit: UInt16) -> Script { unit < table.count ? table[Int(unit)].script : rare(unit).script }

    /// Lower case; ё as е, and letters of related alphabets and with accents as those that a clerk would type for them.
    static func folded(_ unit: UInt16) -> UInt16 { unit < table.count ? table[Int(unit)].folded : rare(unit).folded }

    /// Whether folding took more than case and ё away.
    static func isForeign(_ unit: UInt16) -> Bool { unit < table.count && table[Int(unit)].isForeign }

    static func isDigit(_ unit: UInt16) -> Bool { (0x30...0x39).contains(unit) }

    private struct Entry {
        var script = Script.none
        var folded: UInt16
        var isForeign = false
    }

    private static let table: [Entry] = (0..<0x530).map { value in entry(UInt16(value)) }

    private static func entry(_ unit: UInt16) -> Entry {
        let rare = rare(unit)
        switch unit {
        case 0x30...0x39:
            return Entry(script: .digit, folded: unit)
        case 0x41...0x5A, 0x61...0x7A:
            return Entry(script: .latin, folded: unit | 0x20)
        case 0xC0..<0x250 where rare.script != .none:
            let base = Normalization.normalized([rare.folded], isComposed: false)[0]
            let plain = latin[base] ?? base
            return Entry(script: .latin, folded: plain, isForeign: true)
        case 0x400..<0x530 where rare.script != .none:
            let plain = cyrillic[rare.folded] ?? rare.folded
            return Entry(script: .cyrillic, folded: plain, isForeign: plain != rare.folded && rare.folded != 0x451)
        default:
            return rare
        }
    }

    private static func rare(_ unit: UInt16) -> Entry {
        guard let scalar = Unicode.Scalar(unit), scalar.properties.isAlphabetic else { return Entry(folded: unit) }
        let lower = scalar.properties.lowercaseMapping.utf16
        return Entry(script: .other, folded: lower.count == 1 ? lower.first ?? unit : unit)
    }

    private static func pairs(_ from: String, _ to: String) -> [UInt16: UInt16] {
        Dictionary(uniqueKeysWithValues: zip(from.utf16, to.utf16))
    }

    /// Letters without a decomposition.
    private static let latin = pairs("øłđðþßæœıħ", "olddtsaoih")
    /// Ukrainian, Belarusian, Kazakh, Tatar and their neighbours, as Russian clerks write them.
    private static let cyrillic = pairs("ёіїєґўқәөұүһңғҳҷӯӣӊҫ", "еииегукаоуухнгхжуинс")
}
