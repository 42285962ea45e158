import Crypto

/// Chance that anyone can draw again: numbers from a seed and the names of the things they are drawn for.
///
/// Nothing else goes in, neither a clock nor the order of the requests, so two gateways with one seed answer alike however fast they run.
struct SeededDraw: Sendable {
    let seed: UInt64

    /// SHA-256 of seed, purpose and facts, each with its length before it, so that `a`,`bc` and `ab`,`c` draw apart.
    func digest(_ purpose: String, _ facts: [String]) -> SHA256.Digest {
        var hash = SHA256()
        for part in [String(seed), purpose] + facts {
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        return hash.finalize()
    }

    /// A number in 0…999, each as likely as another.
    func permille(_ purpose: String, _ facts: String...) -> Int {
        let number = digest(purpose, facts).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(number % 1000)
    }
}

extension Sequence<UInt8> {
    /// The bytes in lower-case hexadecimal digits.
    var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
