extension SagaInstance {
    // MARK: - What an answer means

    /// The engine's news after the peer answered, or failed to.
    public func news(of outcome: EffectOutcome, for effect: OpenEffect, at peer: Peer, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        news(of: outcome, for: effect, at: peer, knownBy: "answer", epoch: epoch, now: now)
    }

    /// The engine's news after a look-up.
    ///
    /// - Parameter askedAt: When the peer was asked: it says nothing of what came to it later, and a process may be stopped for hours before
    ///   it hears the answer.
    public func news(
        of lookUp: LookUp, askedAt: Timestamp, for effect: OpenEffect, at peer: Peer, epoch: Int64, now: Timestamp
    ) -> [SagaLifecycle] {
        switch lookUp {
        case .settled(let outcome):
            return news(of: outcome, for: effect, at: peer, knownBy: "look-up", epoch: epoch, now: now)
        case .unknown(let reason):
            return doubt(effect, at: peer, reason: reason, epoch: epoch, now: now)
        case .absent:
            // What is under way may still arrive: then it must not find another one.
            let settled = effect.intendedAt.advanced(by: peer.settling)
            guard askedAt < settled else { return surelyAbsent(effect, epoch: epoch, now: now) }
            // Where the peer repeats its failures, a second one under the key is all that it will ever say.
            let isRepeating = peer.replaysFailures && effect.isInDoubt && effect.isIndeterminate
            // And where the saga is asked before a repetition, it is asked about what surely was not done.
            return !isRepeating && !isReconsidered(effect, at: now) && mayRepeat(effect, at: peer, now: now)
                ? again(effect, inDoubt: true, epoch: epoch, now: now) : [askAgain(effect, at: max(settled, now))]
        }
    }

    /// The engine's news for an effect that may have been done, at a peer that can't be asked.
    ///
    /// Where it honours keys, sending again under the same key *is* the look-up.
    public func newsWithoutLookUp(for effect: OpenEffect, at peer: Peer, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        guard mayRepeat(effect, at: peer, now: now) else {
            let reason =
                switch peer.keys {
                case .ignored: "can neither be asked nor does it know keys"
                case .honoured: "can't be asked, and has forgotten the key by now"
                }
            return [park(effect, "the outcome of \(effect.reference) is unknown: \(peer.name) \(reason)")]
        }
        // A machine that was off for a day may come up with a clock of yesterday, and nothing in the log shows that.
        if effect.isOfUnknownAge, peer.forgetsKeys {
            let reason = "can't be asked, and no clock tells for sure whether it still keeps the key"
            return [park(effect, "the outcome of \(effect.reference) is unknown: \(peer.name) \(reason)")]
        }
        // An error that was stored is all that it will ever say.
        guard !(peer.replaysFailures && effect.isIndeterminate && effect.attempts > 1) else {
            return [park(effect, "the outcome of \(effect.reference) is unknown: \(peer.name) repeats its first error")]
        }
        return again(effect, inDoubt: true, epoch: epoch, now: now)
    }

    /// Whether the effect can be sent once more, although it may have been done: the peer still knows the key when the last of that
    /// attempt has arrived.
    public func mayRepeat(_ effect: OpenEffect, at peer: Peer, now: Timestamp) -> Bool {
        let arrival = now.advanced(by: max(S.policy(for: effect.intent.kind).timeLimit, peer.settling))
        return peer.honoursKey(since: effect.doubtedSince, at: arrival)
    }

    /// The engine's news when a worker takes up an effect that it did not intend itself, or not in this life.
    public func newsOfTakingUp(_ effect: OpenEffect, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        guard effect.takeOvers < S.policy(for: effect.intent.kind).maximumAttempts else {
            return [park(effect, "\(effect.takeOvers) workers ended while they were at \(effect.reference)")]
        }
        let intent = effect.intent
        return [.effectTakenUp(EffectTakenUp(effect: intent.kind, key: intent.key, attempt: intent.attempt, epoch: epoch, at: now))]
    }

