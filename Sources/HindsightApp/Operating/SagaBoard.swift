package import HindsightCore

/// How each saga stands, from the engine's own events.
package struct SagaBoard: Projection {
    package typealias Event = SagaLifecycle
    package typealias Row = SagaRow

    package init() {}

    package let name = "sagas"
    package let version = 4

    /// What ``standing(of:_:)`` makes, for counting.
    package static let standing = "standing"

    package static func standing(of saga: String, _ status: SagaRow.Status) -> IndexEntry {
        IndexEntry(index: standing, value: "\(saga) \(status.rawValue)")
    }

    package var indexes: [RowIndex<SagaRow>] {
        [
            RowIndex("status") { [$0.status.rawValue] }, RowIndex("saga") { [$0.saga] },
            RowIndex(Self.standing) { [Self.standing(of: $0.saga, $0.status).value] },
        ]
    }

    /// `saga-<name>:<instance>` without the category.
    package func keys(for event: Recorded<SagaLifecycle>) -> [String] { event.stream.id.map { [String($0)] } ?? [] }

    package func apply(_ recorded: Recorded<SagaLifecycle>, key: String, to row: inout SagaRow?) {
        var saga = row ?? SagaRow(key: key, startedAt: recorded.recordedAt)
        saga.apply(recorded.event, at: recorded.recordedAt)
        row = saga
    }
}

