package import BillingRetries
import HindsightCore

/// The recovery that a question is about: the one of an invoice that is open, as the loop would ask of it, or one that begins now.
struct ForecastRecovery {
    let attempts: [ChargeObservation]
    let dueAt: Timestamp
    let deadline: Timestamp
    let triesLeft: Int
    private let own: Set<ChargeObservation>

    /// - Parameters:
    ///   - newest: The customer's newest invoice of then.
    ///   - failure: What the caller knows of the last attempt, in the log or not.
    init(of newest: InvoiceBoard.Row?, after failure: BillingDesk.ForecastQuery.Failure?, at now: Timestamp) {
        let open = newest.flatMap { $0.isOpen(at: now) ? $0 : nil }
        own = Set(open?.observations(by: now) ?? [])
        // As the loop does: declines of a card that was replaced tell nothing of the next attempt.
        var attempts = open?.observations(by: now, with: open?.method) ?? []
        if let failure, attempts.last?.code != failure.code { attempts.append(ChargeObservation(at: now, code: failure.code)) }
        self.attempts = attempts
        dueAt = open?.dueAt ?? now
        let end = open?.windowEndsAt.flatMap { $0 > now ? $0 : nil }
        deadline = end ?? now.advanced(by: .days(RetryPolicy.endToEnd.windowDays))
        let made = failure?.attempt ?? max(open?.attempts.count { $0.requestedAt <= now && $0.outcome != .withdrawn } ?? 0, 1)
        triesLeft = max((RetryPolicy.endToEnd.maximumRetries ?? 7) - made + 1, 1)
    }

    func others(of history: [ChargeObservation]) -> [ChargeObservation] { history.filter { !own.contains($0) } }
}

extension InvoiceBoard.Row {
    /// What its charges told, oldest first.
    package var observations: [ChargeObservation] { attempts.compactMap(\.observation) }

    /// Those of them that were known at an instant.
    ///
    /// - Parameter method: Only those that were charged to it; all for `nil`.
    func observations(by now: Timestamp, with method: String? = nil) -> [ChargeObservation] {
        attempts.filter { (method == nil || $0.method == method) && ($0.settledAt ?? $0.requestedAt) <= now }.compactMap(\.observation)
    }

    fileprivate func isOpen(at now: Timestamp) -> Bool {
        guard status == .paid || status == .uncollectible else { return true }
        return settledAt.map { $0 > now } ?? false
    }
}

extension InvoiceBoard.Attempt {
    fileprivate var observation: ChargeObservation? {
        switch outcome {
        case .approved: ChargeObservation(at: requestedAt, code: ChargeObservation.approval)
        case .declined where network != nil: ChargeObservation(at: requestedAt, code: code, advice: advice)
        case .declined, .requested, .unknown, .withdrawn: nil
        }
    }
}
