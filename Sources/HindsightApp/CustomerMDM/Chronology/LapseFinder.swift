import CustomerMDM
import HindsightCore

/// Looks for the gap that let a merge through: what today's policy does at the same place in the same history.
struct LapseFinder {
    private let hub: CustomerHub
    private var profile: Profile { hub.profile }
    private var policy: MatchingPolicy { hub.policy }

    init(_ hub: CustomerHub) { self.hub = hub }

    /// - Parameters:
    ///   - edge: By which two golden records were joined.
    ///   - position: Up to which the merge's group was read.
    /// - Returns: The gap, and why today's policy would not have merged the whole group as it was; no gap where today's would have as well.
    func find(_ edge: Edge, at position: Position) async throws -> (lapse: Lapse?, conflicts: [GroupConflict]) {
        let (isMerged, conflicts) = try await wholeGroup(around: edge, at: position)
        let unlooked = isMerged || policy.analysesWholeGroup ? nil : Lapse.nearestEdgesOnly
        // A steward's word is no gap in a rule.
        guard edge.kind == .strong else { return (unlooked, conflicts) }
        let (a, b) = (try await past(of: edge.a, until: position), try await past(of: edge.b, until: position))
        if policy.usesPastValues, !policy.forgetsRevertedValues,
            Judgement(card(edge.a, a, forgetsReverted: true), card(edge.b, b, forgetsReverted: true), profile: profile).strength != .strong
        {
            return (.revertedValueKept, conflicts)
        }
        let likeness = ComparisonVector(card(edge.a, a), card(edge.b, b), profile: profile)
        let looksAlike = profile.likeness.allSatisfy(likeness.meets)
        for change in [a.change, b.change].compactMap(\.self) {
            let reasons = Set(change.reasonsToHold(.current, turnsIntoAnother: looksAlike))
            let ownReasons = Set(change.reasonsToHold(policy, turnsIntoAnother: looksAlike))
            let missing = reasons.subtracting(ownReasons)
            if !missing.isDisjoint(with: [.severalNameParts, .fixedAttribute]) { return (.suspiciousChangeTakenOver, conflicts) }
            if missing.contains(.givenNameOfAnother) { return (.givenNameOfAnotherTakenOver, conflicts) }
        }
        return (unlooked, conflicts)
    }

    /// What a card had gone through.
    private struct Past {
        var state = CardDecider.initialState
        /// The last change that made another name, or another fixed attribute, of it.
        var change: ChangeAssessment?
    }

    private func past(of card: CardID, until position: Position) async throws -> Past {
        var past = Past()
        try await hub.log.replay(CardEvent.codec, EventSelection(EventFilter(stream: try MDMStream.card(card)), until: position)) {
            event, _ in
            let before = past.state.accepted
            CardDecider.evolve(&past.state, with: event)
            guard case .changed = event else { return }
            let change = ChangeAssessment(from: before, to: past.state.accepted, profile: profile)
            if !change.changedNameParts.isEmpty || !change.changedFixedAttributes.isEmpty { past.change = change }
        }
        return past
    }

    /// The card as it was matched, without past values or with those that today's derivation leaves of them.
    private func card(_ id: CardID, _ past: Past, forgetsReverted: Bool = false) -> MatchCard {
        var open: [(attribute: String, value: String)] = []
        if forgetsReverted {
            let histories = past.state.histories(profile)
            for attribute in profile.attributes where attribute.keepsPastValues {
                let kept = PastValues.derived(from: histories[attribute.name] ?? [], of: attribute, forgetsReverted: true)
                open += past.state.openPastValues
                    .filter { value in value.attribute == attribute.name && kept.contains { attribute.isSame($0, value.value) } }
                    .map { ($0.attribute, $0.value) }
            }
        }
        let golden = past.state.golden ?? GoldenID(foundedBy: id)
        return MatchCard(id: id, golden: golden, current: past.state.accepted, past: open, profile: profile)
    }

    /// Whether today's policy would join the two, and what it has against the whole group.
    private func wholeGroup(around edge: Edge, at position: Position) async throws -> (isMerged: Bool, conflicts: [GroupConflict]) {
        let group = try await MatchGroup.gather(around: [edge.a, edge.b], from: try await hub.cards(at: position), profile: profile)
        let analysis = GroupAnalysis(of: group, through: position, profile: profile, policy: .current)
        let members = analysis.merge?.members ?? []
        let blocked = analysis.reviews.first { $0.kind == .blockedGroup }
        return (members.contains(edge.a) && members.contains(edge.b), blocked?.conflicts ?? [])
    }
}
