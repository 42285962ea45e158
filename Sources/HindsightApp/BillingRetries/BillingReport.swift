package import BillingRetries
package import HindsightCore
package import HindsightRuntime

/// The collection's figures, whole and side by side: what `billing metrics` shows.
package struct BillingReport: Codable, Sendable, Equatable {
    package struct Line: Codable, Sendable, Equatable {
        /// `nil` sums all policies, and what happened before recovery.
        package let policy: String?
        /// `nil` sums all reasons.
        package let firstReason: DeclineReason?
        package let counts: BillingMetrics.Counts
        /// Invoices paid by a charge of those that came to an end, in tenths of a percent; `nil` before any did.
        package let invoiceApprovalPermille: Int?
        /// Approved charges of those that were answered.
        package let attemptSuccessPermille: Int?
        /// Retries for each hundred recovered invoices; `nil` beyond recovery.
        package let retriesPerHundredRecovered: Int?

        init(policy: String?, firstReason: DeclineReason?, counts: BillingMetrics.Counts) {
            self.policy = policy
            self.firstReason = firstReason
            self.counts = counts
            invoiceApprovalPermille = BillingReport.permille(counts.invoicesPaid, of: counts.invoicesEnded)
            attemptSuccessPermille = BillingReport.permille(counts.chargesApproved, of: counts.chargesAnswered)
            retriesPerHundredRecovered =
                policy != nil && counts.invoicesPaid > 0 ? counts.chargesRequested * 100 / counts.invoicesPaid : nil
        }
    }

    /// The log's position that the figures are as of.
    package let position: Position
    /// By which ages are told.
    package let asOf: Timestamp
    /// The first and the last day, by business time; `nil` where all days count.
    package let from: BusinessDay?
    package let to: BusinessDay?
    /// Everything.
    package let total: Line
    /// Recoveries by policy, in the order of names.
    package let policies: [Line]
    /// Recoveries by policy and first reason.
    package let reasons: [Line]
    /// Recoveries by experiment and policy.
    package let arms: [Arm]
    /// Recoveries by experiment, policy and first reason.
    package let armReasons: [Arm]
    package let coverage: Coverage
    package let predictions: Predictions
    package let signals: Signals
    /// Scores against what happened to the charges made in the windows that they were given for; `nil` without any.
    package let calibration: PredictionMeasures?
    /// See `PredictionMeasures.calibrationError`; `nil` without ``calibration``.
    package let calibrationError: Double?
    package let drift: Drift
    package let availability: Availability
    /// Charges whose outcome is unknown at that position, and invoices in recovery.
    package let unknownNow: Int
    /// When the oldest of those charges was sent.
    package let oldestUnknownSince: Timestamp?
    package let oldestUnknownSeconds: Int64?
    package let inRecoveryNow: Int

    /// The projections that the figures come from.
    package static let projections = BillingBasis.projections

    /// - Parameter days: Only what happened on these days counts; what stands now is not narrowed.
    package init(_ basis: BillingBasis, days: BusinessDays = BusinessDays(), inRecovery: Int) {
        let lastDay = min(days.to ?? basis.today, basis.today)
        let rows = basis.metrics.filter { days.contains($0.day) }
        position = basis.position
        asOf = basis.instant
        from = days.from
        to = days.to
        total = Self.line(rows, policy: nil, reason: nil)
        policies = Self.byPolicy(rows)
        reasons = Self.byReason(rows)
        arms = Arm.all(basis, days)
        armReasons = Arm.byReason(basis, days)
        coverage = Coverage(basis, days)
        predictions = Predictions(basis, days)
        signals = Signals(basis, days, until: lastDay)
        calibration = basis.calibration(in: days)
        calibrationError = calibration?.calibrationError
        drift = Drift(basis, until: lastDay)
        availability = Availability(basis, days, until: lastDay)
        unknownNow = basis.unknownSince.count
        oldestUnknownSince = basis.unknownSince.min()
        oldestUnknownSeconds = oldestUnknownSince.map { max(0, basis.instant.since($0).components.seconds) }
        inRecoveryNow = inRecovery
    }

    /// The figures as of the log's head, and as of when that was recorded; read models are brought up to it.
    package static func current(log: any EventLog, readModels: any ReadModelStore) async throws -> BillingReport {
        let head = try await log.head()
        return try await asOf(
            head.position, instant: head.recordedAt ?? Timestamp(microsecondsSince1970: 0),
            of: ProjectionRunner(projections, log: log, store: readModels))
    }

    /// The figures as of `position`.
    ///
    /// - Parameters:
    ///   - instant: By which ages are told, see ``BillingMoment``.
    ///   - days: As for ``init(_:days:inRecovery:)``.
    ///   - runner: Keeps ``projections``, maybe among others.
    package static func asOf(
        _ position: Position, instant: Timestamp, days: BusinessDays = BusinessDays(), of runner: ProjectionRunner
    ) async throws -> BillingReport {
        let basis = try await BillingBasis.read(at: position, instant: instant, of: runner)
        var inRecovery = 0
        for status in [InvoiceBoard.Status.retryScheduled, .waitingForPayer, .predicting] {
            inRecovery += try await ReadModel(InvoiceBoard(), of: runner).rows(.with("status", status.rawValue), at: position)
                .count { $0.row.recovery != nil }
        }
        return BillingReport(basis, days: days, inRecovery: inRecovery)
    }

    private static func line(_ rows: [BillingMetrics.Row], policy: String?, reason: DeclineReason?) -> Line {
        var counts = BillingMetrics.Counts()
        for row in rows { counts.add(row.counts) }
        return Line(policy: policy, firstReason: reason, counts: counts)
    }

    private static func byPolicy(_ rows: [BillingMetrics.Row]) -> [Line] {
        let policies = Set(rows.compactMap(\.policy)).sorted()
        return policies.map { policy in line(rows.filter { $0.policy == policy }, policy: policy, reason: nil) }
    }

    private static func byReason(_ rows: [BillingMetrics.Row]) -> [Line] {
        byPolicy(rows).compactMap(\.policy).flatMap { policy in
            DeclineReason.allCases.compactMap { reason in
                let matching = rows.filter { $0.policy == policy && $0.firstReason == reason }
                return matching.isEmpty ? nil : line(matching, policy: policy, reason: reason)
            }
        }
    }
}

extension PredictionMeasures {
    /// How far what happened lies from what was predicted: the root of the mean square over the deciles, less what chance alone brings.
    package var calibrationError: Double {
        let squares = deciles.reduce(0) { sum, decile in
            let distance = decile.predicted - decile.approved
            return sum + Double(decile.rows) * distance * distance - decile.predicted * (1 - decile.predicted)
        }
        return max(0, squares / Double(rows)).squareRoot()
    }
}
