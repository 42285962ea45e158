package import CustomerMDM
import HindsightCore
import HindsightRuntime

extension CustomerHub {
    package struct RunResult: Sendable, Equatable, Codable {
        package var run: Int
        /// Cards touched since the run before.
        package var cards: Int
        package var groups: Int
        package var merged: Int
    }

    /// The nightly run: analyses the group of every card touched since the run before.
    ///
    /// A run that was interrupted goes on with its number and its cards, and another one follows for what came after them. Where nothing was
    /// touched, nothing is appended.
    ///
    /// - Returns: What the last of them came to.
    package func mergeRun(progress: (@Sendable (_ done: Int, _ all: Int) -> Void)? = nil) async throws -> RunResult {
        let wanted = try await log.head().position
        while true {
            let run = try await nextRun()
            let result = try await carryOut(run, progress)
            if run.through >= wanted { return result }
        }
    }

    private func carryOut(
        _ run: MergeRunStarted, _ progress: (@Sendable (_ done: Int, _ all: Int) -> Void)?
    ) async throws -> RunResult {
        let cards = try await touchedCards(run)
        guard !cards.isEmpty else { return RunResult(run: run.run, cards: 0, groups: 0, merged: 0) }
        try await commands.handle(RunDecider.self, .start(run), on: MDMStream.run(run.run), metadata: metadata)
        try await settle()
        try await projections.catchUp()
        let requests = try await requests(of: run, cards, progress)
        defer { runSnapshot.drop() }
        for page in Self.pages(requests) {
            try await merges.decide(metadata: metadata, identities: identities) { batch in
                for request in page {
                    try await batch.decide(AnalysisDecider.self, .request(request), on: MDMStream.analysis(request.request))
                }
            }
            try await settle()
        }
        try await followPolicy()
        // Of a run that was interrupted, some groups were merged before, and ask for nothing now.
        let groups = try await requestedGroups(of: run)
        try await commands.handle(RunDecider.self, .finish(groups: groups.count), on: MDMStream.run(run.run), metadata: metadata)
        return RunResult(run: run.run, cards: cards.count, groups: groups.count, merged: await merged(groups))
    }

    /// The groups that a run has asked for, from the log.
    private func requestedGroups(of run: MergeRunStarted) async throws -> [String] {
        var requests: [String] = []
        let selection = EventSelection(EventFilter(types: [AnalysisRequested.type]), after: run.through)
        try await log.replay(AnalysisEvent.codec, selection) { event, _ in
            if case .requested(let request) = event, request.trigger == .run, request.request.hasPrefix("run-\(run.run):") {
                requests.append(request.request)
            }
        }
        return requests
    }

    private func merged(_ requests: [String]) async -> Int {
        var merged = 0
        for request in requests where await merges.status(of: request) == .finished(outcome: "merged") { merged += 1 }
        return merged
    }

    /// One request for each group that has anything to look at.
    private func requests(
        of run: MergeRunStarted, _ cards: [CardID], _ progress: (@Sendable (_ done: Int, _ all: Int) -> Void)?
    ) async throws -> [AnalysisRequested] {
        let through = try await candidates.position()
        if policy.analysesWholeGroup, let units = try await candidates.units(ofAtMost: cards.count * Self.cardsReadForOne) {
            let proposed = ProposedPairs(units, profile: profile)
            runSnapshot.hold(proposed, through: through)
            return try await requests(of: run, cards, in: proposed, progress)
        }
        return try await requests(of: run, cards, in: candidates, progress)
    }

    private static var mostCardsNamed: Int { 1_000 }

    /// Requests that share an append, which the sagas begin in as well: 200 at most, and no more than some thousand cards.
    private static func pages(_ requests: [AnalysisRequested]) -> [[AnalysisRequested]] {
        var pages: [[AnalysisRequested]] = []
        var cards = 0
        for request in requests {
            if pages.isEmpty || pages[pages.count - 1].count == 200 || cards + request.cards.count > 5 * mostCardsNamed {
                pages.append([])
                cards = 0
            }
            pages[pages.count - 1].append(request)
            cards += request.cards.count
        }
        return pages
    }

