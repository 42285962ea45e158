/// Digits out of a text.
enum Digits {
    /// - Returns: 0…9 each; letters between digits that look like one are read as it.
    static func read(_ units: [UInt16], _ flags: inout StandardisationFlags) -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity(units.count)
        for index in units.indices {
            if Letter.isDigit(units[index]) {
                digits.append(UInt8(truncatingIfNeeded: units[index] - 0x30))
            } else if let alike = alikes[units[index]], index > 0, Letter.isDigit(units[index - 1]),
                index + 1 == units.count || Letter.script(units[index + 1]) == .digit || units[index + 1] == 0x20
            {
                digits.append(alike)
                flags.insert(.lookAlikes)
            }
        }
        return digits
    }

    private static let alikes: [UInt16: UInt8] = [0x4F: 0, 0x6F: 0, 0x41E: 0, 0x43E: 0, 0x417: 3, 0x437: 3, 0x6C: 1, 0x49: 1]

    static func text(_ digits: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: digits.count) { bytes in
            for i in digits.indices { bytes[i] = 0x30 + digits[i] }
            return digits.count
        }
    }

    /// Zeros that a spreadsheet dropped are put back where the checksum agrees.
    static func padded(_ digits: [UInt8], to count: Int, isRight: ([UInt8]) -> Bool) -> [UInt8] {
        guard digits.count < count, digits.count >= count - 2 else { return digits }
        let padded = [UInt8](repeating: 0, count: count - digits.count) + digits
        return isRight(padded) ? padded : digits
    }

    /// Whether somebody filled a field: one digit over and over, or all in a row.
    static func areTyped(_ digits: some Collection<UInt8>) -> Bool {
        var (isSame, isRising, isFalling) = (true, true, true)
        for (one, next) in zip(digits, digits.dropFirst()) {
            isSame = isSame && one == next
            isRising = isRising && (one + 1) % 10 == next
            isFalling = isFalling && one == (next + 1) % 10
        }
        return isSame || isRising || isFalling
    }
}
