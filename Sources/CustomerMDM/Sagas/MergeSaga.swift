package import HindsightCore

/// Looks at the group of some cards and merges it, or asks a steward.
///
/// One instance per trigger: an online change of a card (`CRM:1024#3`), a group of a nightly run, a confirmed pair, a side of an unmerge,
/// a group from the queue. A trigger → intent *analyse the group* → one atomic append of the merge, or a review case. If a card of the
/// group was touched after it was read, it is read again.
package enum MergeSaga: Saga {
    package struct State: Sendable, Equatable {
        package var cards: [CardID] = []
        package var trigger = AnalysisTrigger.online
        package var attempt = 0
        /// A merge was wanted, and its event is not in the log yet.
        package var isMerging = false
    }

    package enum Command: Sendable, Equatable {
        /// Merge and review cases of one analysis, together.
        case conclude(GroupAnalysis, request: String, attempt: Int)
        case enqueue(AnalysisRequested)
    }

    package static let name = "merge"
    package static let version = 1
    package static let analyse = "analyse-group"
    /// Readings of one group before it is left to the nightly run.
    static let maximumAttempts = 20

    package static func initialState(of instance: String) -> State { State() }

    package static func instances(for event: CustomerEvent, in stream: StreamName) -> [String] {
        switch event {
        case .card(.received(let event)): event.matching == .online ? [instance(event.card, event.revision)] : []
        case .card(.changed(let event)): event.matching == .online ? [instance(event.card, event.revision)] : []
        case .analysis(.requested(let event)): [event.request]
        case .analysis(.outdated(let event)): [event.request]
        case .golden(.merged(let event)): [event.request]
        case .card, .golden, .separation, .review, .pair, .run, .settings: []
        }
    }

    /// The instance of an online statement.
    package static func instance(_ card: CardID, _ revision: Int) -> String { "\(card)#\(revision)" }

    package static func evolve(_ state: inout State, with input: SagaInput<CustomerEvent>) {
        switch input {
        case .event(.card(.received(let event)), _): state.begin([event.card], .online)
        case .event(.card(.changed(let event)), _): state.begin([event.card], .online)
        case .event(.analysis(.requested(let event)), _): state.begin(event.cards, event.trigger)
        case .event(.analysis(.outdated), _):
            state.attempt += 1
            state.isMerging = false
        case .event(.golden(.merged), _): state.isMerging = false
        case .succeeded(_, let result, _): state.isMerging = result["merge"] != nil
        case .event, .rejected, .indeterminate, .fired, .signal, .cancelRequested, .skipped, .skippedInput, .compensated: break
        }
    }

    package static func react(to input: SagaInput<CustomerEvent>, in state: State) -> [Reaction<Command>] {
        switch input {
        case .event(.card(.received(let event)), _): [analysis(of: instance(event.card, event.revision), state)]
        case .event(.card(.changed(let event)), _): [analysis(of: instance(event.card, event.revision), state)]
        case .event(.analysis(.requested(let event)), _): [analysis(of: event.request, state)]
        case .event(.analysis(.outdated(let event)), _):
            state.attempt > maximumAttempts
                ? [.park(reason: "the group was touched during each of \(maximumAttempts) readings")] : [analysis(of: event.request, state)]
        case .event(.golden(.merged), _): [.finish(outcome: "merged")]
        case .succeeded(let effect, let result, _): conclusion(of: effect, result, state)
        case .rejected(_, _, givenUp, _): [.finish(outcome: "given up")]
        case .rejected(_, let reason, _, _): [.park(reason: reason)]
        case .cancelRequested: [.finish(outcome: "cancelled")]
        case .skipped: [.finish(outcome: "skipped")]
        case .event, .indeterminate, .fired, .signal, .skippedInput, .compensated: []
        }
    }

    /// A person's no: the group is not to be analysed.
    private static let givenUp: JSONValue = ["isGivenUp": true]

    package static func result(
        of effect: EffectIntent, resolvedAs outcome: SagaResolved.Outcome, given: JSONValue, reason: String
    ) throws -> JSONValue {
        guard outcome == .succeeded else { return givenUp }
        let nothing: JSONValue = ["through": 1, "cards": [], "goldens": [], "reviews": [], "isDeferred": false, "narrowedKeys": []]
        try UnusableResult.check(given, as: GroupAnalysis.self, like: nothing, of: effect.kind, outcome)
        return given
    }

    private static func analysis(of request: String, _ state: State) -> Reaction<Command> {
        .perform(
            Effect(
                analyse, key: "\(request)/\(state.attempt)",
                request: ["cards": .array(state.cards.map { .string($0.description) }), "isBounded": .bool(state.trigger == .online)]))
    }

    private static func conclusion(of effect: EffectReference, _ result: JSONValue, _ state: State) -> [Reaction<Command>] {
        let request = String(effect.key.reversed().drop { $0 != "/" }.dropFirst().reversed())
        let analysis: GroupAnalysis
        do {
            analysis = try result.decoded(as: GroupAnalysis.self)
        } catch {
            return [.park(reason: "the analysis cannot be read: \(error)")]
        }
        if analysis.isDeferred {
            let queued = AnalysisRequested(request: "queue:\(request)", trigger: .queue, cards: state.cards)
            return [.command(.enqueue(queued)), .finish(outcome: "queued")]
        }
        if analysis.merge == nil, analysis.reviews.isEmpty { return [.finish(outcome: "nothing to merge")] }
        let conclude = Reaction.command(Command.conclude(analysis, request: request, attempt: state.attempt))
        // A merge finishes the instance by its event, because a group that was touched meanwhile is read again.
        return analysis.merge == nil ? [conclude, .finish(outcome: "review")] : [conclude]
    }

    package static func dispatch(_ command: Command, to decisions: DecisionBatch) async throws {
        switch command {
        case .enqueue(let request):
            try await decisions.record(
                AnalysisDecider.self, .request(request), on: MDMStream.analysis(request.request), as: CustomerEvent.analysis)
        case .conclude(let analysis, let request, let attempt):
            if let merge = analysis.merge {
                let touching = MDMTags.touching(analysis.cards, analysis.goldens)
                if try await decisions.hasEvents(matching: touching, after: analysis.through) {
                    let outdated = AnalysisOutdated(request: request, attempt: attempt)
                    try await decisions.record(
                        AnalysisDecider.self, .noteOutdated(outdated), on: MDMStream.analysis(request), as: CustomerEvent.analysis)
                    return
                }
                decisions.requireNone(matching: touching, after: analysis.through)
                try await carryOut(merge, of: analysis, request: request, in: decisions)
            }
            for review in analysis.reviews {
                try await decisions.record(
                    ReviewDecider.self, .open(review), on: MDMStream.review(review.review), as: CustomerEvent.review)
            }
        }
    }

    /// One `card-assigned` for each card that moves, and one `golden-merged`.
    private static func carryOut(
        _ merge: GroupAnalysis.Merge, of analysis: GroupAnalysis, request: String, in decisions: DecisionBatch
    ) async throws {
        for move in merge.moves {
            try await decisions.record(
                CardDecider.self, .assign(from: move.from, to: move.to, because: .merge, request: request),
                on: MDMStream.card(move.card), as: CustomerEvent.card)
        }
        let members = Set(merge.members)
        for review in merge.answers {
            let stream = try MDMStream.review(review)
            guard case .open(let opened) = try await decisions.state(of: ReviewDecider.self, on: stream),
                opened.cards.allSatisfy(members.contains)
            else { continue }
            try await decisions.record(
                ReviewDecider.self, .supersede(reason: "its cards are in one golden record"), on: stream, as: CustomerEvent.review)
        }
        let merged = GoldenMerged(
            golden: merge.golden, absorbed: merge.absorbed, members: merge.members, edges: merge.edges, request: request,
            analysedThrough: analysis.through, profile: analysis.profile)
        try await decisions.record(GoldenDecider.self, .merge(merged), on: MDMStream.golden(merge.golden), as: CustomerEvent.golden)
    }
}

extension MergeSaga.State {
    fileprivate mutating func begin(_ cards: [CardID], _ trigger: AnalysisTrigger) {
        self.cards = cards
        self.trigger = trigger
        attempt = 1
    }
}

extension DecisionBatch {
    /// Decides as ``decide(_:_:on:)`` does, and adds the events as those of the whole domain, so that a saga meets its own at once.
    func record<D: Decider>(
        _ decider: D.Type, _ command: D.Command, on stream: StreamName, as embed: (D.Event) -> CustomerEvent
    ) async throws {
        let events = try D.decide(command, given: await state(of: decider, on: stream))
        try await append(events.map(embed), to: stream)
    }
}
