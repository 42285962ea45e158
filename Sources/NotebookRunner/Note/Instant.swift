import Glibc

/// A moment of the wall clock, written in the three ways that the runner's readers expect.
struct Instant: Sendable, Codable, Equatable {
    /// Microseconds since 1970-01-01 UTC.
    let microseconds: Int64

    static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    init(from decoder: any Decoder) throws {
        microseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }

    /// RFC 3339 in UTC with microseconds, as the journal has it.
    var rfc3339: String {
        let fraction = String(microseconds % 1_000_000)
        return format("%Y-%m-%dT%H:%M:%S", in: gmtime_r) + "." + String(repeating: "0", count: 6 - fraction.count) + fraction + "Z"
    }

    /// Java's `Date.toString()` in the runner's own zone, as a status has it: `Sat Nov 21 10:17:51 UTC 2026`.
    var javaDate: String { format("%a %b %d %H:%M:%S %Z %Y", in: localtime_r) }

    /// Gson's default date, as a paragraph has it: `Nov 21, 2026, 10:17:51 AM`; Java 8 has no comma after the year.
    func gsonDate(afterYear separator: String) -> String {
        let parts = format("%b %d %Y %I %M %S %p", in: localtime_r).split(separator: " ")
        func unpadded(_ part: Substring) -> Substring { part.hasPrefix("0") ? part.dropFirst() : part }
        return "\(parts[0]) \(unpadded(parts[1])), \(parts[2])\(separator)\(unpadded(parts[3])):\(parts[4]):\(parts[5]) \(parts[6])"
    }

    private typealias Breakdown = (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> UnsafeMutablePointer<tm>?

    private func format(_ pattern: String, in breakdown: Breakdown) -> String {
        var seconds = time_t(microseconds / 1_000_000)
        var fields = tm()
        precondition(breakdown(&seconds, &fields) != nil, "the year of the clock doesn't fit a calendar")
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            let length = strftime(buffer.baseAddress!, buffer.count, pattern, &fields)
            return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
