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

        /// Recovered invoices of those that came to an end in recovery, in tenths of a percent; `nil` before any did.
        package var recoveryRatePermille: Int? {
            Self.permille(counts.invoicesPaid, of: counts.invoicesPaid + counts.invoicesUncollectible)
        }

        /// Approved charges of those that were answered.
        package var chargeApprovalPermille: Int? {
            Self.permille(counts.chargesApproved, of: counts.chargesApproved + counts.chargesDeclined)
        }

        /// Retries for each hundred recovered invoices.
        package var retriesPerHundredRecovered: Int? {
            counts.invoicesPaid > 0 ? counts.chargesRequested * 100 / counts.invoicesPaid : nil
        }

        private static func permille(_ part: Int, of whole: Int) -> Int? { whole > 0 ? (part * 1_000 + whole / 2) / whole : nil }
    }

    /// The log's position that the figures are as of.
    package let position: Position
    /// Everything.
    package let total: Line
    /// Recoveries by policy, in the order of names.
    package let policies: [Line]
    /// Recoveries by policy and first reason.
    package let reasons: [Line]
    /// Charges whose outcome is unknown at that position, and invoices in recovery.
    package let unknownNow: Int
    package let inRecoveryNow: Int

    /// Invoices paid by a charge of those that came to an end, in tenths of a percent.
    package var invoiceApprovalPermille: Int? {
        let ended = total.counts.invoicesPaid + total.counts.invoicesUncollectible
        return ended > 0 ? (total.counts.invoicesPaid * 1_000 + ended / 2) / ended : nil
    }

    /// The projections that the figures come from.
    package static let projections: [any Projection] = [BillingMetrics(), InvoiceBoard()]

    /// The figures as of the log's head; read models are brought up to it.
    package static func current(log: any EventLog, readModels: any ReadModelStore) async throws -> BillingReport {
        try await asOf(try await log.head().position, of: ProjectionRunner(projections, log: log, store: readModels))
    }

    /// The figures as they were recorded at `instant`.
    ///
    /// - Throws: `EventLogError.instantNotPast` for an instant that has not passed.
    package static func recorded(at instant: Timestamp, log: any EventLog, readModels: any ReadModelStore) async throws -> BillingReport {
        try await asOf(try await log.position(at: instant), of: ProjectionRunner(projections, log: log, store: readModels))
    }

    /// The figures as of `position`.
    ///
    /// - Parameters:
    ///   - days: Only what happened on these days, `2026-01-31`, by business time; counts of what stands now are not narrowed.
    ///   - runner: Keeps ``projections``, maybe among others.
    package static func asOf(
        _ position: Position, days: (from: String, to: String)? = nil, of runner: ProjectionRunner
    ) async throws -> BillingReport {
        let metrics = BillingMetrics()
        let board = InvoiceBoard()
        for name in [metrics.name, board.name] { try await runner.require(name, through: position) }
        let rows = try await ReadModel(metrics, of: runner).rows(at: position).map(\.row).filter { row in
            days.map { $0.from <= row.day && row.day <= $0.to } ?? true
        }
        func count(_ status: InvoiceBoard.Status...) async throws -> Int {
            var count = 0
            for status in status {
                count += try await ReadModel(board, of: runner).rows(.with("status", status.rawValue), at: position).count
            }
            return count
        }
        let unknown = try await count(.unknown)
        return BillingReport(
            position: position, total: line(rows, policy: nil, reason: nil), policies: byPolicy(rows), reasons: byReason(rows),
            unknownNow: unknown, inRecoveryNow: try await count(.retryScheduled, .waitingForPayer))
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
