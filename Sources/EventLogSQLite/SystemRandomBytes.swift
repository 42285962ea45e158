import Glibc

/// Fills the buffer from the system's generator of cryptographic randomness.
func systemRandomBytes(_ buffer: UnsafeMutableRawBufferPointer) {
    /// The most that one call gives: getentropy(3).
    let most = 256
    for start in stride(from: 0, to: buffer.count, by: most) {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<min(start + most, buffer.count)])
        precondition(getentropy(part.baseAddress.unsafelyUnwrapped, part.count) == 0, "the system gives no random bytes")
    }
}
