import HindsightCore

/// Digests of files that plays and ingests are known by.
enum ContentDigest {
    /// Sixteen hexadecimal digits, enough to tell a handful of files apart.
    static func hex(_ bytes: [UInt8]) -> String {
        let digest = EventDigest.commitment(salt: [], data: JSONText(trusted: bytes)).prefix(8)
        return digest.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
