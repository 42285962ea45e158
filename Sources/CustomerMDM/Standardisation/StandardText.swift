/// A text in standard spelling, with a digest that is the same in every process: to compare two costs one comparison of numbers.
package struct StandardText: Sendable {
    package let text: String
    /// Of the UTF-8 bytes: FNV-1a, mixed so that every bit counts.
    package let digest: UInt64

    package init(_ text: String) {
        self.text = text
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
        digest = (digest ^ digest >> 32) &* 0xd6e8_feb8_6659_fd93
        self.digest = digest ^ digest >> 32
    }
}

extension StandardText: Hashable, Comparable, CustomStringConvertible {
    package static func == (left: StandardText, right: StandardText) -> Bool {
        left.digest == right.digest && left.text == right.text
    }

    package static func < (left: StandardText, right: StandardText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(digest) }

    package var description: String { text }
}
