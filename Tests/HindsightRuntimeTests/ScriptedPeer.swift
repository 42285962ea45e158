import HindsightCore

/// A peer in memory that acts once per key, loses answers as scripted, and remembers what it did.
actor ScriptedPeer: EffectPerformer {
    enum Behaviour: Sendable {
        case answer
        case reject(String)
        /// Acts, and the answer is lost.
        case actAndDrop
        /// Doesn't act, and no answer comes.
        case drop
    }

    private var script: [String: [Behaviour]]
    private var isReachable: Bool
    /// Keys in the order they were acted on.
    private(set) var acts: [String] = []
    private(set) var sendings: [String] = []

    init(_ script: [String: [Behaviour]] = [:], isReachable: Bool = true) {
        self.script = script
        self.isReachable = isReachable
    }

    func perform(_ intent: EffectIntent) -> EffectOutcome {
        sendings.append(intent.key)
        var behaviours = script[intent.key] ?? []
        let behaviour = behaviours.isEmpty ? .answer : behaviours.removeFirst()
        script[intent.key] = behaviours
        switch behaviour {
        case .answer:
            act(intent.key)
            return .succeeded(["key": .string(intent.key)])
        case .reject(let reason): return .rejected(reason: reason)
        case .actAndDrop:
            act(intent.key)
            return .indeterminate(reason: "the connection was reset")
        case .drop: return .indeterminate(reason: "the connection was reset")
        }
    }

    func lookUp(_ intent: EffectIntent) -> LookUp {
        guard isReachable else { return .unknown(reason: "no answer") }
        return acts.contains(intent.key) ? .settled(.succeeded(["key": .string(intent.key)])) : .absent
    }

    private func act(_ key: String) {
        if !acts.contains(key) { acts.append(key) }
    }
}

/// A log that dies at a chosen append, before or after storing it: as a process does that is killed.
actor MortalEventLog: EventLog {
    struct Death: Error {}
    enum Moment: Sendable { case before, after }

    private let log: any EventLog
    private var appendsLeft: Int
    private let moment: Moment
    private(set) var appends = 0

    init(_ log: any EventLog, appendsLeft: Int = .max, moment: Moment = .after) {
        self.log = log
        self.appendsLeft = appendsLeft
        self.moment = moment
    }

    func append(_ batch: Append) async throws(EventLogError) -> AppendReceipt {
        let death = EventLogError.unavailable(reason: "killed")
        appendsLeft -= 1
        if appendsLeft < 0 || appendsLeft == 0 && moment == .before { throw death }
        let receipt = try await log.append(batch)
        appends += 1
        if appendsLeft == 0 { throw death }
        return receipt
    }

    func read(_ selection: EventSelection) async throws(EventLogError) -> [RecordedEvent] { try await log.read(selection) }
    func head() async throws(EventLogError) -> LogHead { try await log.head() }
    func version(of stream: StreamName) async throws(EventLogError) -> StreamVersion { try await log.version(of: stream) }
    func position(at instant: Timestamp) async throws(EventLogError) -> Position { try await log.position(at: instant) }
    func waitForEvents(after position: Position) async throws(EventLogError) { try await log.waitForEvents(after: position) }
    func streamCount() async throws(EventLogError) -> Int { try await log.streamCount() }
    func acquireLease(
        _ name: String, holder: String, for duration: Duration, supersedes: Bool
    ) async throws(EventLogError) -> Lease? {
        try await log.acquireLease(name, holder: holder, for: duration, supersedes: supersedes)
    }
    func releaseLease(_ lease: Lease) async throws(EventLogError) { try await log.releaseLease(lease) }
}
