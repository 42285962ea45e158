import Foundation

/// What a figure should reach: data, in thresholds.json and thresholds-http.json.
struct Threshold: Codable {
    enum Quantity: String, Codable {
        /// Events a second.
        case rate
        /// Calls a second.
        case callRate
        /// Calls for each event.
        case callsEach
        /// Flushes for each event.
        case flushesEach
        /// Seconds an event.
        case cost
        /// Microseconds of a call.
        case p50, p99, p999, max
        /// The most memory of the process, in millions of bytes.
        case peakMegabytes
        /// The memory of the process at the end, in millions of bytes.
        case residentMegabytes
        /// How well pairs were told apart, from 0 to 1.
        case precision, recall, f1

        /// `nil` where the sample does not tell.
        func value(of sample: Sample) -> Double? {
            switch self {
            case .rate: sample.events > 0 ? Double(sample.events) / sample.seconds : nil
            case .callRate: sample.calls.map { Double($0) / sample.seconds }
            case .callsEach: sample.calls.map { Double($0) / Double(sample.events) }
            case .flushesEach: sample.flushes.map { Double($0) / Double(sample.events) }
            case .cost: sample.events > 0 ? sample.seconds / Double(sample.events) : nil
            case .p50: sample.latency?.p50
            case .p99: sample.latency?.p99
            case .p999: sample.latency?.p999
            case .max: sample.latency?.max
            case .peakMegabytes: sample.peakBytes.map { Double($0) / 1e6 }
            case .residentMegabytes: sample.residentBytes.map { Double($0) / 1e6 }
            case .precision: sample.precision
            case .recall: sample.recall
            case .f1: sample.f1
            }
        }
    }

    /// In the words of the issue that set it.
    let text: String
    let quantity: Quantity
    /// Contender and name of a sample: `ours/append-100`. With a `*` at its end, the best of the samples whose names begin so.
    let measured: String
    /// What it is divided by, in the same round; without it, the quantity itself counts.
    let against: String?
    let minimum: Double?
    let maximum: Double?

    /// - Parameter json: One of the files.
    static func all(in json: [UInt8]) throws -> [Threshold] {
        try JSONDecoder().decode([Threshold].self, from: Data(json))
    }

    /// The quantity of the samples with this name in a round, or the best of them: the greatest, unless a maximum is wanted.
    func value(of name: String, in round: RunRecord.Round) -> Double? {
        guard name.last == "*" else { return round.samples[name].flatMap(quantity.value(of:)) }
        let values = round.samples.filter { $0.key.hasPrefix(name.dropLast()) }.values.compactMap(quantity.value(of:))
        return maximum == nil ? values.max() : values.min()
    }
}
