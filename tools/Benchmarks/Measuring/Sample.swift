import Foundation
import Histogram

/// What one measurement gave. Also a line of JSON, by which the processes that measure hand it over.
struct Sample: Codable, Sendable {
    /// `nil` from a process that measures one thing only.
    var name: String?
    /// `nil` from a process that measures one contender only.
    var contender: Contender?
    var events: Int
    var seconds: Double
    var latency: Latency?
    /// The most memory that the process ever had resident.
    var peakBytes: Int?

    init(events: Int, seconds: Double, latency: Latency? = nil, peakBytes: Int? = nil) {
        self.events = events
        self.seconds = seconds
        self.latency = latency
        self.peakBytes = peakBytes
    }

    /// Of calls one after the other, whose times alone count.
    ///
    /// - Parameter calls: Nanoseconds of each.
    init(name: String, events: Int, calls: [UInt64]) {
        self.init(events: events, seconds: Double(calls.reduce(0, +)) / 1e9, latency: Latency(nanoseconds: calls))
        self.name = name
    }

    func line() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

/// How long single calls took, in microseconds, from a high dynamic range histogram of three digits.
struct Latency: Codable, Sendable {
    var p50: Double
    var p99: Double
    var p999: Double

    /// - Parameter nanoseconds: One value for each call.
    init(nanoseconds: [UInt64]) {
        var histogram = Histogram<UInt64>(highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
        for value in nanoseconds { histogram.record(min(value, Self.longest)) }
        func microseconds(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1_000 }
        p50 = microseconds(50)
        p99 = microseconds(99)
        p999 = microseconds(99.9)
    }

    /// Ten minutes: what takes longer counts as that.
    private static let longest: UInt64 = 600_000_000_000
}
