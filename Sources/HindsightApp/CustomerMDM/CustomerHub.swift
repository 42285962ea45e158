package import CustomerMDM
import DequeModule
package import HindsightCore
package import HindsightRuntime

/// Customer MDM as one service: takes cards in, runs the sagas, answers questions about now and then.
///
/// Every call is a decision of the domain followed by what the sagas make of it; when it returns, all of that is durable.
package actor CustomerHub {
    package nonisolated let log: any EventLog
    package nonisolated let profile: Profile
    package nonisolated let policy: MatchingPolicy
    /// How many stewards have to agree on a case, each without seeing the others' answers; 1 where one decides.
    package nonisolated let blindReviews: Int
    private nonisolated let clock: any AwaitableClock
    package nonisolated let projections: ProjectionRunner
    nonisolated let candidates: ReadModelCandidates
    nonisolated let runSnapshot = RunSnapshot()
    nonisolated let merges: SagaRunner<MergeSaga>
    nonisolated let unmerges: SagaRunner<UnmergeSaga>
    /// Who stands in the metadata of what is appended, and in which story.
    package private(set) var metadata = EventMetadata(actor: "customer-mdm")
    private let ownIdentities: any IdentitySource
    /// Of the act that is under way.
    var identities: any IdentitySource
    private var isRecorded = false
    private var isTaken = false
    private var queue: Deque<CheckedContinuation<Void, Never>> = []

    var commands: CommandHandler { CommandHandler(log: log, clock: clock, identities: identities) }

    /// The read models of the domain.
    package static func projections(_ profile: Profile) -> [any Projection] {
        [CustomerCards(profile: profile), GoldenRecords(), Separations(), MatchReviews()]
    }

    /// - Parameter projections: Keeps ``projections(_:)``, maybe among others.
    package init(
        log: any EventLog, clock: any AwaitableClock, identities: any IdentitySource, projections: ProjectionRunner, profile: Profile,
        policy: MatchingPolicy = .current, blindReviews: Int = 1
    ) {
        self.log = log
        self.clock = clock
        (self.identities, ownIdentities) = (identities, identities)
        self.profile = profile
        self.policy = policy
        self.blindReviews = blindReviews
        self.projections = projections
        candidates = ReadModelCandidates(projections, profile: profile, policy: policy)
        merges = SagaRunner(
            MergeSaga.self, log: log, clock: clock, identities: identities,
            performer: GroupAnalyst(
                log: log, candidates: candidates, snapshot: runSnapshot, projections: projections, profile: profile, policy: policy))
        unmerges = SagaRunner(UnmergeSaga.self, log: log, clock: clock, identities: identities, performer: NoEffects())
    }

    /// The hub with the profile and policy of the log; what is given goes before, and is recorded when it differs.
    ///
    /// - Parameter records: Whether settings that differ from the log's are recorded; off for commands that only read.
    /// - Throws: ``ProfileError``; `EventLogError`.
    package static func open(
        log: any EventLog, clock: any AwaitableClock, identities: any IdentitySource, store: any ReadModelStore, profile: Profile? = nil,
        policy: MatchingPolicy? = nil, defaultProfile: String = "russian-bank", records: Bool = true,
        blindReviews: Int = 1, metadata: EventMetadata = EventMetadata(actor: "customer-mdm")
    ) async throws -> CustomerHub {
        let settings = try await DecisionBatch(log: log, identities: identities, now: clock.now())
            .state(of: SettingsDecider.self, on: MDMStream.settings())
        let used: Profile
        if let profile {
            used = settings.weighted(profile)
        } else if let recorded = try settings.recordedProfile() {
            used = recorded
        } else {
            used = try Profile.named(defaultProfile)
        }
        let hub = CustomerHub(
            log: log, clock: clock, identities: identities,
            projections: ProjectionRunner(Self.projections(used), log: log, store: store), profile: used,
            policy: policy ?? settings.policy ?? .current, blindReviews: blindReviews)
        if records { try await hub.recordSettings(metadata) }
        return hub
    }

    /// Records by what the log is matched, unless it says so already: what a server does with the first card and not before.
    package func recordSettings(_ metadata: EventMetadata) async throws {
        guard !isRecorded else { return }
        let (profile, policy) = (profile, policy)
        // With the hub's own ids: an act's belong to the act.
        let handler = CommandHandler(log: log, clock: clock, identities: ownIdentities)
        try await handler.decide(metadata: metadata) { batch in
            let stream = try MDMStream.settings()
            try await batch.decide(SettingsDecider.self, .useProfile(profile), on: stream)
            try await batch.decide(SettingsDecider.self, .usePolicy(policy), on: stream)
        }
        isRecorded = true
    }

    var rules: CardDecider.Rules { CardDecider.Rules(profile: profile, policy: policy) }

    /// Sets who acts from now on, and in which story.
    package func act(as metadata: EventMetadata) { self.metadata = metadata }

    /// Lets one caller act at a time, each under its own name: what the sagas make of an act belongs to its answer.
    ///
    /// - Parameter identities: Of the events of this act; the hub's own for `nil`.
    package func inTurn<Result: Sendable>(
        as metadata: EventMetadata, identities own: (any IdentitySource)? = nil, _ act: @Sendable (CustomerHub) async throws -> Result
    ) async throws -> Result {
        if isTaken { await withCheckedContinuation { queue.append($0) } }
        isTaken = true
        let before = (self.metadata, identities)
        self.metadata = metadata
        if let own { identities = own }
        defer {
            (self.metadata, identities) = before
            // The turn passes on without coming free, so that nobody slips in between.
            if let next = queue.popFirst() { next.resume() } else { isTaken = false }
        }
        return try await act(self)
    }

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

    /// Lets the sagas do all there is to do now, when nobody else acts.
    ///
    /// - Returns: When the next timer is due; `nil` if none is set.
    package func workOff() async throws -> Timestamp? {
        try await inTurn(as: EventMetadata(actor: "customer-mdm")) { hub in
            try await hub.settle()
            try await hub.merges.fireDueTimers()
            try await hub.unmerges.fireDueTimers()
            let due = [await hub.merges.nextDue, await hub.unmerges.nextDue]
            return due.compactMap { $0 }.min()
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
        // With what the saga begins with: a card is a commit, and what becomes of it another.
        try await merges.decide(metadata: metadata, identities: identities) { [self] batch in
            let state = try await batch.state(of: CardDecider.self, on: stream)
            let turns = try await turnsIntoAnother(statement, state)
            var events = try await batch.decide(CardDecider.self, .state(statement, rules, turnsIntoAnother: turns), on: stream)
            events += try await followPolicy(on: events, in: batch)
            await recorder.replace(with: events)
        }
        let events = await recorder.events
        if statement.matching == .online, !events.isEmpty { try await settle() }
        if !events.isEmpty { try await followPolicy(around: statement.card) }
        return try await answer(for: statement.card, events)
    }

    private func answer(for card: CardID, _ events: [CardEvent]) async throws -> Answer {
        let state = try await state(of: card, at: nil)
        guard let golden = state.golden else { throw CardDecider.Rejection.unknownCard }
        return await answer(for: card, events, state, golden: golden)
    }

    /// What became of a statement, from the log alone: the same however much later it is asked.
    ///
    /// - Parameters:
    ///   - first: The first event that the statement led to.
    ///   - position: Of the last event of the append that holds it.
    /// - Returns: The answer, and the last position that it tells of.
    package func answer(
        for card: CardID, firstEvent first: RecordedEvent, through position: Position
    ) async throws -> (answer: Answer, position: Position) {
        var events: [CardEvent] = []
        let selection = EventSelection(EventFilter(stream: try MDMStream.card(card)), after: first.position - 1, until: position)
        try await log.replay(CardEvent.codec, selection) { event, _ in events.append(event) }
        // What the merge made of it belongs to the answer, and what came after that does not.
        let stated = try await state(of: card, at: position)
        let filter = EventFilter(stream: try StreamName("saga-\(MergeSaga.name):\(MergeSaga.instance(card, stated.revision))"))
        let ended = try await log.read(EventSelection(filter, after: .max, direction: .backwards, limit: 1)).first?.position ?? position
        let reached = max(position, ended)
        guard let golden = try await state(of: card, at: reached).golden else { throw CardDecider.Rejection.unknownCard }
        return (await answer(for: card, events, stated, golden: golden), reached)
    }

    private func state(of card: CardID, at position: Position?) async throws -> CardDecider.State {
        var state = CardDecider.initialState
        try await log.replay(CardEvent.codec, EventSelection(EventFilter(stream: try MDMStream.card(card)), until: position)) { event, _ in
            CardDecider.evolve(&state, with: event)
        }
        return state
    }

    func answer(for card: CardID, _ events: [CardEvent], _ state: CardDecider.State, golden: GoldenID) async -> Answer {
        let outcome = await merges.status(of: MergeSaga.instance(card, state.revision))
        var decisions = events.map { String(type(of: $0.payload).type.description.drop { $0 != "." }.dropFirst()) }
        if case .finished(let outcome) = outcome, !events.isEmpty { decisions.append(outcome) }
        let held = state.held.map { ChangeAssessment(from: state.accepted, to: $0.values, profile: profile).changes.map(\.attribute) }
        return Answer(
            card: card, golden: golden, held: held, pending: outcome == .finished(outcome: "queued") ? true : nil, decisions: decisions)
    }

    /// Whether a statement is a lone change of the given name, which has to be held against all other cards.
    nonisolated func isComparedWithOthers(_ statement: CardDecider.Statement, _ state: CardDecider.State) -> Bool {
        guard state.golden != nil, policy.holdsGivenNameOfAnother, statement.values != state.stated else { return false }
        return ChangeAssessment(from: state.accepted, to: statement.values, profile: profile).isLoneGivenName
    }

    /// Whether a lone change of the given name makes the card look like another living golden record.
    func turnsIntoAnother(_ statement: CardDecider.Statement, _ state: CardDecider.State) async throws -> Bool {
        guard let golden = state.golden, isComparedWithOthers(statement, state) else { return false }
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
        let cards = try await ReadModel(CustomerCards(profile: profile), of: projections).rows().map(\.row.card)
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
