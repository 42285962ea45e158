import HindsightCore

/// An invoice that is neither paid nor given up.
package struct OpenInvoice: Sendable {
    package enum Phase: Sendable {
        /// Not tried yet.
        case due
        /// A model is asked; its answer or its failure comes as an event.
        case predicting(PredictionRequested)
        /// Not tried yet: the first charge waits for its window.
        case timed(FirstChargeTimed)
        /// An attempt is out; nothing else may be tried until its outcome is known.
        case charging(ChargeRequested, isUnknown: Bool)
        case waiting(RetryScheduled)
        /// Only the payer can help, or the window is too short for another try.
        case stuck
    }

    package let opened: InvoiceOpened
    package internal(set) var phase = Phase.due
    /// Charges requested so far.
    package internal(set) var attempts = 0
    /// Those of them that were let go, unsent.
    package internal(set) var withdrawals = 0
    /// Those that the gateway was asked for.
    package var attemptsMade: Int { attempts - withdrawals }
    package internal(set) var method: String
    package internal(set) var recovery: RecoveryStarted?
    /// Predictions asked for so far.
    package internal(set) var predictions = 0
    package internal(set) var isFirstChargePredicted = false
    /// The reference of a payment made elsewhere.
    package internal(set) var paidElsewhere: String?

    // What is known of the present method:
    package internal(set) var network: CardNetwork?
    /// Why it was declined, oldest first.
    package internal(set) var reasons: [DeclineReason] = []
    /// What its charges told, oldest first.
    package internal(set) var observations: [ChargeObservation] = []
    package internal(set) var block: CardBlock?
    package internal(set) var isPayerNotified = false

    /// What declines of this invoice forbid each of its methods; a floor belongs to the payment that was declined.
    var boundsByMethod: [String: CardBounds] = [:]

    struct CardBounds: Sendable {
        var floor: CardRecord.Floor?
        var requiresAuthentication = false
    }

    init(_ opened: InvoiceOpened) {
        self.opened = opened
        method = opened.method
    }

    /// What the guard has to know: the card's own record, with what this invoice learned of it.
    package func record(of card: CardRecord) -> CardRecord {
        var record = card
        record.network = network ?? card.network
        record.block = card.block ?? block
        let bounds = boundsByMethod[method]
        record.requiresAuthentication = bounds?.requiresAuthentication ?? false
        record.notBefore = bounds?.floor
        return record
    }

    mutating func replaceMethod(by newMethod: String) {
        method = newMethod
        network = nil
        reasons = []
        observations = []
        block = nil
        isPayerNotified = false
        switch phase {
        case .waiting: phase = .stuck
        case .predicting(let request) where request.purpose == .retry: phase = .stuck
        case .due, .predicting, .timed, .charging, .stuck: break
        }
    }
}

extension RetryScheduled {
    /// Whether the window has come.
    func isDue(at now: Timestamp) -> Bool { window.from <= now }
}
