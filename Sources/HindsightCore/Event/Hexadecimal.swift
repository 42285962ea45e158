/// The lower-case digit of a number below 16.
func hexadecimalDigit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value }

extension Collection<UInt8> {
    /// The bytes in lower-case hexadecimal digits, two for each.
    package var hexadecimal: String {
        String(unsafeUninitializedCapacity: 2 * count) { buffer in
            var index = 0
            for byte in self {
                buffer[index] = hexadecimalDigit(byte >> 4)
                buffer[index + 1] = hexadecimalDigit(byte & 0xf)
                index += 2
            }
            return index
        }
    }
}

extension [UInt8] {
    /// The bytes that an even number of hexadecimal digits in either case spells; `nil` for anything else.
    package init?(hexadecimal: some StringProtocol) {
        let digits = hexadecimal.utf8.map(\.hexadecimalValue)
        guard digits.count.isMultiple(of: 2) else { return nil }
        self = []
        reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            append(high << 4 | low)
        }
    }
}
