package import BillingRetries
package import HindsightCore

/// A customer's renewals, lived through instant by instant by the deciders of the real thing: invoices, cards, guard.
///
/// What a saga, a timer, the gateway and the payer would do is done here without log and clock. A customer whose invoice was given up is on
/// the free tier from then on, and renews no more.
package struct CustomerLife: Sendable {
    package let customer: MarketCustomer
    private(set) var card: MarketCard
    /// All charges that were answered, oldest first.
    package private(set) var charges: [PastCharge] = []
    package private(set) var isSubscribed = true
    private var method = PaymentMethod.initialState
    private var agenda = Agenda()
    private var open: [Int: Renewal] = [:]

    private struct Renewal: Sendable {
        let play: PolicyInPlay
        var state: Invoice.State
        var outcome: RenewalOutcome
        /// The rule by which the attempt that comes next was timed.
        var rule: String?
    }

    private enum Errand: Sendable {
        case renew(Int)
        case charge(Int)
        case endWindow(Int)
        case giveCard(after: Int)

        var isRenewal: Bool { if case .renew = self { true } else { false } }
    }

    /// - Parameter market: The one that the customer is of.
    package init(_ customer: MarketCustomer, in market: SimulatedMarket) throws {
        self.customer = customer
        card = market.card(0, of: customer, givenAt: market.start)
        try register(at: market.start)
        agenda.add(.renew(0), at: customer.due(0))
    }

    /// Goes on until the end; what lies open then goes on by the policy that it began with when life goes on.
    ///
    /// - Parameters:
    ///   - lastDue: Renewals that are due at this instant or later don't happen.
    ///   - end: What falls due before it is lived through; `nil` for everything that is open to come to its end.
    /// - Returns: The renewals that came to an end, in the order in which they did.
    package mutating func live(
        in market: SimulatedMarket, under play: PolicyInPlay, renewingBefore lastDue: Timestamp, until end: Timestamp? = nil
    ) throws -> [RenewalOutcome] {
        var ended: [RenewalOutcome] = []
        while let (errand, now) = agenda.next(before: end) {
            switch errand {
            case .renew(let period):
                guard isSubscribed, customer.due(period) < lastDue else { continue }
                guard open.isEmpty else {
                    agenda.add(.renew(period), at: now.advanced(by: .days(1)))
                    continue
                }
                agenda.add(.renew(period + 1), at: max(customer.due(period + 1), now))
                try renew(period, under: play, at: now, market, &ended)
            case .charge(let period): try attempt(period, at: now, market, &ended)
            case .endWindow(let period): try tell(.endWindow(at: now), of: period, at: now, market, &ended)
            case .giveCard(let number): try giveCard(after: number, at: now, market, &ended)
            }
        }
        return ended
    }

    // MARK: - What falls due

    private mutating func renew(
        _ period: Int, under play: PolicyInPlay, at now: Timestamp, _ market: SimulatedMarket, _ ended: inout [RenewalOutcome]
    ) throws {
        let invoice = InvoiceOpened(
            invoice: "\(customer.id).\(period + 1)", subscription: "\(customer.id).plan", customer: customer.id,
            customerType: customer.customerType, period: period + 1, amountMinor: customer.amountMinor, currency: customer.currency,
            method: card.method, timeZone: customer.place.timeZone, dueAt: now, at: now)
        open[period] = Renewal(
            play: play, state: Invoice.initialState,
            outcome: RenewalOutcome(of: customer, funding: card.funding, dueAt: customer.due(period)))
        try tell(.open(invoice), of: period, at: now, market, &ended)
        try attempt(period, at: now, market, &ended)
    }

    private mutating func attempt(
        _ period: Int, at now: Timestamp, _ market: SimulatedMarket, _ ended: inout [RenewalOutcome]
    ) throws {
        guard let play = open[period]?.play else { return }
        try tell(
            .beginAttempt(at: now, card: record, assignment: play.assignment, basis: play.basis(of: self, at: now)), of: period, at: now,
            market, &ended)
    }

    /// The payer has given another card: for what is open, and for all that comes.
    private mutating func giveCard(
        after number: Int, at now: Timestamp, _ market: SimulatedMarket, _ ended: inout [RenewalOutcome]
    ) throws {
        guard isSubscribed, card.number == number else { return }
        card = market.card(number + 1, of: customer, givenAt: now)
        try register(at: now)
        for period in open.keys.sorted() {
            guard let play = open[period]?.play else { continue }
            try tell(
                .changeMethod(to: card.method, card: record, assignment: play.assignment, at: now), of: period, at: now, market, &ended)
        }
    }

    private mutating func register(at now: Timestamp) throws {
        method = PaymentMethod.initialState
        try tellCard(.register(MethodRegistered(method: card.method, customer: customer.id, at: now)))
    }

    private var record: CardRecord { CardRecord(tries: method.tries, block: method.block) }

    // MARK: - Deciding

    private mutating func tell(
        _ command: Invoice.Command, of period: Int, at now: Timestamp, _ market: SimulatedMarket, _ ended: inout [RenewalOutcome]
    ) throws {
        guard var renewal = open.removeValue(forKey: period) else { return }
        let events = try Invoice.decide(command, given: renewal.state)
        for event in events {
            Invoice.evolve(&renewal.state, with: event)
            renewal.outcome.note(event)
            if case .retryScheduled(let retry) = event { renewal.rule = retry.deliberation.rule }
        }
        switch renewal.state {
        case .open, .none: open[period] = renewal
        case .paid: ended.append(renewal.outcome)
        case .uncollectible:
            ended.append(renewal.outcome)
            isSubscribed = false
        }
        for event in events { try react(to: event, of: period, renewal, at: now, market, &ended) }
    }

    private mutating func react(
        to event: InvoiceEvent, of period: Int, _ renewal: Renewal, at now: Timestamp, _ market: SimulatedMarket,
        _ ended: inout [RenewalOutcome]
    ) throws {
        switch event {
        case .chargeRequested(let charge):
            try tellCard(.recordTry(charge))
            try send(charge, of: period, renewal, market, &ended)
        case .chargeDeclined(let declined):
            guard let block = declined.block else { return }
            try tellCard(.block(method: card.method, invoice: declined.invoice, block, at: now))
        case .predictionRequested(let request):
            let answer = renewal.play.advisor.answer(to: request.question, of: customer, with: card, in: market)
            try tell(
                .recordPrediction(number: request.number, answer, card: record, assignment: renewal.play.assignment, at: now), of: period,
                at: now, market, &ended)
        case .firstChargeTimed(let timed): agenda.add(.charge(period), at: timed.window.from)
        case .retryScheduled(let retry): agenda.add(.charge(period), at: retry.window.from)
        case .recoveryStarted(let recovery): agenda.add(.endWindow(period), at: recovery.windowEndsAt)
        case .payerNotified:
            if let wait = market.reply(of: customer, asForCard: card.number) {
                agenda.add(.giveCard(after: card.number), at: now.advanced(by: wait))
            }
        case .opened, .chargeApproved, .chargeUnknown, .chargeWithdrawn, .predictionMade, .predictionFailed, .retryWithheld, .guardRefused,
            .methodChanged, .paidElsewhere, .overpaid, .paid, .uncollectible:
            break
        }
    }

    /// The gateway's part: the answer is there at once.
    private mutating func send(
        _ charge: ChargeRequested, of period: Int, _ renewal: Renewal, _ market: SimulatedMarket, _ ended: inout [RenewalOutcome]
    ) throws {
        let answer = market.answer(customer, card, at: charge.at)
        let isApproved = answer.status == .approved
        // As a prediction later reads them: before the decision that this answer leads to.
        charges.append(
            PastCharge(
                invoice: charge.invoice, dueAt: renewal.outcome.dueAt,
                observation: ChargeObservation(
                    at: charge.at, code: isApproved ? ChargeObservation.approval : answer.code, advice: answer.advice),
                followsMethodChange: charge.attempt > 1 && renewal.rule == RetryPolicy.newMethodRule, method: charge.method))
        let command: Invoice.Command =
            isApproved
            ? .recordApproval(answer, attempt: charge.attempt, at: charge.at)
            : .recordDecline(
                answer, attempt: charge.attempt, card: record, assignment: renewal.play.assignment,
                basis: try renewal.play.basis(of: self, at: charge.at), at: charge.at)
        try tell(command, of: period, at: charge.at, market, &ended)
    }

    private mutating func tellCard(_ command: PaymentMethod.Command) throws {
        for event in try PaymentMethod.decide(command, given: method) { PaymentMethod.evolve(&method, with: event) }
    }

    // MARK: - Time

    /// What falls due when; at one instant in the order in which it was put down, and a renewal last: after the end of the window before it.
    private struct Agenda: Sendable {
        private var errands: [(at: Timestamp, errand: Errand)] = []

        mutating func add(_ errand: Errand, at instant: Timestamp) {
            let place = errands.firstIndex { instant < $0.at || (instant == $0.at && $0.errand.isRenewal) } ?? errands.count
            errands.insert((instant, errand), at: place)
        }

        mutating func next(before end: Timestamp?) -> (Errand, Timestamp)? {
            guard let first = errands.first, end.map({ first.at < $0 }) ?? true else { return nil }
            errands.removeFirst()
            return (first.errand, first.at)
        }
    }

    /// What a model may learn from, of the charges so far.
    var history: PayerHistory {
        PayerHistory(
            customer: customer.id,
            payer: PayerTraits(
                country: customer.place.country, timeZone: customer.place.timeZone, customerType: customer.customerType,
                plan: customer.plan,
                amountMinor: customer.amountMinor, currency: customer.currency, issuer: card.issuer.name, network: card.network,
                funding: card.funding),
            charges: charges)
    }
}
