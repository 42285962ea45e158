// What checked strings and numbers stand for.

extension JSONString {
    /// The characters, escapes resolved.
    ///
    /// - Parameter bytes: The document in which the string was found.
    func text(in bytes: UnsafeRawBufferPointer) -> String {
        let inside = UnsafeRawBufferPointer(rebasing: bytes[range])
        guard hasEscapes else { return String(decoding: inside, as: UTF8.self) }
        // No escape is shorter than the UTF-8 of its character.
        return String(unsafeUninitializedCapacity: inside.count) { JSONString.unescape(inside, into: $0) }
    }

    /// Whether the characters are those of `name`, however they are spelled.
    func spells(_ name: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer) -> Bool {
        guard hasEscapes else { return range.count == name.count && bytes.holds(name, at: range.lowerBound) }
        return text(in: bytes).utf8.elementsEqual(name)
    }

    private static func unescape(_ inside: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var index = 0
        var written = 0
        func append(_ byte: UInt8) {
            output[written] = byte
            written += 1
        }
        func unit(at start: Int) -> UInt32 {
            inside[start..<start + 4].reduce(0) { $0 << 4 | UInt32($1.hexadecimalValue ?? 0) }
        }
        while index < inside.count {
            guard inside[index] == UInt8(ascii: "\\") else {
                append(inside[index])
                index += 1
                continue
            }
            let letter = inside[index + 1]
            index += 2
            switch letter {
            case UInt8(ascii: "b"): append(0x08)
            case UInt8(ascii: "f"): append(0x0c)
            case UInt8(ascii: "n"): append(0x0a)
            case UInt8(ascii: "r"): append(0x0d)
            case UInt8(ascii: "t"): append(0x09)
            case UInt8(ascii: "u"):
                var scalar = unit(at: index)
                index += 4
                if (0xd800...0xdbff).contains(scalar) {
                    scalar = 0x10000 + (scalar - 0xd800) << 10 + (unit(at: index + 2) - 0xdc00)
                    index += 6
                }
                if let character = Unicode.Scalar(scalar) { UTF8.encode(character)?.forEach(append) }
            default: append(letter)
            }
        }
        return written
    }
}

extension JSONNumber {
    /// The number as a whole one: exact, so `1.0` and `1e2` are whole and `1.0000000000000000001` isn't. `nil` if it isn't, or doesn't fit.
    func integer<Number: FixedWidthInteger>(in bytes: UnsafeRawBufferPointer) -> Number? {
        // Eighteen digits and a sign never overflow.
        guard isPlain, range.count <= 18 else { return Decimal(self, in: bytes).integer(in: bytes) }
        let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
        var magnitude: Int64 = 0
        for index in (isNegative ? range.lowerBound + 1 : range.lowerBound)..<range.upperBound {
            magnitude = magnitude &* 10 &+ Int64(bytes[index] &- 0x30)
        }
        return Number(exactly: isNegative ? -magnitude : magnitude)
    }

    /// The nearest floating-point number; `nil` if it is too large for a finite one.
    func double(in bytes: UnsafeRawBufferPointer) -> Double? {
        if let short = Decimal(self, in: bytes).shortDouble(in: bytes) { return short }
        return Double(String(decoding: bytes[range], as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
    }

    /// Whole where it is; one too large for a number of ours as its spelling, which is what can be told of it.
    func value(in bytes: UnsafeRawBufferPointer) -> JSONValue {
        if let whole: Int64 = integer(in: bytes) { return .integer(whole) }
        if let number = double(in: bytes) { return .number(number) }
        return .string(String(decoding: bytes[range], as: UTF8.self))
    }

    /// As ``double(in:)``; rounded once, and not by way of a `Double`.
    func float(in bytes: UnsafeRawBufferPointer) -> Float? {
        Float(String(decoding: bytes[range], as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
    }

    /// The parts of a number: the value is its digits, without the point, times ten to the power of `exponent`.
    private struct Decimal {
        let isNegative: Bool
        /// Where digits stand, and perhaps a point between them.
        let digits: Range<Int>
        let digitCount: Int
        let exponent: Int

        init(_ number: JSONNumber, in bytes: UnsafeRawBufferPointer) {
            isNegative = bytes[number.range.lowerBound] == UInt8(ascii: "-")
            var index = isNegative ? number.range.lowerBound + 1 : number.range.lowerBound
            let start = index
            var count = 0
            var pointAfter: Int?
            while index < number.range.upperBound {
                if bytes[index].isDigit { count += 1 } else if bytes[index] == UInt8(ascii: ".") { pointAfter = count } else { break }
                index += 1
            }
            digits = start..<index
            digitCount = count
            exponent = Self.exponent(in: bytes, from: index, to: number.range.upperBound) - (pointAfter.map { count - $0 } ?? 0)
        }

        /// Beyond a thousand million, all exponents are alike: the digits of a document in memory don't make up for them.
        private static func exponent(in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
            var magnitude = 0
            var isNegative = false
            for index in start..<end {
                if bytes[index] == UInt8(ascii: "-") { isNegative = true }
                if bytes[index].isDigit { magnitude = min(magnitude * 10 + Int(bytes[index] - 0x30), 1 << 40) }
            }
            return isNegative ? -magnitude : magnitude
        }

        func integer<Number: FixedWidthInteger>(in bytes: UnsafeRawBufferPointer) -> Number? {
            var value: Number = 0
            var remaining = digitCount + min(exponent, 0)
            for index in digits where bytes[index].isDigit {
                let digit = bytes[index] - 0x30
                if remaining > 0 {
                    guard let next = Self.appending(digit, to: value, isNegative) else { return nil }
                    value = next
                } else if digit != 0 {
                    return nil
                }
                remaining -= 1
            }
            guard value != 0, exponent > 0 else { return value }
            for _ in 0..<exponent {
                guard let next = Self.appending(0, to: value, isNegative) else { return nil }
                value = next
            }
            return value
        }

        /// Counts downwards from zero where the number is negative, so that the smallest one fits.
        private static func appending<Number: FixedWidthInteger>(_ digit: UInt8, to value: Number, _ isNegative: Bool) -> Number? {
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            let (sum, overflows) =
                isNegative
                ? shifted.subtractingReportingOverflow(Number(digit)) : shifted.addingReportingOverflow(Number(digit))
            return overflows ? nil : sum
        }

        /// Up to 15 digits and powers of ten up to 22 are exact in a `Double`, so that one operation rounds rightly (Clinger, "How to read
        /// floating point numbers accurately", 1990). `nil` for others.
        func shortDouble(in bytes: UnsafeRawBufferPointer) -> Double? {
            guard digitCount <= 15, (-22...22).contains(exponent) else { return nil }
            var mantissa: Int64 = 0
            for index in digits where bytes[index].isDigit { mantissa = mantissa * 10 + Int64(bytes[index] - 0x30) }
            let magnitude = exponent < 0 ? Double(mantissa) / Self.powers[-exponent] : Double(mantissa) * Self.powers[exponent]
            return isNegative ? -magnitude : magnitude
        }

        private static let powers: [Double] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
        ]
    }
}