    /// Where fewer cards were touched, their groups are read one by one; otherwise all cards are read at once.
    private static var cardsReadForOne: Int { 20 }

    private func requests(
        of run: MergeRunStarted, _ cards: [CardID], in source: some CandidateSource,
        _ progress: (@Sendable (_ done: Int, _ all: Int) -> Void)?
    ) async throws -> [AnalysisRequested] {
        var covered: Set<CardID> = []
        var requests: [AnalysisRequested] = []
        for (index, card) in cards.enumerated() where !covered.contains(card) {
            progress?(index, cards.count)
            let gathered = try await MatchGroup.gather(
                around: [card], from: source, profile: profile, nearestOnly: !policy.analysesWholeGroup)
            let group = policy.analysesWholeGroup ? gathered.core(of: profile) : gathered
            // With the nearest edges only, what a card sees is not what its neighbours see.
            covered.formUnion(policy.analysesWholeGroup ? group.units.flatMap(\.cards) : [card])
            guard group.edges.contains(where: { $0.kind != .split && $0.kind != .rejected }) else { continue }
            // All of the group: if some of it changes before it is analysed, the others still hang together.
            let cards = policy.analysesWholeGroup ? group.units.flatMap(\.cards).sorted() : [card]
            requests.append(
                AnalysisRequested(
                    request: "run-\(run.run):\(card)", trigger: .run, cards: cards.count <= Self.mostCardsNamed ? cards : [card]))
        }
        return requests
    }

    /// What a run came to, from the log; one that was interrupted is finished first.
    package func result(of run: MergeRunStarted) async throws -> RunResult {
        let finished = try await log.read(EventSelection(EventFilter(stream: try MDMStream.run(run.run)), direction: .backwards, limit: 1))
        guard let event = try finished.first.flatMap({ try RunEvent.codec.decode($0) }), case .finished(let end) = event else {
            return try await mergeRun()
        }
        try await settle()
        let merged = await merged(try await requestedGroups(of: run))
        return RunResult(run: run.run, cards: try await touchedCards(run).count, groups: end.groups, merged: merged)
    }

    /// The run that was interrupted, or the one after the last.
    private func nextRun() async throws -> MergeRunStarted {
        let filter = EventFilter(types: [MergeRunStarted.type, MergeRunFinished.type])
        let last = try await log.read(EventSelection(filter, direction: .backwards, limit: 1)).first
        let through = try await log.head().position
        return switch try last.flatMap({ try RunEvent.codec.decode($0) }) {
        case nil: MergeRunStarted(run: 1, after: 0, through: through)
        case .started(let interrupted): interrupted
        case .finished(let finished): MergeRunStarted(run: finished.run + 1, after: finished.through, through: through)
        }
    }

    /// Cards whose values or places changed, in byte order. What a merge moved has just been looked at.
    private func touchedCards(_ run: MergeRunStarted) async throws -> [CardID] {
        let types =
            [CardReceived.type, CardChanged.type, ChangeAccepted.type, ChangeRefused.type, ChangeWithdrawn.type, PastValueOpened.type]
            + [CardAssigned.type, SeparationClosed.type]
        var touched: Set<CardID> = []
        let selection = EventSelection(EventFilter(types: types), after: run.after, until: run.through)
        try await log.replay(CustomerEvent.codec, selection) { event, _ in
            switch event {
            case .card(.assigned(let assigned)) where assigned.because == .merge: break
            case .card(let event): touched.insert(event.card)
            case .separation(.closed(let closed)): touched.formUnion(closed.left + closed.right)
            case .golden, .separation, .review, .pair, .analysis, .run, .settings: break
            }
        }
        return touched.sorted()
    }
}
