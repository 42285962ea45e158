package import HindsightCore

/// One row for each subscription: whose it is, for which plan, and whether it renews. The key is the subscription's id.
package struct SubscriptionBoard: Projection {
    package typealias Event = SubscriptionEvent

    package struct Row: Codable, Sendable, Equatable {
        package let customer: String
        /// The one that it started with.
        package let plan: String
        package fileprivate(set) var isActive = true
    }

    package init() {}

    package let name = "subscriptions"
    package let version = 1

    package var indexes: [RowIndex<Row>] { [RowIndex("status") { [$0.isActive ? "active" : "ended"] }] }

    package func keys(for event: Recorded<SubscriptionEvent>) -> [String] {
        switch event.event {
        case .started, .cancelled, .downgraded: event.stream.id.map { [String($0)] } ?? []
        case .renewed, .renewalDeferred, .methodChanged: []
        }
    }

    package func apply(_ event: Recorded<SubscriptionEvent>, key: String, to row: inout Row?) {
        switch event.event {
        case .started(let started): row = Row(customer: started.customer, plan: started.plan)
        case .cancelled, .downgraded: row?.isActive = false
        case .renewed, .renewalDeferred, .methodChanged: break
        }
    }
}
