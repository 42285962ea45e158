import FoundationEssentials
import Synchronization

/// Acts on effects, and writes down that it did before anyone is told.
final class Witness: Sendable {
    /// An effect whose sender was cut off and that takes place later.
    private struct LateAct {
        let call: Call
        let due: Date
    }

    private struct State {
        var journal: Journal
        var ledger = Ledger()
        var lateActs: [LateAct] = []
    }

    let gate: Gate
    private let clock = PeerClock()
    private let state: Mutex<State>

    /// Takes over what an earlier peer left in the journal.
    ///
    /// - Parameter flags: What is set on the command line holds over what the journal says.
    init(_ journal: Journal, flags: Behaviour.Change, gate: Gate) {
        var state = State(journal: journal)
        for line in journal.kept { state.ledger.apply(line.entry, at: line.at) }
        state.journal.kept = []
        self.state = Mutex(state)
        self.gate = gate
        clock.advance(by: self.state.withLock(\.ledger.advancedSeconds))
        self.state.withLock { record(.opened(.init(behaviour: flags)), in: &$0) }
    }

    private func record(_ entry: JournalEntry, in state: inout State) {
        let now = clock.now()
        state.journal.append(entry, at: now)
        state.ledger.apply(entry, at: now)
    }

    // MARK: - Requests

    /// A request that came and was not answered yet.
    struct Call: Sendable {
        let number: Int
        let effect: EffectKey
        /// Of the body; empty for a look-up.
        let digest: String
        let fault: Fault?

        fileprivate func failure(status: Int) -> JournalEntry.Failure {
            .init(request: number, kind: effect.kind, key: effect.key, digest: digest, status: status)
        }
    }

    func begin(_ effect: EffectKey, _ operation: ArmedFault.Operation, digest: String = "") -> Call {
        state.withLock { state in
            let fault = state.ledger.fault(for: effect, at: operation)
            let number = state.ledger.lastRequest + 1
            record(
                .began(
                    .init(
                        request: number, operation: operation, kind: effect.kind, key: effect.key, fault: fault?.fault.kind,
                        armed: fault?.armed)),
                in: &state)
            return Call(number: number, effect: effect, digest: digest, fault: fault?.fault)
        }
    }

    /// Writes down how a request ended: it is called before the answer leaves.
    ///
    /// - Parameter status: 0 for no answer at all.
    func end(_ call: Call, status: Int, isReplay: Bool = false) {
        state.withLock { record(.ended(.init(request: call.number, status: status, replayed: isReplay ? true : nil)), in: &$0) }
    }

    /// What became of a request that is not to fail.
    enum Deed: Sendable, Equatable {
        case acted(number: Int)
        case replayed(Ledger.Stored)
        /// The key came with another body before.
        case keyReused
    }

    /// Acts, unless the key is honoured and was settled before.
    func act(on call: Call) -> Deed {
        state.withLock { act(on: call, isLate: false, in: &$0) }
    }

    private func act(on call: Call, isLate: Bool, in state: inout State) -> Deed {
        if let known = remembered(call, in: state) { return known }
        let number = state.ledger[call.effect].acts.count + 1
        record(
            .acted(
                .init(
                    request: call.number, kind: call.effect.kind, key: call.effect.key, act: number, digest: call.digest,
                    late: isLate ? true : nil)),
            in: &state)
        return .acted(number: number)
    }

    /// Fails a key for good or for once, whichever the peer does; a key that is settled stays as it is.
    ///
    /// - Parameter isDenial: A definite no: it never contradicts an act, and an act that is still to come does not come.
    /// - Returns: What the key was answered before; `nil` where it failed now.
    func fail(_ call: Call, status: Int, isDenial: Bool) -> Deed? {
        state.withLock { state in
            if let known = remembered(call, in: state) { return known }
            if isDenial {
                let acts = state.ledger[call.effect].acts.count
                if acts > 0 { return act(on: call, isLate: false, in: &state) }
                state.lateActs.removeAll { $0.call.effect == call.effect }
            }
            record(.failed(call.failure(status: status)), in: &state)
            return nil
        }
    }

    /// Acts, and keeps a failure for the key all the same.
    func actAndFail(_ call: Call, status: Int) -> Deed {
        state.withLock { state in
            let deed = act(on: call, isLate: false, in: &state)
            if case .acted = deed {
                record(.failed(call.failure(status: status)), in: &state)
            }
            return deed
        }
    }

    private func remembered(_ call: Call, in state: State) -> Deed? {
        guard let stored = state.ledger.stored(call.effect, at: clock.now()) else { return nil }
        return stored.digest == call.digest ? .replayed(stored.answer) : .keyReused
    }

    /// Means to act once `milliseconds` have gone by on the peer's clock; a peer that is killed before never does.
    ///
    /// - Returns: When that is: ``act(when:)`` is to be called with it.
    func postpone(_ call: Call, milliseconds: Int) -> Date {
        let due = clock.now().addingTimeInterval(TimeInterval(milliseconds) / 1_000)
        state.withLock { $0.lateActs.append(LateAct(call: call, due: due)) }
        return due
    }

    /// Acts on what was postponed to an instant, once it has come.
    func act(when due: Date) async throws {
        try await clock.wait(until: due)
        actOnWhatIsDue()
    }

    private func actOnWhatIsDue() {
        state.withLock { state in
            let now = clock.now()
            let due = state.lateActs.filter { $0.due <= now }
            state.lateActs.removeAll { $0.due <= now }
            for late in due { _ = act(on: late.call, isLate: true, in: &state) }
        }
    }

    func wait(milliseconds: Int) async throws {
        try await clock.wait(until: clock.now().addingTimeInterval(TimeInterval(milliseconds) / 1_000))
    }

    /// How often a key was acted on; `nil` for a peer that can't be asked. It never forgets this, whatever keys do.
    func acts(on effect: EffectKey) -> Int? {
        state.withLock { $0.ledger.behaviour.queryable ? $0.ledger[effect].acts.count : nil }
    }

    // MARK: - Control

    func behave(_ change: Behaviour.Change) -> Behaviour {
        state.withLock { state in
            record(.behaves(change), in: &state)
            return state.ledger.behaviour
        }
    }

    var faults: [ArmedFault] { state.withLock(\.ledger.faults) }

    func arm(_ fault: ArmedFault) {
        state.withLock { state in
            var fault = fault
            fault.id = state.ledger.lastFault + 1
            record(.armed(fault), in: &state)
        }
    }

    func disarm() { state.withLock { record(.disarmed, in: &$0) } }

    func unleash(_ chaos: Chaos) { state.withLock { record(.chaos(chaos), in: &$0) } }

    /// Puts the peer's clock forward; what was to be done until then is done when this returns.
    func advance(bySeconds seconds: TimeInterval) {
        state.withLock { record(.advanced(.init(seconds: seconds)), in: &$0) }
        clock.advance(by: seconds)
        actOnWhatIsDue()
    }

    func journal(after sequence: Int) -> [UInt8] { state.withLock { $0.journal.lines(after: sequence) } }
}
