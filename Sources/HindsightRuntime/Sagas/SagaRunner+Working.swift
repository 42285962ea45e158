import HindsightCore

// MARK: - Storing what follows

extension SagaRunner {
    /// Stores the news and all that follows from them, in one append.
    ///
    /// - Parameter news: Made from the instance as it is, anew each time that somebody else appended first.
    /// - Returns: Whether anything was stored; not, if the instance is not this runner's to work on.
    @discardableResult
    func advance(
        _ id: String, _ news: (SagaInstance<S>, _ epoch: Int64, _ now: Timestamp) -> [SagaLifecycle] = { _, _, _ in [] }
    ) async throws -> Bool {
        while let instance = instances[id], instance.standing.definitionVersion != nil || startsNew,
            case .yes(let fence) = right.answer(for: S.name, id)
        {
            hold(id)
            let outcome: Outcome
            do {
                outcome = try await store(instance, news, fence)
            } catch {
                try await release(id)
                throw error
            }
            try await release(id)
            switch outcome {
            case .nothing: return false
            case .stored: return true
            case .behind: try await catchUp()
            case .conflict(let error):
                try await catchUp()
                // A stream may hold events that don't concern the saga: having read past them is enough.
                if case .versionConflict(let stream, _, let actual) = error { instances[id]?.hasRead(through: actual, of: stream) }
            }
        }
        return false
    }

    private enum Outcome {
        case nothing
        case stored
        /// The plan was based on events that the saga has not seen.
        case behind
        case conflict(EventLogError)
    }

    private func store(
        _ instance: SagaInstance<S>, _ news: (SagaInstance<S>, _ epoch: Int64, _ now: Timestamp) -> [SagaLifecycle], _ fence: Fence?
    ) async throws -> Outcome {
        let epoch = fence?.epoch ?? 0
        var plan = instance
        let batch = try DecisionBatch(log: log, identities: identities, now: clock.now(), metadata: metadata)
        try await plan.plan(news(instance, epoch, batch.now), in: batch, epoch: epoch)
        if batch.isEmpty { return .nothing }
        guard batch.basedOn <= consumedThrough else { return .behind }
        let receipt: AppendReceipt
        do {
            onPoint?(.beforeAppend)
            receipt = try await log.append(batch.append(fencedBy: fence))
            onPoint?(.afterAppend)
        } catch {
            guard error.isConflict else { throw error }
            return .conflict(error)
        }
        plan.adopt(receipt)
        take(plan, after: instance)
        if try isAll(of: batch, in: [plan]) { pass(receipt) }
        return .stored
    }

    /// Stores what has become known of the instance, and all that follows, until nothing more can be stored without an answer.
    func advanceFully(_ id: String) async throws -> Bool {
        var didAnything = false
        while let instance = instances[id] {
            let known = answers.removeValue(forKey: id) ?? []
            guard !known.isEmpty || instance.canAdvance else { break }
            let isStored = try await advance(id) { instance, epoch, now in
                known.flatMap { effect, answer in self.news(of: answer, for: effect, instance, epoch, now) }
            }
            guard isStored else { break }
            didAnything = true
        }
        return didAnything
    }

    private func news(
        of answer: Answer, for effect: OpenEffect, _ instance: SagaInstance<S>, _ epoch: Int64, _ now: Timestamp
    ) -> [SagaLifecycle] {
        // A person may have settled it meanwhile.
        guard let open = instance.standing.openEffect(effect.reference), open.intent.attempt == effect.intent.attempt else { return [] }
        let peer = performer.peer(of: effect.intent.kind)
        switch answer {
        case .outcome(let outcome): return instance.news(of: outcome, for: open, at: peer, epoch: epoch, now: now)
        case .lookUp(let lookUp, let askedAt):
            return instance.news(of: lookUp, askedAt: askedAt, for: open, at: peer, epoch: epoch, now: now)
        }
    }

    // MARK: - Sending

    /// The effects of the instance that go to their peers now, each with a claim in the log.
    func claim(_ id: String) async throws -> [Errand] {
        var claimed: [Errand] = []
        do {
            try await claim(id, into: &claimed)
        } catch {
            // Nobody will run them: the work ends, or has passed on and may come back.
            for errand in claimed { abandon(errand) }
            throw error
        }
        return claimed
    }

