import ArgumentParser
import HindsightApp
import HindsightCore

/// What every act on a saga is told.
struct SagaActArguments: ParsableArguments {
    @Argument(help: "name:instance, as `hindsight sagas list` shows it.") var saga: String
    @Option(help: "Why, for whoever reads the log later; no personal values.") var reason: String

    func validate() throws {
        guard reason.contains(where: { !$0.isWhitespace }), reason.count <= 1_000 else {
            throw ValidationError("--reason is a text of 1 to 1,000 characters")
        }
    }
}

/// An effect of a saga, where several are open.
struct EffectArguments: ParsableArguments {
    @Option(help: "Which effect, if several are open.") var effect: String?
    @Option(help: "Its key.") var key: String?

    func validate() throws {
        guard (effect == nil) == (key == nil) else { throw ValidationError("--effect and --key name an effect together") }
    }

    var reference: EffectReference? { effect.flatMap { kind in key.map { EffectReference(kind: kind, key: $0) } } }
}

extension SagasCommand {
    private static func perform(_ act: SagaOperator.Act, _ arguments: SagaActArguments, _ session: Session) async throws {
        let application = try session.open(for: .writing)
        let desk = SagaOperator(log: application.log, clock: application.clock)
        try await desk.perform(act, on: arguments.saga, reason: arguments.reason, metadata: EventMetadata(actor: session.actor))
        await application.close()
        try await showAfterwards(arguments.saga, session)
    }

    private static func outcome(_ text: String) throws -> SagaResolved.Outcome {
        guard let outcome = SagaResolved.Outcome(rawValue: text) else {
            throw ValidationError("'\(text)' is neither succeeded nor rejected")
        }
        return outcome
    }

    private static func showAfterwards(_ saga: String, _ session: Session) async throws {
        guard let row = try await rows(session, at: nil, key: saga).first?.row else { throw NoSuchSaga(id: saga) }
        try show(row, of: saga, session)
    }

    struct Retry: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Let a parked saga go on with what it stood at; or let one that waits for its next try do it now.")
        @OptionGroup var arguments: SagaActArguments
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: SagasCommand
        func run(in session: Session) async throws { try await SagasCommand.perform(.retry, arguments, session) }
    }

    struct Skip: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "Let a saga go on without the effect, or the input, that it stands at.")
        @OptionGroup var arguments: SagaActArguments
        @OptionGroup var effect: EffectArguments
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: SagasCommand
        func run(in session: Session) async throws { try await SagasCommand.perform(.skip(effect.reference), arguments, session) }
    }

    struct Cancel: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Ask for an end: what was done is undone as far as the saga knows how.")
        @OptionGroup var arguments: SagaActArguments
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: SagasCommand
        func run(in session: Session) async throws { try await SagasCommand.perform(.cancel, arguments, session) }
    }

    struct Pause: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Begin nothing any more until `resume`; what is under way comes to its end.")
        @OptionGroup var arguments: SagaActArguments
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: SagasCommand
        func run(in session: Session) async throws { try await SagasCommand.perform(.pause, arguments, session) }
    }

    struct Resume: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "Let a paused saga go on.")
        @OptionGroup var arguments: SagaActArguments
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: SagasCommand
        func run(in session: Session) async throws { try await SagasCommand.perform(.resume, arguments, session) }
    }

    struct Resolve: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Say what became of an effect whose outcome nobody knows, with where that can be seen.")
        @OptionGroup var arguments: SagaActArguments
        @OptionGroup var effect: EffectArguments
        @Option(help: "succeeded or rejected.", transform: SagasCommand.outcome) var outcome: SagaResolved.Outcome
        @Option(help: "Where it can be seen: the number of a statement, of a ticket.") var proof: String
        @Option(
            help: "What the peer would have answered, as JSON; needless for what was rejected, and where a success says no more than that.",
            transform: Arguments.json) var result: JSONValue = [:]
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: SagasCommand

        func validate() throws {
            guard proof.contains(where: { !$0.isWhitespace }) else { throw ValidationError("--proof names where it can be seen") }
        }

        func run(in session: Session) async throws {
            do {
                try await SagasCommand.perform(.resolve(effect.reference, outcome, result: result, proof: proof), arguments, session)
            } catch let error as UnusableResult {
                throw ValidationError("--result: \(error)")
            }
        }
    }

    struct Signal: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "Tell a saga something from outside its domain.")
        @Argument(help: "name:instance, as `hindsight sagas list` shows it.") var saga: String
        @Argument(help: "What it is about: a word that the saga knows.") var signal: String
        @Option(help: "What is told, as JSON; no personal values.", transform: Arguments.json) var data: JSONValue = [:]
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: SagasCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: .writing)
            let desk = SagaOperator(log: application.log, clock: application.clock)
            try await desk.signal(signal, data: data, to: saga, metadata: EventMetadata(actor: session.actor))
            await application.close()
            try await SagasCommand.showAfterwards(saga, session)
        }
    }
}
