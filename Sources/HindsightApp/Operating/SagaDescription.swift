package import HindsightCore

/// A saga of this program, as far as an operator's tools need to know it.
package struct SagaDescription: Sendable {
    package let name: String
    /// The open instances, with what brings each on.
    package let openInstances: @Sendable (_ log: any EventLog) async throws -> [OpenSaga]

    /// - Parameter awaits: What event of the domain an instance in this state waits for, in a few words; `nil` if it waits for none.
    package init<S: Saga>(_ saga: S.Type, awaits: @escaping @Sendable (S.State) -> String?) {
        name = S.name
        openInstances = { log in try await Self.fold(saga, log).compactMap { OpenSaga($0, awaits: awaits) } }
    }

    private static func fold<S: Saga>(_ saga: S.Type, _ log: any EventLog) async throws -> [SagaInstance<S>] {
        let prefix = "saga-\(S.name):"
        var instances: [String: SagaInstance<S>] = [:]
        let filter = EventFilter(types: S.Event.codec.types + SagaLifecycle.codec.types)
        for try await recorded in log.events(EventSelection(filter)) {
            if recorded.stream.category.description == "saga" {
                guard let id = recorded.stream.description.afterBytePrefix(prefix), let event = try SagaLifecycle.codec.decode(recorded)
                else { continue }
                var instance = try instances.removeValue(forKey: id) ?? SagaInstance<S>(id: id)
                instance.consume(event, id: recorded.id)
                instances[id] = instance
            } else if let event = try S.Event.codec.decode(recorded) {
                for id in S.instances(for: event, in: recorded.stream) {
                    var instance = try instances.removeValue(forKey: id) ?? SagaInstance<S>(id: id)
                    instance.consume(event, in: recorded.stream, id: recorded.id)
                    instances[id] = instance
                }
            }
        }
        return instances.values.sorted { $0.id < $1.id }
    }
}

/// A saga that has begun, or has reason to begin, and is not finished.
package struct OpenSaga: Sendable, Equatable, Encodable {
    package enum WakeUp: String, Sendable, Encodable {
        /// Inputs are in the log whose reactions are not: a worker plans them when it next runs.
        case worker
        case effect
        case timer
        case event
        case `operator`
    }

    package let saga: String
    package let instance: String
    /// `nil` for one that nothing will ever bring on.
    package let wakeUp: WakeUp?
    package let detail: String

    init?<S: Saga>(_ instance: SagaInstance<S>, awaits: (S.State) -> String?) {
        saga = S.name
        self.instance = instance.id
        switch instance.status {
        case .finished: return nil
        case .parked(let reason): (wakeUp, detail) = (.operator, "parked: \(reason)")
        case .running:
            if instance.hasUnhandledInputs {
                (wakeUp, detail) = (.worker, "inputs to handle")
            } else if let effect = instance.actionableEffects.first {
                (wakeUp, detail) = (.effect, "\(effect.intent.kind) \(effect.intent.key), attempt \(effect.intent.attempt)")
            } else if let timer = instance.timers.min(by: { ($0.value.due, $0.key) < ($1.value.due, $1.key) }) {
                (wakeUp, detail) = (.timer, "\(timer.key) at \(timer.value.due)")
            } else if instance.definitionVersion == nil {
                // Events concerned it, and none has made it begin.
                return nil
            } else if let event = awaits(instance.state) {
                (wakeUp, detail) = (.event, event)
            } else {
                (wakeUp, detail) = (nil, "no open effect, no timer, and no event that it waits for")
            }
        }
    }
}
