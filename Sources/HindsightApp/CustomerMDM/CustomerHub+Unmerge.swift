package import CustomerMDM
package import HindsightCore
import HindsightRuntime

extension CustomerHub {
    /// What an unmerge would do: shown first, carried out by its digest.
    ///
    /// Each group becomes a golden record of its own; members not named stay. All parts are kept apart by separations.
    ///
    /// - Parameter position: As it would have been then; `nil` is now.
    package func previewUnmerge(
        _ golden: GoldenID, groups: [[CardID]], at position: Position? = nil
    ) async throws -> UnmergePlan {
        let rows = try await members(of: golden, at: position)
        let members = Set(rows.map(\.card))
        var named: Set<CardID> = []
        for card in groups.flatMap(\.self) {
            guard members.contains(card) else { throw StewardError.notMember(card, golden) }
            guard named.insert(card).inserted else { throw StewardError.nothingToDo("groups: card \(card) stands twice") }
        }
        let rest = members.subtracting(named).sorted()
        let parts = ([rest] + groups.map { $0.sorted() }).filter { !$0.isEmpty }
        guard parts.count > 1 else { throw StewardError.nothingToDo("groups: they leave the golden record as it is") }
        var separations: [UnmergePlan.Separation] = []
        for (index, part) in parts.enumerated() {
            for other in parts[(index + 1)...] { separations.append(try await planned(part, other)) }
        }
        return try await plan(golden, parts: parts, keeping: rest.isEmpty ? nil : rest, separations: separations, rows, at: position)
    }

    /// Carries out an unmerge.
    ///
    /// - Parameter digest: Of the preview; `nil` takes what is there now.
    package func unmerge(_ golden: GoldenID, groups: [[CardID]], reason: String, digest: String? = nil) async throws -> UnmergePlan {
        let plan = try await currentPlan(of: golden, digest: digest) { position in
            try await previewUnmerge(golden, groups: groups, at: position)
        }
        return try await carryOut(plan, reason: reason)
    }

    /// Takes `left` and `right` apart wherever they are together.
    ///
    /// - Parameter keepsStatus: Whether a separation is made as well, named by exactly these cards; without one the next run may join them
    ///   again, as it was in 2014.
    package func split(_ left: [CardID], _ right: [CardID], keepsStatus: Bool, reason: String) async throws {
        try await catchUp()
        var goldens: [GoldenID: Set<CardID>] = [:]
        for card in left {
            if let row = try await candidates.row(card)?.row { goldens[row.golden, default: []].insert(card) }
        }
        for (golden, leaving) in goldens.sorted(by: { $0.key < $1.key }) {
            let rows = try await members(of: golden)
            let staying = Set(rows.map(\.card)).subtracting(leaving)
            guard !staying.isDisjoint(with: right) else { continue }
            let separations = keepsStatus ? [try await planned(left, right)] : []
            var plan = try await plan(golden, parts: [leaving.sorted(), staying.sorted()], keeping: nil, separations: separations, rows)
            plan.analysesAgain = keepsStatus
            _ = try await carryOut(plan, reason: reason)
        }
        if keepsStatus { try await separate(left, right, reason: reason) }
        try await catchUp()
    }

    /// What a rollback would do: the golden record's cards as they lay at `instant`, with separations that keep them so.
    ///
    /// Cards that came in later stay where they are, and so do all later edits.
    ///
    /// - Parameter now: What is now; `nil` is the head.
    package func previewRollback(
        _ golden: GoldenID, to instant: Timestamp, at now: Position? = nil
    ) async throws -> UnmergePlan {
        let rows = try await members(of: golden, at: now)
        let position = try await log.position(at: instant)
        let then = ReadModel(GoldenRecords(), of: projections)
        guard let before = try await then.row(golden.description, at: position) else { throw StewardError.unknownGolden(golden) }
        let goldenThen = ReadModel(CustomerCards(profile: profile), of: projections)
        var parts: [GoldenID: [CardID]] = [:]
        for row in rows {
            let home = try await goldenThen.row(row.card.description, at: position)?.golden ?? golden
            parts[home, default: []].append(row.card)
        }
        let kept = parts.removeValue(forKey: golden) ?? []
        let leaving = parts.sorted { $0.key < $1.key }
        let returning = before.members.filter { card in !rows.contains { $0.card == card } }
        guard !leaving.isEmpty || !returning.isEmpty else { throw StewardError.nothingToDo("to: the golden record is as it was then") }

        var separations: [UnmergePlan.Separation] = []
        for (_, cards) in leaving where !kept.isEmpty { separations.append(try await planned(kept, cards)) }
        for (index, part) in leaving.enumerated() {
            for other in leaving[(index + 1)...] { separations.append(try await planned(part.value, other.value)) }
        }
        let remains = kept + returning
        var plan = try await plan(
            golden, parts: [remains] + leaving.map(\.value), keeping: remains, separations: separations, rows, at: now)
        for card in returning {
            let row = try await matchRow(card, at: now).row
            plan.moves.append(UnmergePlan.Move(card: card, from: row.golden, to: golden))
            for separation in row.separations where separation.against.contains(where: kept.contains) {
                if let known = try await ReadModel(Separations(), of: projections).row(separation.separation, at: now),
                    !plan.closes.contains(where: { $0.separation == known.separation })
                {
                    plan.closes.append(UnmergePlan.Separation(separation: known.separation, left: known.left, right: known.right))
                }
            }
        }
        plan.kind = .rollback
        plan.to = instant
        // What the rollback joins again is the steward's word; matching anew is the business of later changes.
        plan.analysesAgain = returning.isEmpty
        return plan.signed()
    }

