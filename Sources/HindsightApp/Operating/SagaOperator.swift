package import HindsightCore
import HindsightRuntime

/// What operators do to sagas: each act is an event in the saga's own stream, with who did it.
package struct SagaOperator: Sendable {
    package enum Act: Sendable {
        case retry
        /// - Parameter effect: May be left out while only one is open.
        case resolve(EffectReference?, SagaResolved.Outcome, result: JSONValue, proof: String)
        case skip(EffectReference?)
        case cancel
        case pause
        case resume
    }

    private let commands: CommandHandler
    private let log: any EventLog
    private let clock: any WallClock
    private let sagas: [SagaDescription]

    package init(
        log: any EventLog, clock: any WallClock, identities: any IdentitySource = RandomIdentities(),
        sagas: [SagaDescription] = BuiltIn.sagas
    ) {
        self.log = log
        self.clock = clock
        self.sagas = sagas
        commands = CommandHandler(log: log, clock: clock, identities: identities)
    }

    /// Does it to one saga.
    ///
    /// - Parameters:
    ///   - id: `name:instance`.
    ///   - reason: In words for whoever reads the log later; no personal values.
    /// - Throws: ``NoSuchSaga``; `SagaControl.Rejection`; ``CancellationRefused``; ``SkippingRefused``; `UnusableResult`.
    package func perform(_ act: Act, on id: String, reason: String, metadata: EventMetadata) async throws {
        let now = clock.now()
        let command: SagaControl.Command =
            switch act {
            case .retry: .retry(reason: reason, at: now)
            case .resolve(let effect, let outcome, let result, let proof):
                .resolve(effect, outcome, result: result, proof: proof, reason: reason, at: now)
            case .skip(let effect): .skip(effect, reason: reason, at: now)
            case .cancel: .cancel(reason: reason, at: now)
            case .pause: .pause(reason: reason, at: now)
            case .resume: .resume(reason: reason, at: now)
            }
        try await decide(command, on: id, metadata: metadata)
    }

    /// Tells the saga something from outside its domain.
    ///
    /// - Throws: ``NoSuchSaga``; ``UnknownSignal``; `SagaControl.Rejection`.
    package func signal(_ name: String, data: JSONValue, to id: String, metadata: EventMetadata) async throws {
        try await decide(.signal(name, data: data, at: clock.now()), on: id, metadata: metadata)
    }

    private func decide(_ command: SagaControl.Command, on id: String, metadata: EventMetadata) async throws {
        let name = id.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1).first.map { String(decoding: $0, as: UTF8.self) }
        guard let saga = sagas.first(where: { $0.name == name }) else { throw NoSuchSaga(id: id) }
        if case .cancel = command, let refusal = saga.refusesCancellation { throw CancellationRefused(description: refusal) }
        let stream = try StreamName("saga-\(id)")
        if case .signal(let signal, _, _) = command, !saga.signals.contains(signal) {
            guard try await log.version(of: stream) > 0 else { throw NoSuchSaga(id: id) }
            throw UnknownSignal(signal: signal, saga: saga.name, known: saga.signals)
        }
        do {
            try await commands.decide(metadata: metadata) { batch in
                try await batch.decide(SagaControl.self, saga.complete(command, on: stream, in: batch), on: stream)
            }
        } catch SagaControl.Rejection.notStarted {
            throw NoSuchSaga(id: id)
        }
    }
}

/// No saga of this id has begun.
package struct NoSuchSaga: Error, Sendable, Equatable, CustomStringConvertible {
    package let id: String

    package init(id: String) { self.id = id }

    package var description: String { "there is no saga \(id): `hindsight sagas list` names them" }
}

/// The saga reacts to no signal of this name.
package struct UnknownSignal: Error, Sendable, Equatable, CustomStringConvertible {
    package let signal: String
    package let saga: String
    package let known: [String]

    package init(signal: String, saga: String, known: [String]) {
        self.signal = signal
        self.saga = saga
        self.known = known
    }

    package var description: String {
        "\(saga) knows no signal \(signal): "
            + (known.isEmpty ? "it reacts to none" : "those that it reacts to are \(known.joined(separator: ", "))")
    }
}

/// Effects of this kind can't be skipped: this is what to do instead.
package struct SkippingRefused: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}

/// The saga can't be cancelled: this is what to do instead.
package struct CancellationRefused: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}
