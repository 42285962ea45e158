package import BillingRetries
package import HindsightCore
package import HindsightRuntime

extension BillingDesk {
    /// What a shop states of one customer.
    package struct CustomerSignals: Sendable {
        package let customer: String
        package let signals: PayerSignals
        /// Of the event that it leads to, where the statement has to be known when it comes again.
        package let id: EventID?

        package init(customer: String, signals: PayerSignals, id: EventID? = nil) {
            self.customer = customer
            self.signals = signals
            self.id = id
        }
    }

    /// What became of a statement.
    package enum SignalsOutcome: Sendable {
        case recorded
        /// The newest snapshot says the same.
        case unchanged
        case refused(any Error)
    }

    /// Records what a shop states of its customers, each with what came of the customer's charges by now, in one append.
    ///
    /// A refusal keeps none of the others from being recorded. Of several statements about one customer, each is decided on what those
    /// before it led to.
    ///
    /// - Parameters:
    ///   - statements: No more than an append takes.
    ///   - runner: Keeps the invoices' read model.
    /// - Returns: What became of each, in their order.
    /// - Throws: `EventLogError`, `ReadModelError`: then nothing of them is recorded.
    package func recordSignals(
        _ statements: [CustomerSignals], from runner: ProjectionRunner, _ act: Act
    ) async throws -> [SignalsOutcome] {
        let board = ReadModel(InvoiceBoard(), of: runner)
        let position = try await log.head().position
        var histories: [String: [ChargeObservation]] = [:]
        for statement in statements where histories[statement.customer] == nil && Identifier.isWellFormed(statement.customer) {
            let rows = try await board.rows(.with("customer", statement.customer), at: position)
            histories[statement.customer] = rows.flatMap(\.row.observations).sorted { $0.at < $1.at }
        }
        let metadata = try JSONText(encoding: act.metadata)
        var tries = 0
        while true {
            var page = SnapshotPage(log: log, now: now, metadata: metadata, identities: act.identities.forNextCommand())
            var outcomes: [SignalsOutcome] = []
            for statement in statements {
                outcomes.append(try await page.take(statement, history: histories[statement.customer] ?? []))
            }
            guard !page.writes.isEmpty else { return outcomes }
            do {
                _ = try await log.append(Append(page.writes))
                return outcomes
            } catch {
                guard error.isConflict || error.isRepeat, tries < Self.mostTries else { throw error }
                tries += 1
            }
        }
    }

    private static let mostTries = 20
}

/// The key of a request stands for another statement.
package struct StatementMismatch: Error, CustomStringConvertible {
    package init() {}

    package var description: String { "Idempotency-Key: stands for other signals in this line" }
}

extension EventLogError {
    /// Whether another request with the same key was faster.
    fileprivate var isRepeat: Bool { if case .idempotencyConflict = self { true } else { false } }
}

/// Decisions on statements that share an append.
///
/// A payer's stream grows by a snapshot a day, and only the newest counts: it alone is read.
private struct SnapshotPage {
    let log: any EventLog
    let now: Timestamp
    let metadata: JSONText
    let identities: any IdentitySource
    private(set) var writes: [StreamWrite] = []
    private var payers: [StreamName: (state: Payer.State, version: StreamVersion)] = [:]

    init(log: any EventLog, now: Timestamp, metadata: JSONText, identities: any IdentitySource) {
        self.log = log
        self.now = now
        self.metadata = metadata
        self.identities = identities
    }

    mutating func take(
        _ statement: BillingDesk.CustomerSignals, history: [ChargeObservation]
    ) async throws -> BillingDesk.SignalsOutcome {
        if let outcome = try await outcomeBefore(of: statement) { return outcome }
        // Before a stream is named by it.
        guard Identifier.isWellFormed(statement.customer) else { return .refused(Payer.Rejection.badIdentifier(field: "customer")) }
        let stream = try BillingRetries.payer(statement.customer)
        var payer: (state: Payer.State, version: StreamVersion)
        if let known = payers[stream] { payer = known } else { payer = try await newest(on: stream) }
        let events: [PayerEvent]
        do {
            events = try Payer.decide(
                .record(statement.signals, customer: statement.customer, history: history, at: now), given: payer.state)
        } catch {
            return try await outcomeBefore(of: statement) ?? .refused(error)
        }
        // Whoever was faster with the same statement has recorded this one.
        guard !events.isEmpty else { return try await outcomeBefore(of: statement) ?? .unchanged }
        var encoded: [NewEvent] = []
        let before = payer.version
        for event in events {
            payer.version += 1
            Payer.evolve(&payer.state, with: event)
            let id = statement.id ?? identities.eventID(in: stream, version: payer.version, at: now)
            encoded.append(try event.encoded(id: id, metadata: metadata))
        }
        writes.append(StreamWrite(encoded, to: stream, expecting: before == 0 ? ExpectedVersion.none : .exactly(before)))
        payers[stream] = payer
        return .recorded
    }

    /// What became of the statement when it came before; `nil` for one that has not.
    private func outcomeBefore(of statement: BillingDesk.CustomerSignals) async throws -> BillingDesk.SignalsOutcome? {
        guard let id = statement.id, let position = try await log.position(of: id) else { return nil }
        let event = try await log.read(EventSelection(after: position - 1, limit: 1)).first
        guard let event, case .snapshotRecorded(let snapshot) = try PayerEvent.codec.decode(event) else { return .recorded }
        guard snapshot.customer == statement.customer, snapshot.signals == statement.signals else { return .refused(StatementMismatch()) }
        return .recorded
    }

    private func newest(on stream: StreamName) async throws -> (state: Payer.State, version: StreamVersion) {
        var state = Payer.initialState
        // The version first: what comes between makes the append fail, and is seen by the next try.
        let version = try await log.version(of: stream)
        guard version > 0 else { return (state, 0) }
        let snapshots = EventFilter(stream: stream, types: [SnapshotRecorded.type])
        let selection = EventSelection(snapshots, after: .max, direction: .backwards, limit: 1)
        for event in try await log.read(selection) {
            if let known = try PayerEvent.codec.decode(event) { Payer.evolve(&state, with: known) }
        }
        return (state, version)
    }
}
