import CustomerMDM
import HindsightCore
import HindsightRuntime

/// Carries out the merge saga's effect *analyse the group* over the read models, in this process.
///
/// Looking does nothing, so an analysis whose answer was lost in a crash is simply made again.
struct GroupAnalyst: EffectPerformer {
    private let log: any EventLog
    private let candidates: ReadModelCandidates
    private let snapshot: RunSnapshot
    private let projections: ProjectionRunner
    private let profile: Profile
    private let policy: MatchingPolicy

    init(
        log: any EventLog, candidates: ReadModelCandidates, snapshot: RunSnapshot, projections: ProjectionRunner, profile: Profile,
        policy: MatchingPolicy
    ) {
        self.log = log
        self.candidates = candidates
        self.snapshot = snapshot
        self.projections = projections
        self.profile = profile
        self.policy = policy
    }

    func perform(_ intent: EffectIntent) async -> EffectOutcome {
        do {
            let request = try AnalysisOfGroup(intent)
            if request.isFirstOfRun, let batch = snapshot.current {
                let analysis = try await analyse(request, in: batch.proposed, through: batch.through)
                // A merge is appended on the condition that nothing has changed; a question has to be put to what is there now.
                if analysis.merge != nil || analysis.reviews.isEmpty { return try result(analysis) }
                if try await !isTouched(analysis) { return try result(analysis) }
            }
            try await projections.catchUp()
            return try result(try await analyse(request, in: candidates, through: try await candidates.position()))
        } catch let error as ReadModelError {
            return .indeterminate(reason: "\(error)")
        } catch {
            return .rejected(reason: "the group cannot be analysed: \(error)")
        }
    }

    private func analyse(
        _ request: AnalysisOfGroup, in source: some CandidateSource, through: Position
    ) async throws -> GroupAnalysis {
        let group = try await MatchGroup.gather(
            around: request.cards, from: source, profile: profile,
            bounds: request.isBounded ? MatchGroup.Bounds(cards: profile.maximumOnlineCards, edges: profile.maximumOnlineEdges) : nil,
            nearestOnly: !policy.analysesWholeGroup)
        return GroupAnalysis(of: group, through: through, profile: profile, policy: policy)
    }

    private func result(_ analysis: GroupAnalysis) throws -> EffectOutcome {
        .succeeded(try JSON.decode(JSONValue.self, from: JSON.encode(analysis)))
    }

    /// Whether anything of the group has changed since it was read.
    private func isTouched(_ analysis: GroupAnalysis) async throws -> Bool {
        let touching = MDMTags.touching(analysis.cards, analysis.goldens)
        return try await !log.read(EventSelection(query: touching, after: analysis.through, limit: 1)).isEmpty
    }

    func lookUp(_ intent: EffectIntent) async -> LookUp { .absent }
}

/// What the effect asks for.
private struct AnalysisOfGroup {
    let cards: [CardID]
    /// A group over the bounds goes to the queue.
    let isBounded: Bool
    /// The first reading of a group of a nightly run, rather than a later one after the group was touched.
    let isFirstOfRun: Bool

    init(_ intent: EffectIntent) throws {
        cards = try (intent.request["cards"]?.arrayValue ?? []).compactMap(\.stringValue).map { try CardID($0) }
        isBounded = intent.request["isBounded"]?.boolValue ?? false
        // An online call of a source that is named so is bounded.
        isFirstOfRun = !isBounded && intent.key.hasPrefix("run-") && intent.key.hasSuffix("/1")
    }
}
