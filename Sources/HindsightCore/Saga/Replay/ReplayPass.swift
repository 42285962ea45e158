/// One way through the log, decision by decision.
struct ReplayPass<S: Saga, Other: Saga> {
    private struct Entry {
        var own: ReplayedInstance<S>
        var other: ReplayedInstance<Other>?
        /// Where the last decision that was looked at ends.
        var decidedThrough: Position = 0
        var hasBegun = false
    }

    private enum End { case finished, ofOtherVersion, erased }

    private struct Attempt<T: Saga> {
        let begin: Position
        let unread: Set<Position>
        /// What the worker knew of the world, as far as that is in the decision itself.
        let facts: [SagaLifecycle]
        let decided: [DecisionBatch.Decided]
        /// As many of them as the log has, from the first on.
        let agreed: Int

        var end: Position { begin + Position(decided.count) - 1 }

        /// Whether the log has all of it, and the event is part of it.
        func explains(_ recorded: RecordedEvent) -> Bool { agreed == decided.count && end >= recorded.position }
    }

    typealias Supposition = @Sendable (DecisionBatch) -> Void

    private let log: any EventLog
    private let only: String?
    private let end: Position
    /// What shall have been otherwise for `Other`; `nil` where each decision is only made again.
    private let supposing: Supposition?
    private var entries: [String: Entry] = [:]
    /// Instances that are not looked at any more.
    private var closed: [String: End] = [:]
    private var report: SagaReplayReport

    init(_ log: any EventLog, only: String?, through end: Position, comparing supposing: Supposition?) {
        self.log = log
        self.supposing = supposing
        self.only = only
        self.end = end
        report = SagaReplayReport(saga: S.name, definitionVersion: S.version, through: end)
    }

    private var comparesOther: Bool { supposing != nil }

    mutating func run(_ onDifference: (DecisionDifference) async throws -> Void) async throws -> SagaReplayReport {
        let types = Set(S.Event.codec.types + Other.Event.codec.types + SagaLifecycle.codec.types)
        let selection = EventSelection(EventFilter(types: types.sorted { $0.description < $1.description }), until: end)
        for try await recorded in log.events(selection) {
            if let id = recorded.stream.description.afterBytePrefix("saga-\(S.name):") {
                try await takeOwn(recorded, of: id, onDifference)
            } else {
                try take(recorded)
            }
        }
        for id in entries.keys {
            guard var entry = entries[id], entry.hasBegun else { continue }
            try entry.own.settle()
            let instance = try entry.own.instance(before: .max)
            if instance.standing.mayAct { report.unhandled += instance.unhandled.count }
        }
        return report
    }

    private func isLookedAt(_ id: String) -> Bool { (only == nil || only == id) && closed[id] == nil }

    private func entry(of id: String) throws(EventLogError) -> Entry {
        if let known = entries[id] { return known }
        return Entry(own: try ReplayedInstance(id: id), other: comparesOther ? try ReplayedInstance(id: id) : nil)
    }

    // MARK: - Events

    /// An event of the domain, for all whom it concerns.
    private mutating func take(_ recorded: RecordedEvent) throws {
        if recorded.data == nil {
            for (id, entry) in entries where entry.own.follows(recorded.stream) { close(id, .erased) }
            return
        }
        let own = try S.Event.codec.decode(recorded).map { S.instances(for: $0, in: recorded.stream) } ?? []
        let others =
            try comparesOther ? Other.Event.codec.decode(recorded).map { Other.instances(for: $0, in: recorded.stream) } ?? [] : []
        for id in Set(own + others) where isLookedAt(id) {
            var entry = try entry(of: id)
            if own.contains(id) { try entry.own.append(recorded) }
            if others.contains(id) { try entry.other?.append(recorded) }
            entries[id] = entry
        }
    }

    /// An event of the engine in the instance's own stream.
    private mutating func takeOwn(
        _ recorded: RecordedEvent, of id: String, _ onDifference: (DecisionDifference) async throws -> Void
    ) async throws {
        if closed[id] == .finished { return try await tellOfAfterlife(recorded, of: id, onDifference) }
        guard isLookedAt(id) else { return }
        guard let event = try SagaLifecycle.codec.decode(recorded) else { return close(id, .erased) }
        if case .started(let started) = event, entries[id]?.hasBegun != true {
            guard started.definitionVersion == S.version else { return close(id, .ofOtherVersion) }
            // What made it begin can't be read.
            if entries[id] == nil { return close(id, .erased) }
            report.instances += 1
        }
        var entry = try entry(of: id)
        if case .started = event { entry.hasBegun = true }
        if event.isDecision, recorded.position > entry.decidedThrough { try await look(at: recorded, event, of: id, &entry, onDifference) }
        guard closed[id] == nil else { return }
        try entry.own.append(recorded)
        try entry.other?.append(recorded)
        entries[id] = entry
        if case .finished = event { close(id, .finished) }
    }

