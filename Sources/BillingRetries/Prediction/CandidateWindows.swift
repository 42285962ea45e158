import HindsightCore

/// The hours in which an invoice may be tried: each one of the horizon, and every third one from there to the deadline.
struct CandidateWindows {
    /// In the order of time, those of the horizon first; behind them the rule's, if it is none of these.
    let hours: [ChargeHour]
    /// So many of the first lie in the horizon.
    let rankedCount: Int
    /// Whether a plan may use the hour.
    let isOpen: [Bool]
    /// Where the rule's window stands.
    let rule: Int?

    init(_ question: WindowQuestion, in zone: CustomerZone) {
        // A first charge may go out now; a try that follows a decline is later than it.
        let first = (question.attempts.isEmpty ? question.now : question.now.advanced(by: .seconds(1))).roundedUpToHour
        let start = max(first, question.opensAt.roundedUpToHour)
        let clock = WallClock(zone, from: start, through: max(start, question.deadline))
        let horizon = first.advanced(by: .hours(question.horizonHours))
        let end = question.deadline.microsecondsSince1970
        var hours: [ChargeHour] = []
        var (ranked, number) = (0, 0)
        var instant = start
        while instant.microsecondsSince1970 <= end {
            let isRanked = instant < horizon
            if isRanked || number % 3 == 0 {
                let wall = clock.hour(at: instant)
                if (question.hours.from..<question.hours.until).contains(wall.hour) {
                    hours.append(ChargeHour(instant, wall))
                    if isRanked { ranked += 1 }
                }
            }
            number += 1
            instant = instant.advanced(by: .hours(1))
        }
        let pace = RetryPace(question.attempts)
        var isOpen = hours.map { pace.allows($0.at) }
        var rule: Int?
        if let ruleAt = question.ruleAt, ruleAt >= question.now {
            rule = hours.firstIndex { $0.at == ruleAt }
            if rule == nil {
                rule = hours.count
                hours.append(ChargeHour(ruleAt, WallHour(ruleAt, in: zone)))
                isOpen.append(false)
            }
        }
        self.hours = hours
        self.isOpen = isOpen
        self.rule = rule
        rankedCount = ranked
    }
}

/// How soon after a decline another try makes sense.
struct RetryPace {
    private let attempts: [ChargeObservation]
    private let start: Timestamp?

    /// Money doesn't come within half a day of its lack, and issuers answer a hurry by refusing.
    private static let (hoursAfterShort, hoursAfterOthers) = (12, 3)
    private static let mostInDay = 2

    init(_ attempts: [ChargeObservation]) {
        self.attempts = attempts
        start = attempts.last.map {
            $0.at.advanced(by: .hours(FundsSign(code: $0.code) == .short ? Self.hoursAfterShort : Self.hoursAfterOthers))
        }
    }

    func allows(_ instant: Timestamp) -> Bool {
        if let start, instant < start { return false }
        return attempts.count { instant < $0.at.advanced(by: .hours(24)) } < Self.mostInDay
    }
}
