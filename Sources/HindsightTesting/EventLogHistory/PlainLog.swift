import HindsightCore

/// What a log is, in the plainest words: an array of events that every question walks through.
///
/// It is the model that ``EventLogHistory`` holds an engine against, and shares no rule with the engines: what an expected version admits,
/// what repeats what, and what a selection takes is said here once more, so that a mistake in the rules that they share is found too.
struct PlainLog {
    struct Event {
        let position: Position
        let stream: StreamName
        let version: StreamVersion
        let sent: NewEvent
        let recordedAt: Timestamp

        var occurredAt: Timestamp { sent.occurredAt ?? recordedAt }
    }

    private struct LeaseState {
        var holder: String?
        var epoch: Int64
        var expiresAt: Timestamp
    }

    private(set) var events: [Event] = []
    private var indices: [EventID: Int] = [:]
    private var versions: [StreamName: StreamVersion] = [:]
    private var leases: [String: LeaseState] = [:]

    // MARK: - Questions

    var head: Position { Position(events.count) }
    var lastTime: Timestamp? { events.last?.recordedAt }
    var streams: [StreamName: StreamVersion] { versions }

    func version(of stream: StreamName) -> StreamVersion { versions[stream, default: 0] }

    func position(at instant: Timestamp) -> Position { Position(events.count { $0.recordedAt <= instant }) }

    /// All that is selected, whatever the limit.
    func selected(by selection: EventSelection) -> [Event] {
        switch selection.direction {
        case .forwards:
            let (after, until) = (selection.after ?? 0, selection.until ?? .max)
            return events.filter { $0.position > after && $0.position <= until && Self.isSelected($0, selection) }
        case .backwards:
            let (after, until) = (selection.after ?? .max, selection.until ?? 0)
            return events.filter { $0.position < after && $0.position >= until && Self.isSelected($0, selection) }.reversed()
        }
    }

    private static func isSelected(_ event: Event, _ selection: EventSelection) -> Bool {
        let filter = selection.filter
        if let stream = filter.stream, stream != event.stream { return false }
        if !filter.types.isEmpty, !filter.types.contains(event.sent.type) { return false }
        if !filter.categories.isEmpty, !filter.categories.contains(event.stream.category) { return false }
        if !filter.tags.isEmpty, !filter.tags.contains(where: { event.sent.tags.contains($0) }) { return false }
        if let query = selection.query, !matches(event, query) { return false }
        return true
    }

    private static func matches(_ event: Event, _ query: EventQuery) -> Bool {
        for item in query.items {
            let typeFits = item.types.isEmpty || item.types.contains(event.sent.type)
            if typeFits, item.tags.allSatisfy({ event.sent.tags.contains($0) }) { return true }
        }
        return false
    }

    // MARK: - Appending

    /// What a log in this state answers to a batch.
    enum Answer {
        case stored(AppendReceipt)
        case repeated(AppendReceipt)
        /// Some of its events are in the log, but it is no repeat; the conflict names one of these.
        case contradicts([EventID: Position])
        /// For any of these reasons.
        case refused([EventLogError])
        case invalid

        /// Whether an engine may have answered so.
        func explains(_ outcome: Result<AppendReceipt, EventLogError>) -> Bool {
            switch (self, outcome) {
            case (.stored(let receipt), .success(let actual)), (.repeated(let receipt), .success(let actual)): receipt == actual
            case (.contradicts(let known), .failure(.idempotencyConflict(let id, let position, _))): known[id] == position
            case (.refused(let reasons), .failure(let error)): reasons.contains(error)
            case (.invalid, .failure(.invalid)): true
            default: false
            }
        }
    }

    mutating func append(_ batch: Append, at now: Timestamp) -> Answer {
        let answer = answer(to: batch, at: now)
        guard case .stored(let receipt) = answer else { return answer }
        for write in batch.writes {
            for event in write.events {
                versions[write.stream, default: 0] += 1
                indices[event.id] = events.count
                events.append(
                    Event(
                        position: head + 1, stream: write.stream, version: version(of: write.stream), sent: event,
                        recordedAt: receipt.recordedAt))
            }
        }
        return answer
    }