    /// Leads a golden record back to how it was, by compensating events.
    package func rollback(_ golden: GoldenID, to instant: Timestamp, reason: String, digest: String? = nil) async throws -> UnmergePlan {
        let plan = try await currentPlan(of: golden, digest: digest) { position in
            try await previewRollback(golden, to: instant, at: position)
        }
        return try await carryOut(plan, reason: reason)
    }

    // MARK: - Plans

    /// The events of the domain that a plan would append, in their order: decided as they will be, and stored nowhere.
    ///
    /// They hold no personal value. The request leaves out the plan itself; what the new analyses of the parts find is not known before
    /// they are made.
    /// - Parameter reason: Left out of the events while there is none.
    package func appends(of plan: UnmergePlan, reason: String? = nil) async throws -> [PlannedEvent] {
        let request = try await request(plan.signed(), reason: reason ?? "preview")
        let batch = try DecisionBatch(log: log, identities: commands.identities, now: commands.clock.now())
        try await batch.decide(GoldenDecider.self, .requestUnmerge(request), on: MDMStream.golden(plan.golden))
        try await UnmergeSaga.dispatch(.carryOut(request), to: batch)
        if plan.analysesAgain { try await UnmergeSaga.dispatch(.analyseAgain(request), to: batch) }
        return try PlannedEvent.all(of: batch, without: reason == nil ? ["plan", "reason"] : ["plan"])
    }

    /// The request to carry out the plan now.
    private func request(_ plan: UnmergePlan, reason: String) async throws -> UnmergeRequested {
        let ordinal = try await log.version(of: MDMStream.golden(plan.golden)) + 1
        return UnmergeRequested(
            golden: plan.golden, request: "\(plan.kind.rawValue):\(plan.golden):\(ordinal)", plan: plan, reason: reason)
    }

    private func carryOut(_ plan: UnmergePlan, reason: String) async throws -> UnmergePlan {
        guard !reason.trimmed.isEmpty else { throw StewardError.needsReason }
        let plan = plan.signed()
        let before = try await log.head().position
        let stream = try MDMStream.golden(plan.golden)
        let request = try await request(plan, reason: reason)
        try await commands.handle(GoldenDecider.self, .requestUnmerge(request), on: stream, metadata: metadata)
        try await settle()
        if await unmerges.status(of: request.request) == .finished(outcome: "refused") {
            let since = try await history(of: plan.golden, after: before, limit: 1_000).history
            throw StewardError.outdatedPreview(changes: since)
        }
        try await catchUp()
        return plan
    }

    /// - Parameter keeping: The part that keeps the golden record's id; `nil` lets the part of its oldest card keep it.
    private func plan(
        _ golden: GoldenID, parts: [[CardID]], keeping: [CardID]?, separations: [UnmergePlan.Separation], _ rows: [CustomerCards.Row],
        at position: Position? = nil
    ) async throws -> UnmergePlan {
        let founded = Dictionary(uniqueKeysWithValues: rows.map { ($0.card, $0.founded) })
        func founder(_ cards: [CardID]) -> CardID? { cards.min { (founded[$0] ?? .max, $0) < (founded[$1] ?? .max, $1) } }
        let oldest = founder(rows.map(\.card))
        var planned: [UnmergePlan.Part] = []
        var taken: Set<GoldenID> = [golden]
        for part in parts {
            let isKept = keeping.map { $0 == part } ?? part.contains { $0 == oldest }
            guard !isKept, let first = founder(part) else {
                planned.append(UnmergePlan.Part(golden: golden, cards: part.sorted()))
                continue
            }
            let id = try await freeGolden(foundedBy: first, taken: taken, at: position)
            taken.insert(id)
            planned.append(UnmergePlan.Part(golden: id, cards: part.sorted()))
        }
        let moves = planned.filter { $0.golden != golden }.flatMap { part in
            part.cards.map { UnmergePlan.Move(card: $0, from: golden, to: part.golden) }
        }
        return UnmergePlan(
            kind: .unmerge, golden: golden, to: nil, parts: planned, moves: moves, separations: separations, closes: [],
            analysesAgain: true, digest: ""
        ).signed()
    }

    /// The id that the card founds; a further one while cards of another person live under it.
    private func freeGolden(foundedBy card: CardID, taken: Set<GoldenID>, at position: Position?) async throws -> GoldenID {
        var ordinal = 1
        while true {
            let id = GoldenID(foundedBy: card, ordinal: ordinal)
            let living = try await ReadModel(GoldenRecords(), of: projections).row(id.description, at: position)?.members ?? []
            if !taken.contains(id), living.isEmpty { return id }
            ordinal += 1
        }
    }

    private func planned(_ left: [CardID], _ right: [CardID]) async throws -> UnmergePlan.Separation {
        let made = try await separation(left, right, .split, "")
        return UnmergePlan.Separation(separation: made.separation, left: made.left, right: made.right)
    }

    private func members(of golden: GoldenID, at position: Position? = nil) async throws -> [CustomerCards.Row] {
        try await catchUp()
        let rows = try await ReadModel(CustomerCards(profile: profile), of: projections).rows(
            .with(CustomerCards.golden, golden.description), at: position)
        guard !rows.isEmpty else { throw StewardError.unknownGolden(golden) }
        return rows.map(\.row)
    }
}

/// A plan with the events that would be appended.
package struct UnmergePreview: Sendable, Equatable, Encodable {
    package let plan: UnmergePlan
    package let appends: [PlannedEvent]

    package init(_ plan: UnmergePlan, appends: [PlannedEvent]) {
        self.plan = plan
        self.appends = appends
    }

    private enum CodingKeys: CodingKey { case appends }

    /// The plan's own members, with one beside them.
    package func encode(to encoder: any Encoder) throws {
        try plan.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(appends, forKey: .appends)
    }
}
