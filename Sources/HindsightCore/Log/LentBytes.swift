import FoundationEssentials

// The ways in which an engine makes these values out of rows that it scans. They are the generic ones of the public interface once more for
// one type: a generic initialiser that is called from another module is looked up at run time, four times for each event of a replay.

extension EventDigest {
    /// - Parameter bytes: Thirty-two of them; anything else is no digest.
    package init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        self = .genesis
        Swift.withUnsafeMutableBytes(of: &self) { $0.copyMemory(from: bytes) }
    }
}

extension Salt {
    /// - Parameter bytes: Sixteen of them; anything else is no salt.
    package init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        var words = FixedWords(
            first: bytes.loadUnaligned(as: UInt64.self), second: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        self.init(using: &words)
    }

    /// Hands out two words, which is all that a salt asks for.
    private struct FixedWords: RandomNumberGenerator {
        let first: UInt64
        let second: UInt64
        var isFirst = true

        init(first: UInt64, second: UInt64) { (self.first, self.second) = (first, second) }

        mutating func next() -> UInt64 {
            defer { isFirst = false }
            return isFirst ? first : second
        }
    }
}

extension EventID {
    /// - Parameter bytes: Exactly sixteen.
    package init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        var raw: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        Swift.withUnsafeMutableBytes(of: &raw) { $0.copyMemory(from: bytes) }
        self.init(UUID(uuid: raw))
    }
}
