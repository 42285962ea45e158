package import HindsightCore

/// What predictions read of each customer: of when the newest snapshot is, and what segments ask of it. The key is the customer.
package struct NewestSignals: Projection {
    package typealias Event = PayerEvent

    package struct Row: Codable, Sendable, Equatable {
        package let takenAt: Timestamp
        package let country: String?
        package let funding: CardFunding?
    }

    package init() {}

    package let name = "newest-signals"
    package let version = 1

    package func keys(for event: Recorded<PayerEvent>) -> [String] {
        switch event.event {
        case .snapshotRecorded(let snapshot): [snapshot.customer]
        case .forecastMade: []
        }
    }

    package func apply(_ event: Recorded<PayerEvent>, key: String, to row: inout Row?) {
        switch event.event {
        case .snapshotRecorded(let snapshot):
            row = Row(takenAt: snapshot.signals.takenAt, country: snapshot.signals.country, funding: snapshot.signals.card?.funding)
        case .forecastMade: break
        }
    }
}
