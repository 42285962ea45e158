package import CustomerMDM
package import HindsightCore
import HindsightRuntime

/// Customer MDM as one service: takes cards in, runs the sagas, answers questions about now and then.
///
/// Every call is a decision of the domain followed by what the sagas make of it; when it returns, all of that is durable.
package actor CustomerHub {
    package nonisolated let log: any EventLog
    package nonisolated let store: any ReadModelStore
    package nonisolated let profile: Profile
    package nonisolated let policy: MatchingPolicy
    nonisolated let commands: CommandHandler
    nonisolated let projections: ProjectionRunner
    nonisolated let candidates: ReadModelCandidates
    nonisolated let merges: SagaRunner<MergeSaga>
    nonisolated let unmerges: SagaRunner<UnmergeSaga>
    /// Who stands in the metadata of what is appended, and in which story.
    var metadata = EventMetadata(actor: "customer-mdm")

    /// The read models of the domain.
    package static func projections(_ profile: Profile) -> [any Projection] {
        [CustomerCards(profile: profile), GoldenRecords(), Separations(), MatchReviews()]
    }

    package init(
        log: any EventLog, clock: any WallClock, identities: any IdentitySource, store: any ReadModelStore, profile: Profile,
        policy: MatchingPolicy = .current
    ) {
        self.log = log
        self.store = store
        self.profile = profile
        self.policy = policy
        commands = CommandHandler(log: log, clock: clock, identities: identities)
        projections = ProjectionRunner(Self.projections(profile), log: log, store: store)
        candidates = ReadModelCandidates(store: store, profile: profile, policy: policy)
        merges = SagaRunner(
            MergeSaga.self, log: log, clock: clock, identities: identities,
            performer: GroupAnalyst(candidates: candidates, projections: projections, profile: profile, policy: policy))
        unmerges = SagaRunner(UnmergeSaga.self, log: log, clock: clock, identities: identities, performer: NoEffects())
    }

    /// The hub with the profile and policy of the log; what is given goes before, and is recorded when it differs.
    ///
    /// - Parameter records: Whether settings that differ from the log's are recorded; off for commands that only read.
    /// - Throws: ``ProfileError``; `EventLogError`.
    package static func open(
        log: any EventLog, clock: any WallClock, identities: any IdentitySource, store: any ReadModelStore, profile: Profile? = nil,
        policy: MatchingPolicy? = nil, defaultProfile: String = "russian-bank", records: Bool = true,
        metadata: EventMetadata = EventMetadata(actor: "customer-mdm")
    ) async throws -> CustomerHub {
        let settings = try await DecisionBatch(log: log, identities: identities, now: clock.now())
            .state(of: SettingsDecider.self, on: MDMStream.settings())
        let used: Profile
        if let profile {
            used = profile
        } else if let text = settings.profile?.text {
            used = try Profile(yaml: text)
        } else {
            used = try Profile.named(defaultProfile)
        }
        let hub = CustomerHub(
            log: log, clock: clock, identities: identities, store: store, profile: used, policy: policy ?? settings.policy ?? .current)
        if records { try await hub.recordSettings(metadata) }
        return hub
    }

    private func recordSettings(_ metadata: EventMetadata) async throws {
        let (profile, policy) = (profile, policy)
        try await commands.decide(metadata: metadata) { batch in
            let stream = try MDMStream.settings()
            try await batch.decide(SettingsDecider.self, .useProfile(profile), on: stream)
            try await batch.decide(SettingsDecider.self, .usePolicy(policy), on: stream)
        }
    }

    var rules: CardDecider.Rules { CardDecider.Rules(profile: profile, policy: policy) }

    /// Sets who acts from now on, and in which story.
    package func act(as metadata: EventMetadata) { self.metadata = metadata }

    /// Brings the read models up to date.
    package func catchUp() async throws { try await projections.catchUp() }

    /// Lets the sagas do all there is to do: after an interruption, what was left open.
    package func settle() async throws {
        while true {
            let unmerged = try await unmerges.settle()
            let merged = try await merges.settle()
            if !unmerged, !merged { return }
        }
    }

    // MARK: - Cards

    /// What became of a statement.
    package struct Answer: Sendable, Equatable, Codable {
        package var card: CardID
        package var golden: GoldenID
        /// The attributes whose change waits in review.
        package var held: [String]?
        /// The group went to the queue.
        package var pending: Bool?
        package var decisions: [String]
    }

    /// Takes in what a source says about a card.
    ///
    /// Saying the same twice changes nothing. An online statement is matched before this returns; a batch one by the next nightly run.
    package func upsert(_ statement: CardDecider.Statement) async throws -> Answer {
        let stream = try MDMStream.card(statement.card)
        let rules = rules
        let recorder = DecisionRecorder()
        try await commands.decide(metadata: metadata) { [self] batch in
            let state = try await batch.state(of: CardDecider.self, on: stream)
            let turns = try await turnsIntoAnother(statement, state)
            let events = try await batch.decide(CardDecider.self, .state(statement, rules, turnsIntoAnother: turns), on: stream)
            await recorder.replace(with: events)
        }
        let events = await recorder.events
        if statement.matching == .online, !events.isEmpty { try await settle() }
        return try await answer(for: statement.card, events)
    }

    private func answer(for card: CardID, _ events: [CardEvent]) async throws -> Answer {
        let batch = try DecisionBatch(log: log, identities: commands.identities, now: commands.clock.now())
        let state = try await batch.state(of: CardDecider.self, on: MDMStream.card(card))
        guard let golden = state.golden else { throw CardDecider.Rejection.unknownCard }
        let outcome = await merges.instance(MergeSaga.instance(card, state.revision))?.status
        var decisions = events.map { String(type(of: $0.payload).type.description.drop { $0 != "." }.dropFirst()) }
        if case .finished(let outcome) = outcome, !events.isEmpty { decisions.append(outcome) }
        let held = state.held.map { ChangeAssessment(from: state.accepted, to: $0.values, profile: profile).changes.map(\.attribute) }
        return Answer(
            card: card, golden: golden, held: held, pending: outcome == .finished(outcome: "queued") ? true : nil, decisions: decisions)
    }

    /// Whether a lone change of the given name makes the card look like another living golden record.
    private func turnsIntoAnother(_ statement: CardDecider.Statement, _ state: CardDecider.State) async throws -> Bool {
        guard let golden = state.golden, policy.holdsGivenNameOfAnother, statement.values != state.stated else { return false }
        guard ChangeAssessment(from: state.accepted, to: statement.values, profile: profile).isLoneGivenName else { return false }
        try await projections.catchUp()
        let card = MatchCard(id: statement.card, golden: golden, current: statement.values, profile: profile)
        return try await candidates.candidates(for: card).cards.contains { other in
            guard other.golden != golden else { return false }
            let vector = ComparisonVector(card, other, profile: profile)
            return profile.likeness.allSatisfy(vector.meets)
        }
    }

    /// The source dropped the card.
    package func drop(_ card: CardID, occurredAt: Timestamp? = nil) async throws {
        try await commands.handle(CardDecider.self, .drop(occurredAt: occurredAt), on: MDMStream.card(card), metadata: metadata)
    }

    // MARK: - Past values

    /// Derives the past values of all cards from their histories. A second time there is nothing to append.
    ///
    /// - Returns: How many events were appended.
    @discardableResult
    package func initialisePastValues() async throws -> Int {
        guard policy.usesPastValues else { return 0 }
        try await projections.catchUp()
        let cards = try await ReadModel(CustomerCards(profile: profile), in: store).rows().map(\.row.card)
        let rules = rules
        var appended = 0
        // A hundred cards share an append.
        for start in stride(from: 0, to: cards.count, by: 100) {
            let page = cards[start..<min(start + 100, cards.count)]
            let receipt = try await commands.decide(metadata: metadata) { batch in
                for card in page {
                    try await batch.decide(CardDecider.self, .initialisePastValues(rules), on: MDMStream.card(card))
                }
            }
            if let receipt { appended += Int(receipt.lastPosition - receipt.firstPosition) + 1 }
        }
        return appended
    }

    /// Closes a past value for ever, whether it is open or not.
    package func closePastValue(of card: CardID, attribute: String, value: String, reason: String) async throws {
        try await commands.handle(
            CardDecider.self, .closePastValue(PastValue(attribute: attribute, value: value), reason: reason, rules),
            on: MDMStream.card(card), metadata: metadata)
    }
}

/// What the last try of a command decided.
private actor DecisionRecorder {
    private(set) var events: [CardEvent] = []
    func replace(with events: [CardEvent]) { self.events = events }
}
