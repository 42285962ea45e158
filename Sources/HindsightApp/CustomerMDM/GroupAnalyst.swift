package import CustomerMDM
package import HindsightCore
package import HindsightRuntime

/// Carries out the merge saga's effect *analyse the group* over the read models, in this process.
///
/// Looking does nothing, so an analysis whose answer was lost in a crash is simply made again.
package struct GroupAnalyst: EffectPerformer {
    private let candidates: ReadModelCandidates
    private let projections: ProjectionRunner
    private let profile: Profile
    private let policy: MatchingPolicy

    package init(candidates: ReadModelCandidates, projections: ProjectionRunner, profile: Profile, policy: MatchingPolicy) {
        self.candidates = candidates
        self.projections = projections
        self.profile = profile
        self.policy = policy
    }

    package func perform(_ intent: EffectIntent) async -> EffectOutcome {
        do {
            try await projections.catchUp()
            let seeds = try (intent.request["cards"]?.arrayValue ?? []).compactMap(\.stringValue).map { try CardID($0) }
            let isBounded = intent.request["isBounded"]?.boolValue ?? false
            let through = try await candidates.position()
            let group = try await MatchGroup.gather(
                around: seeds, from: candidates, profile: profile,
                bounds: isBounded ? MatchGroup.Bounds(cards: profile.maximumOnlineCards, edges: profile.maximumOnlineEdges) : nil,
                nearestOnly: !policy.analysesWholeGroup)
            let analysis = GroupAnalysis(of: group, through: through, profile: profile, policy: policy)
            return .succeeded(try JSON.decode(JSONValue.self, from: JSON.encode(analysis)))
        } catch let error as ReadModelError {
            return .indeterminate(reason: "\(error)")
        } catch {
            return .rejected(reason: "the group cannot be analysed: \(error)")
        }
    }

    package func lookUp(_ intent: EffectIntent) async -> LookUp { .absent }
}
