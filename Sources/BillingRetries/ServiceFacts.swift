import HindsightCore

extension BillingRetries {
    /// The deciders' word on facts that a service states: the same rules as for commands, on the stream's state as each finds it.
    @Sendable static func refusal(of facts: [NewEvent], on stream: StreamName, in log: any EventLog) async throws -> Domain.Refusal? {
        switch stream.category {
        case subscriptions:
            try await refusal(of: Subscription.self, facts, on: stream, in: log) { event in
                switch event {
                case .started(let started): (started.subscription, .start(started))
                case .methodChanged(let changed): (changed.subscription, .changeMethod(to: changed.newMethod, at: changed.at))
                case .cancelled(let cancelled): (cancelled.subscription, .cancel(reason: cancelled.reason, at: cancelled.at))
                case .renewed, .renewalDeferred, .downgraded: nil
                }
            }
        case methods:
            try await refusal(of: PaymentMethod.self, facts, on: stream, in: log) { event in
                guard case .registered(let registered) = event else { return nil }
                return (registered.method, .register(registered))
            }
        case invoices:
            try await refusal(of: Invoice.self, facts, on: stream, in: log) { event in
                guard case .paidElsewhere(let payment) = event else { return nil }
                return (payment.invoice, .recordPaidElsewhere(reference: payment.reference, at: payment.at))
            }
        default: facts.first.map { Domain.Refusal(reason: decision($0)) }
        }
    }

    /// Refuses a fact that the decider would not have decided, word for word, from the command that it stands for.
    private static func refusal<D: Decider>(
        of decider: D.Type, _ facts: [NewEvent], on stream: StreamName, in log: any EventLog,
        command: (D.Event) -> (id: String, D.Command)?
    ) async throws -> Domain.Refusal? {
        var state = D.initialState
        try await log.replay(D.Event.codec, EventSelection(EventFilter(stream: stream))) { earlier, _ in
            D.evolve(&state, with: earlier)
        }
        for (index, fact) in facts.enumerated() {
            func refusal(_ reason: String) -> Domain.Refusal { Domain.Refusal(index: index, reason: reason) }
            guard serviceFacts.contains(fact.type) else { return refusal(decision(fact)) }
            let event = try D.Event.codec.decode(fact.data, type: fact.type, schemaVersion: fact.schemaVersion)
            guard let (id, command) = command(event) else { return refusal(decision(fact)) }
            guard stream.id.map(String.init) == id else { return refusal("the fact is about \(id), the stream is \(stream)") }
            do {
                let decided = try D.decide(command, given: state)
                guard decided == [event] else {
                    return refusal(
                        decided.isEmpty ? "there is nothing new in it" : "the stream's state asks for other content: \(decided)")
                }
            } catch {
                return refusal("\(error)")
            }
            D.evolve(&state, with: event)
        }
        return nil
    }

    private static let serviceFacts: Set<EventType> = [
        SubscriptionStarted.type, SubscriptionMethodChanged.type, SubscriptionCancelled.type, MethodRegistered.type,
        InvoicePaidElsewhere.type,
    ]

    private static func decision(_ fact: NewEvent) -> String { "\(fact.type) is a decision: no service can state it" }
}
