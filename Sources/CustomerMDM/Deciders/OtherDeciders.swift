import HindsightCore

/// Merges and unmerges of one golden record; what moves are its cards, each decided on its own stream in the same append.
package enum GoldenDecider: Decider {
    package enum Command: Sendable {
        case merge(GoldenMerged)
        case requestUnmerge(UnmergeRequested)
        case unmerge(GoldenUnmerged)
        case refuseUnmerge(UnmergeRefused)
    }
    package enum State: Sendable, Equatable { case handled(Set<String>) }
    package enum Rejection: Error, Equatable {}

    package static let initialState = State.handled([])

    /// Each request is carried out once.
    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [GoldenEvent] {
        let event: GoldenEvent =
            switch command {
            case .merge(let merged): .merged(merged)
            case .requestUnmerge(let requested): .unmergeRequested(requested)
            case .unmerge(let unmerged): .unmerged(unmerged)
            case .refuseUnmerge(let refused): .unmergeRefused(refused)
            }
        guard case .handled(let handled) = state, !handled.contains(step(event)) else { return [] }
        return [event]
    }

    package static func evolve(_ state: inout State, with event: GoldenEvent) {
        guard case .handled(let handled) = state else { return }
        state = .handled(handled.union([step(event)]))
    }

    private static func step(_ event: GoldenEvent) -> String {
        switch event {
        case .merged(let event): "merge \(event.request) \(event.analysedThrough)"
        case .unmergeRequested(let event): "request \(event.request)"
        case .unmerged(let event): "unmerge \(event.request)"
        case .unmergeRefused(let event): "unmerge \(event.request)"
        }
    }
}

/// A separation is made once, and ends once.
package enum SeparationDecider: Decider {
    package enum Command: Sendable {
        case make(SeparationMade)
        case close(reason: String)
    }
    package enum State: Sendable, Equatable {
        case none, active(SeparationMade), closed
    }
    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case unknown
        case needsReason

        package var description: String {
            switch self {
            case .unknown: "there is no such separation"
            case .needsReason: "a separation is closed with a reason"
            }
        }
    }

    package static let initialState = State.none

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [SeparationEvent] {
        switch (command, state) {
        case (.make(let made), .none): return [.made(made)]
        case (.make, .active), (.make, .closed), (.close, .closed): return []
        case (.close, .none): throw .unknown
        case (.close(let reason), .active(let made)):
            guard !reason.trimmed.isEmpty else { throw .needsReason }
            return [.closed(SeparationClosed(separation: made.separation, left: made.left, right: made.right, reason: reason))]
        }
    }

    package static func evolve(_ state: inout State, with event: SeparationEvent) {
        switch event {
        case .made(let made): state = .active(made)
        case .closed: state = .closed
        }
    }
}

/// A review case is opened once for its evidence, and answered once.
package enum ReviewDecider: Decider {
    package enum Command: Sendable {
        case open(ReviewOpened)
        case confirm(reason: String)
        case reject(reason: String)
        case supersede(reason: String)
    }
    package enum State: Sendable, Equatable {
        case none, open(ReviewOpened), answered
    }
    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case unknown
        case answeredBefore

        package var description: String {
            switch self {
            case .unknown: "there is no such review"
            case .answeredBefore: "the review has been answered"
            }
        }
    }

    package static let initialState = State.none

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [ReviewEvent] {
        switch (command, state) {
        case (.open(let opened), .none): return [.opened(opened)]
        case (.open, .open), (.open, .answered), (.supersede, .none), (.supersede, .answered): return []
        case (.confirm, .none), (.reject, .none): throw .unknown
        case (.confirm, .answered), (.reject, .answered): throw .answeredBefore
        case (.confirm(let reason), .open(let review)):
            return [.confirmed(ReviewConfirmed(review: review.review, cards: review.cards, reason: reason))]
        case (.reject(let reason), .open(let review)):
            return [.rejected(ReviewRejected(review: review.review, cards: review.cards, reason: reason))]
        case (.supersede(let reason), .open(let review)):
            return [.superseded(ReviewSuperseded(review: review.review, cards: review.cards, reason: reason))]
        }
    }

    package static func evolve(_ state: inout State, with event: ReviewEvent) {
        switch event {
        case .opened(let opened): state = .open(opened)
        case .confirmed, .rejected, .superseded: state = .answered
        case .answered: break
        }
    }
}

