package import HindsightCore

/// Collects one invoice: one attempt at a time, none without the guard's clearance, none while another's outcome is unknown.
package enum Invoice: Decider {
    package enum Command: Sendable {
        case open(InvoiceOpened)
        /// Requests the charge that is due now, or decides anew when to.
        ///
        /// - Parameter assignment: May be left out where the invoice is not in recovery, the guard clears the charge, and no model times
        ///   the first one.
        case beginAttempt(at: Timestamp, card: CardRecord, assignment: Assignment?, basis: ForecastBasis = .none)
        case recordApproval(ChargeAnswer, attempt: Int, at: Timestamp)
        case recordDecline(
            ChargeAnswer, attempt: Int, card: CardRecord, assignment: Assignment, basis: ForecastBasis = .none, at: Timestamp)
        /// Of a person who found no charge at the gateway: a decline without a verdict of the issuer.
        case recordNoCharge(
            because: String, attempt: Int, card: CardRecord, assignment: Assignment, basis: ForecastBasis = .none, at: Timestamp)
        /// What became of the question to a model; news of one that is not waited for are old ones.
        case recordPrediction(
            number: Int, Result<PredictionAnswers, PredictionFailure>, card: CardRecord, assignment: Assignment, at: Timestamp)
        case recordUnknown(attempt: Int, because: String, at: Timestamp)
        /// Asks whether an attempt that surely was not made is still right; lets go of it if it isn't, and decides anew.
        case reconsider(attempt: Int, card: CardRecord, assignment: Assignment, basis: ForecastBasis = .none, at: Timestamp)
        case changeMethod(to: String, card: CardRecord, assignment: Assignment?, at: Timestamp)
        case recordPaidElsewhere(reference: String, at: Timestamp)
        /// Ends the loop of an invoice that was paid elsewhere.
        case settle(at: Timestamp)
        case endWindow(at: Timestamp)
    }

    package typealias Event = InvoiceEvent

    package enum State: Sendable {
        case none
        case open(OpenInvoice)
        case paid(InvoicePaid)
        case uncollectible(InvoiceUncollectible)
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case alreadyOpen
        case unknown
        case alreadyPaid
        case alreadyGivenUp
        case badIdentifier(field: String)
        /// The answer belongs to no attempt that is under way.
        case notUnderWay(attempt: Int)
        case unknownTimeZone(String)
        case policyNeeded

        package var description: String {
            switch self {
            case .alreadyOpen: "the invoice has been opened before"
            case .unknown: "there is no such invoice"
            case .alreadyPaid: "the invoice is paid"
            case .alreadyGivenUp: "the invoice was given up"
            case .badIdentifier(let field): "\(field): is 1 to \(Identifier.maximumBytes) bytes without spaces or control characters"
            case .notUnderWay(let attempt): "attempt \(attempt) is not under way"
            case .unknownTimeZone(let name): "timeZone: \(name) is no IANA time zone"
            case .policyNeeded: "the retry needs a policy"
            }
        }
    }

    package static let initialState = State.none

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [Event] {
        switch (command, state) {
        case (.open(let opened), .none): return [.opened(opened)]
        case (.open, .open), (.open, .paid), (.open, .uncollectible): throw .alreadyOpen
        case (_, .none): throw .unknown
        case (.beginAttempt(let now, let card, let assignment, let basis), .open(let invoice)):
            return try beginAttempt(of: invoice, card: card, assignment: assignment, basis: basis, at: now)
        case (.recordApproval(let answer, let attempt, let now), .open(let invoice)):
            return try approve(invoice, answer, charge: charge(under: invoice, attempt: attempt), at: now)
        case (.recordDecline(let answer, let attempt, let card, let assignment, let basis, let now), .open(let invoice)):
            let charge = try charge(under: invoice, attempt: attempt)
            let declined = ChargeDeclined(answer, to: charge, recovery: invoice.recovery?.terms, at: now)
            return try decline(invoice, declined, card: card, assignment: assignment, basis: basis)
        case (.recordNoCharge(let because, let attempt, let card, let assignment, let basis, let now), .open(let invoice)):
            let charge = try charge(under: invoice, attempt: attempt)
            let declined = ChargeDeclined(nothingCharged: charge, because: because, recovery: invoice.recovery?.terms, at: now)
            return try decline(invoice, declined, card: card, assignment: assignment, basis: basis)
        case (.recordPrediction(let number, let result, let card, let assignment, let now), .open(let invoice)):
            guard case .predicting(let request) = invoice.phase, request.number == number else { return [] }
            return try conclude(invoice, request, result, card: card, assignment: assignment, at: now)
        case (.recordUnknown(let attempt, let because, let now), .open(let invoice)):
            let charge = try charge(under: invoice, attempt: attempt)
            if case .charging(_, isUnknown: true) = invoice.phase { return [] }
            return [
                .chargeUnknown(
                    ChargeUnknown(
                        invoice: charge.invoice, attempt: attempt, key: charge.key, because: because, recovery: invoice.recovery?.terms,
                        at: now))
            ]
        case (.reconsider(let attempt, let card, let assignment, let basis, let now), .open(let invoice)):
            let charge = try charge(under: invoice, attempt: attempt)
            return try reconsider(charge, of: invoice, card: card, assignment: assignment, basis: basis, at: now)
        case (.recordApproval(_, let attempt, _), _), (.recordDecline(_, let attempt, _, _, _, _), _),
            (.recordUnknown(let attempt, _, _), _), (.recordNoCharge(_, let attempt, _, _, _, _), _),
            (.reconsider(let attempt, _, _, _, _), _):
            throw .notUnderWay(attempt: attempt)
        case (.changeMethod(let method, let card, let assignment, let now), .open(let invoice)):
            return try changeMethod(of: invoice, to: method, card: card, assignment: assignment, at: now)
        case (.recordPaidElsewhere(let reference, let now), .open(let invoice)):
            guard Identifier.isWellFormed(reference) else { throw .badIdentifier(field: "reference") }
            guard invoice.paidElsewhere == nil else { throw .alreadyPaid }
            return [.paidElsewhere(InvoicePaidElsewhere(invoice: invoice.opened.invoice, reference: reference, at: now))]
        case (.recordPaidElsewhere, .paid): throw .alreadyPaid
        case (.recordPaidElsewhere, .uncollectible): throw .alreadyGivenUp
        case (.settle(let now), .open(let invoice)):
            if invoice.paidElsewhere == nil || invoice.isCharging { return [] }
            return [.paid(invoice.paid(by: .elsewhere, at: now))]
        case (.endWindow(let now), .open(let invoice)):
            guard let recovery = invoice.recovery, recovery.windowEndsAt <= now, !invoice.isCharging, invoice.paidElsewhere == nil else {
                return []
            }
            return [.uncollectible(invoice.uncollectible(recovery.terms, at: now))]
        case (.beginAttempt, .paid), (.beginAttempt, .uncollectible), (.recordPrediction, .paid), (.recordPrediction, .uncollectible),
            (.changeMethod, .paid), (.changeMethod, .uncollectible),
            (.settle, .paid), (.settle, .uncollectible), (.endWindow, .paid), (.endWindow, .uncollectible):
            return []
        }
    }

    private static func charge(under invoice: OpenInvoice, attempt: Int) throws(Rejection) -> ChargeRequested {
        guard case .charging(let charge, _) = invoice.phase, charge.attempt == attempt else { throw .notUnderWay(attempt: attempt) }
        return charge
    }

    private static func beginAttempt(
        of invoice: OpenInvoice, card: CardRecord, assignment: Assignment?, basis: ForecastBasis, at now: Timestamp
    ) throws(Rejection) -> [Event] {
        let window: ChargeWindow
        let chooser: Chooser
        switch invoice.phase {
        case .charging, .predicting, .stuck: return []
        case .waiting(let retry) where !retry.isDue(at: now): return []
        case .timed(let timed) where timed.window.from > now: return []
        case .due: (window, chooser) = (ChargeWindow(from: invoice.opened.dueAt), .plan)
        case .timed(let timed): (window, chooser) = (timed.window, timed.chosenBy)
        case .waiting(let retry): (window, chooser) = (retry.window, retry.chosenBy)
        }
        guard invoice.paidElsewhere == nil else { return [] }
        // A timer may fire late, after an outage.
        if let recovery = invoice.recovery, recovery.windowEndsAt < now {
            return [.uncollectible(invoice.uncollectible(recovery.terms, at: now))]
        }
        switch FirstCharge(invoice, assignment: assignment, card: card, basis: basis, at: now)?.question() {
        case .success(let request): return [.predictionRequested(request)]
        case .failure(let failure):
            var invoice = invoice
            invoice.isFirstChargePredicted = true
            let failed = PredictionFailed(
                invoice: invoice.opened.invoice, attempt: 1, failure: failure,
                model: assignment?.policy.model.flatMap { basis.register.holder(of: $0.role) }, recovery: nil, at: now)
            return [.predictionFailed(failed)]
                + (try beginAttempt(of: invoice, card: card, assignment: assignment, basis: basis, at: now))
        case nil: break
        }
        let networkGuard = NetworkGuard()
        switch networkGuard.verdict(on: invoice.record(of: card), at: now) {
        case .cleared(let clearance):
            // After an outage the hour may no longer be a legal one, or the one that a model has chosen.
            if case .waiting(let retry) = invoice.phase {
                let planning = try Planning(invoice, assignment: assignment, card: card, basis: basis, at: now)
                let isForThatHour = retry.chosenBy == .model || retry.chosenBy == .exploration
                guard planning.policy.hours.contains(now, in: planning.zone), !isForThatHour || now < retry.window.until else {
                    return planning.next()
                }
            }
            return [
                .chargeRequested(
                    ChargeRequested(
                        invoice, attempt: invoice.attempts + 1, window: window, chosenBy: chooser, clearance: clearance, at: now))
            ]
        case .refused(let rule, let opensAt):
            var invoice = invoice
            var events: [Event] = []
            if invoice.recovery == nil {
                guard let assignment else { throw .policyNeeded }
                events.append(invoice.startRecovery(by: assignment, reason: card.block?.reason ?? .other, at: now))
            }
            let planning = try Planning(invoice, assignment: assignment, card: card, basis: basis, at: now)
            if opensAt != nil { events.append(planning.refusal(rule, opensAt: opensAt)) }
            return events + planning.next()
        }
    }

    private static func reconsider(
        _ charge: ChargeRequested, of invoice: OpenInvoice, card: CardRecord, assignment: Assignment, basis: ForecastBasis,
        at now: Timestamp
    ) throws(Rejection) -> [Event] {
        guard let because = try reasonToWithdraw(charge, of: invoice, card: card, assignment: assignment, at: now) else { return [] }
        let withdrawn = Event.chargeWithdrawn(
            ChargeWithdrawn(
                invoice: charge.invoice, attempt: charge.attempt, key: charge.key, because: because, recovery: invoice.recovery?.terms,
                at: now))
        var invoice = invoice
        invoice.withdraw()
        guard because != .paidElsewhere else { return [withdrawn, .paid(invoice.paid(by: .elsewhere, at: now))] }
        guard let recovery = invoice.recovery else {
            return [withdrawn] + (try beginAttempt(of: invoice, card: card, assignment: assignment, basis: basis, at: now))
        }
        guard because != .windowEnded else { return [withdrawn, .uncollectible(invoice.uncollectible(recovery.terms, at: now))] }
        let planning = try Planning(invoice, assignment: assignment, card: card, basis: basis, at: now)
        return [withdrawn] + (because == .methodChanged ? planning.next() : planning.again())
    }

    private static func reasonToWithdraw(
        _ charge: ChargeRequested, of invoice: OpenInvoice, card: CardRecord, assignment: Assignment, at now: Timestamp
    ) throws(Rejection) -> ChargeWithdrawn.Reason? {
        if invoice.paidElsewhere != nil { return .paidElsewhere }
        if let recovery = invoice.recovery, recovery.windowEndsAt < now { return .windowEnded }
        if charge.method != invoice.method { return .methodChanged }
        var record = invoice.record(of: card)
        // The try that the networks count is this one.
        if let own = record.tries.lastIndex(of: charge.at) { record.tries.remove(at: own) }
        guard case .cleared = NetworkGuard().verdict(on: record, at: now) else { return .networkRule }
        guard invoice.recovery != nil else { return nil }
        let planning = try Planning(invoice, assignment: assignment, card: card, at: now)
        return planning.policy.hours.contains(now, in: planning.zone) ? nil : .outsideHours
    }

    private static func approve(
        _ invoice: OpenInvoice, _ answer: ChargeAnswer, charge: ChargeRequested, at now: Timestamp
    ) throws(Rejection) -> [Event] {
        var events: [Event] = [
            .chargeApproved(
                ChargeApproved(
                    invoice: charge.invoice, attempt: charge.attempt, key: charge.key, charge: answer.charge, network: answer.network,
                    amountMinor: charge.amountMinor, currency: charge.currency, recovery: invoice.recovery?.terms, at: now))
        ]
        if let reference = invoice.paidElsewhere {
            events.append(
                .overpaid(
                    InvoiceOverpaid(
                        invoice: charge.invoice, charge: answer.charge, reference: reference, amountMinor: charge.amountMinor,
                        currency: charge.currency, at: now)))
        }
        return events + [.paid(invoice.paid(by: .charge, at: now))]
    }

    private static func decline(
        _ invoice: OpenInvoice, _ declined: ChargeDeclined, card: CardRecord, assignment: Assignment, basis: ForecastBasis
    ) throws(Rejection) -> [Event] {
        let now = declined.at
        var events: [Event] = [.chargeDeclined(declined)]
        var invoice = invoice
        invoice.note(declined)
        if invoice.paidElsewhere != nil { return events + [.paid(invoice.paid(by: .elsewhere, at: now))] }
        if invoice.recovery == nil { events.append(invoice.startRecovery(by: assignment, reason: declined.reason, at: now)) }
        if let recovery = invoice.recovery, recovery.windowEndsAt <= now {
            return events + [.uncollectible(invoice.uncollectible(recovery.terms, at: now))]
        }
        return events + (try Planning(invoice, assignment: assignment, card: card, basis: basis, at: now)).next()
    }

    private static func conclude(
        _ invoice: OpenInvoice, _ request: PredictionRequested, _ result: Result<PredictionAnswers, PredictionFailure>, card: CardRecord,
        assignment: Assignment, at now: Timestamp
    ) throws(Rejection) -> [Event] {
        let result = result.map { answers in
            PredictionMade(
                invoice: request.invoice, number: request.number, attempt: request.attempt, answer: answers.answer,
                shadow: answers.shadow?.success, shadowFailure: answers.shadow?.failure, recovery: request.recovery, at: now)
        }
        guard invoice.paidElsewhere == nil else { return [] }
        switch request.purpose {
        case .retry:
            return try Planning(invoice, assignment: assignment, card: card, at: now).concluding(request, result)
        case .firstCharge:
            var unasked = invoice
            unasked.phase = .due
            let events: [Event]
            switch result {
            case .success(let made):
                unasked.isFirstChargePredicted = false
                let first = FirstCharge(unasked, assignment: assignment, card: card, basis: .none, at: now)
                if let timed = first?.timed(by: made, to: request) { return [.predictionMade(made), .firstChargeTimed(timed)] }
                events = [.predictionMade(made)]
            case .failure(let failure):
                events = [
                    .predictionFailed(
                        PredictionFailed(
                            invoice: request.invoice, attempt: request.attempt, failure: failure, model: request.model, recovery: nil,
                            at: now))
                ]
            }
            unasked.isFirstChargePredicted = true
            return events + (try beginAttempt(of: unasked, card: card, assignment: assignment, basis: .none, at: now))
        }
    }

    private static func changeMethod(
        of invoice: OpenInvoice, to method: String, card: CardRecord, assignment: Assignment?, at now: Timestamp
    ) throws(Rejection) -> [Event] {
        guard method != invoice.method else { return [] }
        let changed = Event.methodChanged(
            InvoiceMethodChanged(invoice: invoice.opened.invoice, oldMethod: invoice.method, newMethod: method, at: now))
        guard invoice.recovery != nil, !invoice.isCharging, invoice.paidElsewhere == nil else { return [changed] }
        var invoice = invoice
        invoice.replaceMethod(by: method)
        return [changed] + (try Planning(invoice, assignment: assignment, card: card, at: now)).next()
    }

    package static func evolve(_ state: inout State, with event: Event) {
        switch event {
        case .opened(let opened): state = .open(OpenInvoice(opened))
        case .paid(let paid): state = .paid(paid)
        case .uncollectible(let uncollectible): state = .uncollectible(uncollectible)
        case .chargeRequested(let charge):
            state.update {
                $0.attempts = charge.attempt
                $0.phase = .charging(charge, isUnknown: false)
            }
        case .chargeUnknown:
            state.update { if case .charging(let charge, _) = $0.phase { $0.phase = .charging(charge, isUnknown: true) } }
        case .chargeWithdrawn: state.update { $0.withdraw() }
        case .chargeApproved: state.update { $0.phase = .stuck }
        case .chargeDeclined(let declined): state.update { $0.note(declined) }
        case .recoveryStarted(let recovery): state.update { $0.recovery = recovery }
        case .predictionRequested(let request):
            state.update {
                $0.phase = .predicting(request)
                $0.predictions = request.number
                if request.purpose == .firstCharge { $0.isFirstChargePredicted = true }
            }
        case .predictionMade, .predictionFailed:
            state.update {
                guard case .predicting(let request) = $0.phase else { return }
                $0.phase = request.purpose == .firstCharge ? .due : .stuck
            }
        case .firstChargeTimed(let timed): state.update { $0.phase = .timed(timed) }
        case .retryScheduled(let retry): state.update { $0.phase = .waiting(retry) }
        case .retryWithheld: state.update { $0.phase = .stuck }
        case .guardRefused(let refused): state.update { if refused.opensAt == nil { $0.phase = .stuck } }
        case .payerNotified: state.update { $0.isPayerNotified = true }
        case .methodChanged(let changed): state.update { $0.replaceMethod(by: changed.newMethod) }
        case .paidElsewhere(let payment): state.update { $0.paidElsewhere = payment.reference }
        case .overpaid: break
        }
    }
}

