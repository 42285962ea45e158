package import HindsightCore

/// Why a group is looked at.
package enum AnalysisTrigger: String, Sendable, Codable {
    case online, queue, run, confirmation, unmerge, review
}

/// A request to analyse the group of some cards, in the stream `mdm.analysis-<request>`.
package enum AnalysisEvent: DomainEvent {
    case requested(AnalysisRequested)
    case outdated(AnalysisOutdated)

    package static let codec = EventCodec<AnalysisEvent>(kinds { $0 })

    static func kinds<Event: Sendable>(_ embed: @escaping @Sendable (AnalysisEvent) -> Event) -> [EventCodec<Event>.Kind] {
        [.kind { embed(.requested($0)) }, .kind { embed(.outdated($0)) }]
    }

    package var payload: any EventPayload {
        switch self {
        case .requested(let payload): payload
        case .outdated(let payload): payload
        }
    }

    package var tags: [Tag] { [] }
}

package struct AnalysisRequested: EventPayload {
    package static let type: EventType = "customer-mdm.analysis-requested"
    package var request: String
    package var trigger: AnalysisTrigger
    package var cards: [CardID]

    package init(request: String, trigger: AnalysisTrigger, cards: [CardID]) {
        self.request = request
        self.trigger = trigger
        self.cards = cards
    }
}

/// Cards of the group were touched after it was read: it is read again.
package struct AnalysisOutdated: EventPayload {
    package static let type: EventType = "customer-mdm.analysis-outdated"
    package var request: String
    /// Of the reading that came too late: 1, 2, 3…
    package var attempt: Int

    package init(request: String, attempt: Int) {
        self.request = request
        self.attempt = attempt
    }
}

/// A nightly run, in the stream `mdm.run-<number>`.
package enum RunEvent: DomainEvent {
    case started(MergeRunStarted)
    case finished(MergeRunFinished)

    package static let codec = EventCodec<RunEvent>(kinds { $0 })

    static func kinds<Event: Sendable>(_ embed: @escaping @Sendable (RunEvent) -> Event) -> [EventCodec<Event>.Kind] {
        [.kind { embed(.started($0)) }, .kind { embed(.finished($0)) }]
    }

    package var payload: any EventPayload {
        switch self {
        case .started(let payload): payload
        case .finished(let payload): payload
        }
    }

    package var tags: [Tag] { [] }
}

package struct MergeRunStarted: EventPayload {
    package static let type: EventType = "customer-mdm.merge-run-started"
    package var run: Int
    /// Cards touched after the run before, and up to here, are looked at.
    package var after: Position
    package var through: Position

    package init(run: Int, after: Position, through: Position) {
        self.run = run
        self.after = after
        self.through = through
    }
}

package struct MergeRunFinished: EventPayload {
    package static let type: EventType = "customer-mdm.merge-run-finished"
    package var run: Int
    package var through: Position
    /// Groups of two or more golden records that were analysed.
    package var groups: Int

    package init(run: Int, through: Position, groups: Int) {
        self.run = run
        self.through = through
        self.groups = groups
    }
}

/// What matching goes by, in the stream `mdm.settings-matching`; the last one holds.
package enum SettingsEvent: DomainEvent {
    case profileRecorded(ProfileRecorded)
    case policyRecorded(PolicyRecorded)
    case weightsTrained(WeightsTrained)

    package static let codec = EventCodec<SettingsEvent>(kinds { $0 })

    static func kinds<Event: Sendable>(_ embed: @escaping @Sendable (SettingsEvent) -> Event) -> [EventCodec<Event>.Kind] {
        [
            .kind { embed(.profileRecorded($0)) }, .kind { embed(.policyRecorded($0)) }, .kind { embed(.weightsTrained($0)) },
        ]
    }

    package var payload: any EventPayload {
        switch self {
        case .profileRecorded(let payload): payload
        case .policyRecorded(let payload): payload
        case .weightsTrained(let payload): payload
        }
    }

    package var tags: [Tag] { [] }
}

package struct ProfileRecorded: EventPayload {
    package static let type: EventType = "customer-mdm.profile-recorded"
    package var name: String
    package var version: Int
    package var digest: String
    /// The file as it was read, so that old decisions can be replayed.
    package var text: String

    package init(name: String, version: Int, digest: String, text: String) {
        self.name = name
        self.version = version
        self.digest = digest
        self.text = text
    }
}

package struct PolicyRecorded: EventPayload {
    package static let type: EventType = "customer-mdm.policy-recorded"
    package var policy: MatchingPolicy

    package init(policy: MatchingPolicy) {
        self.policy = policy
    }
}

/// Weights of comparisons were learnt from the cards of this log, or taken over from another program. They hold for the profile with that
/// digest.
package struct WeightsTrained: EventPayload {
    package static let type: EventType = "customer-mdm.weights-trained"
    package enum Origin: String, Sendable, Codable {
        case cards, splink
    }

    package var profile: String
    package var origin: Origin
    package var weights: TrainedWeights
    /// The cards were read as of this position.
    package var through: Position

    package init(profile: String, origin: Origin, weights: TrainedWeights, through: Position) {
        self.profile = profile
        self.origin = origin
        self.weights = weights
        self.through = through
    }
}
