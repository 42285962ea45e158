package import HindsightCore

/// A card as the network guard sees it: its tries by all invoices, and whether it is closed for ever.
///
/// Its stream is written in the append that requests a charge, so two invoices can't both take a card's last try.
package enum PaymentMethod: Decider {
    package enum Command: Sendable {
        case register(MethodRegistered)
        /// Counts a charge that the guard has cleared.
        case recordTry(ChargeRequested)
        case block(method: String, invoice: String, CardBlock, at: Timestamp)
    }

    package typealias Event = PaymentMethodEvent

    package struct State: Sendable {
        package fileprivate(set) var customer: String?
        /// Oldest first; those that no rule counts any more are dropped.
        package fileprivate(set) var tries: [Timestamp] = []
        package fileprivate(set) var block: CardBlock?
        fileprivate var lastTry: MethodTried?
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case registeredByAnother
        case badIdentifier(field: String)

        package var description: String {
            switch self {
            case .registeredByAnother: "method: belongs to another customer"
            case .badIdentifier(let field): "\(field): an id is 1 to \(Identifier.maximumBytes) bytes without spaces or control characters"
            }
        }
    }

    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [Event] {
        switch command {
        case .register(let registered):
            guard Identifier.isWellFormed(registered.method) else { throw .badIdentifier(field: "method") }
            guard Identifier.isWellFormed(registered.customer) else { throw .badIdentifier(field: "customer") }
            guard state.customer == nil || state.customer == registered.customer else { throw .registeredByAnother }
            return state.customer == nil ? [.registered(registered)] : []
        case .recordTry(let charge):
            if let last = state.lastTry, last.invoice == charge.invoice, last.attempt == charge.attempt { return [] }
            return [.tried(MethodTried(method: charge.method, invoice: charge.invoice, attempt: charge.attempt, at: charge.at))]
        case .block(let method, let invoice, let block, let now):
            return state.block == nil ? [.blocked(MethodBlocked(method: method, invoice: invoice, block: block, at: now))] : []
        }
    }

    package static func evolve(_ state: inout State, with event: Event) {
        switch event {
        case .registered(let registered): state.customer = registered.customer
        case .tried(let tried):
            state.tries.append(tried.at)
            state.tries.removeAll { $0.advanced(by: .days(31)) < tried.at }
            state.lastTry = tried
        case .blocked(let blocked): state.block = blocked.block
        }
    }
}