    private mutating func close(_ id: String, _ end: End) {
        entries[id] = nil
        closed[id] = end
        switch end {
        case .finished: break
        case .erased: report.erased += 1
        case .ofOtherVersion: report.ofOtherVersions += 1
        }
    }

    // MARK: - Decisions

    /// Looks at the decision whose first event in the saga's own stream this is.
    private mutating func look(
        at recorded: RecordedEvent, _ event: SagaLifecycle, of id: String, _ entry: inout Entry,
        _ onDifference: (DecisionDifference) async throws -> Void
    ) async throws {
        try entry.own.settle()
        try entry.other?.settle()
        report.decisions += 1
        var standing = try entry.own.instance(before: recorded.position).standing
        let (stretch, own) = try await explain(recorded, fact: event.isFact(in: standing) ? event : nil, entry)
        var contradiction: String?
        for fact in own.facts {
            contradiction = contradiction ?? fact.contradiction(to: standing)
            standing.apply(fact, at: recorded.recordedAt)
        }
        let isSame = own.explains(recorded) && contradiction == nil
        let last = isSame ? own.end : try stretch.endOfAppend(from: recorded)
        entry.decidedThrough = last
        entry.own.decide(through: last, unread: own.unread, isOwn: isSame)
        let recordedOnes = stretch.events(from: own.begin).prefix { $0.position <= last }
        if let other = entry.other {
            let alternative = try await attempt(other, at: own.begin, unread: own.unread, facts: own.facts, stretch, supposing)
            let agrees = alternative.agreed == alternative.decided.count && alternative.end == last
            entry.other?.decide(through: last, unread: own.unread, isOwn: agrees)
            if agrees { return }
            if try await readErased(alternative.decided, recordedOnes) { return close(id, .erased) }
            try await tell(onDifference, id, alternative, recordedOnes, contradiction)
        } else if !isSame {
            if contradiction == nil, try await readErased(own.decided, recordedOnes) { return close(id, .erased) }
            try await tell(onDifference, id, own, recordedOnes, contradiction)
        }
    }

    private func explain(
        _ recorded: RecordedEvent, fact: SagaLifecycle?, _ entry: Entry
    ) async throws -> (RecordedStretch, Attempt<S>) {
        // Few appends are long; one that is not understood may be.
        let short = try await stretch(from: recorded.position - 64, through: recorded.position + 64, after: entry.decidedThrough)
        let attempt = try await explain(recorded, fact: fact, short, entry.own)
        if attempt.explains(recorded) { return (short, attempt) }
        let long = try await stretch(
            from: recorded.position - 1_024, through: recorded.position + Position(Limits.batchEvents), after: entry.decidedThrough)
        return (long, try await explain(recorded, fact: fact, long, entry.own))
    }

    /// The way in which the decision comes out as it was recorded, or the one that comes closest.
    ///
    /// The log does not say where an append begins, nor what its worker had read of streams that were new to the saga: commands to deciders
    /// may stand in front of the saga's own first event, and the last such streams may have been unread.
    private func explain(
        _ recorded: RecordedEvent, fact: SagaLifecycle?, _ stretch: RecordedStretch, _ instance: ReplayedInstance<S>
    ) async throws -> Attempt<S> {
        let begins = [recorded.position] + (fact == nil ? try stretch.mayBegin(before: recorded) : [])
        let unheard = instance.unheard(before: recorded.position)
        var best: Attempt<S>?
        for count in 0...unheard.count {
            let unread = Set(unheard.suffix(count))
            for begin in begins where count == 0 || unheard[unheard.count - count] < begin {
                let attempt = try await attempt(instance, at: begin, unread: unread, facts: fact.map { [$0] } ?? [], stretch)
                if attempt.explains(recorded) { return attempt }
                if best.map({ $0.agreed < attempt.agreed }) ?? true { best = attempt }
            }
        }
        guard let best else { preconditionFailure("a decision begins somewhere") }
        return best
    }

