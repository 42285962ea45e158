package import HindsightCore

/// Why two cards of a group belong together: references, rule and weights, no values.
package struct Edge: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable {
        case strong, weak, confirmed, rejected, split
    }

    package var a: CardID
    package var b: CardID
    package var kind: Kind
    package var rule: String?
    /// In 1/1000 bit.
    package var weight: Int
    package var levels: [String: Level]
    /// Changes when the agreement does.
    package var evidence: String

    package init(a: CardID, b: CardID, kind: Kind, rule: String? = nil, weight: Int, levels: [String: Level], evidence: String) {
        self.a = a
        self.b = b
        self.kind = kind
        self.rule = rule
        self.weight = weight
        self.levels = levels
        self.evidence = evidence
    }

    package var pair: CardPair { CardPair(a, b) }
}

/// Why two cards of a group can't be one person.
package struct GroupConflict: Sendable, Equatable, Codable {
    package var a: CardID
    package var b: CardID
    /// `conflict`, `separation`, `guard` or `held`.
    package var kind: Kind
    /// Which conflict, guard or separation.
    package var name: String

    package init(a: CardID, b: CardID, kind: Kind, name: String) {
        self.a = a
        self.b = b
        self.kind = kind
        self.name = name
    }

    package enum Kind: String, Sendable, Codable {
        case conflict, separation, `guard`, held
    }
}

// MARK: - Golden records

/// What happens to one golden record, in the stream `golden-<hid>`.
package enum GoldenEvent: DomainEvent {
    case merged(GoldenMerged)
    case unmergeRequested(UnmergeRequested)
    case unmerged(GoldenUnmerged)
    case unmergeRefused(UnmergeRefused)

    package static let codec = EventCodec<GoldenEvent>(kinds { $0 })

    static func kinds<Event: Sendable>(_ embed: @escaping @Sendable (GoldenEvent) -> Event) -> [EventCodec<Event>.Kind] {
        [
            .kind { embed(.merged($0)) }, .kind { embed(.unmergeRequested($0)) }, .kind { embed(.unmerged($0)) },
            .kind { embed(.unmergeRefused($0)) },
        ]
    }

    package var payload: any EventPayload {
        switch self {
        case .merged(let payload): payload
        case .unmergeRequested(let payload): payload
        case .unmerged(let payload): payload
        case .unmergeRefused(let payload): payload
        }
    }

    package var tags: [Tag] {
        switch self {
        case .merged(let event): MDMTags.tags(goldens: [event.golden] + event.absorbed)
        case .unmergeRequested(let event): MDMTags.tags(goldens: [event.golden])
        case .unmerged(let event): MDMTags.tags(goldens: [event.golden] + event.parts.map(\.golden))
        case .unmergeRefused(let event): MDMTags.tags(goldens: [event.golden])
        }
    }
}

/// Several golden records became one; one `card-assigned` for each card that moved stands in the same append.
package struct GoldenMerged: EventPayload {
    package static let type: EventType = "customer-mdm.golden-merged"
    /// The one that stays.
    package var golden: GoldenID
    package var absorbed: [GoldenID]
    package var members: [CardID]
    package var edges: [Edge]
    package var request: String
    /// The group was read as of this position.
    package var analysedThrough: Position
    /// By which profile and weights; absent in events from before it was told.
    package var profile: String?

    package init(
        golden: GoldenID, absorbed: [GoldenID], members: [CardID], edges: [Edge], request: String, analysedThrough: Position,
        profile: String? = nil
    ) {
        self.profile = profile
        self.golden = golden
        self.absorbed = absorbed
        self.members = members
        self.edges = edges
        self.request = request
        self.analysedThrough = analysedThrough
    }
}

/// A steward wants a golden record taken apart, or led back to an earlier state; the plan was shown before and carries its digest.
package struct UnmergeRequested: EventPayload {
    package static let type: EventType = "customer-mdm.unmerge-requested"
    package var golden: GoldenID
    package var request: String
    package var plan: UnmergePlan
    package var reason: String

    package init(golden: GoldenID, request: String, plan: UnmergePlan, reason: String) {
        self.golden = golden
        self.request = request
        self.plan = plan
        self.reason = reason
    }
}

