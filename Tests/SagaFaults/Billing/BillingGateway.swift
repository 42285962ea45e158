import BillingRetries
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Synchronization

/// The gateway of a simulation: a world outside, which no fault of a process touches. Its journal is the witness.
final class BillingGateway: Sendable {
    enum Kind: CaseIterable, Sendable {
        case keepsKeys
        /// As Stripe does: a day, and errors as well.
        case keepsKeysADay
        case keepsKeysAnHour
        case cannotBeAsked
        case cannotBeAskedAfterADay
        case bearsLittle

        /// What its adapter declares.
        var traits: Peer {
            let limits = self == .bearsLittle ? PeerLimits(perSecond: 0.05, burst: 2, concurrency: 1) : PeerLimits()
            return Peer(
                name: "\(self)", keys: .honoured(for: life), replaysFailures: replaysFailures,
                isQueryable: self != .cannotBeAsked && self != .cannotBeAskedAfterADay, settling: BillingGateway.settling, limits: limits)
        }

        var life: Duration? {
            switch self {
            case .keepsKeys, .cannotBeAsked, .bearsLittle: nil
            case .keepsKeysADay, .cannotBeAskedAfterADay: .days(1)
            case .keepsKeysAnHour: .hours(1)
            }
        }

        var replaysFailures: Bool { self == .keepsKeysADay }
    }

    /// A charge that the issuer was asked for.
    struct Charge: Sendable {
        let key: String
        let invoice: String
        let attempt: Int
        let method: String
        let amountMinor: Int64
        /// Through which position the log held events when the request left its process.
        let storedThrough: Position
        let sentAfter: Duration
        let decidedAfter: Duration
        let answer: ChargeAnswer
    }

    /// What goes wrong with a request.
    private enum Fault: CaseIterable {
        case dropBefore, dropAfter, neverAnswer, halfOpen, late, slow, duplicate, inFlight, errorBefore, errorAfter, tooMany, refused,
            pending, unreadable
    }

    private enum Entry {
        case underWay
        case failed
        case pending
        case decided(ChargeAnswer)
    }

    private struct State {
        var chance: SeededGenerator
        var journal: [Charge] = []
        var known: [String: (entry: Entry, since: Duration)] = [:]
        var bodies: [String: JSONValue] = [:]
        var complaints: [String] = []
    }

    /// The longest that a request is on its way.
    static let longestDelay = Duration.seconds(600)
    /// A request leaves within its minute, may be late, and is worked on for a moment.
    static let settling = Duration.seconds(60) + longestDelay + .seconds(60)

    let kind: Kind
    private let seed: UInt64
    private let loop: SimulationLoop
    private let disk: SimulatedDisk
    private let plan: BillingPlan
    private let flaw: BillingFlaw?
    private let onDecision: @Sendable (Charge) -> Void
    private let state: Mutex<State>

    init(
        _ plan: BillingPlan, seed: UInt64, _ loop: SimulationLoop, _ disk: SimulatedDisk, chance: SeededGenerator, flaw: BillingFlaw?,
        onDecision: @escaping @Sendable (Charge) -> Void
    ) {
        self.plan = plan
        self.seed = seed
        self.loop = loop
        self.disk = disk
        self.flaw = flaw
        self.onDecision = onDecision
        kind = flaw == .keyLifeOverstated ? .keepsKeysAnHour : plan.gateway
        state = Mutex(State(chance: chance))
    }

    var journal: [Charge] { state.withLock(\.journal) }
    var complaints: [String] { state.withLock(\.complaints) }

    /// Whether nothing of this key can change any more.
    func isAtRest(_ key: String) -> Bool {
        state.withLock { state in
            switch state.known[key]?.entry {
            case .underWay, .pending: false
            case .failed, .decided, nil: true
            }
        }
    }

    private func isAway() -> Bool { plan.outages.contains { $0.contains(loop.elapsed) } }

    private func draw() -> (Fault?, delay: Duration, lateness: Duration) {
        state.withLock { state in
            let isStormy = loop.elapsed < plan.end && Int.random(in: 0..<100, using: &state.chance) < plan.stormPercent
            return (
                isStormy ? Fault.allCases.randomElement(using: &state.chance) : nil,
                .milliseconds(Int.random(in: 1...2_000, using: &state.chance)),
                .milliseconds(Int.random(in: 2_000...Int(Self.longestDelay.microseconds / 1_000), using: &state.chance))
            )
        }
    }

    // MARK: - Charges

    /// A request leaves its process; nothing of what follows depends on that process any more.
    func take(_ intent: EffectIntent, _ answer: Exchange<EffectOutcome>) {
        let sent = (through: disk.storedThrough, after: loop.elapsed)
        let (fault, delay, lateness) = draw()
        let lost = EffectOutcome.indeterminate(reason: "the connection was lost")
        guard !isAway() else {
            let isRefused = lateness.microseconds % 3 != 0
            return loop.after(delay) {
                answer.give(isRefused ? .notDone(reason: "the connection was refused") : lost)
            }
        }
        func arrive(after wait: Duration, pending: Bool = false, _ respond: @escaping @Sendable (EffectOutcome) -> Void) {
            loop.after(wait) { [self] in work(on: intent, sent, isPending: pending, respond) }
        }
        switch fault {
        case nil: arrive(after: delay) { answer.give($0) }
        case .slow: arrive(after: lateness) { answer.give($0) }
        case .dropAfter: arrive(after: delay) { _ in answer.give(lost) }
        case .neverAnswer: arrive(after: delay) { _ in }
        case .dropBefore: loop.after(delay) { answer.give(lost) }
        case .halfOpen: break
        case .late:
            arrive(after: lateness) { _ in }
            loop.after(delay) { answer.give(lost) }
        case .duplicate:
            arrive(after: delay) { answer.give($0) }
            arrive(after: lateness) { _ in }
        case .inFlight:
            arrive(after: delay) { _ in }
            arrive(after: delay) { answer.give($0) }
        case .pending: arrive(after: delay, pending: true) { answer.give($0) }
        case .errorAfter: arrive(after: delay) { _ in answer.give(.indeterminate(reason: "status 500")) }
        case .unreadable: arrive(after: delay) { _ in answer.give(.indeterminate(reason: "the answer can't be read")) }
        case .errorBefore:
            loop.after(delay) { [self] in
                if kind.replaysFailures {
                    state.withLock { if $0.known[intent.key] == nil { $0.known[intent.key] = (.failed, loop.elapsed) } }
                }
                answer.give(.indeterminate(reason: "status 500"))
            }
        case .tooMany: loop.after(delay) { answer.give(.notDone(reason: "too many requests", retryAfter: lateness)) }
        case .refused: loop.after(delay) { answer.give(.notDone(reason: "the connection was refused")) }
        }
    }

