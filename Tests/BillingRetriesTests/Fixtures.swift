import BillingRetries
import HindsightCore
import Testing

/// An instant of 2026 in UTC, as the tests read it: `at("03-01T10:00")`.
func at(_ text: String) throws -> Timestamp {
    try #require(Timestamp("2026-\(text):00Z"))
}

extension InvoiceOpened {
    static func sample(method: String = "pm-1", timeZone: String = "Europe/Berlin", dueAt: Timestamp) throws -> InvoiceOpened {
        InvoiceOpened(
            invoice: "s1.1", subscription: "s1", customer: "c1", customerType: .individual, period: 1, amountMinor: 1_100,
            currency: try Currency("EUR"), method: method, timeZone: timeZone, dueAt: dueAt, at: dueAt)
    }
}

extension ChargeAnswer {
    static func declined(
        _ code: String, _ network: CardNetwork = .visa, advice: String? = nil, isFinal: Bool = false, notBefore: Timestamp? = nil
    ) -> ChargeAnswer {
        ChargeAnswer(
            charge: "ch_1", status: .declined, network: network, code: code, advice: advice, isFinal: isFinal, notBefore: notBefore)
    }

    static let approved = ChargeAnswer(charge: "ch_1", status: .approved, network: .visa)
    static let actionRequired = ChargeAnswer(charge: "ch_1", status: .actionRequired, network: .visa, code: "1A")
}

/// An invoice driven command by command, with its card beside it, as the saga drives both.
struct Story {
    private(set) var state = Invoice.initialState
    private var cards: [String: PaymentMethod.State] = [:]
    private(set) var history: [InvoiceEvent] = []
    let assignment: Assignment
    /// What predictions are based on; may change as the story goes on.
    var basis: ForecastBasis

    init(
        _ policy: RetryPolicy = .reasonRules, opened: InvoiceOpened, basis: ForecastBasis = .none, experiment: String? = nil
    ) throws {
        assignment = Assignment(policy: policy, experiment: experiment)
        self.basis = basis
        try send(.open(opened))
    }

    /// The present one.
    var card: PaymentMethod.State { cards[open?.method ?? ""] ?? PaymentMethod.initialState }
    var cardRecord: CardRecord { CardRecord(tries: card.tries, block: card.block) }
    var open: OpenInvoice? { state.open }

    @discardableResult
    mutating func send(_ command: Invoice.Command) throws -> [InvoiceEvent] {
        let events = try Invoice.decide(command, given: state)
        for event in events {
            Invoice.evolve(&state, with: event)
            if case .chargeRequested(let charge) = event { try tell(.recordTry(charge), of: charge.method) }
            if case .chargeDeclined(let declined) = event, let block = declined.block, let method = open?.method {
                try tell(.block(method: method, invoice: declined.invoice, block, at: declined.at), of: method)
            }
        }
        history += events
        return events
    }

    private mutating func tell(_ command: PaymentMethod.Command, of method: String) throws {
        var card = cards[method] ?? PaymentMethod.initialState
        for event in try PaymentMethod.decide(command, given: card) { PaymentMethod.evolve(&card, with: event) }
        cards[method] = card
    }

    @discardableResult
    mutating func attempt(at now: Timestamp) throws -> [InvoiceEvent] {
        try send(.beginAttempt(at: now, card: cardRecord, assignment: assignment, basis: basis))
    }

    @discardableResult
    mutating func answer(_ answer: ChargeAnswer, at now: Timestamp) throws -> [InvoiceEvent] {
        let attempt = open?.attempts ?? 0
        if answer.status == .approved { return try send(.recordApproval(answer, attempt: attempt, at: now)) }
        return try send(.recordDecline(answer, attempt: attempt, card: cardRecord, assignment: assignment, basis: basis, at: now))
    }

    @discardableResult
    mutating func predict(_ result: Result<PredictionAnswers, PredictionFailure>, at now: Timestamp) throws -> [InvoiceEvent] {
        let number = open?.predictions ?? 0
        return try send(.recordPrediction(number: number, result, card: cardRecord, assignment: assignment, at: now))
    }

    @discardableResult
    mutating func changeMethod(to method: String, at now: Timestamp) throws -> [InvoiceEvent] {
        let card = cards[method] ?? PaymentMethod.initialState
        return try send(
            .changeMethod(to: method, card: CardRecord(tries: card.tries, block: card.block), assignment: assignment, at: now))
    }

    @discardableResult
    mutating func reconsider(at now: Timestamp) throws -> [InvoiceEvent] {
        try send(
            .reconsider(attempt: open?.attempts ?? 0, card: cardRecord, assignment: assignment, basis: basis, at: now))
    }

    /// The window that the last decision chose, if it chose one.
    var nextWindow: ChargeWindow? {
        if case .waiting(let retry) = open?.phase { retry.window } else { nil }
    }

    /// The question that is out.
    var question: PredictionRequested? {
        if case .predicting(let request) = open?.phase { request } else { nil }
    }

    var notices: [PayerNotified] { history.compactMap { if case .payerNotified(let notice) = $0 { notice } else { nil } } }
    var charges: [ChargeRequested] { history.compactMap { if case .chargeRequested(let charge) = $0 { charge } else { nil } } }
}
