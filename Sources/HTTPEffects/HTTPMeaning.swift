import HindsightCore

/// What a peer's answers mean, as ``HTTPEffectPerformer`` promises.
struct HTTPMeaning {
    let peer: String
    let success: HTTPEffectPerformer.Settings.Success

    /// What a peer asks for beyond this is cut to it: no date overflows, and no slip of a peer's stops a saga for ever.
    private static let longestRetryAfter = Duration.days(7)

    func ofAnswer(_ answer: HTTPAnswer, now: Timestamp) -> EffectOutcome {
        let status = "\(peer) answered with status \(answer.status)"
        switch answer.status {
        case 200...299:
            if success == .byStatus { return .succeeded([:]) }
            guard let body = answer.body else { return .indeterminate(reason: "\(status) and a body that can't be read") }
            return .succeeded(body)
        case 400, 403, 404, 405, 410, 422: return .rejected(reason: status, result: answer.body ?? [:])
        case 429: return .notDone(reason: status, retryAfter: Self.retryAfter(of: answer, now: now))
        case 503:
            guard let wait = Self.retryAfter(of: answer, now: now) else { return .indeterminate(reason: status) }
            return .notDone(reason: status, retryAfter: wait)
        default: return .indeterminate(reason: status)
        }
    }

    func ofNoAnswer(_ failure: NoAnswer) -> EffectOutcome {
        let sentence = failure.sentence(about: peer)
        return switch failure {
        case .notConnected: .notDone(reason: sentence)
        case .timeOver, .lost: .indeterminate(reason: sentence)
        }
    }

    func ofLookUp(_ answer: HTTPAnswer) -> LookUp {
        let status = "\(peer) answered the look-up with status \(answer.status)"
        switch answer.status {
        case 200...299:
            guard let body = answer.body else { return .unknown(reason: "\(status) and a body that can't be read") }
            return .settled(.succeeded(body))
        case 404: return .absent
        default: return .unknown(reason: status)
        }
    }

    /// `Retry-After` in either form, seconds or an HTTP date (RFC 9110, 10.2.3); `nil` for anything else.
    ///
    /// A date counts from the answer's own `Date`, if it has one, so that two clocks need not agree.
    static func retryAfter(of answer: HTTPAnswer, now: Timestamp) -> Duration? {
        guard let text = answer.retryAfter, !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return min(Int64(text).map { Duration.seconds($0) } ?? longestRetryAfter, longestRetryAfter)
        }
        guard let then = httpDate(text) else { return nil }
        return min(max(then.since(answer.date.flatMap(httpDate) ?? now), .zero), longestRetryAfter)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The one form that senders may still use: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
    private static func httpDate(_ text: String) -> Timestamp? {
        let form = /[A-Z][a-z]{2}, (?<day>[0-9]{2}) (?<month>[A-Z][a-z]{2}) (?<year>[0-9]{4}) (?<time>[0-9]{2}:[0-9]{2}:[0-9]{2}) GMT/
        guard let date = text.wholeMatch(of: form), let month = months.firstIndex(of: String(date.month)) else { return nil }
        return Timestamp("\(date.year)-\(month < 9 ? "0" : "")\(month + 1)-\(date.day)T\(date.time)Z")
    }
}
