import BillingRetries
import EventLogMemory
import HindsightCore
import HindsightRuntime

/// A log in memory that stories are told to, with the read models of billing over it.
struct BillingLog {
    private let log: MemoryEventLog
    private let handler: CommandHandler
    private let runner: ProjectionRunner

    init() throws {
        let clock = ManualClock(at: try at("12-31T00:00"))
        log = MemoryEventLog(clock: clock)
        handler = CommandHandler(log: log, clock: clock, identities: SeededIdentities(seed: "1"))
        runner = ProjectionRunner([BillingMetrics(), RetryOutcomes(), PayerDays()], log: log, store: MemoryReadModelStore())
    }

    func tell(_ story: Story, of invoice: String) async throws {
        try await handler.decide { batch in try await batch.append(story.history, to: BillingRetries.invoice(invoice)) }
    }

    func tell(_ signals: PayerSignals, of customer: String, at now: Timestamp) async throws {
        try await handler.decide { batch in
            try await batch.decide(
                Payer.self, .record(signals, customer: customer, history: [], at: now), on: BillingRetries.payer(customer))
        }
    }

    func head() async -> Position { await log.head().position }

    func rows<P: Projection>(of projection: P, _ selection: RowSelection = .all(), at position: Position? = nil) async throws -> [P.Row] {
        try await runner.catchUp()
        return try await ReadModel(projection, of: runner).rows(selection, at: position).map(\.row)
    }

    /// The sum of all days.
    func counts(at position: Position? = nil) async throws -> BillingMetrics.Counts {
        try await rows(of: BillingMetrics(), at: position).reduce(into: BillingMetrics.Counts()) { $0.add($1.counts) }
    }
}

extension RetryPolicy {
    /// Asks a model at every failure, whose window is taken whatever its score.
    static func asking(explores permille: Int = 0, firstCharge hours: Int = 0, factor: Double = 0) -> RetryPolicy {
        RetryPolicy(
            name: "learned", version: 1, chooser: .rules, windowDays: 28, hours: LegalHours(from: 0, until: 24),
            rules: RetryPolicy.endToEnd.rules, otherwise: RetryPolicy.endToEnd.otherwise,
            afterMethodChange: RetryPolicy.endToEnd.afterMethodChange, maximumRetries: 3,
            model: ModelTerms(overrideFactor: factor, explorationPermille: permille, firstChargeHours: hours))
    }
}