extension Invoice.State {
    package var open: OpenInvoice? { if case .open(let invoice) = self { invoice } else { nil } }

    fileprivate mutating func update(_ change: (inout OpenInvoice) -> Void) {
        guard case .open(var invoice) = self else { return }
        change(&invoice)
        self = .open(invoice)
    }
}

extension OpenInvoice {
    package var isCharging: Bool { if case .charging = phase { true } else { false } }

    /// Lets go of the attempt that is out.
    mutating func withdraw() {
        guard isCharging else { return }
        phase = recovery == nil ? .due : .stuck
        withdrawals += 1
    }

    /// Learns from a decline. News of a method that was replaced meanwhile say nothing about the present one.
    mutating func note(_ declined: ChargeDeclined) {
        guard case .charging(let charge, _) = phase else { return }
        phase = .stuck
        learn(of: charge.method, from: declined)
        guard charge.method == method else { return }
        reasons.append(declined.reason)
        if declined.stated == nil {
            observations.append(ChargeObservation(at: charge.at, code: declined.code, advice: declined.advice))
        }
        // Without a verdict nothing is learned of the card.
        guard let verdict = declined.network else { return }
        network = verdict
        block = declined.block
    }

    /// What binds this payment with this card, also when the payer comes back to it.
    private mutating func learn(of method: String, from declined: ChargeDeclined) {
        var bounds = boundsByMethod[method] ?? CardBounds()
        if declined.reason == .authenticationRequired { bounds.requiresAuthentication = true }
        if let verdict = declined.network {
            bounds.floor = NetworkGuard().floor(
                network: verdict, advice: declined.advice, notBefore: declined.notBefore, at: declined.at)
        }
        boundsByMethod[method] = bounds
    }

