import BillingRetries
import HindsightCore

/// What a model may learn from: every charge of the log up to a position, and of its payer what recorded snapshots say, nothing else.
struct TrainingPast {
    /// Payers with a snapshot, by their ids.
    let payers: [PayerHistory]
    /// Payers of whom nobody has recorded a snapshot: their charges teach nothing.
    let withoutSnapshot: Int
    /// Of the last event that was read.
    let until: Timestamp

    private struct Subject {
        var opened: InvoiceOpened
        var windows: [Int: RetryScheduled] = [:]
        var requested: [Int: ChargeRequested] = [:]
    }

    static func read(_ log: any EventLog, through position: Position) async throws -> TrainingPast {
        var invoices: [String: Subject] = [:]
        var charges: [String: [PastCharge]] = [:]
        var newest: [String: InvoiceOpened] = [:]
        var until = Timestamp(microsecondsSince1970: 0)
        let selection = EventSelection(EventFilter(categories: [BillingRetries.invoices]), until: position)
        try await log.replay(InvoiceEvent.codec, selection) { event, recorded in
            until = max(until, event.content.at)
            func settle(_ invoice: String, _ attempt: Int, code: String?, advice: String?) {
                guard let subject = invoices[invoice], let charge = subject.requested[attempt] else { return }
                let window = subject.windows[attempt]
                charges[charge.customer, default: []].append(
                    PastCharge(
                        invoice: invoice, dueAt: subject.opened.dueAt,
                        observation: ChargeObservation(at: charge.at, code: code, advice: advice),
                        followsMethodChange: window?.deliberation.rule == RetryPolicy.newMethodRule))
            }
            switch event {
            case .opened(let opened):
                invoices[opened.invoice] = Subject(opened: opened)
                newest[opened.customer] = opened
            case .retryScheduled(let retry): invoices[retry.invoice]?.windows[retry.attempt] = retry
            case .chargeRequested(let charge): invoices[charge.invoice]?.requested[charge.attempt] = charge
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
        let snapshots = try await snapshots(log, through: position)
        let plans = try await plans(log, through: position)
        var payers: [PayerHistory] = []
        for (customer, charges) in charges {
            guard let snapshot = snapshots[customer], let invoice = newest[customer] else { continue }
            let basis = ForecastBasis(
                snapshot: snapshot, register: ModelRegister.initialState, plan: plans[invoice.subscription] ?? "")
            payers.append(
                PayerHistory(
                    customer: customer, payer: basis.traits(of: invoice),
                    charges: charges.sorted { ($0.observation.at, $0.invoice) < ($1.observation.at, $1.invoice) }))
        }
        return TrainingPast(
            payers: payers.sorted { $0.customer < $1.customer }, withoutSnapshot: charges.count - payers.count, until: until)
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

    private static func snapshots(_ log: any EventLog, through position: Position) async throws -> [String: SnapshotRecorded] {
        var newest: [String: SnapshotRecorded] = [:]
        let filter = EventFilter(categories: [BillingRetries.payers], types: [SnapshotRecorded.type])
        try await log.replay(PayerEvent.codec, EventSelection(filter, until: position)) { event, _ in
            if case .snapshotRecorded(let snapshot) = event { newest[snapshot.customer] = snapshot }
        }
        return newest
    }
}
