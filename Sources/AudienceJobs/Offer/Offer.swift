package import HindsightCore

/// Decides on an offer and the audiences that are to see it.
///
/// Each type of audience has one file; a newer one takes its place and keeps its precedence unless it brings its own.
package enum Offer: Decider {
    package enum Command: Sendable {
        /// Nothing happens if the offer is known.
        case declare(OfferID, title: String?, at: Timestamp)
        case attach(Audience, at: Timestamp)
        /// Says who wins: all types of the offer's audiences, the first one before the others. Nothing happens if that holds already.
        case order([String], at: Timestamp)
    }

    package struct Audience: Sendable, Equatable {
        package var job: JobID
        package var type: String
        package var cashback: Cashback?
        /// The lower number wins where a client is in several audiences; `nil` puts the audience last.
        package var precedence: Int?
        package var path: String
        package var rows: Int
        package var sha256: String

        package init(job: JobID, type: String, cashback: Cashback?, precedence: Int?, path: String, rows: Int, sha256: String) {
            self.job = job
            self.type = type
            self.cashback = cashback
            self.precedence = precedence
            self.path = path
            self.rows = rows
            self.sha256 = sha256
        }
    }

    package typealias Event = OfferEvent

    package enum State: Sendable, Equatable {
        case unknown
        case declared(OfferID, audiences: [String: AudienceAttached])
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case notDeclared
        case precedenceTaken(Int, by: String)
        case tooManyAudiences
        /// The types that the order lacks, or has in excess.
        case orderIncomplete(known: [String])

        package var description: String {
            switch self {
            case .notDeclared: "there is no such offer: declare it first"
            case .precedenceTaken(let precedence, let type):
                "precedence: \(precedence) is that of the audience \(type) already: two audiences of one offer must not have the same, or "
                    + "nobody could say who wins"
            case .tooManyAudiences: "an offer takes at most \(Offer.mostAudiences) types of audiences"
            case .orderIncomplete(let known): "order: must name each type of the offer's audiences once: \(known.joined(separator: ", "))"
            }
        }
    }

    package static let initialState = State.unknown
    package static let mostAudiences = 32

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [OfferEvent] {
        switch (command, state) {
        case (.declare(let offer, let title, let now), .unknown):
            return [.declared(OfferDeclared(offer: offer, title: title, at: now))]
        case (.declare, .declared):
            return []
        case (.attach, .unknown):
            throw .notDeclared
        case (.attach(let audience, let now), .declared(let offer, let audiences)):
            return try attach(audience, to: offer, beside: audiences, at: now)
        case (.order, .unknown):
            throw .notDeclared
        case (.order(let types, let now), .declared(let offer, let audiences)):
            let known = audiences.values.sorted { ($0.precedence, $0.audienceType) < ($1.precedence, $1.audienceType) }
            guard types.count == known.count, Set(types) == Set(known.map(\.audienceType)) else {
                throw .orderIncomplete(known: known.map(\.audienceType))
            }
            let order = types.enumerated().map { index, type in
                PrecedenceChanged.Place(audienceType: type, precedence: index + 1, before: audiences[type]?.precedence ?? 0)
            }
            guard order.contains(where: { $0.precedence != $0.before }) else { return [] }
            return [.precedenceChanged(PrecedenceChanged(offer: offer, order: order, at: now))]
        }
    }

    /// A file that is attached again with other terms corrects them.
    private static func attach(
        _ audience: Audience, to offer: OfferID, beside audiences: [String: AudienceAttached], at now: Timestamp
    ) throws(Rejection) -> [OfferEvent] {
        let known = audiences[audience.type]
        guard known != nil || audiences.count < mostAudiences else { throw .tooManyAudiences }
        let last = audiences.values.map(\.precedence).max() ?? 0
        let precedence = audience.precedence ?? known?.precedence ?? last + 1
        // One that it has had since before this rule it may keep.
        if precedence != known?.precedence, let other = audiences.values.first(where: { $0.precedence == precedence }),
            other.audienceType != audience.type
        {
            throw .precedenceTaken(precedence, by: other.audienceType)
        }
        let attached = AudienceAttached(
            offer: offer, job: audience.job, audienceType: audience.type, cashback: audience.cashback ?? known?.cashback,
            precedence: precedence, path: audience.path, rows: audience.rows, sha256: audience.sha256,
            replaces: known?.job == audience.job ? nil : known?.job, at: now)
        if let known, known.job == attached.job, known.cashback == attached.cashback, known.precedence == precedence { return [] }
        return [.audienceAttached(attached)]
    }

    package static func evolve(_ state: inout State, with event: OfferEvent) {
        switch event {
        case .declared(let declared): state = .declared(declared.offer, audiences: [:])
        case .audienceAttached(let attached):
            guard case .declared(let offer, var audiences) = state else { return }
            audiences[attached.audienceType] = attached
            state = .declared(offer, audiences: audiences)
        case .precedenceChanged(let changed):
            guard case .declared(let offer, var audiences) = state else { return }
            for place in changed.order { audiences[place.audienceType]?.precedence = place.precedence }
            state = .declared(offer, audiences: audiences)
        }
    }
}

