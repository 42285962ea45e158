public import HindsightCore

/// An event log in the memory of one process: for tests, simulations and examples.
///
/// It keeps every promise of ``EventLog`` except to outlive the process, and is written to be obviously right: each append walks through
/// the promises in their order, and each read filters the events one by one.
public actor MemoryEventLog: EventLog, EventLogImporting {
    private let clock: any WallClock
    private var salts: any RandomNumberGenerator & Sendable
    /// The event at position n has index n − 1.
    private var events: [RecordedEvent] = []
    private var positions: [EventID: Position] = [:]
    /// The positions of each stream's events: version n has index n − 1.
    private var streams: [StreamName: [Position]] = [:]
    private var leaseRecords: [String: LeaseRecord] = [:]
    private var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
    private var nextWaiter = 0

    /// What is remembered of a lease when nobody holds it: its epoch never falls.
    private struct LeaseRecord {
        var holder: String?
        var epoch: Int64
        var expiresAt: Timestamp
    }

    /// - Parameter salts: Where the salts of payloads come from: of a simulation, so that one seed gives one chain.
    public init(clock: any WallClock, salts: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.clock = clock
        self.salts = salts
    }

    // MARK: - Appending

    public func append(_ batch: Append) throws(EventLogError) -> AppendReceipt {
        try batch.validate()
        let stored = batch.events.map { _, event in positions[event.id].map { events[Int($0) - 1] } }
        if let original = try batch.originalAnswer(among: stored) { return original }
        try checkFence(of: batch)
        try checkVersions(of: batch)
        try checkCondition(of: batch)
        return store(batch)
    }

    private func checkFence(of batch: Append) throws(EventLogError) {
        guard let fence = batch.fence else { return }
        guard let lease = leaseRecords[fence.lease], lease.holder != nil, lease.epoch == fence.epoch else {
            throw .fenced(lease: fence.lease, epoch: fence.epoch)
        }
    }

    private func checkVersions(of batch: Append) throws(EventLogError) {
        for check in batch.checks {
            let actual = version(of: check.stream)
            guard check.expected.admits(actual) else {
                throw .versionConflict(stream: check.stream, expected: check.expected, actual: actual)
            }
        }
        var versions: [StreamName: StreamVersion] = [:]
        for write in batch.writes {
            let actual = versions[write.stream] ?? version(of: write.stream)
            guard write.expected.admits(actual) else {
                throw .versionConflict(stream: write.stream, expected: write.expected, actual: actual)
            }
            versions[write.stream] = actual + StreamVersion(write.events.count)
        }
    }

    private func checkCondition(of batch: Append) throws(EventLogError) {
        guard let condition = batch.condition else { return }
        let later = events.dropFirst(Int(clamping: max(0, condition.after)))
        let contradiction = later.first { condition.query.matches(type: $0.type, tags: $0.tags) }
        if let contradiction { throw .conditionFailed(position: contradiction.position) }
    }

    private func store(_ batch: Append) -> AppendReceipt {
        let first = Position(events.count) + 1
        let now = clock.now()
        let recordedAt = events.last.map { max(now, $0.recordedAt) } ?? now
        var written: [StreamName] = []
        var isWritten: Set<StreamName> = []
        for (stream, event) in batch.events {
            let position = Position(events.count) + 1
            let version = version(of: stream) + 1
            events.append(
                event.recorded(
                    at: position, in: stream, version: version, on: recordedAt, salt: nextSalt(),
                    after: events.last?.digest ?? .genesis))
            positions[event.id] = position
            streams[stream, default: []].append(position)
            if isWritten.insert(stream).inserted { written.append(stream) }
        }
        wakeWaiters()
        return AppendReceipt(
            firstPosition: first, lastPosition: Position(events.count), recordedAt: recordedAt,
            streams: written.map { .init(stream: $0, version: version(of: $0)) }, isRepeat: false)
    }

    public func importRecorded(_ imported: [RecordedEvent]) throws -> LogHead {
        try ImportedEvents(imported).check(after: head(), clock: clock.now(), version: version(of:)) { positions[$0] }
        for event in imported {
            events.append(event)
            positions[event.id] = event.position
            streams[event.stream, default: []].append(event.position)
        }
        wakeWaiters()
        return head()
    }

    private func nextSalt() -> Salt { Salt(using: &salts) }

    /// In the order in which they came: whoever schedules them by a seed relies on it.
    private func wakeWaiters() {
        for (_, waiter) in waiters.sorted(by: { $0.key < $1.key }) { waiter.yield() }
    }

    // MARK: - Reading

    public func read(_ selection: EventSelection) throws(EventLogError) -> [RecordedEvent] {
        try selection.validate()
        let within = indices(within: selection)
        guard let stream = selection.filter.stream else {
            return selection.direction == .forwards ? page(within, selection) : page(within.reversed(), selection)
        }
        let ofStream = streams[stream, default: []].lazy.map { Int($0) - 1 }.filter(within.contains)
        return selection.direction == .forwards ? page(ofStream, selection) : page(ofStream.reversed(), selection)
    }

    /// The indices of all events between the bounds of the selection.
    private func indices(within selection: EventSelection) -> Range<Int> {
        /// The number of events up to `position`.
        func count(to position: Position) -> Int { Int(min(max(position, 0), Position(events.count))) }
        let (low, high) =
            switch selection.direction {
            case .forwards: (selection.after.map(count(to:)) ?? 0, selection.until.map(count(to:)) ?? events.count)
            case .backwards:
                (selection.until.map { count(to: max($0, 1) - 1) } ?? 0, selection.after.map { count(to: max($0, 1) - 1) } ?? events.count)
            }
        return low..<max(low, high)
    }

    private func page(_ candidates: some Sequence<Int>, _ selection: EventSelection) -> [RecordedEvent] {
        var page: [RecordedEvent] = []
        var bytes = 0
        for event in candidates.lazy.map({ self.events[$0] }) where selection.matches(event) {
            page.append(event)
            bytes += event.metadata.bytes.count + (event.data?.bytes.count ?? 0)
            if page.count == selection.limit || bytes >= Limits.pageBytes { break }
        }
        return page
    }

    public func head() -> LogHead {
        events.last.map { LogHead(position: $0.position, digest: $0.digest, recordedAt: $0.recordedAt) } ?? .empty
    }

    public func version(of stream: StreamName) -> StreamVersion { StreamVersion(streams[stream]?.count ?? 0) }

    public func position(of id: EventID) -> Position? { positions[id] }

    public func position(of version: StreamVersion, in stream: StreamName) -> Position? {
        let positions = streams[stream, default: []]
        return (1...StreamVersion(max(positions.count, 1))).contains(version) ? positions.dropFirst(Int(version) - 1).first : nil
    }

    public func streamCount() -> Int { streams.count }

    public func position(at instant: Timestamp) throws(EventLogError) -> Position {
        let now = clock.now()
        guard instant < now else { throw .instantNotPast(instant, clock: now) }
        return events.last { $0.recordedAt <= instant }?.position ?? 0
    }

    public func waitForEvents(after position: Position) async {
        guard events.count <= position else { return }
        let (arrivals, waiter) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = nextWaiter
        nextWaiter += 1
        waiters[number] = waiter
        defer { waiters[number] = nil }
        // Ends by itself when the task is cancelled.
        for await _ in arrivals where events.count > position { return }
    }

    // MARK: - Leases

    public func acquireLeases(_ names: [String], holder: String, for duration: Duration, supersedes: Bool) -> [Lease] {
        names.compactMap { acquire($0, holder: holder, for: duration, supersedes: supersedes) }
    }

    private func acquire(_ name: String, holder: String, for duration: Duration, supersedes: Bool) -> Lease? {
        let now = clock.now()
        var record = leaseRecords[name] ?? LeaseRecord(holder: nil, epoch: 0, expiresAt: now)
        if record.holder != holder {
            guard record.holder == nil || record.expiresAt <= now || supersedes else { return nil }
            record.holder = holder
            record.epoch += 1
        }
        record.expiresAt = now.advanced(by: duration)
        leaseRecords[name] = record
        return Lease(name: name, holder: holder, epoch: record.epoch, expiresAt: record.expiresAt)
    }

    public func releaseLeases(_ leases: [Lease]) {
        for lease in leases {
            guard let record = leaseRecords[lease.name], record.holder == lease.holder, record.epoch == lease.epoch else { continue }
            leaseRecords[lease.name]?.holder = nil
        }
    }

    public func leases() -> [Lease] {
        let held = leaseRecords.compactMap { name, record in
            record.holder.map { Lease(name: name, holder: $0, epoch: record.epoch, expiresAt: record.expiresAt) }
        }
        return held.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}