/// Separations and card moves that take golden records apart, or together again, in one append.
package struct UnmergePlan: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable {
        case unmerge, rollback
    }
    package struct Move: Sendable, Equatable, Codable {
        package var card: CardID
        package var from: GoldenID
        package var to: GoldenID

        package init(card: CardID, from: GoldenID, to: GoldenID) {
            self.card = card
            self.from = from
            self.to = to
        }
    }
    package struct Part: Sendable, Equatable, Codable {
        package var golden: GoldenID
        package var cards: [CardID]

        package init(golden: GoldenID, cards: [CardID]) {
            self.golden = golden
            self.cards = cards
        }
    }
    package struct Separation: Sendable, Equatable, Codable {
        package var separation: String
        package var left: [CardID]
        package var right: [CardID]

        package init(separation: String, left: [CardID], right: [CardID]) {
            self.separation = separation
            self.left = left
            self.right = right
        }
    }

    package var kind: Kind
    package var golden: GoldenID
    /// Of a rollback: the instant it leads back to.
    package var to: Timestamp?
    package var parts: [Part]
    package var moves: [Move]
    package var separations: [Separation]
    /// Separations that the rollback ends.
    package var closes: [Separation]
    /// Whether the parts are matched again at once.
    package var analysesAgain: Bool
    package var digest: String

    package init(
        kind: Kind, golden: GoldenID, to: Timestamp? = nil, parts: [Part], moves: [Move], separations: [Separation],
        closes: [Separation] = [], analysesAgain: Bool, digest: String = ""
    ) {
        self.kind = kind
        self.golden = golden
        self.to = to
        self.parts = parts
        self.moves = moves
        self.separations = separations
        self.closes = closes
        self.analysesAgain = analysesAgain
        self.digest = digest
    }
}

package struct GoldenUnmerged: EventPayload {
    package static let type: EventType = "customer-mdm.golden-unmerged"
    package var golden: GoldenID
    package var request: String
    package var kind: UnmergePlan.Kind
    package var parts: [UnmergePlan.Part]
    package var reason: String

    package init(golden: GoldenID, request: String, kind: UnmergePlan.Kind, parts: [UnmergePlan.Part], reason: String) {
        self.golden = golden
        self.request = request
        self.kind = kind
        self.parts = parts
        self.reason = reason
    }
}

/// The cards had moved since the plan was shown.
package struct UnmergeRefused: EventPayload {
    package static let type: EventType = "customer-mdm.unmerge-refused"
    package var golden: GoldenID
    package var request: String
    package var reason: String

    package init(golden: GoldenID, request: String, reason: String) {
        self.golden = golden
        self.request = request
        self.reason = reason
    }
}

// MARK: - Separations

package enum SeparationKind: String, Sendable, Codable {
    /// Made by taking a golden record apart.
    case split
    /// Made by a steward's no to a proposed match.
    case rejected
}

/// Two sets of source cards that are two people, in the stream `separation-<uuid>`.
package enum SeparationEvent: DomainEvent {
    case made(SeparationMade)
    case closed(SeparationClosed)

    package static let codec = EventCodec<SeparationEvent>(kinds { $0 })

    static func kinds<Event: Sendable>(_ embed: @escaping @Sendable (SeparationEvent) -> Event) -> [EventCodec<Event>.Kind] {
        [.kind { embed(.made($0)) }, .kind { embed(.closed($0)) }]
    }

    package var payload: any EventPayload {
        switch self {
        case .made(let payload): payload
        case .closed(let payload): payload
        }
    }

    package var tags: [Tag] {
        switch self {
        case .made(let event): MDMTags.tags(cards: event.left + event.right)
        case .closed(let event): MDMTags.tags(cards: event.left + event.right)
        }
    }
}

/// The sides are frozen: cards that join one of the golden records later are not named by it.
package struct SeparationMade: EventPayload {
    package static let type: EventType = "customer-mdm.separation-made"
    package var separation: String
    package var left: [CardID]
    package var right: [CardID]
    package var kind: SeparationKind
    package var reason: String

    package init(separation: String, left: [CardID], right: [CardID], kind: SeparationKind, reason: String) {
        self.separation = separation
        self.left = left
        self.right = right
        self.kind = kind
        self.reason = reason
    }
}

package struct SeparationClosed: EventPayload {
    package static let type: EventType = "customer-mdm.separation-closed"
    package var separation: String
    package var left: [CardID]
    package var right: [CardID]
    package var reason: String

    package init(separation: String, left: [CardID], right: [CardID], reason: String) {
        self.separation = separation
        self.left = left
        self.right = right
        self.reason = reason
    }
}

// MARK: - Reviews

package enum ReviewKind: String, Sendable, Codable, CaseIterable {
    case weakMatch = "weak-match"
    case suspiciousChange = "suspicious-change"
    case blockedGroup = "blocked-group"
}