package enum OfferEvent: DomainEvent {
    case declared(OfferDeclared)
    case audienceAttached(AudienceAttached)
    case precedenceChanged(PrecedenceChanged)

    package static let codec = EventCodec<OfferEvent>([
        .kind(OfferEvent.declared), .kind(OfferEvent.audienceAttached), .kind(OfferEvent.precedenceChanged),
    ])

    package var payload: any EventPayload {
        switch self {
        case .declared(let payload): payload
        case .audienceAttached(let payload): payload
        case .precedenceChanged(let payload): payload
        }
    }

    package var tags: [Tag] {
        switch self {
        case .declared(let declared): [declared.offer.tag]
        case .audienceAttached(let attached): [attached.offer.tag, attached.job.tag]
        case .precedenceChanged(let changed): [changed.offer.tag]
        }
    }
}

package struct OfferDeclared: EventPayload {
    package static let type: EventType = "audience-jobs.offer-declared"
    package var offer: OfferID
    package var title: String?
    package var at: Timestamp

    package init(offer: OfferID, title: String?, at: Timestamp) {
        self.offer = offer
        self.title = title
        self.at = at
    }
}

package struct AudienceAttached: EventPayload {
    package static let type: EventType = "audience-jobs.audience-attached"
    package var offer: OfferID
    package var job: JobID
    package var audienceType: String
    package var cashback: Cashback?
    package var precedence: Int
    package var path: String
    package var rows: Int
    package var sha256: String
    /// The job whose audience of the same type gives way.
    package var replaces: JobID?
    package var at: Timestamp

    package init(
        offer: OfferID, job: JobID, audienceType: String, cashback: Cashback?, precedence: Int, path: String, rows: Int, sha256: String,
        replaces: JobID?, at: Timestamp
    ) {
        self.offer = offer
        self.job = job
        self.audienceType = audienceType
        self.cashback = cashback
        self.precedence = precedence
        self.path = path
        self.rows = rows
        self.sha256 = sha256
        self.replaces = replaces
        self.at = at
    }
}

/// Another audience wins from now on where a client is in several.
package struct PrecedenceChanged: EventPayload {
    package struct Place: Codable, Sendable, Equatable {
        package var audienceType: String
        package var precedence: Int
        /// The one that it had.
        package var before: Int

        package init(audienceType: String, precedence: Int, before: Int) {
            self.audienceType = audienceType
            self.precedence = precedence
            self.before = before
        }
    }

    package static let type: EventType = "audience-jobs.precedence-changed"
    package var offer: OfferID
    /// All audiences of the offer, the winning one first.
    package var order: [Place]
    package var at: Timestamp

    package init(offer: OfferID, order: [Place], at: Timestamp) {
        self.offer = offer
        self.order = order
        self.at = at
    }
}
