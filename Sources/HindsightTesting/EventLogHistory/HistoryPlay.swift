import HindsightCore

/// A history under way: the log and its model, step by step.
struct HistoryPlay {
    private let seed: UInt64
    private let check: LogUnderCheck
    private var draws: HistoryDraws
    private var model = PlainLog()
    /// The log as it is opened at the moment, by one or several.
    private var logs: [any EventLog]
    /// Batches that were stored.
    private var sent: [Append] = []
    private var leases: [Lease] = []
    private var step = 0

    private static let steps = 30

    init(seed: UInt64, _ check: LogUnderCheck) {
        self.seed = seed
        self.check = check
        draws = HistoryDraws(seed: seed)
        logs = [check.log]
    }

    mutating func run() async throws {
        // Most begin shortly before a place where an engine may have a seam.
        let before = draws.pick([0, draws.number(900...1_023), 1_000, 2_040])
        if before > 0 { try await append(Append([StreamWrite(try draws.events(before), to: try draws.stream())])) }
        for number in 1...Self.steps {
            step = number
            try await takeStep()
        }
        try await expectEverything()
    }

    private mutating func takeStep() async throws {
        switch draws.number(1...100) {
        case 1...35: try await append(draws.batch(model))
        case 36...50: try await append(draws.familiarBatch(model, sent: sent))
        case 51...58: try await appendAtTheSameTime()
        case 59...80: try await read()
        case 81...86: try await askForInstant()
        case 87...91: try await passLeasesOn()
        case 92...94: try await expectCounts()
        case 95...96: logs.append(try await check.openAgain())
        // The others died: nobody closes them, and nobody uses them any more.
        case 97...98: logs = [try await check.openAgain()]
        default:
            try await check.closeAll()
            logs = [try await check.openAgain()]
        }
    }