    func answer(to batch: Append, at now: Timestamp) -> Answer {
        let sent = batch.writes.flatMap { write in write.events.map { (stream: write.stream, event: $0) } }
        let isValid =
            !sent.isEmpty && batch.writes.allSatisfy { !$0.events.isEmpty } && Set(sent.map(\.event.id)).count == sent.count
        guard isValid else { return .invalid }
        let known = sent.compactMap { indices[$0.event.id] }.map { events[$0] }
        guard known.isEmpty else {
            guard known.count == sent.count, zip(sent, known).allSatisfy({ Self.isSame($0, $1) }), let receipt = receipt(forRepeat: known)
            else { return .contradicts(Dictionary(uniqueKeysWithValues: known.map { ($0.sent.id, $0.position) })) }
            return .repeated(receipt)
        }
        let reasons = reasonsToRefuse(batch)
        guard reasons.isEmpty else { return .refused(reasons) }
        var streams: [AppendReceipt.Stream] = []
        for write in batch.writes where !streams.contains(where: { $0.stream == write.stream }) {
            let count = batch.writes.filter { $0.stream == write.stream }.map(\.events.count).reduce(0, +)
            streams.append(.init(stream: write.stream, version: version(of: write.stream) + StreamVersion(count)))
        }
        return .stored(
            AppendReceipt(
                firstPosition: head + 1, lastPosition: head + Position(sent.count), recordedAt: max(now, lastTime ?? now),
                streams: streams, isRepeat: false))
    }

    private static func isSame(_ sent: (stream: StreamName, event: NewEvent), _ known: Event) -> Bool {
        let (new, old) = (sent.event, known.sent)
        return sent.stream == known.stream && new.type == old.type && new.schemaVersion == old.schemaVersion && new.data == old.data
            && new.metadata == old.metadata && new.tags == old.tags && (new.occurredAt ?? known.occurredAt) == known.occurredAt
    }

    /// `nil` when the events do not stand in this order, contiguous in their streams.
    private func receipt(forRepeat known: [Event]) -> AppendReceipt? {
        var streams: [AppendReceipt.Stream] = []
        for (index, event) in known.enumerated() {
            if index > 0, event.position <= known[index - 1].position { return nil }
            if let place = streams.firstIndex(where: { $0.stream == event.stream }) {
                guard event.version == streams[place].version + 1 else { return nil }
                streams[place].version = event.version
            } else {
                streams.append(.init(stream: event.stream, version: event.version))
            }
        }
        guard let first = known.first, let last = known.last else { return nil }
        return AppendReceipt(
            firstPosition: first.position, lastPosition: last.position, recordedAt: last.recordedAt, streams: streams, isRepeat: true)
    }

    private func reasonsToRefuse(_ batch: Append) -> [EventLogError] {
        var reasons: [EventLogError] = []
        if let fence = batch.fence {
            let lease = leases[fence.lease]
            if lease?.holder == nil || lease?.epoch != fence.epoch { reasons.append(.fenced(lease: fence.lease, epoch: fence.epoch)) }
        }
        for check in batch.checks where !Self.admits(check.expected, version(of: check.stream)) {
            reasons.append(.versionConflict(stream: check.stream, expected: check.expected, actual: version(of: check.stream)))
        }
        var written: [StreamName: StreamVersion] = [:]
        for write in batch.writes {
            let actual = version(of: write.stream) + written[write.stream, default: 0]
            if !Self.admits(write.expected, actual) {
                reasons.append(.versionConflict(stream: write.stream, expected: write.expected, actual: actual))
            }
            written[write.stream, default: 0] += StreamVersion(write.events.count)
        }
        if let condition = batch.condition,
            let contradiction = events.first(where: { $0.position > condition.after && Self.matches($0, condition.query) })
        {
            reasons.append(.conditionFailed(position: contradiction.position))
        }
        return reasons
    }

    private static func admits(_ expected: ExpectedVersion, _ actual: StreamVersion) -> Bool {
        switch expected {
        case .any: true
        case .none: actual < 1
        case .exists: actual >= 1
        case .exactly(let version): version == actual
        }
    }

    // MARK: - Leases

    mutating func acquireLease(_ name: String, holder: String, for duration: Duration, supersedes: Bool, at now: Timestamp) -> Lease? {
        var epoch = leases[name]?.epoch ?? 0
        if let lease = leases[name], let current = lease.holder {
            if current != holder {
                guard supersedes || lease.expiresAt <= now else { return nil }
                epoch += 1
            }
        } else {
            epoch += 1
        }
        let expiresAt = now.advanced(by: duration)
        leases[name] = LeaseState(holder: holder, epoch: epoch, expiresAt: expiresAt)
        return Lease(name: name, holder: holder, epoch: epoch, expiresAt: expiresAt)
    }

    mutating func releaseLease(_ lease: Lease) {
        guard let state = leases[lease.name], state.holder == lease.holder, state.epoch == lease.epoch else { return }
        leases[lease.name]?.holder = nil
    }
}
