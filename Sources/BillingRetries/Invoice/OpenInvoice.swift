import HindsightCore

/// An invoice that is neither paid nor given up.
package struct OpenInvoice: Sendable {
    package enum Phase: Sendable {
        /// Not tried yet.
        case due
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
    package internal(set) var method: String
    package internal(set) var recovery: RecoveryStarted?
    /// The reference of a payment made elsewhere.
    package internal(set) var paidElsewhere: String?

    // What is known of the present method:
    package internal(set) var network: CardNetwork?
    /// Why it was declined, oldest first.
    package internal(set) var reasons: [DeclineReason] = []
    package internal(set) var floor: CardRecord.Floor?
    package internal(set) var block: CardBlock?
    package internal(set) var isPayerNotified = false

    init(_ opened: InvoiceOpened) {
        self.opened = opened
        method = opened.method
    }

    /// What the guard has to know: the card's own record, with what this invoice learned of it.
    package func record(of card: CardRecord) -> CardRecord {
        var record = card
        record.network = network ?? card.network
        record.block = card.block ?? block
        record.requiresAuthentication = reasons.contains(.authenticationRequired)
        record.notBefore = floor
        return record
    }

    mutating func replaceMethod(by newMethod: String) {
        method = newMethod
        network = nil
        reasons = []
        floor = nil
        block = nil
        isPayerNotified = false
        if case .waiting = phase { phase = .stuck }
    }
}

extension RetryScheduled {
    /// Whether the window has come.
    func isDue(at now: Timestamp) -> Bool { window.from <= now }
}