    private func news(
        of outcome: EffectOutcome, for effect: OpenEffect, at peer: Peer, knownBy: String, epoch: Int64, now: Timestamp
    ) -> [SagaLifecycle] {
        let intent = effect.intent
        switch outcome {
        case .succeeded(let result):
            return [
                .effectSucceeded(
                    EffectSucceeded(
                        effect: intent.kind, key: intent.key, attempt: intent.attempt, epoch: epoch, knownBy: knownBy, at: now,
                        result: result))
            ]
        case .rejected(let reason, let result):
            guard effect.undoes == nil else { return [park(effect, "\(effect.reference) was refused: \(reason)")] }
            return [
                .effectRejected(
                    EffectRejected(
                        effect: intent.kind, key: intent.key, attempt: intent.attempt, epoch: epoch, knownBy: knownBy, at: now,
                        reason: reason, result: result))
            ]
        case .refused(let reason):
            // An attempt before this one may have been done all the same.
            let told = effect.isInDoubt ? indeterminate(effect, reason, epoch: epoch, now: now) : [postponed(effect, reason, epoch, now)]
            return told + [park(effect, reason)]
        case .notDone(let reason, let retryAfter):
            return postpone(effect, reason: reason, retryAfter: retryAfter, epoch: epoch, now: now)
        case .indeterminate(let reason):
            return doubt(effect, at: peer, reason: reason, epoch: epoch, now: now)
        }
    }

    // MARK: - Surely not done

    private func postpone(
        _ effect: OpenEffect, reason: String, retryAfter: Duration?, epoch: Int64, now: Timestamp
    ) -> [SagaLifecycle] {
        let policy = S.policy(for: effect.intent.kind)
        let postponed = postponed(effect, reason, epoch, now)
        let wait = max(policy.backOff.wait(after: max(effect.attempts, 1), of: effect.reference), retryAfter ?? .zero)
        let due = now.advanced(by: wait)
        // This attempt was not done; one before it may have been, so the question stays open.
        if effect.isInDoubt { return [askAgain(effect, at: due)] }
        if let limit = patienceEnds(policy, effect, nextAt: due) {
            return [postponed] + exhausted(effect, "\(limit), the last time because \(reason)", policy, epoch: epoch, now: now)
        }
        return [postponed, retryTimer(of: effect, at: due)]
    }

    /// What the peer has never heard of: it is tried again, as any other effect that surely was not done.
    private func surelyAbsent(_ effect: OpenEffect, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        let policy = S.policy(for: effect.intent.kind)
        guard isReconsidered(effect, at: now), limit(policy, effect, nextAt: now) == nil
        else { return again(effect, inDoubt: false, epoch: epoch, now: now) }
        let reason = "the peer has never heard of it"
        // What is lost each time is lost again: at last a person has to look at it.
        if let limit = patienceEnds(policy, effect, nextAt: now) {
            return [postponed(effect, reason, epoch, now)]
                + exhausted(effect, "\(limit), the last time because \(reason)", policy, epoch: epoch, now: now)
        }
        return triedAnew(effect, reason, epoch: epoch, now: now)
    }

    /// Whether the saga is asked before the effect is sent again.
    func isReconsidered(_ effect: OpenEffect, at now: Timestamp) -> Bool {
        effect.undoes == nil && S.reconsideration(of: effect.reference, in: state, at: now) != nil
    }

    /// An attempt that surely came to nothing, and is followed by another one as soon as the saga has been asked.
    func triedAnew(_ effect: OpenEffect, _ reason: String, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        [postponed(effect, reason, epoch, now), retryTimer(of: effect, at: now)]
    }

    private func postponed(_ effect: OpenEffect, _ reason: String, _ epoch: Int64, _ now: Timestamp) -> SagaLifecycle {
        let intent = effect.intent
        return .effectPostponed(
            EffectPostponed(effect: intent.kind, key: intent.key, attempt: intent.attempt, epoch: epoch, at: now, reason: reason))
    }

    private func retryTimer(of effect: OpenEffect, at due: Timestamp) -> SagaLifecycle {
        .timerSet(
            TimerSet(timer: effect.timer(.retry), due: due, cause: "\(effect.reference)", wakeUp: SagaStanding.WakeUp.retry.rawValue))
    }

