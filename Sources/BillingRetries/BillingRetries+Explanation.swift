package import HindsightCore

extension BillingRetries {
    /// Why an event came about: what chose its content, the reason, and what would have been its content and lost. Only what the event
    /// itself knows; who acted stands in its metadata.
    package typealias Explanation = (by: String?, reason: String?, lost: [(value: String, reason: String)])

    /// `nil` for an event of another domain, and for one whose data was erased.
    package static func explanation(of recorded: RecordedEvent) throws(UnreadableEvent) -> Explanation? {
        if let event = try InvoiceEvent.codec.decode(recorded) { return explanation(of: event) }
        if let event = try SubscriptionEvent.codec.decode(recorded) { return explanation(of: event) }
        if let event = try PaymentMethodEvent.codec.decode(recorded) { return explanation(of: event) }
        if let event = try PolicyEvent.codec.decode(recorded) { return explanation(of: event) }
        if let event = try ExperimentEvent.codec.decode(recorded) { return explanation(of: event) }
        if let event = try ModelEvent.codec.decode(recorded) { return explanation(of: event) }
        if let event = try PayerEvent.codec.decode(recorded) { return explanation(of: event) }
        return nil
    }

    package static func explanation(of event: InvoiceEvent) -> Explanation {
        switch event {
        case .opened(let opened): ("subscription \(opened.subscription)", "the price of period \(opened.period) is due", [])
        case .chargeRequested(let charge):
            (
                charge.recovery.map { charge.chosenBy == .plan ? "plan" : $0.chooser } ?? "plan",
                "its window had come, and the network rules of \(charge.clearance.rules) let it pass", []
            )
        case .chargeApproved: ("gateway", "the charge was approved", [])
        case .chargeDeclined(let declined): (declined.stated == nil ? "gateway" : "operator", declined.words, [])
        case .chargeUnknown(let unknown): ("gateway", unknown.because, [])
        case .chargeWithdrawn(let withdrawn):
            ("guard and policy", "attempt \(withdrawn.attempt) was not sent, and is right no longer: \(withdrawn.because.words)", [])
        case .recoveryStarted(let started):
            (
                started.experiment.map { name in "experiment \(name)\(started.bucket.map { ", bucket \($0)" } ?? "")" },
                "the first charge failed: \(started.terms.firstReason.rawValue)", []
            )
        case .predictionRequested(let request):
            ("policy", "model \(request.model) is asked, by the snapshot of \(request.snapshotTakenAt)", [])
        case .predictionMade(let made):
            (
                "model \(made.answer.model)",
                made.answer.chosen.map { "\($0.at) is the first try of its plan, and succeeds with \($0.score.percent)" }
                    ?? "no window is worth a try", []
            )
        case .predictionFailed(let failed): ("rules", "\(failed.failure)", [])
        case .firstChargeTimed(let timed):
            ("policy \(timed.policy) \(timed.policyVersion)", "the first charge by \(timed.chosenBy.rawValue)", [])
        case .retryScheduled(let retry): explanation(of: retry)
        case .retryWithheld(let withheld): ("\(withheld.recovery.chooser), rule \(withheld.rule)", withheld.because.words, [])
        case .guardRefused(let refused):
            (
                "network rules of \(refused.networkRules), rule \(refused.rule)", refused.words,
                [("attempt \(refused.attempt)", refused.words)]
            )
        case .payerNotified(let notified): (notified.recovery.chooser, notified.request.words, [])
        case .methodChanged: (nil, "the payer has given another payment method", [])
        case .paidElsewhere(let payment): (nil, "paid by other means: \(payment.reference)", [])
        case .overpaid(let overpaid):
            (nil, "\(overpaid.charge) went through although \(overpaid.reference) had paid the invoice", [])
        case .paid(let paid): (paid.by.rawValue, paid.by.words, [])
        case .uncollectible(let given): (given.recovery.chooser, "the recovery window ended without payment", [])
        }
    }

    /// The rule's proposal lost where the window begins at another instant: to the networks, or to the hours in which one may charge.
    private static func explanation(of retry: RetryScheduled) -> Explanation {
        let considered = retry.deliberation
        var lost: [(value: String, reason: String)] = []
        if retry.window.from != considered.proposedAt {
            let reason: String
            if retry.chosenBy == .model, let model = considered.model, let score = model.modelScore {
                reason = "to the model it succeeds with \((model.ruleScore ?? 0).percent), and \(retry.window.from) with \(score.percent)"
            } else if retry.chosenBy == .exploration {
                reason = "a draw by lot decided"
            } else if let rule = considered.movedBy {
                reason = "network rule \(rule) forbids a charge then"
            } else if considered.guardOpensAt > considered.proposedAt {
                reason = "network rule \(considered.guardRule ?? "limit") allows none before \(considered.guardOpensAt)"
            } else {
                reason = "not between \(considered.hours.from) and \(considered.hours.until) o'clock in \(retry.local.timeZone)"
            }
            lost = [(considered.proposedAt.description, reason)]
        }
        return ("\(retry.recovery.chooser), rule \(considered.rule)", "attempt \(retry.attempt) by \(retry.chosenBy.rawValue)", lost)
    }

