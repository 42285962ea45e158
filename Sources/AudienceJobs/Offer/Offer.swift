package import HindsightCore

/// Decides on an offer and the audiences that are to see it.
///
/// Each type of audience has one file; a newer one takes its place and keeps its precedence unless it brings its own.
package enum Offer: Decider {
    package enum Command: Sendable {
        /// Nothing happens if the offer is known.
        case declare(OfferID, title: String?, at: Timestamp)
        case attach(Audience, at: Timestamp)
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

    package enum Rejection: Error, Equatable {
        case notDeclared
    }

    package static let initialState = State.unknown

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [OfferEvent] {
        switch (command, state) {
        case (.declare(let offer, let title, let now), .unknown):
            return [.declared(OfferDeclared(offer: offer, title: title, at: now))]
        case (.declare, .declared):
            return []
        case (.attach, .unknown):
            throw .notDeclared
        case (.attach(let audience, let now), .declared(let offer, let audiences)):
            let known = audiences[audience.type]
            guard known?.job != audience.job else { return [] }
            let last = audiences.values.map(\.precedence).max() ?? 0
            return [
                .audienceAttached(
                    AudienceAttached(
                        offer: offer, job: audience.job, audienceType: audience.type, cashback: audience.cashback ?? known?.cashback,
                        precedence: audience.precedence ?? known?.precedence ?? last + 1, path: audience.path, rows: audience.rows,
                        sha256: audience.sha256, replaces: known?.job, at: now))
            ]
        }
    }

    package static func evolve(_ state: inout State, with event: OfferEvent) {
        switch event {
        case .declared(let declared): state = .declared(declared.offer, audiences: [:])
        case .audienceAttached(let attached):
            guard case .declared(let offer, var audiences) = state else { return }
            audiences[attached.audienceType] = attached
            state = .declared(offer, audiences: audiences)
        }
    }
}

package enum OfferEvent: DomainEvent {
    case declared(OfferDeclared)
    case audienceAttached(AudienceAttached)

    package static let codec = EventCodec<OfferEvent>([.kind(OfferEvent.declared), .kind(OfferEvent.audienceAttached)])

    package var payload: any EventPayload {
        switch self {
        case .declared(let payload): payload
        case .audienceAttached(let payload): payload
        }
    }

    package var tags: [Tag] {
        switch self {
        case .declared(let declared): [declared.offer.tag]
        case .audienceAttached(let attached): [attached.offer.tag, attached.job.tag]
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