/// A steward's word on a pair: only on one that a rule proposes.
package enum PairDecider: Decider {
    package enum Command: Sendable {
        /// - Parameter rule: The rule that proposes the pair; `nil` where none does.
        case confirm(CardPair, rule: String?, evidence: String, reason: String)
        case reject(CardPair, rule: String?, evidence: String, reason: String)
    }
    package enum State: Sendable, Equatable {
        case open, confirmed, rejected(evidence: String)
    }
    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case notProposed(CardPair)

        package var description: String {
            switch self {
            case .notProposed(let pair): "no rule proposes \(pair.a) and \(pair.b) as one person, so there is nothing to decide"
            }
        }
    }

    package static let initialState = State.open

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [PairEvent] {
        switch command {
        case .confirm(let pair, let rule, let evidence, let reason):
            guard state != .confirmed else { return [] }
            guard let rule else { throw .notProposed(pair) }
            return [.confirmed(PairConfirmed(a: pair.a, b: pair.b, rule: rule, evidence: evidence, reason: reason))]
        case .reject(let pair, let rule, let evidence, let reason):
            guard state != .rejected(evidence: evidence) else { return [] }
            guard rule != nil else { throw .notProposed(pair) }
            return [.rejected(PairRejected(a: pair.a, b: pair.b, evidence: evidence, reason: reason))]
        }
    }

    package static func evolve(_ state: inout State, with event: PairEvent) {
        switch event {
        case .confirmed: state = .confirmed
        case .rejected(let rejected): state = .rejected(evidence: rejected.evidence)
        }
    }
}

/// A request to look at a group is made once; an outdated reading is noted once.
package enum AnalysisDecider: Decider {
    package enum Command: Sendable {
        case request(AnalysisRequested)
        case noteOutdated(AnalysisOutdated)
    }
    package struct State: Sendable, Equatable {
        package var isRequested = false
        package var outdatedAttempt = 0
    }
    package enum Rejection: Error, Equatable {}

    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [AnalysisEvent] {
        switch command {
        case .request(let requested): state.isRequested ? [] : [.requested(requested)]
        case .noteOutdated(let outdated): state.outdatedAttempt >= outdated.attempt ? [] : [.outdated(outdated)]
        }
    }

    package static func evolve(_ state: inout State, with event: AnalysisEvent) {
        switch event {
        case .requested: state.isRequested = true
        case .outdated(let outdated): state.outdatedAttempt = outdated.attempt
        }
    }
}

/// A nightly run begins once and ends once.
package enum RunDecider: Decider {
    package enum Command: Sendable {
        case start(MergeRunStarted)
        case finish(groups: Int)
    }
    package enum State: Sendable, Equatable {
        case none, running(MergeRunStarted), finished
    }
    package enum Rejection: Error, Equatable { case notRunning }

    package static let initialState = State.none

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [RunEvent] {
        switch (command, state) {
        case (.start(let started), .none): return [.started(started)]
        case (.start, .running), (.start, .finished), (.finish, .finished): return []
        case (.finish, .none): throw .notRunning
        case (.finish(let groups), .running(let started)):
            return [.finished(MergeRunFinished(run: started.run, through: started.through, groups: groups))]
        }
    }

    package static func evolve(_ state: inout State, with event: RunEvent) {
        switch event {
        case .started(let started): state = .running(started)
        case .finished: state = .finished
        }
    }
}

/// Profile and policy are recorded when they change.
package enum SettingsDecider: Decider {
    package enum Command: Sendable {
        case useProfile(Profile)
        case usePolicy(MatchingPolicy)
        case useWeights(WeightsTrained)
    }
    package struct State: Sendable, Equatable {
        package var profile: ProfileRecorded?
        package var policy: MatchingPolicy?
        package var weights: WeightsTrained?
    }
    package enum Rejection: Error, Equatable {}

    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [SettingsEvent] {
        switch command {
        case .useProfile(let profile):
            guard state.profile?.digest != profile.digest else { return [] }
            return [
                .profileRecorded(
                    ProfileRecorded(name: profile.name, version: profile.version, digest: profile.digest, text: profile.text))
            ]
        case .usePolicy(let policy):
            return state.policy == policy ? [] : [.policyRecorded(PolicyRecorded(policy: policy))]
        case .useWeights(let weights):
            let isKnown = state.weights?.weights == weights.weights && state.weights?.profile == weights.profile
            return isKnown ? [] : [.weightsTrained(weights)]
        }
    }

    package static func evolve(_ state: inout State, with event: SettingsEvent) {
        switch event {
        case .profileRecorded(let recorded): state.profile = recorded
        case .policyRecorded(let recorded): state.policy = recorded.policy
        case .weightsTrained(let weights): state.weights = weights
        }
    }
}

extension SettingsDecider.State {
    /// The profile of the log, with the weights that were learnt for it; `nil` before there is one.
    package func recordedProfile() throws(ProfileError) -> Profile? {
        guard let profile else { return nil }
        return weighted(try Profile(recorded: profile.text))
    }

    /// A profile with the weights of the log, if they were learnt for it.
    package func weighted(_ profile: Profile) -> Profile {
        guard let weights, weights.profile == profile.digest else { return profile }
        return profile.weighted(by: weights.weights)
    }
}