    package static func explanation(of event: SubscriptionEvent) -> Explanation {
        switch event {
        case .started: (nil, nil, [])
        case .renewed(let renewed): ("plan", "period \(renewed.period) has begun", [])
        case .renewalDeferred(let deferred): ("plan", "invoice \(deferred.invoice) of the period before is still open", [])
        case .methodChanged: (nil, "the payer has given another payment method", [])
        case .cancelled(let cancelled): (nil, cancelled.reason, [])
        case .downgraded(let downgraded): ("invoice \(downgraded.invoice)", "the invoice could not be collected", [])
        }
    }

    package static func explanation(of event: PaymentMethodEvent) -> Explanation {
        switch event {
        case .registered: (nil, nil, [])
        case .tried(let tried): ("invoice \(tried.invoice)", "attempt \(tried.attempt)", [])
        case .blocked(let blocked):
            ("network rule \(blocked.block.rule)", CodeWords(blocked.block.code, blocked.block.advice).text, [])
        }
    }

    package static func explanation(of event: PolicyEvent) -> Explanation {
        switch event {
        case .defined: (nil, nil, [])
        case .restored(let restored):
            ("version \(restored.restores)", restored.reason, [("version \(restored.policy.version - 1)", restored.reason)])
        }
    }

    package static func explanation(of event: ModelEvent) -> Explanation {
        switch event {
        case .trained(let trained): ("log through \(trained.trainedThrough)", "learned from \(trained.rows) charges", [])
        case .promoted(let promoted): (nil, promoted.reason, promoted.previous.map { [("\($0)", promoted.reason)] } ?? [])
        case .rolledBack(let back): (nil, back.reason, [("\(back.from)", back.reason)])
        case .trainingRequested: (nil, nil, [])
        case .retrainingScheduled(let scheduled): (nil, "every \(scheduled.everyDays) days", [])
        case .trainingFailed(let failed): ("training", failed.account, [])
        case .promotionProposed(let proposed):
            ("retraining", "it did better than the champion, and answered \(proposed.shadow.answers) times beside it", [])
        }
    }

    package static func explanation(of event: PayerEvent) -> Explanation {
        switch event {
        case .snapshotRecorded(let snapshot): ("signals of \(snapshot.signals.takenAt)", nil, [])
        case .forecastMade(let made): (made.answer.map { "model \($0.model)" } ?? "rules", made.failure?.description, [])
        }
    }

    package static func explanation(of event: ExperimentEvent) -> Explanation {
        switch event {
        case .defined: (nil, nil, [])
        }
    }
}

extension Double {
    fileprivate var percent: String { "\(Int((self * 100).rounded())) %" }
}

extension RecoveryTerms {
    fileprivate var chooser: String { "policy \(policy) \(policyVersion)" }
}

/// The codes of an answer as the networks write them.
private struct CodeWords {
    let text: String?

    init(_ code: String?, _ advice: String?) {
        let words = [code.map { "code \($0)" }, advice.map { "advice \($0)" }].compactMap(\.self)
        text = words.isEmpty ? nil : words.joined(separator: ", ")
    }
}

extension ChargeDeclined {
    fileprivate var words: String {
        if let stated { return "nothing was charged: \(stated)" }
        return ([reason.rawValue] + [CodeWords(code, advice).text].compactMap(\.self)).joined(separator: ", ")
    }
}

extension ChargeWithdrawn.Reason {
    var words: String {
        switch self {
        case .paidElsewhere: "the invoice was paid by other means"
        case .windowEnded: "the recovery window is over"
        case .methodChanged: "the payer has given another payment method"
        case .networkRule: "a network rule forbids it now"
        case .outsideHours: "the policy makes no charges at this hour"
        }
    }
}

extension RetryWithheld.Reason {
    fileprivate var words: String {
        switch self {
        case .waitsForPayer: "only the payer can help"
        case .noTriesLeft: "the policy has made all the tries it makes"
        case .windowEnds: "the next window would lie after the end of the recovery window"
        }
    }
}

extension GuardRefused {
    fileprivate var words: String { opensAt.map { "forbidden until \($0)" } ?? "forbidden until the payment method changes" }
}

extension PayerNotified.Request {
    fileprivate var words: String {
        switch self {
        case .updateMethod: "only another payment method can help"
        case .authenticate: "the issuer asks for the payer in person"
        }
    }
}

extension InvoicePaid.Means {
    fileprivate var words: String {
        switch self {
        case .charge: "the charge was approved"
        case .elsewhere: "the customer has paid by other means"
        }
    }
}