    mutating func startRecovery(by assignment: Assignment, reason: DeclineReason, at now: Timestamp) -> InvoiceEvent {
        let started = RecoveryStarted(
            invoice: opened.invoice, subscription: opened.subscription,
            terms: RecoveryTerms(policy: assignment.policy.name, policyVersion: assignment.policy.version, firstReason: reason),
            experiment: assignment.experiment, bucket: assignment.bucket,
            windowEndsAt: now.advanced(by: .days(assignment.policy.windowDays)), at: now)
        recovery = started
        return .recoveryStarted(started)
    }

    func paid(by means: InvoicePaid.Means, at now: Timestamp) -> InvoicePaid {
        InvoicePaid(
            invoice: opened.invoice, subscription: opened.subscription, by: means, amountMinor: opened.amountMinor,
            currency: opened.currency, attempts: attempts, recovery: recovery?.terms, at: now)
    }

    func uncollectible(_ terms: RecoveryTerms, at now: Timestamp) -> InvoiceUncollectible {
        InvoiceUncollectible(
            invoice: opened.invoice, subscription: opened.subscription, amountMinor: opened.amountMinor, currency: opened.currency,
            attempts: attempts, recovery: terms, at: now)
    }
}

extension ChargeDeclined {
    fileprivate init(_ answer: ChargeAnswer, to charge: ChargeRequested, recovery: RecoveryTerms?, at now: Timestamp) {
        self.init(
            invoice: charge.invoice, attempt: charge.attempt, key: charge.key, charge: answer.charge, network: answer.network,
            code: answer.code, advice: answer.advice, stated: nil, notBefore: answer.notBefore, reason: answer.reason,
            block: NetworkGuard().block(
                network: answer.network, code: answer.code, advice: answer.advice, isFinal: answer.isFinal, at: now),
            recovery: recovery, at: now)
    }

    fileprivate init(nothingCharged charge: ChargeRequested, because stated: String, recovery: RecoveryTerms?, at now: Timestamp) {
        self.init(
            invoice: charge.invoice, attempt: charge.attempt, key: charge.key, charge: nil, network: nil, code: nil, advice: nil,
            stated: stated, notBefore: nil, reason: .other, block: nil, recovery: recovery, at: now)
    }
}
