/// A word as UTF-16 code units: the letters of every alphabet we read take one unit each.
struct Word: Hashable {
    var units: [UInt16]

    init(_ units: [UInt16] = []) { self.units = units }
    init(_ units: ArraySlice<UInt16>) { self.units = Array(units) }
    init(_ text: String) { units = Array(text.utf16) }

    static func == (left: Word, right: Word) -> Bool { left.units == right.units }

    func hash(into hasher: inout Hasher) { units.withUnsafeBytes { hasher.combine(bytes: $0) } }

    var isEmpty: Bool { units.isEmpty }
    var count: Int { units.count }

    func hasSuffix(_ suffix: Word) -> Bool {
        let (count, length) = (units.count, suffix.units.count)
        guard length <= count else { return false }
        for i in 0..<length where units[count - length + i] != suffix.units[i] { return false }
        return true
    }

    func dropping(_ count: Int) -> Word { Word(Array(units.dropLast(count))) }

    /// UTF-8 by hand, because words are made by the million.
    var text: String {
        String(unsafeUninitializedCapacity: 3 * units.count) { bytes in
            var count = 0
            for unit in units {
                switch unit {
                case ..<0x80:
                    bytes[count] = UInt8(truncatingIfNeeded: unit)
                    count += 1
                case ..<0x800:
                    bytes[count] = 0xC0 | UInt8(truncatingIfNeeded: unit >> 6)
                    bytes[count + 1] = 0x80 | UInt8(truncatingIfNeeded: unit & 0x3F)
                    count += 2
                default:
                    bytes[count] = 0xE0 | UInt8(truncatingIfNeeded: unit >> 12)
                    bytes[count + 1] = 0x80 | UInt8(truncatingIfNeeded: unit >> 6 & 0x3F)
                    bytes[count + 2] = 0x80 | UInt8(truncatingIfNeeded: unit & 0x3F)
                    count += 3
                }
            }
            return count
        }
    }
}

extension Word: ExpressibleByStringLiteral {
    init(stringLiteral text: String) { self.init(text) }
}
