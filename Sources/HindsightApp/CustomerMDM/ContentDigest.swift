import AudienceJobs

/// Digests of files that plays and ingests are known by.
enum ContentDigest {
    /// Sixteen hexadecimal digits, enough to tell a handful of files apart.
    static func hex(_ bytes: [UInt8]) -> String { String(Digest.hexadecimal(ofBytes: bytes).prefix(16)) }
}