    private func claim(_ id: String, into claimed: inout [Errand]) async throws {
        var seen: Set<EffectReference> = []
        while let effect = instances[id]?.actionableEffects.first(where: { !seen.contains($0.reference) }) {
            if isUnderWay(id, effect) {
                seen.insert(effect.reference)
                continue
            }
            guard right.answer(for: S.name, id).isYes else { break }
            let peer = performer.peer(of: effect.intent.kind)
            guard claims.contains(Claim(id, effect)) else {
                let isStored = try await advance(id, about: effect) { instance, effect, epoch, now in
                    instance.newsOfTakingUp(effect, epoch: epoch, now: now)
                }
                guard isStored else { break }
                continue
            }
            let isLookUp = effect.phase == .lookUpDue
            if isLookUp, !peer.isQueryable {
                let isStored = try await advance(id, about: effect) { instance, effect, epoch, now in
                    instance.newsWithoutLookUp(for: effect, at: peer, epoch: epoch, now: now)
                }
                guard isStored else { break }
                continue
            }
            seen.insert(effect.reference)
            let now = clock.now()
            if let later = gate.admission(to: peer, portion: right.portion, at: now) {
                remind(id, at: later)
                continue
            }
            var sent = effect
            if !isLookUp, effect.isInDoubt, needsRenewal(effect, at: now),
                instances[id].map({ !$0.mayRepeat(effect, at: peer, now: now) }) ?? true
            {
                // It was held back for so long that the peer may have forgotten the key: like any other intent, it is looked into.
                claims.remove(Claim(id, effect))
                seen.remove(effect.reference)
                continue
            }
            if !isLookUp, let renewed = try await renewed(effect, of: id, at: now) { sent = renewed }
            claims.remove(Claim(id, effect))
            claims.remove(Claim(id, sent))
            // Whether it is still right is asked first.
            guard isLookUp || sent.phase == .intended else { continue }
            let errand = Errand(instance: id, effect: sent, peer: peer, isLookUp: isLookUp)
            begin(errand)
            claimed.append(errand)
        }
    }

    /// Stores the news of one effect, unless somebody else has changed how it stands.
    private func advance(
        _ id: String, about effect: OpenEffect,
        _ news: (SagaInstance<S>, OpenEffect, _ epoch: Int64, _ now: Timestamp) -> [SagaLifecycle]
    ) async throws -> Bool {
        try await advance(id) { instance, epoch, now in
            guard let open = instance.standing.openEffect(effect.reference), open.intent == effect.intent, open.phase == effect.phase
            else { return [] }
            return news(instance, open, epoch, now)
        }
    }

    /// An effect that was held back until its time was almost over is intended anew.
    private func renewed(_ effect: OpenEffect, of id: String, at now: Timestamp) async throws -> OpenEffect? {
        guard needsRenewal(effect, at: now) else { return nil }
        let isStored = try await advance(id, about: effect) { instance, effect, epoch, now in
            instance.newsOfHolding(effect, epoch: epoch, now: now)
        }
        return isStored ? instances[id]?.standing.openEffect(effect.reference) : nil
    }

    private func needsRenewal(_ effect: OpenEffect, at now: Timestamp) -> Bool {
        effect.intent.deadline.since(now) < S.policy(for: effect.intent.kind).timeLimit / 2 && now > effect.intendedAt
    }

    /// Goes to the peer and comes back with its answer.
    nonisolated func run(_ errand: Errand) async -> Answer {
        if case .shared(let work) = right { work.begin(S.name, errand.instance) }
        defer { if case .shared(let work) = right { work.end(S.name, errand.instance) } }
        await gate.enter(errand.peer)
        defer { gate.leave(errand.peer) }
        let intent = errand.effect.intent
        if errand.isLookUp {
            let askedAt = clock.now()
            onPoint?(.beforeLookUp)
            let lookUp = await limits.within(S.policy(for: intent.kind).timeLimit) { [performer] in await performer.lookUp(intent) }
            onPoint?(.afterLookUp)
            return .lookUp(lookUp ?? .unknown(reason: "no answer within the time limit"), askedAt: askedAt)
        }
        // A process that was stopped for a while may have lost the right since, and its time is over in any case.
        let time = intent.deadline.since(clock.now())
        guard right.answer(for: S.name, errand.instance).isYes, time > .zero else {
            return .outcome(.notDone(reason: "it was not sent before its time limit"))
        }
        onPoint?(.beforeSending)
        let outcome = await limits.within(time) { [performer] in await performer.perform(intent) }
        onPoint?(.afterSending)
        if case .notDone(_, let wait?) = outcome { gate.close(errand.peer, until: clock.now().advanced(by: wait)) }
        return .outcome(outcome ?? .indeterminate(reason: "no answer within the time limit"))
    }
}
