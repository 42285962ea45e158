/// Long work in the outside world, as two pure functions: events to state, and events to reactions.
///
/// No clock, chance or I/O: time, ids and the answers of others arrive in events. The engine stores each reaction before anything is
/// sent, so that a saga can be stopped at any moment and goes on where the log says it was. `evolve` and `react` see each input once, in
/// the order of the log.
public protocol Saga: Sendable {
    /// The events of all domains that this saga follows.
    associatedtype Event: DomainEvent
    associatedtype State: Sendable
    /// Wishes to deciders.
    associatedtype Command: Sendable

    static var name: String { get }
    /// Of this definition; an instance keeps the one that it began with.
    static var version: Int { get }

    static func initialState(of instance: String) -> State

    /// The instances that the event concerns, from the event alone.
    static func instances(for event: Event, in stream: StreamName) -> [String]

    static func evolve(_ state: inout State, with input: SagaInput<Event>)

    /// What follows from the input; `state` has seen it already.
    static func react(to input: SagaInput<Event>, in state: State) -> [Reaction<Command>]

    /// Brings a command to the decider it is meant for. A rejection that is thrown parks the saga with its reason, unless the saga knows
    /// what follows from it.
    static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws

    /// What follows from a decider's no, in place of the reactions that were to come after the command; `nil` if a person has to look at it.
    static func reactions(toRefusalOf command: Command, _ refusal: any Error, in state: State) -> [Reaction<Command>]?

    /// How effects of this kind are bounded and repeated.
    static func policy(for kind: String) -> EffectPolicy

    /// What has to be decided before an effect that surely was not done is sent again; `nil` if nothing has.
    ///
    /// A peer may have been away for days, and what was right to send then may be so no longer. The command is dispatched first, and the
    /// effect is sent unless what was decided leads to `.withdraw`. Where a look-up found nothing and the effect may still arrive, it is not
    /// sent before that is over.
    static func reconsideration(of effect: EffectReference, in state: State, at now: Timestamp) -> Command?

    /// What event of the domain an instance in this state waits for, in a few words; `nil` if it waits for none.
    ///
    /// An open instance that has neither inputs to handle, nor an open effect, nor a timer, and waits for nothing, is stuck: `hindsight
    /// doctor` names it.
    static func awaits(in state: State) -> String?

    /// Why its instances can't be cancelled, and what to do instead; `nil` if they can.
    static var refusesCancellation: String? { get }

    /// Why effects of this kind can't be skipped, and what to do instead; `nil` if they can.
    static func refusesSkipping(_ kind: String) -> String?

    /// The signals that it reacts to: an operator's others are refused, since nothing would come of them.
    static var signals: [String] { get }

    /// What is recorded as the peer's answer where a person says what became of an effect.
    ///
    /// A person who says no need not know how the peer would have put it: the saga has words of its own. Whoever says that it was done has
    /// to say all that the saga goes on with. `evolve` and `react` see the result as those of any other answer.
    /// - Parameters:
    ///   - given: What the peer would have answered, as far as the person knows; an empty object if that is nothing.
    ///   - reason: Of the person.
    /// - Throws: ``UnusableResult`` for what the saga could not go on with; then nothing is recorded.
    static func result(
        of effect: EffectIntent, resolvedAs outcome: SagaResolved.Outcome, given: JSONValue, reason: String
    ) throws -> JSONValue
}

extension Saga {
    public static func policy(for kind: String) -> EffectPolicy { EffectPolicy() }
    public static func reactions(toRefusalOf command: Command, _ refusal: any Error, in state: State) -> [Reaction<Command>]? { nil }
    public static func reconsideration(of effect: EffectReference, in state: State, at now: Timestamp) -> Command? { nil }
    public static func awaits(in state: State) -> String? { nil }
    public static var refusesCancellation: String? { nil }
    public static func refusesSkipping(_ kind: String) -> String? { nil }
    public static var signals: [String] { [] }
    public static func result(
        of effect: EffectIntent, resolvedAs outcome: SagaResolved.Outcome, given: JSONValue, reason: String
    ) throws -> JSONValue { given }

    /// The stream of the engine's own events of an instance.
    static func stream(of instance: String) throws(EventLogError) -> StreamName {
        try StreamName("saga-\(name):\(instance)")
    }
}

/// What a saga learns.
public enum SagaInput<Event: Sendable>: Sendable {
    case event(Event, stream: StreamName)
    case succeeded(EffectReference, result: JSONValue, at: Timestamp)
    /// A definite no of the peer: nothing was done.
    case rejected(EffectReference, reason: String, result: JSONValue, at: Timestamp)
    /// Nobody knows yet whether it was done; the engine looks it up, and `succeeded` or `rejected` follows.
    case indeterminate(EffectReference, reason: String, at: Timestamp)
    /// `at` is the clock when the timer fired, at or after `due`.
    case fired(timer: String, due: Timestamp, at: Timestamp)
    /// Somebody outside the domain tells the saga something.
    case signal(String, data: JSONValue, at: Timestamp)
    /// A person wants an end of it: mostly answered by `.compensate`, or by `.finish` where nothing was done that shows.
    case cancelRequested(reason: String, at: Timestamp)
    /// A person wants the saga to go on without this effect.
    case skipped(EffectReference, reason: String, at: Timestamp)
    /// A person wants the saga to go on without what follows from an input, over which it was parked. `evolve` has seen the input itself.
    indirect case skippedInput(SagaInput, reason: String, at: Timestamp)
    /// All that was applied and can be undone has been.
    case compensated(at: Timestamp)
}

/// What a saga wants.
public enum Reaction<Command: Sendable>: Sendable {
    case command(Command)
    case perform(Effect)
    /// Lets go of an effect that surely was not done; one that may have been is left alone, and its outcome follows. No input tells of it.
    case withdraw(EffectReference, reason: String)
    /// Sets, or sets anew, the timer of this name.
    case schedule(timer: String, at: Timestamp)
    case cancelTimer(String)
    /// Undoes what was applied, the last first, once it is known what that is. No reaction but that to `.compensated` is asked for any
    /// more.
    case compensate(reason: String)
    case finish(outcome: String)
    /// Waits for a person.
    case park(reason: String)
}

extension SagaInput {
    /// Whether it is about the end of what was undone.
    var isOfUndoing: Bool {
        switch self {
        case .compensated: true
        case .skippedInput(let input, _, _): input.isOfUndoing
        case .event, .succeeded, .rejected, .indeterminate, .fired, .signal, .cancelRequested, .skipped: false
        }
    }
}

extension Reaction: Equatable where Command: Equatable {}