    /// Decides as `instance` would have, and counts how much of that the log has.
    ///
    /// - Parameters:
    ///   - facts: Those known so far; further ones follow as long as the log has them where something else was computed.
    ///   - supposing: What shall have been otherwise; `nil` where what was recorded is explained.
    private func attempt<T: Saga>(
        _ replayed: ReplayedInstance<T>, at begin: Position, unread: Set<Position>, facts: [SagaLifecycle], _ stretch: RecordedStretch,
        _ supposing: Supposition? = nil
    ) async throws -> Attempt<T> {
        let past = PastLog(log, through: begin - 1)
        var instance = try replayed.instance(before: begin, without: unread)
        // Events that don't concern the saga were read past before it was decided.
        for stream in instance.inputs.keys { instance.hasRead(through: try await past.version(of: stream), of: stream) }
        var facts = facts
        while true {
            let decided = try await decide(instance, facts, over: past, stretch, at: begin, supposing)
            var agreed = 0
            while agreed < decided.count, let known = stretch[begin + Position(agreed)],
                try decided[agreed].isRecorded(as: known, acrossDefinitions: comparesOther)
            { agreed += 1 }
            if agreed < decided.count, agreed >= facts.count, supposing == nil, let next = stretch[begin + Position(facts.count)],
                next.stream == instance.stream, let fact = try SagaLifecycle.codec.decode(next), fact.isFact(in: instance.standing)
            {
                facts.append(fact)
                continue
            }
            return Attempt(begin: begin, unread: unread, facts: facts, decided: decided, agreed: agreed)
        }
    }

    private func decide<T: Saga>(
        _ instance: SagaInstance<T>, _ facts: [SagaLifecycle], over past: PastLog, _ stretch: RecordedStretch, at begin: Position,
        _ supposing: Supposition?
    ) async throws -> [DecisionBatch.Decided] {
        let now = stretch[begin]?.recordedAt ?? Timestamp(microsecondsSince1970: 0)
        let batch = try DecisionBatch(log: past, identities: stretch.identities, now: now)
        supposing?(batch)
        var plan = instance
        try await plan.plan(facts, in: batch, epoch: 0)
        return batch.decided
    }

    // MARK: - What the log has

    private func stretch(from first: Position, through last: Position, after earlier: Position) async throws -> RecordedStretch {
        var events: [RecordedEvent] = []
        for try await event in log.events(EventSelection(after: max(earlier, first - 1), until: min(end, last))) { events.append(event) }
        return RecordedStretch(events)
    }

    /// Whether data that the decision may have been based on has been erased since: of the streams that were decided on, and of its causes.
    private func readErased(_ decided: [DecisionBatch.Decided], _ recorded: some Collection<RecordedEvent>) async throws -> Bool {
        guard let begin = recorded.first?.position else { return false }
        for stream in Set(decided.map(\.stream) + recorded.map(\.stream)) {
            for try await event in log.events(EventSelection(EventFilter(stream: stream), until: begin)) where event.data == nil {
                return true
            }
        }
        for cause in try recorded.flatMap({ try SagaLifecycle.codec.decode($0)?.causes ?? [] }) {
            guard let id = EventID(cause), let position = try await log.position(of: id) else { continue }
            for event in try await log.read(EventSelection(after: position - 1, limit: 1)) where event.data == nil { return true }
        }
        return false
    }

    private mutating func tellOfAfterlife(
        _ recorded: RecordedEvent, of id: String, _ onDifference: (DecisionDifference) async throws -> Void
    ) async throws {
        report.decisions += 1
        report.differences += 1
        let side = try DecisionDifference.Side(recorded, acrossDefinitions: comparesOther)
        try await onDifference(
            DecisionDifference(
                instance: id, position: recorded.position, recorded: [side.event], computed: [],
                changes: DecisionDifference.changes(from: [side], to: []), reason: "the saga had finished"))
    }

    private mutating func tell<T: Saga>(
        _ onDifference: (DecisionDifference) async throws -> Void, _ id: String, _ attempt: Attempt<T>,
        _ recorded: some Collection<RecordedEvent>, _ reason: String?
    ) async throws {
        report.differences += 1
        let known = try recorded.map { try DecisionDifference.Side($0, acrossDefinitions: comparesOther) }
        let computed = try attempt.decided.map { try DecisionDifference.Side($0, acrossDefinitions: comparesOther) }
        try await onDifference(
            DecisionDifference(
                instance: id, position: attempt.begin, recorded: known.map(\.event), computed: computed.map(\.event),
                changes: DecisionDifference.changes(from: known, to: computed), reason: reason))
    }
}
