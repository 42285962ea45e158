/// Letters of the other script, and digits, that look like the right ones in print.
///
/// After Unicode's table of confusables (UTS #39, read 2022), as far as it concerns the letters of Russian names. Capital letters look like
/// more than small ones: H is like Н, h like nothing.
enum LookAlikes {
    private static func pairs(_ from: String, _ to: String) -> [UInt16: UInt16] {
        Dictionary(uniqueKeysWithValues: zip(from.utf16, to.utf16))
    }

    private static let cyrillicByLatin = pairs("ABCEHIKMOPTXYaceikopxy", "АВСЕНІКМОРТХУасеікорху")
    private static let latinByCyrillic = pairs("АВСЕНІКМОРТХУасеіорху", "ABCEHIKMOPTXYaceiopxy")
    private static let letterByDigit = pairs("03", "оз")

    /// `nil` where some letter looks like no Cyrillic one.
    static func cyrillic(_ units: ArraySlice<UInt16>) -> [UInt16]? { replaced(units, .latin, by: cyrillicByLatin) }

    /// `nil` where some letter looks like no Latin one.
    static func latin(_ units: ArraySlice<UInt16>) -> [UInt16]? { replaced(units, .cyrillic, by: latinByCyrillic) }

    /// Cyrillic letters that digits stand for inside a word; other digits stay.
    static func lettersForDigits(_ units: ArraySlice<UInt16>) -> [UInt16] { units.map { letterByDigit[$0] ?? $0 } }

    private static func replaced(_ units: ArraySlice<UInt16>, _ script: Letter.Script, by letters: [UInt16: UInt16]) -> [UInt16]? {
        var result: [UInt16] = []
        result.reserveCapacity(units.count)
        for unit in units {
            if Letter.script(unit) != script {
                result.append(unit)
            } else if let letter = letters[unit] {
                result.append(letter)
            } else {
                return nil
            }
        }
        return result
    }
}
