import Glibc
import HindsightCore

/// Salts from the system's generator of cryptographic randomness, all at once: asking for each costs more than the hash it goes into.
func systemRandomSalts(_ count: Int) -> [Salt] {
    var words = [SIMD2<UInt64>](repeating: .zero, count: count)
    words.withUnsafeMutableBytes { buffer in
        /// The most that one call gives: getentropy(3).
        let most = 256
        for start in stride(from: 0, to: buffer.count, by: most) {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<min(start + most, buffer.count)])
            precondition(getentropy(part.baseAddress.unsafelyUnwrapped, part.count) == 0, "the system gives no random bytes")
        }
    }
    return words.map(Salt.init(words:))
}
