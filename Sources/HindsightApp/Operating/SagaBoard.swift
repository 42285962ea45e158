package import HindsightCore

/// How each saga stands, from the engine's own events.
package struct SagaBoard: Projection {
    package typealias Event = SagaLifecycle
    package typealias Row = SagaRow

    package init() {}

    package let name = "sagas"
    package let version = 2

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
        /// A person has to look at it.
        case parked
        case finished
    }

    package struct Effect: Codable, Sendable, Equatable {
        package enum Standing: String, Codable, Sendable {
            case intended, indeterminate, succeeded, rejected
            var isOpen: Bool { self == .intended || self == .indeterminate }
        }

        package let effect: String
        package let key: String
        package var attempt: Int
        package var standing: Standing
        package var knownBy: String?
        package var reason: String?
        package var changedAt: Timestamp
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
    /// The latest ones; open ones always.
    package private(set) var effects: [Effect] = []
    package private(set) var effectsInAll = 0
    package private(set) var timers: [Timer] = []

    /// Settled effects beyond these are counted and no longer listed: every state of a row is kept, so rows stay short.
    private static let settledEffectsListed = 12

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
        case .advanced: break
        case .effectIntended(let intended): open(intended, at: instant)
        case .effectSucceeded(let outcome):
            settle(outcome.effect, outcome.key, as: .succeeded, knownBy: outcome.knownBy, reason: nil, at: instant)
        case .effectRejected(let outcome):
            settle(outcome.effect, outcome.key, as: .rejected, knownBy: outcome.knownBy, reason: outcome.reason, at: instant)
        case .effectIndeterminate(let outcome):
            settle(outcome.effect, outcome.key, as: .indeterminate, knownBy: nil, reason: outcome.reason, at: instant)
        case .timerSet(let timer):
            timers.removeAll { $0.timer == timer.timer }
            timers.append(Timer(timer: timer.timer, due: timer.due, wakeUp: timer.wakeUp))
        case .timerFired(let timer): timers.removeAll { $0.timer == timer.timer }
        case .timerCancelled(let timer): timers.removeAll { $0.timer == timer.timer }
        case .parked(let parked):
            status = .parked
            reason = parked.reason
        case .finished(let finished):
            status = .finished
            reason = finished.outcome
            timers = []
        }
        decideWakeUp()
    }

    private mutating func open(_ intended: EffectIntended, at instant: Timestamp) {
        if let index = index(of: intended.effect, intended.key) {
            effects[index].attempt = intended.attempt
            effects[index].standing = .intended
            effects[index].changedAt = instant
            return
        }
        effects.append(
            Effect(effect: intended.effect, key: intended.key, attempt: intended.attempt, standing: .intended, changedAt: instant))
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
        guard let index = index(of: effect, key) else { return }
        effects[index].standing = standing
        effects[index].knownBy = knownBy
        effects[index].reason = reason
        effects[index].changedAt = instant
        // An outcome makes the timer of its look-up needless.
        if !standing.isOpen { timers.removeAll { $0.timer == "look-up:\(effect):\(key)" } }
    }

    private func index(of effect: String, _ key: String) -> Int? { effects.lastIndex { $0.effect == effect && $0.key == key } }

    private mutating func decideWakeUp() {
        switch status {
        case .finished: wakeUp = nil
        case .parked: wakeUp = "operator"
        case .running, .waiting:
            if let effect = effects.first(where: { $0.standing == .intended }) {
                status = .running
                wakeUp = "effect \(effect.effect) \(effect.key), attempt \(effect.attempt)"
            } else if let timer = timers.min(by: { ($0.due, $0.timer) < ($1.due, $1.timer) }) {
                status = .waiting
                wakeUp = "timer \(timer.timer) at \(timer.due)"
            } else {
                status = .waiting
                wakeUp = "event"
            }
        }
    }
}