    private func work(
        on intent: EffectIntent, _ sent: (through: Position, after: Duration), isPending: Bool,
        _ respond: @escaping @Sendable (EffectOutcome) -> Void
    ) {
        let key = intent.key
        let known: EffectOutcome? = state.withLock { state in
            if let body = state.bodies[key], body != intent.request { state.complaints.append("key \(key) came with another body") }
            state.bodies[key] = intent.request
            if let entry = remembered(key, state) { return Self.outcome(of: entry) }
            state.known[key] = (.underWay, loop.elapsed)
            return nil
        }
        if let known { return respond(known) }
        let (moment, wait) = state.withLock { state in
            (
                Duration.milliseconds(Int.random(in: 50...3_000, using: &state.chance)),
                Duration.seconds(Int.random(in: 60...3 * 86_400, using: &state.chance))
            )
        }
        if isPending {
            state.withLock { $0.known[key]?.entry = .pending }
            loop.after(moment) { respond(.indeterminate(reason: "the gateway has not decided yet")) }
            loop.after(wait) { [self] in _ = decide(intent, sent) }
        } else {
            loop.after(moment) { [self] in respond(decide(intent, sent)) }
        }
    }

    private func remembered(_ key: String, _ state: State) -> Entry? {
        guard flaw != .gatewayForgetsKeys, let known = state.known[key] else { return nil }
        switch known.entry {
        case .underWay, .pending: return known.entry
        case .failed, .decided:
            if let life = kind.life, loop.elapsed > known.since + life + .seconds(120) { return nil }
            return known.entry
        }
    }

    private static func outcome(of entry: Entry) -> EffectOutcome {
        switch entry {
        case .underWay: .indeterminate(reason: "the key is under way at the gateway")
        case .pending: .indeterminate(reason: "the gateway has not decided yet")
        case .failed: .indeterminate(reason: "status 500")
        case .decided(let answer): outcome(of: answer)
        }
    }

    static func outcome(of answer: ChargeAnswer) -> EffectOutcome {
        switch answer.status {
        case .approved: .succeeded(answer.json)
        case .declined: .rejected(reason: "declined with code \(answer.code ?? "none")", result: answer.json)
        case .actionRequired: .rejected(reason: "the payer has to authenticate", result: answer.json)
        }
    }

    /// The issuer is asked: from here on there is a charge, or a decline that counts.
    private func decide(_ intent: EffectIntent, _ sent: (through: Position, after: Duration)) -> EffectOutcome {
        let request = intent.request
        let method = request["paymentMethod"]?.stringValue ?? ""
        let charge = state.withLock { state in
            let name = "ch_\(state.journal.count + 1)"
            let charge = Charge(
                key: intent.key, invoice: request["invoice"]?.stringValue ?? "",
                attempt: request["attempt"]?.integerValue.map { Int($0) } ?? 0,
                method: method, amountMinor: request["amountMinor"]?.integerValue ?? 0, storedThrough: sent.through, sentAfter: sent.after,
                decidedAfter: loop.elapsed,
                answer: SimulatedCard(method, seed: seed).answer(to: intent.key, named: name, after: loop.elapsed))
            state.journal.append(charge)
            state.known[intent.key] = (.decided(charge.answer), state.known[intent.key]?.since ?? loop.elapsed)
            return charge
        }
        onDecision(charge)
        return Self.outcome(of: charge.answer)
    }

    // MARK: - Looking up

    func take(lookUp intent: EffectIntent, _ answer: Exchange<LookUp>) {
        let (fault, delay, lateness) = draw()
        if isAway() { return loop.after(delay) { answer.give(.unknown(reason: "the connection was refused")) } }
        switch fault {
        case .halfOpen, .neverAnswer: break
        case .dropBefore, .dropAfter, .errorBefore, .errorAfter, .tooMany, .refused, .unreadable:
            loop.after(delay) { answer.give(.unknown(reason: "it can't tell now")) }
        case nil, .late, .slow, .duplicate, .inFlight, .pending:
            loop.after(fault == nil ? delay : lateness) { [self] in answer.give(found(intent.key)) }
        }
    }

    /// Its books are kept for ever, whatever becomes of keys.
    private func found(_ key: String) -> LookUp {
        state.withLock { state in
            if let charge = state.journal.last(where: { $0.key == key }) { return .settled(Self.outcome(of: charge.answer)) }
            switch state.known[key]?.entry {
            case .underWay, .pending: return .unknown(reason: "the gateway has not decided yet")
            case .failed, .decided, nil: return .absent
            }
        }
    }
}