/// A question to a steward, in the stream `review-<digest>`. A held change is opened and closed by the events of its card.
package enum ReviewEvent: DomainEvent {
    case opened(ReviewOpened)
    case confirmed(ReviewConfirmed)
    case rejected(ReviewRejected)
    case superseded(ReviewSuperseded)
    case answered(ReviewAnswered)

    package static let codec = EventCodec<ReviewEvent>(kinds { $0 })

    static func kinds<Event: Sendable>(_ embed: @escaping @Sendable (ReviewEvent) -> Event) -> [EventCodec<Event>.Kind] {
        [
            .kind { embed(.opened($0)) }, .kind { embed(.confirmed($0)) }, .kind { embed(.rejected($0)) },
            .kind { embed(.superseded($0)) }, .kind { embed(.answered($0)) },
        ]
    }

    package var payload: any EventPayload {
        switch self {
        case .opened(let payload): payload
        case .confirmed(let payload): payload
        case .rejected(let payload): payload
        case .superseded(let payload): payload
        case .answered(let payload): payload
        }
    }

    /// None: a case is about cards as they are, and changes nothing about them. Its cards stand in its data.
    package var tags: [Tag] { [] }
}

package struct ReviewOpened: EventPayload {
    package static let type: EventType = "customer-mdm.review-opened"
    package var review: String
    package var kind: ReviewKind
    /// All cards of the group.
    package var cards: [CardID]
    package var edges: [Edge]
    package var conflicts: [GroupConflict]
    /// The shortest way between the two sides of the first conflict; the two cards of a weak match.
    package var path: [CardID]
    /// How the group might be divided into people.
    package var partition: [[CardID]]
    /// By which profile and weights; absent in events from before it was told.
    package var profile: String?

    package init(
        review: String, kind: ReviewKind, cards: [CardID], edges: [Edge], conflicts: [GroupConflict], path: [CardID], partition: [[CardID]],
        profile: String? = nil
    ) {
        self.profile = profile
        self.review = review
        self.kind = kind
        self.cards = cards
        self.edges = edges
        self.conflicts = conflicts
        self.path = path
        self.partition = partition
    }
}

package struct ReviewConfirmed: EventPayload {
    package static let type: EventType = "customer-mdm.review-confirmed"
    package var review: String
    package var cards: [CardID]
    package var reason: String

    package init(review: String, cards: [CardID], reason: String) {
        self.review = review
        self.cards = cards
        self.reason = reason
    }
}

package struct ReviewRejected: EventPayload {
    package static let type: EventType = "customer-mdm.review-rejected"
    package var review: String
    package var cards: [CardID]
    package var reason: String

    package init(review: String, cards: [CardID], reason: String) {
        self.review = review
        self.cards = cards
        self.reason = reason
    }
}

/// The question answered itself: its cards are in one golden record now.
package struct ReviewSuperseded: EventPayload {
    package static let type: EventType = "customer-mdm.review-superseded"
    package var review: String
    package var cards: [CardID]
    package var reason: String

    package init(review: String, cards: [CardID], reason: String) {
        self.review = review
        self.cards = cards
        self.reason = reason
    }
}

// MARK: - Pairs

/// A steward's word on two cards that a rule proposed, in the stream `pair-<card>|<card>`.
package enum PairEvent: DomainEvent {
    case confirmed(PairConfirmed)
    case rejected(PairRejected)

    package static let codec = EventCodec<PairEvent>(kinds { $0 })

    static func kinds<Event: Sendable>(_ embed: @escaping @Sendable (PairEvent) -> Event) -> [EventCodec<Event>.Kind] {
        [.kind { embed(.confirmed($0)) }, .kind { embed(.rejected($0)) }]
    }

    package var payload: any EventPayload {
        switch self {
        case .confirmed(let payload): payload
        case .rejected(let payload): payload
        }
    }

    package var tags: [Tag] {
        switch self {
        case .confirmed(let event): MDMTags.tags(cards: [event.a, event.b])
        case .rejected(let event): MDMTags.tags(cards: [event.a, event.b])
        }
    }
}

package struct PairConfirmed: EventPayload {
    package static let type: EventType = "customer-mdm.pair-confirmed"
    package var a: CardID
    package var b: CardID
    package var rule: String
    package var evidence: String
    package var reason: String

    package init(a: CardID, b: CardID, rule: String, evidence: String, reason: String) {
        self.a = a
        self.b = b
        self.rule = rule
        self.evidence = evidence
        self.reason = reason
    }
}

package struct PairRejected: EventPayload {
    package static let type: EventType = "customer-mdm.pair-rejected"
    package var a: CardID
    package var b: CardID
    package var evidence: String
    package var reason: String

    package init(a: CardID, b: CardID, evidence: String, reason: String) {
        self.a = a
        self.b = b
        self.evidence = evidence
        self.reason = reason
    }
}

extension UnmergePlan {
    /// The plan with the digest by which it is carried out after its preview.
    package func signed() -> UnmergePlan {
        var signed = self
        let parts = parts.map { part in "\(part.golden)=\(part.cards.map(\.description).joined(separator: "|"))" }
        let moves = moves.map { "\($0.card)>\($0.from)>\($0.to)" }
        let separations = (separations + closes).map(\.separation)
        signed.digest = Fingerprint.hex([kind.rawValue, golden.description, to?.description ?? ""] + parts + moves + separations)
        return signed
    }
}