    /// The next attempt of an effect that surely was not done, or surely is not done twice.
    private func again(_ effect: OpenEffect, inDoubt: Bool, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        let policy = S.policy(for: effect.intent.kind)
        if let limit = limit(policy, effect, nextAt: now) {
            return inDoubt
                ? [park(effect, "the outcome of \(effect.reference) is unknown: \(limit)")]
                : exhausted(effect, limit, policy, epoch: epoch, now: now)
        }
        return [nextAttempt(of: effect, inDoubt: inDoubt, epoch: epoch, now: now)]
    }

    /// Why there is no further attempt of what surely was not done.
    private func patienceEnds(_ policy: EffectPolicy, _ effect: OpenEffect, nextAt instant: Timestamp) -> String? {
        guard let patience = policy.patience else { return limit(policy, effect, nextAt: instant) }
        // The worker may have been away for as long itself: a few attempts tell that from a peer that is.
        guard effect.attempts >= policy.maximumAttempts, instant >= effect.since.advanced(by: patience) else {
            return totalLimit(policy, effect, nextAt: instant)
        }
        return "\(effect.intent.kind) could not be done for \(patience.components.seconds / 3_600) hours"
    }

    /// Why there is no further attempt.
    private func limit(_ policy: EffectPolicy, _ effect: OpenEffect, nextAt instant: Timestamp) -> String? {
        let attempts = policy.patience == nil ? effect.attempts : effect.attemptsSeen
        if attempts >= policy.maximumAttempts { return "\(effect.intent.kind) was sent \(attempts) times without effect" }
        return totalLimit(policy, effect, nextAt: instant)
    }

    private func totalLimit(_ policy: EffectPolicy, _ effect: OpenEffect, nextAt instant: Timestamp) -> String? {
        if let total = policy.totalTimeLimit, instant >= effect.since.advanced(by: total) {
            return "\(effect.intent.kind) was tried for \(total) without effect"
        }
        return nil
    }

    private func exhausted(
        _ effect: OpenEffect, _ reason: String, _ policy: EffectPolicy, epoch: Int64, now: Timestamp
    ) -> [SagaLifecycle] {
        let intent = effect.intent
        guard policy.whenExhausted == .reject, effect.undoes == nil else { return [park(effect, reason)] }
        let rejected = EffectRejected(
            effect: intent.kind, key: intent.key, attempt: intent.attempt, epoch: epoch, knownBy: "limits", at: now, reason: reason,
            result: [:])
        return [.effectRejected(rejected)]
    }

    // MARK: - Nobody knows

    private func doubt(_ effect: OpenEffect, at peer: Peer, reason: String, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        var news = indeterminate(effect, reason, epoch: epoch, now: now)
        let waits = S.policy(for: effect.intent.kind).lookUpWaits
        if !peer.isQueryable, !mayRepeat(effect, at: peer, now: now) {
            news += newsWithoutLookUp(for: effect, at: peer, epoch: epoch, now: now)
        } else if effect.lookUps < waits.count {
            news.append(askAgain(effect, at: now.advanced(by: waits[effect.lookUps])))
        } else {
            news.append(park(effect, "the outcome of \(effect.reference) stays unknown: \(reason)"))
        }
        return news
    }

    /// Told once of each attempt.
    private func indeterminate(_ effect: OpenEffect, _ reason: String, epoch: Int64, now: Timestamp) -> [SagaLifecycle] {
        let intent = effect.intent
        guard !effect.isIndeterminate else { return [] }
        return [
            .effectIndeterminate(
                EffectIndeterminate(effect: intent.kind, key: intent.key, attempt: intent.attempt, epoch: epoch, at: now, reason: reason))
        ]
    }

    private func askAgain(_ effect: OpenEffect, at due: Timestamp) -> SagaLifecycle {
        .timerSet(
            TimerSet(
                timer: effect.timer(.lookUp), due: due, cause: "\(effect.reference)", wakeUp: SagaStanding.WakeUp.lookUp.rawValue))
    }

    private func park(_ effect: OpenEffect, _ reason: String) -> SagaLifecycle {
        .parked(SagaParked(reason: reason, cause: "\(effect.reference)"))
    }
}
