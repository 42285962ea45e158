import HindsightCore

/// Instants as mail writes them: `Sat, 28 Nov 2026 04:44:59 +0000`.
enum MailDate {
    /// 1970-01-01 was a Thursday.
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func text(of instant: Timestamp) -> String {
        let day = instant.daysSince1970
        let date = CivilDate(daysSince1970: day)
        let second = instant.secondsSince1970 - day * 86_400
        let weekday = days[Int((day % 7 + 7) % 7)]
        let time = [second / 3_600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        return "\(weekday), \(date.day) \(months[Int(date.month) - 1]) \(date.year) \(time) +0000"
    }
}
