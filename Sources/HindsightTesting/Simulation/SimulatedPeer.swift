public import HindsightCore
import HindsightRuntime
import Synchronization

/// What a peer of a simulation is like: what the engine may rely on, and what it answers in the end.
struct SimulatedPeer: Sendable {
    /// What the engine is told of it; the time in which its requests settle is added by the simulation.
    let traits: Peer
    let honoursKeys: Bool
    /// Why it refuses an effect for good; `nil` if it does not.
    let refusal: @Sendable (EffectReference) -> String?

    init(_ traits: Peer, honoursKeys: Bool, refusal: @escaping @Sendable (EffectReference) -> String?) {
        self.traits = traits
        self.honoursKeys = honoursKeys
        self.refusal = refusal
    }

    /// Whether it can always be found out what became of an effect, once it can be reached again.
    var canSettle: Bool { traits.isQueryable || traits.keys == .honoured(for: nil) && !traits.replaysFailures }

    /// The peers that the seed chooses from, if a simulation is given none.
    static let usual: [Peer] = [
        Peer(name: "honours keys", keys: .honoured(for: nil)),
        Peer(name: "forgets keys"),
        Peer(name: "honours keys for a minute", keys: .honoured(for: .seconds(60))),
        Peer(name: "honours keys, can't be asked", keys: .honoured(for: nil), isQueryable: false),
        Peer(name: "honours keys for a minute, can't be asked", keys: .honoured(for: .seconds(60)), isQueryable: false),
        Peer(name: "repeats its errors, can't be asked", keys: .honoured(for: nil), replaysFailures: true, isQueryable: false),
        Peer(name: "forgets keys, can't be asked", isQueryable: false),
        Peer(
            name: "bears little", keys: .honoured(for: nil),
            limits: PeerLimits(perSecond: 4, burst: 2, concurrency: 2)),
    ]
}

/// Something that a simulated peer did.
public struct SimulatedAct: Sendable, Hashable {
    public let effect: EffectReference
    public let instance: String
    public let attempt: Int
    /// Through which position the log held events when the request left its process.
    public let storedThrough: Position
    /// Since the simulation began.
    public let elapsed: Duration
}

/// All peers of a simulation: one world outside, which no fault of a process touches.
final class SimulatedWorld: Sendable {
    /// What goes wrong with a request.
    enum Fault: CaseIterable, Sendable {
        case actAndDrop, dropBefore, late, slow, tooMany, refused, halfOpen, actAndNeverAnswer, storedFailure
    }

    private struct State {
        var chance: SeededGenerator
        var acts: [SimulatedAct] = []
        /// When each key was first acted on, and in which act.
        var done: [EffectReference: (act: Int, elapsed: Duration)] = [:]
        var failed: Set<EffectReference> = []
        var refused: [EffectReference: String] = [:]
    }

    /// The longest that a request is on its way, or an act is late.
    static let longestDelay = Duration.seconds(15)

    private let loop: SimulationLoop
    private let disk: SimulatedDisk
    private let state: Mutex<State>
    private let stormsUntil: Duration
    let peer: SimulatedPeer

    init(_ peer: SimulatedPeer, _ loop: SimulationLoop, _ disk: SimulatedDisk, chance: SeededGenerator, stormsUntil: Duration) {
        self.peer = peer
        self.loop = loop
        self.disk = disk
        self.stormsUntil = stormsUntil
        state = Mutex(State(chance: chance))
    }

    var acts: [SimulatedAct] { state.withLock(\.acts) }

    // MARK: - Requests

    /// A request leaves its process; nothing of what follows depends on that process any more.
    func take(_ intent: EffectIntent, _ answer: Exchange<EffectOutcome>) {
        let storedThrough = disk.storedThrough
        let effect = intent.reference
        let (fault, delay, lateness) = draw()
        let act = { @Sendable [self] () -> EffectOutcome in self.act(intent, storedThrough) }
        switch fault {
        case nil: loop.after(delay) { answer.give(act()) }
        case .slow: loop.after(lateness) { answer.give(act()) }
        case .actAndDrop:
            loop.after(delay) {
                _ = act()
                answer.give(.indeterminate(reason: "the connection was lost"))
            }
        case .actAndNeverAnswer: loop.after(delay) { _ = act() }
        case .late:
            loop.after(lateness) { _ = act() }
            loop.after(delay) { answer.give(.indeterminate(reason: "the connection was lost")) }
        case .dropBefore: loop.after(delay) { answer.give(.indeterminate(reason: "the connection was lost")) }
        case .tooMany: loop.after(delay) { answer.give(.notDone(reason: "too many requests", retryAfter: lateness)) }
        case .refused: loop.after(delay) { answer.give(.notDone(reason: "the connection was refused")) }
        case .halfOpen: break
        case .storedFailure:
            loop.after(delay) { [self] in
                if peer.traits.replaysFailures, !peer.traits.isQueryable {
                    state.withLock { if $0.done[effect] == nil { _ = $0.failed.insert(effect) } }
                }
                answer.give(.indeterminate(reason: "status 500"))
            }
        }
    }

