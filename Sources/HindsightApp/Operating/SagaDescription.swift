package import HindsightCore

/// A saga of this program, as far as an operator's tools need to know it.
package struct SagaDescription: Sendable {
    package let name: String
    /// The open instances, with what brings each on.
    package let openInstances: @Sendable (_ log: any EventLog) async throws -> [OpenSaga]
    /// Why its instances can't be cancelled, and what to do instead; `nil` if they can.
    package let refusesCancellation: String?

    package init<S: Saga>(_ saga: S.Type) {
        name = S.name
        openInstances = { log in try await Self.fold(saga, log).compactMap { OpenSaga($0) } }
        refusesCancellation = S.refusesCancellation
    }

    private static func fold<S: Saga>(_ saga: S.Type, _ log: any EventLog) async throws -> [SagaInstance<S>] {
        let prefix = "saga-\(S.name):"
        var instances: [String: SagaInstance<S>] = [:]
        let filter = EventFilter(types: S.Event.codec.types + SagaLifecycle.codec.types)
        for try await recorded in log.events(EventSelection(filter)) {
            let concerned: [String] =
                if let id = recorded.stream.description.afterBytePrefix(prefix) {
                    [id]
                } else if let event = try S.Event.codec.decode(recorded) {
                    S.instances(for: event, in: recorded.stream)
                } else {
                    []
                }
            for id in concerned {
                var instance = try instances.removeValue(forKey: id) ?? SagaInstance<S>(id: id)
                try instance.consume(recorded)
                instances[id] = instance
            }
        }
        return instances.values.sorted { $0.id < $1.id }
    }
}

/// A saga that has begun, or has reason to begin, and is not finished.
package struct OpenSaga: Sendable, Equatable, Encodable {
    package let saga: String
    package let instance: String
    /// `worker`, `effect`, `timer`, `event`, `operator`; `none` for one that nothing will ever bring on.
    package let wakeUp: String
    package let detail: String
    /// When its timer fires, if that is what it waits for.
    package let due: Timestamp?

    init?<S: Saga>(_ instance: SagaInstance<S>) {
        guard let wakeUp = instance.wakeUp else { return nil }
        saga = S.name
        self.instance = instance.id
        self.wakeUp = wakeUp.word
        (detail, due) =
            switch wakeUp {
            case .worker(let inputs): (inputs, nil)
            case .effect(let effect, let attempt): ("\(effect), attempt \(attempt)", nil)
            case .timer(let name, let due): ("\(name) at \(due)", due)
            case .event(let event): (event, nil)
            case .person(let why): (why, nil)
            case .nothing: ("no open effect, no timer, and no event that it waits for", nil)
            }
    }
}
