import HindsightCore

extension RetryPolicy {
    /// Every 4 days for 28 days, whatever the reason.
    package static let fixedFourDays = RetryPolicy(
        name: "fixed-4-days", version: 1, chooser: .fixedInterval, windowDays: 28, hours: LegalHours(from: 7, until: 22), rules: [],
        otherwise: .every(hours: 96), afterMethodChange: .every(hours: 96))

    /// The reason decides the clock: an outage heals within hours, a soft refusal by the next working morning, an empty account on pay
    /// days; an expired or dead card only by the payer. The default and the fallback.
    package static let reasonRules = RetryPolicy(
        name: "reason-rules", version: 1, chooser: .rules, windowDays: 28, hours: LegalHours(from: 7, until: 22),
        rules: softRules + [Rule([.expiredCard, .deadCard, .revoked, .authenticationRequired], .methodChange)],
        otherwise: workingMornings, afterMethodChange: .after(hours: [1]))

    private static let softRules = [
        Rule([.insufficientFunds], .payDays(daysOfMonth: [1, 5, 15, 25], lastDay: true, weekdays: [5], hour: 10, afterHours: 12)),
        Rule([.issuerFault], .after(hours: [3, 6, 12, 24, 48])),
        Rule([.doNotHonour, .limitExceeded, .other], workingMornings),
    ]
    private static let workingMornings = RetryTiming.workingMorning(hour: 10, afterHours: [20, 20, 44])

    /// The first generation: the model predicts one retry, the rules do the rest.
    package static let firstGeneration = learned(
        "first-generation", ModelTerms(scope: .firstRetry, overrideFactor: 3, explorationPermille: 0))

    /// The model ranks the windows of the next eight days, and is asked again after each failure.
    package static let endToEnd = learned("end-to-end", ModelTerms(overrideFactor: 0, firstChargeHours: 24))

    /// The same terms for the model that is to prove itself.
    package static let challenger = learned("challenger", ModelTerms(role: .challenger, overrideFactor: 0, firstChargeHours: 24))

    /// Charges that nobody has to be awake for have no hours of their own: the model knows which ones issuers dislike. An expired card is
    /// tried every four days as well, because many issuers report its successor to the network without a word to anybody.
    private static func learned(_ name: String, _ terms: ModelTerms) -> RetryPolicy {
        RetryPolicy(
            name: name, version: 1, chooser: .rules, windowDays: 28, hours: LegalHours(from: 0, until: 24),
            rules: softRules + [
                Rule([.expiredCard], .after(hours: [96])), Rule([.deadCard, .revoked, .authenticationRequired], .methodChange),
            ],
            otherwise: workingMornings, afterMethodChange: .after(hours: [1]), maximumRetries: 7, model: terms)
    }

    /// What shops have used for years, as data: days after the first failure, or days of the calendar.
    package static let statics: [RetryPolicy] = [
        fixedFourDays,
        offsets("daily-7", days: [1, 2, 3, 4, 5, 6, 7]),
        offsets("every-2-days", days: [2, 4, 6, 8, 10, 12, 14]),
        offsets("every-3-days", days: [3, 6, 9, 12, 15, 18, 21]),
        offsets("front-loaded", days: [1, 3, 5, 7, 11, 15, 21]),
        offsets("doubling", days: [1, 2, 4, 8, 16, 24, 28]),
        offsets("widening", days: [3, 5, 7, 10, 14, 20, 27]),
        calendar("fridays", .payDays(daysOfMonth: [], lastDay: false, weekdays: [5], hour: 9, afterHours: 12)),
        calendar(
            "every-third-morning",
            .payDays(daysOfMonth: [], lastDay: false, weekdays: [1, 2, 3, 4, 5, 6, 7], hour: 10, afterHours: 60)),
        calendar("pay-days", .payDays(daysOfMonth: [1, 5, 15, 25], lastDay: true, weekdays: [], hour: 10, afterHours: 12)),
    ]

    private static func offsets(_ name: String, days: [Int]) -> RetryPolicy {
        calendar(name, .offsets(hours: days.map { $0 * 24 }))
    }

    private static func calendar(_ name: String, _ timing: RetryTiming) -> RetryPolicy {
        RetryPolicy(
            name: name, version: 1, chooser: .fixedInterval, windowDays: 28, hours: LegalHours(from: 7, until: 22), rules: [],
            otherwise: timing, afterMethodChange: .after(hours: [1]), maximumRetries: 7)
    }

    /// Known without an event of the log.
    package static let builtIn = statics + [reasonRules, firstGeneration, endToEnd, challenger]
}
