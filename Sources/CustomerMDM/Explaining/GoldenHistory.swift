package import HindsightCore

/// What happened to one golden record, in order: merges and what undid them, cards that came and left, and what became of its members.
///
/// Events and actors, and the names of attributes; no personal value.
package struct GoldenHistory: Sendable {
    package enum Change: String, Sendable, Codable {
        /// Its first card came in.
        case founded
        /// A card came from another record, or left for one.
        case joined, left
        case merged
        /// It became part of another record.
        case absorbed
        case unmergeRequested = "unmerge-requested"
        case unmergeRefused = "unmerge-refused"
        case unmerged
        case rolledBack = "rolled-back"
        /// Of a member's values.
        case changed
        case held, withdrawn, accepted, refused, dropped
        case pastValue = "past-value"
        case separated
        case separationClosed = "separation-closed"
        case confirmed, rejected
    }

    package struct Entry: Sendable, Equatable, Codable {
        package var position: Position
        package var event: EventID
        package var type: EventType
        package var recordedAt: Timestamp
        package var occurredAt: Timestamp
        /// Who acted; absent where the event names nobody.
        package var actor: String?
        package var change: Change
        /// The card that it is about.
        package var card: CardID?
        /// The other records that it is about.
        package var goldens: [GoldenID]
        /// The attributes that it is about, by name.
        package var attributes: [String]
        /// What decided it, and why, as far as the event knows.
        package var by: String?
        package var reason: String?

        /// In a few words, for a person.
        package var inWords: String {
            let what = ([card?.description] + goldens.map { Optional($0.description) }).compactMap(\.self).joined(separator: " ")
            return "position \(position): \(change.rawValue)\(what.isEmpty ? "" : " \(what)")\(actor.map { ", by \($0)" } ?? "")"
        }
    }

    /// Oldest first.
    package private(set) var entries: [Entry] = []
    private let golden: GoldenID
    private var members: Set<CardID> = []

    package init(of golden: GoldenID) { self.golden = golden }

    /// Follows the next event of the record, of its cards, or of separations and words about them; others change nothing.
    package mutating func follow(_ event: CustomerEvent, from recorded: RecordedEvent, actor: String?) {
        let explanation = CustomerMDM.explanation(of: event)
        func add(_ change: Change, _ card: CardID? = nil, _ goldens: [GoldenID] = [], _ attributes: [String] = []) {
            entries.append(
                Entry(
                    position: recorded.position, event: recorded.id, type: recorded.type, recordedAt: recorded.recordedAt,
                    occurredAt: recorded.occurredAt, actor: actor, change: change, card: card, goldens: goldens, attributes: attributes,
                    by: explanation.by, reason: explanation.reason))
        }
        switch event {
        case .card(.received(let received)) where received.golden == golden:
            members.insert(received.card)
            add(.founded, received.card, [], received.values.keys.sorted())
        case .card(.assigned(let assigned)):
            if assigned.to == golden, members.insert(assigned.card).inserted { add(.joined, assigned.card, [assigned.from]) }
            if assigned.from == golden, members.remove(assigned.card) != nil { add(.left, assigned.card, [assigned.to]) }
        case .card(let change) where members.contains(change.card):
            if let (kind, attributes) = Self.kind(of: change) { add(kind, change.card, [], attributes) }
        case .golden(.merged(let merged)):
            if merged.golden == golden { add(.merged, nil, merged.absorbed) }
            if merged.absorbed.contains(golden) { add(.absorbed, nil, [merged.golden]) }
        case .golden(.unmergeRequested(let requested)) where requested.golden == golden: add(.unmergeRequested)
        case .golden(.unmergeRefused(let refused)) where refused.golden == golden: add(.unmergeRefused)
        case .golden(.unmerged(let unmerged)):
            let others = Set([unmerged.golden] + unmerged.parts.map(\.golden)).subtracting([golden]).sorted()
            add(unmerged.kind == .rollback ? .rolledBack : .unmerged, nil, others)
        case .separation(.made(let made)) where !members.isDisjoint(with: made.left + made.right): add(.separated)
        case .separation(.closed(let closed)) where !members.isDisjoint(with: closed.left + closed.right): add(.separationClosed)
        case .pair(.confirmed(let pair)) where !members.isDisjoint(with: [pair.a, pair.b]): add(.confirmed)
        case .pair(.rejected(let pair)) where !members.isDisjoint(with: [pair.a, pair.b]): add(.rejected)
        case .card, .golden, .separation, .pair, .review, .analysis, .run, .settings: break
        }
    }

    private static func kind(of event: CardEvent) -> (Change, [String])? {
        switch event {
        case .received, .assigned: nil
        case .changed(let event): (.changed, event.changes.map(\.attribute))
        case .changeHeld(let event): (.held, event.changes.map(\.attribute))
        case .changeWithdrawn: (.withdrawn, [])
        case .changeAccepted(let event): (.accepted, event.changes.map(\.attribute))
        case .changeRefused: (.refused, [])
        case .pastValueOpened(let event): (.pastValue, [event.attribute])
        case .pastValueWithdrawn(let event): (.pastValue, [event.attribute])
        case .pastValueClosed(let event): (.pastValue, [event.attribute])
        case .dropped: (.dropped, [])
        }
    }
}
