import CustomerMDM
import HindsightCore
import HindsightRuntime

/// Carries out the merge saga's effect *analyse the group* over the read models, in this process.
///
/// Looking does nothing, so an analysis whose answer was lost in a crash is simply made again.
struct GroupAnalyst: EffectPerformer {
    private let candidates: ReadModelCandidates
    private let snapshot: RunSnapshot
    private let projections: ProjectionRunner
    private let profile: Profile
    private let policy: MatchingPolicy

    init(
        candidates: ReadModelCandidates, snapshot: RunSnapshot, projections: ProjectionRunner, profile: Profile, policy: MatchingPolicy
    ) {
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
                return try await analyse(request, in: batch.proposed, through: batch.through)
            }
            try await projections.catchUp()
            return try await analyse(request, in: candidates, through: try await candidates.position())
        } catch let error as ReadModelError {
            return .indeterminate(reason: "\(error)")
        } catch {
            return .rejected(reason: "the group cannot be analysed: \(error)")
        }
    }

    private func analyse(
        _ request: AnalysisOfGroup, in source: some CandidateSource, through: Position
    ) async throws -> EffectOutcome {
        let group = try await MatchGroup.gather(
            around: request.cards, from: source, profile: profile,
            bounds: request.isBounded ? MatchGroup.Bounds(cards: profile.maximumOnlineCards, edges: profile.maximumOnlineEdges) : nil,
            nearestOnly: !policy.analysesWholeGroup)
        let analysis = GroupAnalysis(of: group, through: through, profile: profile, policy: policy)
        return .succeeded(try JSON.decode(JSONValue.self, from: JSON.encode(analysis)))
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
        isFirstOfRun = intent.key.hasPrefix("run-") && intent.key.hasSuffix("/1")
    }
}
