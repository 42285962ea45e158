/// One instance as a definition has it, from the events of the log up to some decision.
///
/// What came since the last decision is kept aside: whether an event had been read when the next one was made shows only by that.
struct ReplayedInstance<S: Saga> {
    private var base: SagaInstance<S>
    /// Not in ``base`` yet, in the order of the log.
    private var since: [RecordedEvent] = []
    /// The last decision that was looked at.
    private var decision: (end: Position, unread: Set<Position>, isOwn: Bool)?

    init(id: String) throws(EventLogError) { base = try SagaInstance(id: id) }

    mutating func append(_ event: RecordedEvent) throws {
        if decision == nil, since.isEmpty, !base.hasUnhandledInputs, mustHaveBeenRead(event) {
            var folded = base
            try folded.consume(event)
            // What led to nothing is no part of a decision.
            if !folded.hasUnhandledInputs || base.standing.streamVersion == 0 { return base = folded }
        }
        since.append(event)
    }

    /// Whether no later decision can have been made without it.
    private func mustHaveBeenRead(_ event: RecordedEvent) -> Bool {
        base.standing.streamVersion == 0 || event.stream == base.stream || base.inputs[event.stream] != nil
    }

    /// Everything through `end` belongs to a decision, or led to it; but what was unread then.
    ///
    /// - Parameter isOwn: Whether the definition decides the same. Otherwise what it would make of its inputs is told once and let go.
    mutating func decide(through end: Position, unread: Set<Position>, isOwn: Bool) { decision = (end, unread, isOwn) }

    /// Takes the last decision in, of which everything is in the log by now.
    ///
    /// In the order of the log: a worker that learns of an event late does the same.
    mutating func settle() throws {
        guard let (end, unread, isOwn) = decision else { return }
        decision = nil
        let decided = since.prefix { $0.position <= end }
        for event in decided { try base.consume(event) }
        if !isOwn { base.passOver(except: Set(decided.filter { unread.contains($0.position) }.map(\.id))) }
        since.removeFirst(decided.count)
    }

    /// The instance as its worker saw it when it decided at `position`.
    func instance(before position: Position, without unread: Set<Position> = []) throws -> SagaInstance<S> {
        var instance = base
        for event in since where event.position < position && !unread.contains(event.position) { try instance.consume(event) }
        return instance
    }

    /// Events of streams that the instance had not heard of at its last decision: the worker may not have read them before the next one.
    func unheard(before position: Position) -> [Position] {
        since.filter { $0.position < position && $0.stream != base.stream && base.inputs[$0.stream] == nil }.map(\.position)
    }

    /// Whether the instance follows the stream.
    func follows(_ stream: StreamName) -> Bool {
        base.stream == stream || base.inputs[stream] != nil || since.contains { $0.stream == stream }
    }
}
