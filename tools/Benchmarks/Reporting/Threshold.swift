import Foundation

/// What a figure should reach: data, in thresholds.json.
struct Threshold: Codable {
    enum Quantity: String, Codable {
        /// Events a second.
        case rate
        /// Seconds an event.
        case cost
        /// Microseconds of a call.
        case p50, p99, p999
        /// The most memory of the process, in millions of bytes.
        case peakMegabytes

        /// `nil` where the sample does not tell.
        func value(of sample: Sample) -> Double? {
            switch self {
            case .rate: Double(sample.events) / sample.seconds
            case .cost: sample.seconds / Double(sample.events)
            case .p50: sample.latency?.p50
            case .p99: sample.latency?.p99
            case .p999: sample.latency?.p999
            case .peakMegabytes: sample.peakBytes.map { Double($0) / 1e6 }
            }
        }
    }

    /// In the words of the issue that set it.
    let text: String
    let quantity: Quantity
    /// Contender and name of a sample: `ours/append-100`.
    let measured: String
    /// What it is divided by, in the same round; without it, the quantity itself counts.
    let against: String?
    let minimum: Double?
    let maximum: Double?

    static func all() throws -> [Threshold] {
        try JSONDecoder().decode([Threshold].self, from: Data(PackageResources.thresholds_json))
    }
}
