/// An entry of the inverted index: a key of the profile with one value for each of its parts. Cards that may be one person share one.
///
/// Of the values it holds a digest, which keeps the index small and names out of it. Should two values ever have one digest, two cards more
/// are compared.
package struct BlockingKey: Sendable, Hashable, Comparable {
    /// Index of the profile's key.
    package let key: Int
    /// With the key's second value, for keys that too many cards share.
    package let isNarrowed: Bool
    let digest: UInt64

    package static func < (left: BlockingKey, right: BlockingKey) -> Bool {
        (left.key, left.isNarrowed ? 1 : 0, left.digest) < (right.key, right.isNarrowed ? 1 : 0, right.digest)
    }

    /// As the index of the read model has it.
    package func text(_ profile: Profile) -> String {
        let digits = String(digest, radix: 16)
        return profile.keys[key].name + (isNarrowed ? "+=" : "=") + String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension MatchCard {
    /// All entries under which this card is found, each once.
    package func blockingKeys(_ profile: Profile) -> [BlockingKey] {
        profile.keys.indices.flatMap { key in blockingKeys(key, profile) + narrowedKeys(key, profile) }
    }

    /// The entries of one key; none if a part of it has no value.
    package func blockingKeys(_ key: Int, _ profile: Profile) -> [BlockingKey] {
        digests(profile.keys[key].parts).map { BlockingKey(key: key, isNarrowed: false, digest: $0) }
    }

    /// The entries of one key with its second value.
    package func narrowedKeys(_ key: Int, _ profile: Profile) -> [BlockingKey] {
        guard let second = profile.keys[key].narrowedBy else { return [] }
        return digests(profile.keys[key].parts + [second]).map { BlockingKey(key: key, isNarrowed: true, digest: $0) }
    }

    /// All ways to take one form from each part.
    private func digests(_ parts: [[Int]]) -> [UInt64] {
        var found: [UInt64] = [0x9e37_79b9_7f4a_7c15]
        for part in parts {
            var forms: [UInt64] = []
            for attribute in part {
                for value in values[attribute] where value.form.isValid {
                    value.form.forEachKeyForm { if !forms.contains($0.digest) { forms.append($0.digest) } }
                }
            }
            if forms.isEmpty { return [] }
            found = found.flatMap { prefix in forms.map { Self.mixed(prefix, $0) } }
        }
        return found
    }

    private static func mixed(_ prefix: UInt64, _ digest: UInt64) -> UInt64 {
        let mixed = ((prefix << 7 | prefix >> 57) ^ digest) &* 0xd6e8_feb8_6659_fd93
        return mixed ^ mixed >> 32
    }
}
