/// All rules of one kind of stream, and none of the world.
///
/// `decide` holds every rule and no effect; `evolve` holds none and cannot fail, so history always loads. Time, identity and chance
/// arrive inside the command. Both switch without `default`, so that a new event stops the build wherever it matters.
public protocol Decider: Sendable {
    associatedtype Command: Sendable
    associatedtype Event: DomainEvent
    associatedtype State: Sendable
    /// The domain's no: a normal answer, shown to the user.
    associatedtype Rejection: Error & Equatable

    static var initialState: State { get }

    /// The events that follow from the command; none if there is nothing to do.
    static func decide(_ command: Command, given state: State) throws(Rejection) -> [Event]

    static func evolve(_ state: inout State, with event: Event)
}

extension Decider {
    /// The state that a history leads to.
    public static func state(after history: some Sequence<Event>) -> State {
        history.reduce(into: initialState) { evolve(&$0, with: $1) }
    }
}
