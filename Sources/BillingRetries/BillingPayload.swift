package import HindsightCore

/// What every event of this domain carries: when it happened, and what it is about.
package protocol BillingPayload: EventPayload {
    /// Business time.
    var at: Timestamp { get }
    var links: [Link] { get }
}

/// A thing that an event concerns, by its opaque id: it becomes a tag.
package enum Link: Sendable {
    case subscription(String), invoice(String), customer(String), method(String)

    package var tag: Tag {
        let (key, id) =
            switch self {
            case .subscription(let id): ("subscription", id)
            case .invoice(let id): ("invoice", id)
            case .customer(let id): ("customer", id)
            case .method(let id): ("method", id)
            }
        do {
            return try Tag(key: key, value: id)
        } catch {
            preconditionFailure("deciders admit ids of at most \(Identifier.maximumBytes) bytes without control characters")
        }
    }
}

/// A closed set of this domain's events: time and tags follow from the payload.
package protocol BillingEvent: DomainEvent {
    var content: any BillingPayload { get }
}

extension BillingEvent {
    package var payload: any EventPayload { content }
    package var occurredAt: Timestamp? { content.at }
    package var tags: [Tag] { content.links.map(\.tag) }
}

/// What ids of customers, methods, subscriptions and invoices have in common.
package enum Identifier {
    /// Leaves room for a category, a period and the key of a tag below the limits of names and tags.
    package static let maximumBytes = 128

    package static func isWellFormed(_ id: String) -> Bool {
        (1...maximumBytes).contains(id.utf8.count) && id.unicodeScalars.allSatisfy { $0.value > 0x20 && !(0x7f...0x9f).contains($0.value) }
    }
}
