package import BillingRetries
package import HindsightCore
package import HindsightRuntime

/// What the figures of billing are summed from: rows as of one position, and the instant by which ages are told.
package struct BillingBasis: Sendable, Equatable {
    package let position: Position
    package let instant: Timestamp
    package let metrics: [BillingMetrics.Row]
    package let outcomes: [RetryOutcomes.Row]
    /// In the order of days.
    package let signals: [PayerDays.Row]
    /// When each charge was sent whose outcome is unknown.
    package let unknownSince: [Timestamp]
    /// Those that came to an end and were in an arm when they fell due.
    package let dues: [DueInvoice]
    /// Of when the newest snapshot of each customer is, ascending: see ``times(of:_:)``.
    package let newestSnapshots: [Timestamp]

    /// An invoice that came to an end, and the arm it was in when it fell due.
    package struct DueInvoice: Sendable, Equatable {
        package let arm: ArmHistory.Arm
        package let endedOn: BusinessDay
        package let ending: DueInvoices.Ending

        package init(arm: ArmHistory.Arm, endedOn: BusinessDay, ending: DueInvoices.Ending) {
            self.arm = arm
            self.endedOn = endedOn
            self.ending = ending
        }
    }

    package init(
        position: Position, instant: Timestamp, metrics: [BillingMetrics.Row] = [], outcomes: [RetryOutcomes.Row] = [],
        signals: [PayerDays.Row] = [], unknownSince: [Timestamp] = [], dues: [DueInvoice] = [], newestSnapshots: [Timestamp] = []
    ) {
        self.position = position
        self.instant = instant
        self.metrics = metrics
        self.outcomes = outcomes
        self.signals = signals
        self.unknownSince = unknownSince
        self.dues = dues
        self.newestSnapshots = newestSnapshots
    }

    package var today: BusinessDay { BusinessDay(of: instant) }

    /// The projections that it is read from.
    package static let projections: [any Projection] = [
        BillingMetrics(), RetryOutcomes(), PayerDays(), InvoiceBoard(), DueInvoices(), ExperimentDefinitions(), NewestSignals(),
        SubscriptionBoard(),
    ]

    /// Reads the rows as of `position`.
    ///
    /// - Parameters:
    ///   - first: Nothing that happened before this day is needed; everything is for `nil`.
    ///   - runner: Keeps ``projections``, maybe among others.
    package static func read(
        at position: Position, instant: Timestamp, from first: BusinessDay? = nil, of runner: ProjectionRunner
    ) async throws -> BillingBasis {
        for projection in projections { try await runner.require(projection.name, through: position) }
        let days = first.map { BusinessDays(from: $0, to: BusinessDay(of: instant)) }
        let unknown = try await ReadModel(InvoiceBoard(), of: runner)
            .rows(.with("status", InvoiceBoard.Status.unknown.rawValue), at: position)
        let snapshots = try await everything(of: NewestSignals(), at: position, runner)
        let subscriptions = try await everything(of: SubscriptionBoard(), at: position, runner)
        let arms = ArmHistory(try await everything(of: ExperimentDefinitions(), at: position, runner))
        let ended =
            arms.isEmpty ? [] : try await rows(of: DueInvoices(), index: "day", days?.all.map(\.description), at: position, runner)
        return BillingBasis(
            position: position, instant: instant,
            metrics: try await rows(of: BillingMetrics(), index: "day", days?.all.map(\.description), at: position, runner),
            outcomes: try await rows(of: RetryOutcomes(), index: "month", days?.months, at: position, runner),
            signals: try await ReadModel(PayerDays(), of: runner).rows(at: position).map(\.row).sorted { $0.day < $1.day },
            unknownSince: unknown.compactMap { $0.row.attempts.last { $0.outcome == .unknown }?.requestedAt },
            dues: ended.compactMap { invoice in
                guard let endedOn = invoice.endedOn, let ending = invoice.ending,
                    let arm = arms.arm(
                        of: invoice, plan: subscriptions[invoice.subscription]?.plan, signals: snapshots[invoice.customer])
                else { return nil }
                return DueInvoice(arm: arm, endedOn: endedOn, ending: ending)
            },
            newestSnapshots: times(of: snapshots, subscriptions.values))
    }

    /// Of when the newest snapshots are, ascending: those of customers who have a subscription that renews, since nobody states anything of
    /// the others any more; of all where nobody has one, and only forecasts are asked for.
    private static func times(
        of snapshots: [String: NewestSignals.Row], _ subscriptions: some Sequence<SubscriptionBoard.Row>
    ) -> [Timestamp] {
        let customers = Set(subscriptions.lazy.filter(\.isActive).map(\.customer))
        return snapshots.lazy.filter { customers.isEmpty || customers.contains($0.key) }.map(\.value.takenAt).sorted()
    }

    private static func everything<P: Projection>(
        of projection: P, at position: Position, _ runner: ProjectionRunner
    ) async throws -> [String: P.Row] {
        let rows = try await ReadModel(projection, of: runner).rows(at: position)
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.row) })
    }

    /// Each row once that has one of the values, in the order of keys; all of them for `nil`.
    private static func rows<P: Projection>(
        of projection: P, index: String, _ values: [String]?, at position: Position, _ runner: ProjectionRunner
    ) async throws -> [P.Row] {
        let model = ReadModel(projection, of: runner)
        guard let values else { return try await model.rows(at: position).map(\.row) }
        var found: [String: P.Row] = [:]
        for value in values {
            for (key, row) in try await model.rows(.with(index, value), at: position) { found[key] = row }
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    // MARK: - Sums

    func counts(in days: BusinessDays, where isWanted: (BillingMetrics.Row) -> Bool = { _ in true }) -> BillingMetrics.Counts {
        metrics.reduce(into: BillingMetrics.Counts()) { sum, row in
            if days.contains(row.day), isWanted(row) { sum.add(row.counts) }
        }
    }

    /// Of invoices and of callers.
    func predictions(in days: BusinessDays) -> PredictionCounts {
        signals.reduce(into: counts(in: days).predictions) { sum, row in if days.contains(row.day) { sum.add(row.forecasts) } }
    }

    /// Policies by which a model was to be asked on these days, whether it answered or not.
    func askingPolicies(in days: BusinessDays) -> Set<String> {
        Set(
            metrics.lazy.filter { days.contains($0.day) && $0.counts.predictionsRequested + $0.counts.predictions.ended > 0 }
                .compactMap(\.policy))
    }

    /// How well scores met what happened to the charges that were answered on these days; `nil` without any.
    func calibration(in days: BusinessDays) -> PredictionMeasures? {
        var (scores, labels): ([Float], [Bool]) = ([], [])
        for charge in outcomes.lazy.flatMap(\.charges) where days.contains(charge.day) {
            guard let score = charge.score else { continue }
            scores.append(Float(score))
            labels.append(charge.isApproved)
        }
        return scores.isEmpty ? nil : PredictionMeasures(probabilities: scores, labels: labels)
    }
}

/// Days from one to another, both inclusive; open where an end is missing.
package struct BusinessDays: Sendable, Equatable {
    package let from: BusinessDay?
    package let to: BusinessDay?

    package init(from: BusinessDay? = nil, to: BusinessDay? = nil) {
        self.from = from
        self.to = to
    }

    /// So many days, the last of which is `day`.
    package init(_ count: Int, until day: BusinessDay) { self.init(from: day.before(count - 1), to: day) }

    package func contains(_ day: BusinessDay) -> Bool { from.map { $0 <= day } ?? true && to.map { day <= $0 } ?? true }

    /// Each day; none where an end is missing.
    package var all: [BusinessDay] {
        guard let from, let to, from <= to else { return [] }
        return (from.number...to.number).map { BusinessDay(number: $0) }
    }

    var months: [String] { Set(all.map(\.month)).sorted() }
}
