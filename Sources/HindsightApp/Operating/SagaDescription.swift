package import HindsightCore

/// A saga of this program, as far as an operator's tools need to know it.
package struct SagaDescription: Sendable {
    package let name: String
    /// Newest first. Only the newest begins instances; the others go on with what they once began.
    package let definitions: [any Saga.Type]
    /// Lets a policy be in the place of all others that its decisions go by, for what-if questions; `nil` if they go by none.
    package let supposingPolicy: SupposingPolicy?

    package typealias SupposingPolicy =
        @Sendable (_ policy: String, _ log: any EventLog) async throws -> @Sendable (DecisionBatch) -> Void

    package init(_ saga: any Saga.Type, earlier: any Saga.Type..., supposingPolicy: SupposingPolicy? = nil) {
        name = saga.name
        self.supposingPolicy = supposingPolicy
        definitions = [saga] + earlier
        precondition(
            zip(definitions, definitions.dropFirst()).allSatisfy { $0.name == $1.name && $0.version > $1.version },
            "the definitions of \(name) are named newest first")
    }

    /// Why its instances can't be cancelled, and what to do instead; `nil` if they can.
    package var refusesCancellation: String? { definitions.first?.refusesCancellation }

    /// The signals that one of its definitions reacts to, in the order of their names.
    package var signals: [String] { Set(definitions.flatMap { $0.signals }).sorted() }

    /// The command as the instance's own definition takes it: where a person settles an effect, with a result that it can go on with.
    ///
    /// - Throws: `UnusableResult`; `SkippingRefused`; `SagaControl.Rejection` if nobody can settle it.
    func complete(_ command: SagaControl.Command, on stream: StreamName, in batch: DecisionBatch) async throws -> SagaControl.Command {
        let standing = try await batch.state(of: SagaControl.self, on: stream).standing
        guard standing.streamVersion > 0, !standing.isOver,
            let definition = definitions.first(where: { $0.version == standing.definitionVersion })
        else { return command }
        switch command {
        case .resolve(let reference, let outcome, let given, let proof, let reason, let now):
            let effect = try SagaControl.effect(meantBy: reference, in: standing)
            // What takes an effect back is the engine's: the saga never sees its answer.
            guard effect.undoes == nil else { return command }
            let result = try definition.result(of: effect.intent, resolvedAs: outcome, given: given, reason: reason)
            return .resolve(effect.reference, outcome, result: result, proof: proof, reason: reason, at: now)
        case .skip(let reference, _, _):
            let isOverInput = standing.parkedOver.map { cause in !standing.openEffects.contains { "\($0.reference)" == cause } } ?? false
            if reference == nil, isOverInput { return command }
            let effect = try SagaControl.effect(meantBy: reference, in: standing)
            if effect.undoes == nil, let refusal = definition.refusesSkipping(effect.intent.kind) {
                throw SkippingRefused(description: refusal)
            }
            return command
        case .retry, .cancel, .pause, .resume, .signal: return command
        }
    }

    /// The open instances, with what brings each on.
    package func openInstances(in log: any EventLog) async throws -> [OpenSaga] {
        var open: [OpenSaga] = []
        for definition in definitions { open += try await openInstances(of: definition, in: log) }
        return open.sorted { $0.instance < $1.instance }
    }

    private func openInstances<S: Saga>(of definition: S.Type, in log: any EventLog) async throws -> [OpenSaga] {
        let isNewest = definition.version == definitions.first?.version
        let versions = Set(definitions.map { $0.version })
        return try await Self.fold(definition, log).compactMap { instance in
            guard let version = instance.standing.definitionVersion else { return isNewest ? OpenSaga(instance) : nil }
            if isNewest, !versions.contains(version), !instance.standing.isOver { return OpenSaga(instance, ofUnknown: version) }
            return version == definition.version ? OpenSaga(instance) : nil
        }
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
    /// `worker`, `effect`, `timer`, `event`, `operator`; `program` for one of a definition that this program does not have; `none` for one
    /// that nothing will ever bring on.
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

    init<S: Saga>(_ instance: SagaInstance<S>, ofUnknown version: Int) {
        saga = S.name
        self.instance = instance.id
        wakeUp = "program"
        detail = "version \(version) of its definition, which this program does not have"
        due = nil
    }
}
