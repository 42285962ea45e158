import CUnicodeNormalization

/// What somebody typed, as UTF-16 code units in Normalization Form C, with one kind each of space, dash and apostrophe.
struct TypedText {
    var units: [UInt16]

    init(_ text: String) {
        units = []
        units.reserveCapacity(text.utf8.count)
        var isDecomposed = false
        for scalar in text.unicodeScalars {
            let value = scalar.value
            if value < 0x80 {
                units.append(UInt16(truncatingIfNeeded: value < 0x20 ? 0x20 : value))
            } else if (0x400..<0x530).contains(value) {
                units.append(UInt16(truncatingIfNeeded: value))
            } else {
                isDecomposed = isDecomposed || (0x300..<0x370).contains(value)
                append(rare: value)
            }
        }
        if isDecomposed { units = Normalization.normalized(units, isComposed: true) }
    }

    private mutating func append(rare value: UInt32) {
        switch value {
        case 0xA0, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: units.append(0x20)
        // Soft hyphens and marks of no width.
        case 0xAD, 0x200B...0x200F, 0x2060, 0xFEFF: break
        case 0x2010...0x2015, 0x2212: units.append(0x2D)
        case 0x2018, 0x2019, 0x2BC, 0xB4: units.append(0x27)
        case 0x2116: units.append(0x23)
        // Letters, digits and signs of full width.
        case 0xFF01...0xFF5E: units.append(UInt16(truncatingIfNeeded: value - 0xFEE0))
        case 0xFFFF...: units.append(0x20)
        default: units.append(UInt16(truncatingIfNeeded: value))
        }
    }

    /// The parts between spaces.
    var chunks: [ArraySlice<UInt16>] { units.split(separator: 0x20) }
}

/// Unicode's normalization forms, by ICU.
enum Normalization {
    static func normalized(_ units: [UInt16], isComposed: Bool) -> [UInt16] {
        let capacity = 3 * units.count + 8
        let normalized = [UInt16](unsafeUninitializedCapacity: capacity) { buffer, count in
            let length = hindsight_unicode_normalize(units, Int32(units.count), isComposed, buffer.baseAddress, Int32(capacity))
            count = max(0, Int(length))
        }
        return normalized.isEmpty ? units : normalized
    }
}
