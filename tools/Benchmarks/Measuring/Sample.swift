import Foundation
import Histogram

/// What one measurement gave. Also a line of JSON, by which the processes that measure hand it over.
struct Sample: Codable, Sendable {
    /// `nil` from a process that measures one thing only.
    var name: String?
    /// `nil` from a process that measures one contender only.
    var contender: Contender?
    /// Zero where only memory was looked at.
    var events: Int
    var seconds: Double
    var latency: Latency?
    /// How many calls the events came in, where that is of interest by itself.
    var calls: Int?
    /// How often the disk was flushed, counted by the system calls of another run.
    var flushes: Int?
    /// The most memory that the process ever had resident.
    var peakBytes: Int?
    /// The memory that the process had resident at the end of the measurement.
    var residentBytes: Int?
    /// Of the pairs that were taken for one person, the share that is one; of the pairs that are one, the share that was taken for it; and
    /// their harmonic mean.
    var precision: Double?
    var recall: Double?
    var f1: Double?

    init(
        events: Int, seconds: Double, latency: Latency? = nil, calls: Int? = nil, peakBytes: Int? = nil, residentBytes: Int? = nil
    ) {
        self.events = events
        self.seconds = seconds
        self.latency = latency
        self.calls = calls
        self.peakBytes = peakBytes
        self.residentBytes = residentBytes
    }

    /// Of memory alone.
    init(residentBytes: Int) { self.init(events: 0, seconds: 0, residentBytes: residentBytes) }

    /// Of calls one after the other, whose times alone count.
    ///
    /// - Parameter calls: Nanoseconds of each.
    init(name: String, events: Int, calls: [UInt64]) {
        self.init(events: events, seconds: Double(calls.reduce(0, +)) / 1e9, latency: Latency(nanoseconds: calls))
        self.name = name
    }

    /// The same under a name of its own.
    func named(_ name: String) -> Sample {
        var sample = self
        sample.name = name
        return sample
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
    /// The longest; `nil` from those who do not tell.
    var max: Double?
}

extension Latency {
    /// - Parameter nanoseconds: One value for each call.
    init(nanoseconds: [UInt64]) {
        var histogram = Histogram<UInt64>(highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
        for value in nanoseconds { histogram.record(min(value, Self.longest)) }
        func microseconds(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1_000 }
        self.init(p50: microseconds(50), p99: microseconds(99), p999: microseconds(99.9), max: microseconds(100))
    }

    /// Ten minutes: what takes longer counts as that.
    private static let longest: UInt64 = 600_000_000_000
}
