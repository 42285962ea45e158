package import BillingRetries
package import HindsightCore

/// What a model may learn from: every charge of the log up to a position, and of its payer what had been recorded when it was sent.
///
/// A charge is seen as a prediction would have seen it: with the snapshot in force then, and the price of its own invoice. Of a charge from
/// before the first snapshot country and card are unknown.
package struct TrainingPast: Sendable {
    /// Payers with a snapshot, by their ids.
    package let payers: [PayerHistory]
    /// Payers of whom nobody has recorded a snapshot: their charges teach nothing.
    package let withoutSnapshot: Int
    /// Of the last event that was read.
    package let until: Timestamp

    private struct Subject {
        var opened: InvoiceOpened
        var windows: [Int: RetryScheduled] = [:]
        var requested: [Int: (charge: ChargeRequested, position: Position)] = [:]
    }

    /// A payer's charges on the way.
    private struct Payer {
        var traits: [PayerTraits] = []
        var charges: [PastCharge] = []

        mutating func place(of payer: PayerTraits) -> Int {
            // Mostly the one that was known last.
            if let place = traits.lastIndex(of: payer) { return place }
            traits.append(payer)
            return traits.count - 1
        }
    }

    package static func read(_ log: any EventLog, through position: Position) async throws -> TrainingPast {
        let stated = try await StatedSignals.read(log, through: position)
        let plans = try await plans(log, through: position)
        var invoices: [String: Subject] = [:]
        var payers: [String: Payer] = [:]
        var until = Timestamp(microsecondsSince1970: 0)
        let selection = EventSelection(EventFilter(categories: [BillingRetries.invoices]), until: position)
        try await log.replay(InvoiceEvent.codec, selection) { event, recorded in
            until = max(until, event.content.at)
            func settle(_ invoice: String, _ attempt: Int, code: String?, advice: String?) {
                guard let subject = invoices[invoice], let (charge, position) = subject.requested[attempt] else { return }
                let known = PayerTraits(
                    of: subject.opened, as: stated.signals(of: charge.customer, before: position),
                    plan: plans[subject.opened.subscription] ?? "")
                let place = payers[charge.customer, default: Payer()].place(of: known)
                payers[charge.customer]?.charges.append(
                    PastCharge(
                        invoice: invoice, dueAt: subject.opened.dueAt,
                        observation: ChargeObservation(at: charge.at, code: code, advice: advice),
                        followsMethodChange: subject.windows[attempt]?.deliberation.rule == RetryPolicy.newMethodRule,
                        method: charge.method, payer: place))
            }
            switch event {
            case .opened(let opened): invoices[opened.invoice] = Subject(opened: opened)
            case .retryScheduled(let retry): invoices[retry.invoice]?.windows[retry.attempt] = retry
            case .chargeRequested(let charge): invoices[charge.invoice]?.requested[charge.attempt] = (charge, recorded.position)
            case .chargeApproved(let approved):
                settle(approved.invoice, approved.attempt, code: ChargeObservation.approval, advice: nil)
            case .chargeDeclined(let declined) where declined.stated == nil:
                settle(declined.invoice, declined.attempt, code: declined.code, advice: declined.advice)
            case .paid(let paid): invoices[paid.invoice] = nil
            case .uncollectible(let given): invoices[given.invoice] = nil
            case .chargeDeclined, .chargeUnknown, .recoveryStarted, .predictionRequested, .predictionMade, .predictionFailed,
                .chargeWithdrawn, .firstChargeTimed, .retryWithheld, .guardRefused, .payerNotified, .methodChanged, .paidElsewhere,
                .overpaid:
                break
            }
        }
        let histories = payers.filter { stated.knows($0.key) }.map { customer, payer in
            PayerHistory(
                customer: customer, payers: payer.traits,
                charges: payer.charges.sorted { ($0.observation.at, $0.invoice) < ($1.observation.at, $1.invoice) })
        }
        return TrainingPast(
            payers: histories.sorted { $0.customer < $1.customer }, withoutSnapshot: payers.count - histories.count, until: until)
    }

    /// By subscription.
    private static func plans(_ log: any EventLog, through position: Position) async throws -> [String: String] {
        var plans: [String: String] = [:]
        let filter = EventFilter(categories: [BillingRetries.subscriptions], types: [SubscriptionStarted.type])
        try await log.replay(SubscriptionEvent.codec, EventSelection(filter, until: position)) { event, _ in
            if case .started(let started) = event { plans[started.subscription] = started.plan }
        }
        return plans
    }
}

/// What was stated of customers, by the positions at which it was recorded.
private struct StatedSignals {
    private struct Statement {
        let position: Position
        let signals: PayerSignals
    }

    /// Oldest first; a statement that says nothing new of a payer is left out.
    private var statements: [String: [Statement]] = [:]

    static func read(_ log: any EventLog, through position: Position) async throws -> StatedSignals {
        var stated = StatedSignals()
        let filter = EventFilter(categories: [BillingRetries.payers], types: [SnapshotRecorded.type])
        try await log.replay(PayerEvent.codec, EventSelection(filter, until: position)) { event, recorded in
            guard case .snapshotRecorded(let snapshot) = event else { return }
            let last = stated.statements[snapshot.customer]?.last?.signals
            guard last == nil || last?.country != snapshot.signals.country || last?.card != snapshot.signals.card else { return }
            stated.statements[snapshot.customer, default: []].append(
                Statement(position: recorded.position, signals: snapshot.signals))
        }
        return stated
    }

    func knows(_ customer: String) -> Bool { statements[customer] != nil }

    func signals(of customer: String, before position: Position) -> PayerSignals? {
        statements[customer]?.last { $0.position < position }?.signals
    }
}