    private func act(_ intent: EffectIntent, _ storedThrough: Position) -> EffectOutcome {
        let effect = intent.reference
        return state.withLock { state in
            if let number = known(effect, state) { return .succeeded(["act": .integer(Int64(number))]) }
            if state.failed.contains(effect) { return .indeterminate(reason: "status 500") }
            if let reason = state.refused[effect] ?? peer.refusal(effect) {
                state.refused[effect] = reason
                return .rejected(reason: reason)
            }
            state.acts.append(
                SimulatedAct(
                    effect: effect, instance: intent.instance, attempt: intent.attempt, storedThrough: storedThrough, elapsed: loop.elapsed)
            )
            let number = state.acts.count
            if state.done[effect] == nil { state.done[effect] = (number, loop.elapsed) }
            return .succeeded(["act": .integer(Int64(number))])
        }
    }

    /// The act of a key that the peer honours, and remembers.
    private func known(_ effect: EffectReference, _ state: State) -> Int? {
        guard peer.honoursKeys, let done = state.done[effect], case .honoured(let life) = peer.traits.keys else { return nil }
        if let life, loop.elapsed > done.elapsed + life + Weather.longestClockSteps { return nil }
        return done.act
    }

    func take(lookUp intent: EffectIntent, _ answer: Exchange<LookUp>) {
        let (fault, delay, lateness) = draw()
        switch fault {
        case .dropBefore, .actAndDrop, .storedFailure, .tooMany, .refused:
            loop.after(delay) { answer.give(.unknown(reason: "it can't tell now")) }
        case .halfOpen, .actAndNeverAnswer: break
        case nil, .late, .slow:
            loop.after(fault == nil ? delay : lateness) { [self] in
                answer.give(
                    state.withLock { state in
                        if let done = state.done[intent.reference] {
                            return .settled(.succeeded(["act": .integer(Int64(done.act))]))
                        }
                        return state.refused[intent.reference].map { .settled(.rejected(reason: $0)) } ?? .absent
                    })
            }
        }
    }

    private func draw() -> (Fault?, delay: Duration, lateness: Duration) {
        state.withLock { state in
            let isStormy = loop.elapsed < stormsUntil && Int.random(in: 0..<10, using: &state.chance) < 4
            return (
                isStormy ? Fault.allCases.randomElement(using: &state.chance) : nil,
                .milliseconds(Int.random(in: 1...400, using: &state.chance)),
                .milliseconds(Int.random(in: 400...Int(Self.longestDelay.microseconds / 1_000), using: &state.chance))
            )
        }
    }
}

/// One request and what its sender hears of it: the answer, or nothing once it has given up.
package final class Exchange<Answer: Sendable>: Sendable {
    private let waiting = Mutex<CheckedContinuation<Answer?, Never>?>(nil)

    package init() {}

    /// - Returns: `nil` if the task is cancelled first.
    package func answer(to send: () -> Void) async -> Answer? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled { return continuation.resume(returning: nil) }
                waiting.withLock { $0 = continuation }
                send()
            }
        } onCancel: {
            give(nil)
        }
    }

    package func give(_ answer: Answer?) {
        let receiver = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        receiver?.resume(returning: answer)
    }
}

/// How the effects of one process get to the peers.
struct SimulatedPerformer: EffectPerformer {
    let process: SimulatedProcess
    let world: SimulatedWorld
    let clock: SimulatedClock
    /// How long after its intent a request of this kind may still be on its way.
    let settling: @Sendable (_ kind: String) -> Duration

    func peer(of kind: String) -> Peer {
        var peer = world.peer.traits
        peer.settling = max(peer.settling, settling(kind))
        return peer
    }

    func perform(_ intent: EffectIntent) async -> EffectOutcome {
        // A process that was stopped meanwhile looks at the time before it sends, as every performer has to.
        guard !process.isKilled, clock.now() < intent.deadline else { return .notDone(reason: "the time for it was over") }
        let exchange = Exchange<EffectOutcome>()
        return await exchange.answer { world.take(intent, exchange) } ?? .indeterminate(reason: "no answer in time")
    }

    func lookUp(_ intent: EffectIntent) async -> LookUp {
        guard !process.isKilled else { return .unknown(reason: "the process was killed") }
        let exchange = Exchange<LookUp>()
        return await exchange.answer { world.take(lookUp: intent, exchange) } ?? .unknown(reason: "no answer in time")
    }
}
