import HindsightCore

extension BillingRetries {
    /// The deciders' word on a fact that a service states: the same rules as for a command, on the stream's present state.
    @Sendable static func refusal(_ fact: NewEvent, on stream: StreamName, in log: any EventLog) async throws -> String? {
        switch fact.type {
        case SubscriptionStarted.type:
            return try await refusal(of: Subscription.self, fact, on: stream, in: log) { event in
                guard case .started(let started) = event else { return nil }
                return (started.subscription, .start(started))
            }
        case SubscriptionMethodChanged.type:
            return try await refusal(of: Subscription.self, fact, on: stream, in: log) { event in
                guard case .methodChanged(let changed) = event else { return nil }
                return (changed.subscription, .changeMethod(to: changed.newMethod, at: changed.at))
            }
        case SubscriptionCancelled.type:
            return try await refusal(of: Subscription.self, fact, on: stream, in: log) { event in
                guard case .cancelled(let cancelled) = event else { return nil }
                return (cancelled.subscription, .cancel(reason: cancelled.reason, at: cancelled.at))
            }
        case MethodRegistered.type:
            return try await refusal(of: PaymentMethod.self, fact, on: stream, in: log) { event in
                guard case .registered(let registered) = event else { return nil }
                return (registered.method, .register(registered))
            }
        case InvoicePaidElsewhere.type:
            return try await refusal(of: Invoice.self, fact, on: stream, in: log) { event in
                guard case .paidElsewhere(let payment) = event else { return nil }
                return (payment.invoice, .recordPaidElsewhere(reference: payment.reference, at: payment.at))
            }
        default: return "\(fact.type) is a decision: no service can state it"
        }
    }

    /// Refuses a fact that the decider would not have decided, word for word, from the command that it stands for.
    private static func refusal<D: Decider>(
        of decider: D.Type, _ fact: NewEvent, on stream: StreamName, in log: any EventLog,
        command: (D.Event) -> (id: String, D.Command)?
    ) async throws -> String? {
        let event = try D.Event.codec.decode(fact.data, type: fact.type, schemaVersion: fact.schemaVersion)
        guard let (id, command) = command(event) else { return "\(fact.type) is a decision: no service can state it" }
        guard stream.id.map(String.init) == id else { return "the fact is about \(id), the stream is \(stream)" }
        var state = D.initialState
        try await log.replay(D.Event.codec, EventSelection(EventFilter(stream: stream))) { earlier, _ in
            D.evolve(&state, with: earlier)
        }
        do {
            let decided = try D.decide(command, given: state)
            if decided == [event] { return nil }
            return decided.isEmpty ? "there is nothing new in it" : "the stream's state asks for other content: \(decided)"
        } catch {
            return "\(error)"
        }
    }
}