/// One instance of a saga.
package struct SagaRow: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable, CaseIterable {
        /// Something can be done now.
        case running
        /// A timer or an event of the domain brings it on.
        case waiting
        /// A person stopped it for a while.
        case paused
        /// A person has to look at it.
        case parked
        case finished
    }

    package struct Effect: Codable, Sendable, Equatable {
        package enum Standing: String, Codable, Sendable {
            case intended, postponed, indeterminate, succeeded, rejected, skipped
            var isOpen: Bool { self == .intended || self == .postponed || self == .indeterminate }
        }

        package let effect: String
        package let key: String
        package var attempt: Int
        package var standing: Standing
        package var knownBy: String?
        package var reason: String?
        /// The key of the effect that this one takes back.
        package var undoes: String?
        package var changedAt: Timestamp
        /// Since when it is tried again and again, or looked up; `nil` while all is well, and once it is settled.
        package fileprivate(set) var troubledSince: Timestamp?
        /// Whether it surely was not done when it was tried last.
        package fileprivate(set) var isKnownUndone = false
    }

    package struct Timer: Codable, Sendable, Equatable {
        package let timer: String
        package let due: Timestamp
        package let wakeUp: String
    }

    package let saga: String
    package let instance: String
    package private(set) var definitionVersion: Int?
    package private(set) var status = Status.waiting
    /// What brings it on: `effect …`, `timer …`, `event`, `operator`; `nil` once finished.
    package private(set) var wakeUp: String?
    /// Why it is parked, or how it finished.
    package private(set) var reason: String?
    package let startedAt: Timestamp
    package private(set) var changedAt: Timestamp
    /// When it was parked or paused, while it is.
    package private(set) var stoppedAt: Timestamp?
    /// The latest ones; open ones always.
    package private(set) var effects: [Effect] = []
    package private(set) var effectsInAll = 0
    package private(set) var timers: [Timer] = []
    /// Why what was applied is being undone; `nil` if it isn't.
    package private(set) var undoing: String?
    private var pause: String?
    private var parked: String?

    /// Settled effects beyond these are counted and no longer listed: every state of a row is kept, so rows stay short.
    private static let settledEffectsListed = 12

    /// The first effect that is tried again and again, or looked up, while the saga can go on by itself.
    var trouble: Effect? { status == .running || status == .waiting ? effects.first { $0.troubledSince != nil } : nil }
    var troubledSince: Timestamp { trouble?.troubledSince ?? changedAt }

    init(key: String, startedAt: Timestamp) {
        // By bytes: a combining mark after the colon would make one character of the two.
        let parts = key.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        saga = String(Substring(parts[0]))
        instance = parts.count > 1 ? String(Substring(parts[1])) : ""
        self.startedAt = startedAt
        changedAt = startedAt
    }

    mutating func apply(_ event: SagaLifecycle, at instant: Timestamp) {
        changedAt = instant
        switch event {
        case .started(let started): definitionVersion = started.definitionVersion
        case .advanced, .signalled, .cancelRequested, .compensated: break
        case .effectIntended(let intended): open(intended, at: instant)
        case .effectTakenUp(let taken): update(taken.effect, taken.key) { $0.changedAt = instant }
        case .effectSucceeded(let outcome):
            settle(outcome.effect, outcome.key, as: .succeeded, knownBy: outcome.knownBy, reason: nil, at: instant)
        case .effectRejected(let outcome):
            settle(outcome.effect, outcome.key, as: .rejected, knownBy: outcome.knownBy, reason: outcome.reason, at: instant)
        case .effectPostponed(let outcome):
            settle(outcome.effect, outcome.key, as: .postponed, knownBy: nil, reason: outcome.reason, at: instant)
        case .effectIndeterminate(let outcome):
            settle(outcome.effect, outcome.key, as: .indeterminate, knownBy: nil, reason: outcome.reason, at: instant)
        case .timerSet(let timer):
            timers.removeAll { $0.timer == timer.timer }
            timers.append(Timer(timer: timer.timer, due: timer.due, wakeUp: timer.wakeUp))
        case .timerFired(let timer): timers.removeAll { $0.timer == timer.timer }
        case .timerCancelled(let timer): timers.removeAll { $0.timer == timer.timer }
        case .compensationStarted(let started): undoing = started.reason
        case .parked(let parked): self.parked = parked.reason
        case .finished(let finished):
            (status, reason) = (.finished, finished.outcome)
            (timers, parked, pause) = ([], nil, nil)
        case .retried:
            parked = nil
            timers.removeAll { $0.wakeUp != "reaction" }
        case .resolved(let resolved):
            parked = nil
            let standing: Effect.Standing = resolved.outcome == .succeeded ? .succeeded : .rejected
            settle(resolved.effect, resolved.key, as: standing, knownBy: "operator", reason: resolved.reason, at: instant)
        case .skipped(let skipped):
            parked = nil
            guard let effect = skipped.effect, let key = skipped.key else { break }
            settle(effect, key, as: .skipped, knownBy: "operator", reason: skipped.reason, at: instant)
        case .paused(let paused): pause = paused.reason
        case .resumed: pause = nil
        }
        decideWakeUp()
        stoppedAt = status == .parked || status == .paused ? stoppedAt ?? instant : nil
    }

    private mutating func open(_ intended: EffectIntended, at instant: Timestamp) {
        if let index = index(of: intended.effect, intended.key) {
            effects[index].attempt = intended.attempt
            effects[index].standing = .intended
            effects[index].changedAt = instant
            removeTimers(of: intended.effect, intended.key)
            return
        }
        effects.append(
            Effect(
                effect: intended.effect, key: intended.key, attempt: intended.attempt, standing: .intended, undoes: intended.undoes?.key,
                changedAt: instant))
        effectsInAll += 1
        while effects.count(where: { !$0.standing.isOpen }) > Self.settledEffectsListed,
            let oldest = effects.firstIndex(where: { !$0.standing.isOpen })
        {
            effects.remove(at: oldest)
        }
    }

    private mutating func settle(
        _ effect: String, _ key: String, as standing: Effect.Standing, knownBy: String?, reason: String?, at instant: Timestamp
    ) {
        update(effect, key) {
            $0.standing = standing
            $0.knownBy = knownBy
            $0.reason = reason
            $0.changedAt = instant
            $0.troubledSince = standing.isOpen ? $0.troubledSince ?? instant : nil
            $0.isKnownUndone = standing == .postponed
        }
        if !standing.isOpen { removeTimers(of: effect, key) }
    }

    private mutating func update(_ effect: String, _ key: String, _ change: (inout Effect) -> Void) {
        if let index = index(of: effect, key) { change(&effects[index]) }
    }

    /// What becomes of an effect makes the engine's own timers for it needless.
    private mutating func removeTimers(of effect: String, _ key: String) {
        timers.removeAll { $0.timer == "look-up:\(effect):\(key)" || $0.timer == "retry:\(effect):\(key)" }
    }

    private func index(of effect: String, _ key: String) -> Int? { effects.lastIndex { $0.effect == effect && $0.key == key } }

    private mutating func decideWakeUp() {
        if status == .finished {
            wakeUp = nil
        } else if let parked {
            (status, reason, wakeUp) = (.parked, parked, "operator")
        } else if let pause {
            (status, reason, wakeUp) = (.paused, pause, "operator")
        } else {
            reason = undoing.map { "being undone: \($0)" }
            if let effect = effects.first(where: { $0.standing == .intended }) {
                (status, wakeUp) = (.running, "effect \(effect.effect) \(effect.key), attempt \(effect.attempt)")
            } else if let timer = timers.min(by: { ($0.due, $0.timer) < ($1.due, $1.timer) }) {
                (status, wakeUp) = (.waiting, "timer \(timer.timer) at \(timer.due)")
            } else {
                (status, wakeUp) = (.waiting, "event")
            }
        }
    }
}
