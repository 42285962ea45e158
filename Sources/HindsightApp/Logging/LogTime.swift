import Glibc

/// The machine's time in UTC, as log records have it.
enum LogTime {
    /// `2026-11-27T12:00:00.123456Z`, always with six decimals, so that lines sort as text.
    static func microseconds() -> String {
        let now = now()
        return "\(text(now.tv_sec)).\(padded(now.tv_nsec / 1_000, digits: 6))Z"
    }

    /// `2026-11-27T12:00:00Z`
    static func seconds() -> String { "\(text(now().tv_sec))Z" }

    private static func now() -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now
    }

    private static func text(_ seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = "\(padded(Int(parts.tm_year) + 1_900, digits: 4))-\(padded(Int(parts.tm_mon) + 1))-\(padded(Int(parts.tm_mday)))"
        return "\(date)T\(padded(Int(parts.tm_hour))):\(padded(Int(parts.tm_min))):\(padded(Int(parts.tm_sec)))"
    }

    private static func padded(_ number: Int, digits: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
