package import HindsightCore

/// One small row for each recovery: its arm, its end, and every charge with the score that its window was given. The key is the invoice.
///
/// A charge's answer knows neither the experiment nor the score, so both are kept until it comes; figures by arm and the calibration are
/// sums of these rows, found by the months in which something happened.
package struct RetryOutcomes: Projection {
    package typealias Event = InvoiceEvent

    package enum Ending: String, Codable, Sendable { case recovered, elsewhere, uncollectible }

    package struct Row: Codable, Sendable, Equatable {
        package fileprivate(set) var experiment: String?
        /// `nil` where the first charge went through, at an hour that a model had chosen.
        package fileprivate(set) var policy: String?
        /// Why the first charge failed.
        package fileprivate(set) var firstReason: DeclineReason?
        package fileprivate(set) var startedOn: BusinessDay?
        package fileprivate(set) var endedOn: BusinessDay?
        package fileprivate(set) var ending: Ending?
        /// Those that were answered, oldest first.
        package fileprivate(set) var charges: [Charge] = []
        /// Of the next attempt's window, until its answer comes.
        fileprivate var nextScore: Double?
    }

    package struct Charge: Codable, Sendable, Equatable {
        package let day: BusinessDay
        package let isApproved: Bool
        /// Whether it belongs to a recovery; the first charge of a renewal doesn't.
        package let isRetry: Bool
        /// The probability that the model gave to the window; `nil` where none was asked, or where the charge went out at another hour.
        package let score: Double?
    }

    package init() {}

    package let name = "retry-outcomes"
    package let version = 2

    package var indexes: [RowIndex<Row>] {
        [
            RowIndex("month") { row in
                Set(([row.startedOn, row.endedOn] + row.charges.map(\.day)).compactMap { $0?.month }).sorted()
            }
        ]
    }

    package func keys(for event: Recorded<InvoiceEvent>) -> [String] {
        guard concerns(event.event), let invoice = event.stream.id else { return [] }
        return [String(invoice)]
    }

    private func concerns(_ event: InvoiceEvent) -> Bool {
        switch event {
        case .recoveryStarted, .firstChargeTimed, .retryScheduled, .uncollectible: true
        case .chargeRequested(let charge): charge.recovery != nil || charge.chosenBy != .plan
        // The first answer may be of an hour that a model chose: only the row knows.
        case .chargeApproved(let approved): approved.recovery != nil || approved.attempt == 1
        case .chargeDeclined(let declined): declined.recovery != nil || declined.attempt == 1
        case .paid(let paid): paid.recovery != nil
        case .opened, .chargeUnknown, .chargeWithdrawn, .predictionRequested, .predictionMade, .predictionFailed, .retryWithheld,
            .guardRefused,
            .payerNotified, .methodChanged, .paidElsewhere, .overpaid:
            false
        }
    }

    package func apply(_ event: Recorded<InvoiceEvent>, key: String, to row: inout Row?) {
        switch event.event {
        case .recoveryStarted(let started):
            var recovery = row ?? Row()
            recovery.experiment = started.experiment
            recovery.policy = started.terms.policy
            recovery.firstReason = started.terms.firstReason
            recovery.startedOn = BusinessDay(of: started.at)
            row = recovery
        case .firstChargeTimed(let timed):
            var timing = row ?? Row()
            timing.nextScore = timed.model.score(of: timed.window, chosenBy: timed.chosenBy)
            row = timing
        case .retryScheduled(let retry):
            row?.nextScore =
                retry.deliberation.movedBy == nil ? retry.deliberation.model?.score(of: retry.window, chosenBy: retry.chosenBy) : nil
        case .chargeRequested(let charge):
            // After an outage a charge may go out later than at the hour that was scored.
            if charge.at >= charge.window.until { row?.nextScore = nil }
        case .chargeApproved(let approved): row?.note(true, isRetry: approved.recovery != nil, at: approved.at)
        case .chargeDeclined(let declined):
            // What a person states is no answer of the issuer.
            if declined.stated == nil { row?.note(false, isRetry: declined.recovery != nil, at: declined.at) }
            row?.nextScore = nil
        case .paid(let paid): row?.end(paid.by == .charge ? .recovered : .elsewhere, at: paid.at)
        case .uncollectible(let uncollectible): row?.end(.uncollectible, at: uncollectible.at)
        case .opened, .chargeUnknown, .chargeWithdrawn, .predictionRequested, .predictionMade, .predictionFailed, .retryWithheld,
            .guardRefused,
            .payerNotified, .methodChanged, .paidElsewhere, .overpaid:
            break
        }
    }
}

extension RetryOutcomes.Row {
    fileprivate mutating func note(_ isApproved: Bool, isRetry: Bool, at instant: Timestamp) {
        charges.append(
            RetryOutcomes.Charge(day: BusinessDay(of: instant), isApproved: isApproved, isRetry: isRetry, score: nextScore))
        nextScore = nil
    }

    fileprivate mutating func end(_ ending: RetryOutcomes.Ending, at instant: Timestamp) {
        self.ending = ending
        endedOn = BusinessDay(of: instant)
    }
}

extension ModelDeliberation {
    /// What the model gave to the window that was taken; `nil` if it was drawn by lot, or is not the one that the model had looked at.
    fileprivate func score(of window: ChargeWindow, chosenBy chooser: Chooser) -> Double? {
        switch chooser {
        case .model: window.from == modelAt ? modelScore : nil
        case .rules, .fixedInterval: ruleScore
        case .plan, .exploration: nil
        }
    }
}
