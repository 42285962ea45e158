package import HindsightCore

/// A customer as predictions know them: snapshot after snapshot, in the stream `payer-<customer>`.
package enum Payer: Decider {
    package enum Command: Sendable {
        /// - Parameter history: What came of the customer's charges, oldest first.
        case record(PayerSignals, customer: String, history: [ChargeObservation], at: Timestamp)
    }

    package typealias Event = PayerEvent

    package struct State: Sendable {
        package fileprivate(set) var snapshot: SnapshotRecorded?
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case badIdentifier(field: String)
        case fromTheFuture(takenAt: Timestamp, now: Timestamp)
        case outdated(newest: Timestamp)
        case badCountry(String)
        case badUsage(field: String, Int)

        package var description: String {
            switch self {
            case .badIdentifier(let field): "\(field): an id is 1 to \(Identifier.maximumBytes) bytes without spaces or control characters"
            case .fromTheFuture(let takenAt, let now): "takenAt: \(takenAt) has not come yet, it is \(now): check the sender's clock"
            case .outdated(let newest): "takenAt: a snapshot of \(newest) is there already, and only a newer one says more"
            case .badCountry(let country): "country: \(country) is not two capitals of ISO 3166-1"
            case .badUsage(let field, let value): "usage.\(field): \(value) is out of bounds"
            }
        }
    }

    /// More than a year of monthly renewals with their retries.
    package static let historyLimit = 60
    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [Event] {
        switch command {
        case .record(let signals, let customer, let history, let now):
            try check(signals, customer: customer, at: now)
            if let newest = state.snapshot {
                if newest.signals == signals { return [] }
                guard signals.takenAt > newest.signals.takenAt else { throw .outdated(newest: newest.signals.takenAt) }
            }
            return [
                .snapshotRecorded(
                    SnapshotRecorded(customer: customer, signals: signals, history: history.suffix(historyLimit), at: now))
            ]
        }
    }

    private static func check(_ signals: PayerSignals, customer: String, at now: Timestamp) throws(Rejection) {
        guard Identifier.isWellFormed(customer) else { throw .badIdentifier(field: "customer") }
        if let issuer = signals.card?.issuer, !Identifier.isWellFormed(issuer) { throw .badIdentifier(field: "card.issuer") }
        guard signals.takenAt <= now else { throw .fromTheFuture(takenAt: signals.takenAt, now: now) }
        if let country = signals.country, !(country.utf8.count == 2 && country.utf8.allSatisfy { (0x41...0x5a).contains($0) }) {
            throw .badCountry(country)
        }
        guard let usage = signals.usage else { return }
        guard (0...7).contains(usage.activeDays) else { throw .badUsage(field: "activeDays", usage.activeDays) }
        if let hours = usage.hoursSinceSeen, hours < 0 { throw .badUsage(field: "hoursSinceSeen", hours) }
    }

    package static func evolve(_ state: inout State, with event: Event) {
        switch event {
        case .snapshotRecorded(let snapshot): state.snapshot = snapshot
        case .forecastMade: break
        }
    }
}
