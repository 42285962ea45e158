/// Faults by chance: a seed decides for each operation which of its requests are hit, and by what.
///
/// The nth request of an operation meets the same fate in every run with the same seed, however requests of other operations mix.
package struct Accidents: Sendable {
    let seed: Int64
    /// How likely each operation's requests are hit, 0…1.
    let probabilities: [Operation: Double]
    let kinds: [Faults.Kind]
    let milliseconds: Int
    private var counts: [Operation: UInt64] = [:]

    package init(seed: Int64, probabilities: [Operation: Double], kinds: [Faults.Kind], milliseconds: Int) {
        self.seed = seed
        self.probabilities = probabilities
        self.kinds = kinds
        self.milliseconds = milliseconds
    }

    package mutating func next(at operation: Operation) -> Faults.Fault? {
        guard let probability = probabilities[operation] else { return nil }
        counts[operation, default: 0] += 1
        var state = UInt64(bitPattern: seed)
        for byte in operation.rawValue.utf8 { state = Self.mixed(state ^ UInt64(byte)) }
        state = Self.mixed(state &+ counts[operation, default: 0])
        guard Double(state >> 11) / 0x1p53 < probability else { return nil }
        let fitting = kinds.filter { $0.fits(operation) }
        guard !fitting.isEmpty else { return nil }
        return Faults.Fault(kind: fitting[Int(Self.mixed(state) % UInt64(fitting.count))], milliseconds: milliseconds)
    }

    var json: JSON {
        let probabilities = probabilities.map { ($0.rawValue, JSON.number($1)) }
        return [
            "seed": .integer(seed), "probabilities": .object(Dictionary(uniqueKeysWithValues: probabilities)),
            "faults": .array(kinds.map { .string($0.rawValue) }), "milliseconds": .integer(Int64(milliseconds)),
        ]
    }

    /// SplitMix64's output function.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