    private func fail(_ reason: String, line: UInt = #line) -> CheckFailure {
        CheckFailure(reason: "seed \(seed), step \(step): \(reason)", file: #fileID, line: line)
    }

    // MARK: - Appending

    private mutating func append(_ batch: Append) async throws {
        moveClock()
        let outcome = await draws.pick(logs).outcome(of: batch)
        let answer = model.append(batch, at: check.clock.now())
        guard answer.explains(outcome) else { throw fail("\(outcome) instead of \(answer) to \(batch.summary)") }
        if case .stored = answer { sent.append(batch) }
    }

    /// There must be an order in which the model answers the same.
    private mutating func appendAtTheSameTime() async throws {
        var batches: [(log: any EventLog, batch: Append)] = []
        for _ in 0..<draws.number(2...10) {
            let batch: Append
            if let other = batches.last?.batch, draws.isTrue(percent: 20) {
                batch = other
            } else if draws.isTrue(percent: 15) {
                batch = try draws.familiarBatch(model, sent: sent)
            } else {
                batch = try draws.batch(model, sizes: [1...5])
            }
            batches.append((draws.pick(logs), batch))
        }
        let outcomes = await withTaskGroup(of: (Append, Result<AppendReceipt, EventLogError>).self) { group in
            for (log, batch) in batches { group.addTask { (batch, await log.outcome(of: batch)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let now = check.clock.now()
        let stored = outcomes.compactMap { batch, outcome -> (Append, AppendReceipt)? in
            if case .success(let receipt) = outcome, !receipt.isRepeat { (batch, receipt) } else { nil }
        }
        var states = [model]
        for (batch, receipt) in stored.sorted(by: { $0.1.firstPosition < $1.1.firstPosition }) {
            let answer = model.append(batch, at: now)
            guard answer.explains(.success(receipt)) else { throw fail("\(receipt) instead of \(answer) at the same time as others") }
            states.append(model)
            sent.append(batch)
        }
        for (batch, outcome) in outcomes {
            if case .success(let receipt) = outcome, !receipt.isRepeat { continue }
            guard states.contains(where: { $0.answer(to: batch, at: now).explains(outcome) }) else {
                throw fail("\(outcome) to \(batch.summary), which no order of the appends at the same time explains")
            }
        }
    }

    /// Mostly on, sometimes back, but never so far that a log refuses to be opened.
    private mutating func moveClock() {
        switch draws.number(1...10) {
        case 1...6: check.clock.move(by: .microseconds(draws.number(1...3_000_000)))
        case 7:
            let back = check.clock.now().advanced(by: .microseconds(-draws.number(1...20_000_000)))
            check.clock.set(to: max(back, (model.lastTime ?? back).advanced(by: .seconds(-50))))
        default: break
        }
    }

    // MARK: - Asking

    private mutating func read() async throws {
        let selection = try draws.selection(model)
        let log = draws.pick(logs)
        let selected = model.selected(by: selection)
        try expect(try await log.read(selection), Array(selected.prefix(selection.limit)), "a read of \(selection)")
        if draws.isTrue(percent: 50) {
            var scanned: [RecordedEvent] = []
            try await log.scan(selection) { scanned.append(try $0.copy()) }
            try expect(scanned, selected, "a scan of \(selection)")
        } else if selection.limit > 1 {
            try expect(try await log.all(selection), selected, "the pages of \(selection)")
        }
    }

    private mutating func askForInstant() async throws {
        let now = check.clock.now()
        let instants = [now, now.advanced(by: .microseconds(draws.number(-60_000_000...1_000)))]
        let instant = draws.pick(
            model.events.isEmpty
                ? instants : instants + [draws.pick(model.events).recordedAt.advanced(by: .microseconds(draws.number(-1...1)))])
        let expected: Result<Position, EventLogError> =
            instant < now ? .success(model.position(at: instant)) : .failure(.instantNotPast(instant, clock: now))
        let found = await draws.pick(logs).position(orRefusalAt: instant)
        guard found == expected else { throw fail("position at \(instant) is \(found) instead of \(expected)") }
    }

    private mutating func expectCounts() async throws {
        let log = draws.pick(logs)
        let stream = try draws.stream()
        guard try await log.version(of: stream) == model.version(of: stream) else { throw fail("version of \(stream)") }
        guard try await log.head().position == model.head else { throw fail("the head is not \(model.head)") }
        guard try await log.streamCount() == model.streams.count else { throw fail("there are not \(model.streams.count) streams") }
    }

    private mutating func passLeasesOn() async throws {
        let log = draws.pick(logs)
        if draws.isTrue(percent: 30), !leases.isEmpty {
            let lease = draws.pick(leases)
            try await log.releaseLease(lease)
            return model.releaseLease(lease)
        }
        let (name, holder) = (draws.pick(["a", "b"]), draws.pick(["one", "two"]))
        let (duration, supersedes) = (Duration.seconds(draws.number(1...5)), draws.isTrue(percent: 20))
        let found = try await log.acquireLease(name, holder: holder, for: duration, supersedes: supersedes)
        let expected = model.acquireLease(name, holder: holder, for: duration, supersedes: supersedes, at: check.clock.now())
        guard found == expected else { throw fail("lease \(String(describing: found)) instead of \(String(describing: expected))") }
        if let found { leases.append(found) }
    }

    private mutating func expectEverything() async throws {
        let last = try await check.openAgain()
        for log in logs + [last] {
            try expect(try await log.all(EventSelection(limit: .max)), model.events, "the whole log")
        }
        let verdict = try await ChainVerifier.verify(last)
        let head = try await last.head()
        guard verdict == .init(verified: true, through: model.head, digest: head.digest) else { throw fail("\(verdict)") }
    }

    private func expect(_ found: [RecordedEvent], _ expected: [PlainLog.Event], _ what: String) throws {
        guard found.count == expected.count else { throw fail("\(found.count) events instead of \(expected.count) in \(what)") }
        for (found, expected) in zip(found, expected) {
            guard found.position == expected.position else {
                throw fail("position \(found.position) instead of \(expected.position) in \(what)")
            }
            let sent = expected.sent
            let isSame =
                found.stream == expected.stream && found.version == expected.version && found.recordedAt == expected.recordedAt
                && found.occurredAt == expected.occurredAt && found.id == sent.id && found.type == sent.type
                && found.schemaVersion == sent.schemaVersion && found.data == sent.data && found.metadata == sent.metadata
                && found.tags == sent.tags
            guard isSame else { throw fail("\(found) instead of \(expected) in \(what)") }
        }
    }
}

extension EventLog {
    fileprivate func outcome(of batch: Append) async -> Result<AppendReceipt, EventLogError> {
        do throws(EventLogError) { return .success(try await append(batch)) } catch { return .failure(error) }
    }

    fileprivate func position(orRefusalAt instant: Timestamp) async -> Result<Position, EventLogError> {
        do throws(EventLogError) { return .success(try await position(at: instant)) } catch { return .failure(error) }
    }
}

extension Append {
    /// Short enough to be read where a history failed.
    fileprivate var summary: String {
        let writes = writes.map { "\($0.events.count) to \($0.stream) expecting \($0.expected)" }.joined(separator: ", ")
        return "\(writes); checks \(checks.map { "\($0.stream) \($0.expected)" }); condition \(String(describing: condition)); "
            + "fence \(String(describing: fence))"
    }
}
