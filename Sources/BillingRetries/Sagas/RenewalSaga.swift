package import HindsightCore

/// Opens an invoice whenever a period ends and the one before is settled, and tells open invoices of a new payment method.
package enum RenewalSaga: Saga {
    package typealias Event = SubscriptionEvent

    package struct State: Sendable {
        package let subscription: String
        /// The newest two: the first definition does not wait for the earlier one, and a third has left its recovery window.
        fileprivate var invoices: [String] = []
        fileprivate var isCancelled = false
    }

    package enum Command: Sendable, Equatable {
        case renew(subscription: String, at: Timestamp)
        case changeMethod(invoices: [String], to: String, at: Timestamp)
    }

    package static let name = "renewals"
    package static let version = 2
    private static let periodTimer = "period-end"
    /// Longer than any recovery window and the look-ups after it: so long an invoice of a cancelled subscription may want a new method.
    private static let lastInvoice = Duration.days(RetryPolicy.longestWindowDays + 15)

    package static func initialState(of instance: String) -> State { State(subscription: instance) }

    package static func instances(for event: SubscriptionEvent, in stream: StreamName) -> [String] {
        stream.id.map { [String($0)] } ?? []
    }

    package static func evolve(_ state: inout State, with input: SagaInput<SubscriptionEvent>) {
        switch input {
        case .event(.renewed(let renewed), _): state.invoices = state.invoices.suffix(1) + [renewed.invoice]
        case .event(.cancelled, _): state.isCancelled = true
        case .event, .succeeded, .rejected, .indeterminate, .fired, .signal, .cancelRequested, .skipped, .skippedInput, .compensated: break
        }
    }

    package static func react(to input: SagaInput<SubscriptionEvent>, in state: State) -> [Reaction<Command>] {
        react(to: input, in: state, lastInvoice: lastInvoice)
    }

    fileprivate static func react(
        to input: SagaInput<SubscriptionEvent>, in state: State, lastInvoice: Duration
    ) -> [Reaction<Command>] {
        switch input {
        case .event(.started(let started), _): return [.schedule(timer: periodTimer, at: started.periodEndsAt)]
        case .event(.renewed(let renewed), _): return [.schedule(timer: periodTimer, at: renewed.ends.instant)]
        case .event(.renewalDeferred(let deferred), _): return [.schedule(timer: periodTimer, at: deferred.until)]
        case .event(.methodChanged(let changed), _):
            if state.invoices.isEmpty { return [] }
            return [.command(.changeMethod(invoices: state.invoices, to: changed.newMethod, at: changed.at))]
        case .event(.cancelled(let cancelled), _):
            return [.schedule(timer: periodTimer, at: cancelled.at.advanced(by: lastInvoice))]
        case .event(.downgraded, _): return [.finish(outcome: "downgraded")]
        case .fired(_, _, let now):
            if state.isCancelled { return [.finish(outcome: "cancelled")] }
            return [.command(.renew(subscription: state.subscription, at: now))]
        case .succeeded, .rejected, .indeterminate, .signal, .cancelRequested, .skipped, .skippedInput, .compensated: return []
        }
    }

    package static var refusesCancellation: String? {
        "renewals end with their subscription: cancel that"
    }

    package static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        try await dispatch(command, to: decisions, waitingForEarlier: true)
    }

    fileprivate static func dispatch(_ command: Command, to decisions: DecisionBatch, waitingForEarlier: Bool) async throws {
        switch command {
        case .renew(let id, let now):
            let stream = try BillingRetries.subscription(id)
            guard case .active(let active) = try await decisions.state(of: Subscription.self, on: stream) else { return }
            let earlier = waitingForEarlier ? try await openInvoice(of: active, in: decisions) : nil
            let renewal = Subscription.Command.renew(openInvoice: earlier, at: now)
            for case .renewed(let renewed) in try await decisions.decide(Subscription.self, renewal, on: stream) {
                let terms = active.terms
                let opened = InvoiceOpened(
                    invoice: renewed.invoice, subscription: id, customer: terms.customer, customerType: terms.customerType,
                    period: renewed.period, amountMinor: terms.amountMinor, currency: terms.currency, method: active.method,
                    timeZone: terms.timeZone, dueAt: active.deferredUntil ?? renewed.startsAt, at: now)
                try await decisions.decide(Invoice.self, .open(opened), on: BillingRetries.invoice(renewed.invoice))
            }
        case .changeMethod(let invoices, let method, let now):
            for id in invoices {
                let stream = try BillingRetries.invoice(id)
                guard let invoice = try await decisions.state(of: Invoice.self, on: stream).open else { continue }
                let assignment = invoice.recovery == nil ? nil : try await decisions.assignment(for: invoice)
                try await decisions.decide(
                    Invoice.self, .changeMethod(to: method, card: decisions.card(method), assignment: assignment, at: now), on: stream)
            }
        }
    }
    private static func openInvoice(of active: Subscription.Active, in decisions: DecisionBatch) async throws -> String? {
        guard let last = active.lastInvoice else { return nil }
        return try await decisions.state(of: Invoice.self, on: BillingRetries.invoice(last)).open?.opened.invoice
    }
}

/// Renewals as they were at first: a period began also while the invoice of the one before was open.
///
/// It begins nothing any more. What it has begun it brings to its end.
package enum FirstRenewalSaga: Saga {
    package typealias Event = RenewalSaga.Event
    package typealias Command = RenewalSaga.Command
    package typealias State = RenewalSaga.State

    package static let name = RenewalSaga.name
    package static let version = 1

    package static func initialState(of instance: String) -> State { RenewalSaga.initialState(of: instance) }

    package static func instances(for event: SubscriptionEvent, in stream: StreamName) -> [String] {
        RenewalSaga.instances(for: event, in: stream)
    }

    package static func evolve(_ state: inout State, with input: SagaInput<SubscriptionEvent>) {
        RenewalSaga.evolve(&state, with: input)
    }

    package static func react(to input: SagaInput<SubscriptionEvent>, in state: State) -> [Reaction<Command>] {
        RenewalSaga.react(to: input, in: state, lastInvoice: .days(40))
    }

    package static var refusesCancellation: String? { RenewalSaga.refusesCancellation }

    package static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        try await RenewalSaga.dispatch(command, to: decisions, waitingForEarlier: false)
    }
}
