import HindsightCore

/// The columns by which trees tell whether an issuer approves a charge, given that money is there and the card lives.
package struct IssuerFeatures: Sendable {
    package static let schema = FeatureSchema(
        version: 1,
        names: [
            "hourOfDay", "weekday", "dayOfMonth", "daysToMonthEnd", "hoursSinceLastAttempt", "lastAnswer", "attempts", "refusals", "faults",
            "hoursSinceDue", "issuerRate", "issuerHourRate", "issuerWeekendRate", "issuerMonthEndRate", "issuer", "network", "funding",
            "plan", "amount", "ownRefusalRate",
        ])

    /// What stands in place of hours since the last attempt where there was none: longer than any recovery lasts.
    private static let hoursWithoutAttempt: Float = 720

    /// A charge that is thought of.
    struct Charge {
        let payer: PayerTraits
        /// Of the same invoice, oldest first.
        let attempts: [ChargeObservation]
        let dueAt: Timestamp
        /// All of the payer's earlier answers.
        let tally: IssuerTally
    }

    let encodings: IssuerEncodings

    /// Appends a row for each instant.
    func append(_ charge: Charge, at windows: some Sequence<ChargeHour>, to values: inout [Float]) {
        let payer = charge.payer
        let issuer = payer.issuer.flatMap { encodings.issuers[$0] }
        let reasons = charge.attempts.map { DeclineReason(code: $0.code) }
        let last = charge.attempts.last
        let lastAnswer = last.map { Self.number(ofAnswer: $0.code) } ?? 0
        let refusals = Float(reasons.count { $0 == .doNotHonour })
        let faults = Float(reasons.count { $0 == .issuerFault })
        let network = payer.network.flatMap { CardNetwork.allCases.firstIndex(of: $0) }.map(Float.init) ?? .nan
        let funding = payer.funding.flatMap { CardFunding.allCases.firstIndex(of: $0) }.map(Float.init) ?? .nan
        let plan = encodings.plans[payer.plan].map(Float.init) ?? .nan
        var minorUnits: Float = 1
        for _ in 0..<payer.currency.minorUnitDigits { minorUnits *= 10 }
        let amount = Float(payer.amountMinor) / minorUnits
        let refusalRate = charge.tally.refusalRate
        for window in windows {
            let (hour, day) = (window.wall.hour, window.day)
            values += [
                Float(hour), Float(day.weekday), Float(day.dayOfMonth), Float(day.daysToMonthEnd),
                last.map { Self.hours(from: $0.at, to: window.at) } ?? Self.hoursWithoutAttempt, lastAnswer, Float(charge.attempts.count),
                refusals, faults, Self.hours(from: charge.dueAt, to: window.at), issuer?.rate ?? encodings.mean,
                issuer?.byHour[hour] ?? encodings.mean, issuer?.byWeekend[day.isWeekend ? 1 : 0] ?? encodings.mean,
                issuer?.byMonthEnd[day.isNearMonthEnd ? 1 : 0] ?? encodings.mean, issuer.map { Float($0.index) } ?? .nan, network, funding,
                plan, amount, refusalRate,
            ]
        }
    }

    private static func hours(from: Timestamp, to: Timestamp) -> Float {
        Float(to.microsecondsSince1970 - from.microsecondsSince1970) / 3_600_000_000
    }

    /// Answers after which issuers behave differently.
    private static func number(ofAnswer code: String?) -> Float {
        switch (code, DeclineReason(code: code)) {
        case (_, .insufficientFunds), ("61", _): 1
        case (_, .doNotHonour): 2
        case ("96", _): 4
        case (_, .issuerFault): 3
        case (_, .limitExceeded): 5
        case (_, .expiredCard): 6
        default: 0
        }
    }
}

/// An hour in which a card may be charged, as the world and as the payer's calendar see it.
struct ChargeHour: Sendable, Hashable {
    let at: Timestamp
    let wall: WallHour
    let day: CalendarDay

    init(_ instant: Timestamp, _ wall: WallHour) {
        at = instant
        self.wall = wall
        day = CalendarDay(daysSince1970: wall.day)
    }
}
