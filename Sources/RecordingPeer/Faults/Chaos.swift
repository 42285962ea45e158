import Crypto

/// Faults that are drawn from a seed.
///
/// Nothing goes into a draw but the seed, the effect and how often it came, so a run repeats whatever the order of its requests.
struct Chaos: Sendable {
    let seed: UInt64
    /// 0…1; 0 ends the chaos.
    let probability: Double
    let kinds: [Fault.Kind]
    /// How late what is late is at most.
    let milliseconds: Int

    func fault(for effect: EffectKey, arrival: Int) -> Fault? {
        guard Double(draw("whether", effect, arrival) % 1_000_000) < probability * 1_000_000 else { return nil }
        return Fault(
            kind: kinds[Int(draw("which", effect, arrival) % UInt64(kinds.count))],
            milliseconds: 1 + Int(draw("how late", effect, arrival) % UInt64(milliseconds)))
    }

    /// Each part goes in with its length before it, so that `a`, `bc` and `ab`, `c` draw apart.
    private func draw(_ purpose: String, _ effect: EffectKey, _ arrival: Int) -> UInt64 {
        var hash = SHA256()
        for part in [String(seed), purpose, effect.kind, effect.key, String(arrival)] {
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        return hash.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension Chaos: Codable {
    private enum CodingKeys: String, CodingKey { case seed, probability, kinds, ms }

    private static let longestMilliseconds = 60_000

    /// - Throws: `APIError.invalid` naming the first member that can't be taken.
    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        seed = try members.decode(UInt64.self, forKey: .seed)
        probability = try members.decode(Double.self, forKey: .probability)
        guard (0...1).contains(probability) else { throw APIError.invalid(field: "probability", "Has to be 0…1.") }
        let names = try members.decodeIfPresent([String].self, forKey: .kinds)
        kinds = try names?.map { try Fault.Kind.named($0, field: "kinds") } ?? Fault.Kind.allCases
        guard !kinds.isEmpty else { throw APIError.invalid(field: "kinds", "Name one kind of fault, or leave it out for all of them.") }
        milliseconds = try members.decodeIfPresent(Int.self, forKey: .ms) ?? 50
        guard (1...Self.longestMilliseconds).contains(milliseconds) else {
            throw APIError.invalid(field: "ms", "Has to be 1…\(Self.longestMilliseconds).")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(seed, forKey: .seed)
        try members.encode(probability, forKey: .probability)
        try members.encode(kinds, forKey: .kinds)
        try members.encode(milliseconds, forKey: .ms)
    }
}
