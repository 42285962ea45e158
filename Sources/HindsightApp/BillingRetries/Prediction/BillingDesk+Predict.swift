package import BillingRetries
package import HindsightCore
package import HindsightRuntime

/// When a customer is best charged, asked from outside the retry loop.
extension BillingDesk {
    package struct ForecastQuery: Sendable, Decodable {
        package struct Failure: Sendable, Decodable {
            package let code: String
            /// 1, 2, 3…
            package let attempt: Int
        }

        package let customer: String
        /// Must be that of the customer's invoices, where it is given.
        package let customerType: CustomerType?
        /// The clock's instant for `nil`.
        package let now: Timestamp?
        /// 192 for `nil`.
        package let horizonHours: Int?
        /// Of each so many hours the best one is told; 1 for `nil`.
        package let slotHours: Int?
        package let failure: Failure?
        /// In place of the recorded snapshot.
        package let signals: PayerSignals?

        package init(customer: String, now: Timestamp? = nil, horizonHours: Int? = nil, code: String? = nil) {
            self.customer = customer
            customerType = nil
            self.now = now
            self.horizonHours = horizonHours
            slotHours = nil
            failure = code.map { Failure(code: $0, attempt: 1) }
            signals = nil
        }
    }

    package struct Forecast: Sendable, Equatable, Encodable {
        /// Best first.
        package let ranked: [RankedWindow]
        package let model: ModelDigest?
        package let fallback: Bool
        /// Why the rules answer in a model's place.
        package let reason: String?
    }

    /// Ranks the hours for a customer whose invoices are known, by the champion; by the rules where it can't say, with the reason.
    ///
    /// Whatever is answered stands in the log.
    /// - Parameter runner: Keeps `InvoiceBoard`.
    /// - Throws: ``ForecastError``.
    package func forecast(
        _ query: ForecastQuery, by predictor: Predictor, readingFrom runner: ProjectionRunner, _ act: Act
    ) async throws -> Forecast {
        let horizon = query.horizonHours ?? 192
        let slot = query.slotHours ?? 1
        guard [96, 144, 192].contains(horizon) else { throw ForecastError.badNumber(field: "horizonHours", "is 96, 144 or 192") }
        guard (1...24).contains(slot) else { throw ForecastError.badNumber(field: "slotHours", "is 1 to 24") }
        let now = query.now ?? self.now
        let invoices = try await ReadModel(InvoiceBoard(), of: runner).rows(.with("customer", query.customer), at: log.head().position)
            .map(\.row).sorted { $0.dueAt < $1.dueAt }
        guard let newest = invoices.last, let opened = try await opened(newest.invoice) else {
            throw ForecastError.unknownCustomer(query.customer)
        }
        // Far from the present nothing is known, and the end of the window may be no instant that can be written.
        let farthest = Duration.days(3_660)
        guard now < self.now.advanced(by: farthest), self.now < now.advanced(by: farthest) else { throw ForecastError.farAway(now) }
        if let type = query.customerType, type != opened.customerType { throw ForecastError.otherType(opened.customerType) }
        guard let zone = CustomerZone(opened.timeZone) else { throw Invoice.Rejection.unknownTimeZone(opened.timeZone) }
        let history = Array(invoices.flatMap(\.observations).sorted { $0.at < $1.at }.suffix(Payer.historyLimit))
        let basis = try await basis(query, of: opened, history: history, at: now)
        let code = query.failure?.code
        let attempts = code.map { [ChargeObservation(at: now, code: $0)] } ?? []
        let reasons = code.map { [DeclineReason(code: $0)] } ?? []
        let terms = RetryPolicy.endToEnd.model ?? ModelTerms(overrideFactor: 0)
        let rule = RetryPolicy.reasonRules.proposal(
            for: RetryPolicy.Situation(now: now, start: now, zone: zone, reasons: reasons)
        ).at
        let question = WindowQuestion(
            payer: basis.traits(of: opened), history: history, attempts: attempts, dueAt: now, now: now, opensAt: now,
            deadline: now.advanced(by: .days(RetryPolicy.endToEnd.windowDays)),
            triesLeft: max((RetryPolicy.endToEnd.maximumRetries ?? 7) - (query.failure?.attempt ?? 1) + 1, 1),
            hours: RetryPolicy.endToEnd.hours, horizonHours: horizon, ruleAt: rule)
        return try await answer(question, query, basis, terms, rule: rule, slot: slot, by: predictor, act)
    }

    private func answer(
        _ question: WindowQuestion, _ query: ForecastQuery, _ basis: ForecastBasis, _ terms: ModelTerms, rule: Timestamp?, slot: Int,
        by predictor: Predictor, _ act: Act
    ) async throws -> Forecast {
        let ranked = Result { () throws(PredictionFailure) in
            if let code = query.failure?.code, DeclineReason(code: code).needsPayer {
                throw PredictionFailure(.failed, "after code \(code) only the payer can help")
            }
            let model = try basis.ready(for: terms, after: query.failure?.code, at: question.now).model
            let (ranking, time) = try predictor.rank(question, by: model)
            return (windows: ranking.windows, answer: PredictionAnswer(ranking, by: model, took: time))
        }
        var (answer, failure): (PredictionAnswer?, PredictionFailure?)
        let forecast: Forecast
        switch ranked {
        case .success(let found):
            answer = found.answer
            forecast = Forecast(
                ranked: Self.best(found.windows, ofEach: slot, from: question.now), model: found.answer.model, fallback: false, reason: nil)
        case .failure(let error):
            failure = error
            forecast = Forecast(rule, error)
        }
        let made = ForecastMade(customer: query.customer, question: question, answer: answer, failure: failure, at: now)
        let stream = try BillingRetries.payer(query.customer)
        try await handler(act).decide(metadata: act.metadata) { try await $0.append([PayerEvent.forecastMade(made)], to: stream) }
        return forecast
    }

    /// The answer that the event at a position recorded, whole again: the same question is answered alike.
    package func forecast(recordedAt position: Position, _ query: ForecastQuery, by predictor: Predictor) async throws -> Forecast {
        let event = try await log.read(EventSelection(after: position - 1, limit: 1)).first
        guard let event, case .forecastMade(let made) = try PayerEvent.codec.decode(event), let question = made.question else {
            throw ForecastError.unknownCustomer(query.customer)
        }
        guard let answer = made.answer else { return Forecast(question.ruleAt, made.failure) }
        let windows = try predictor.rank(question, by: answer.model).ranking.windows
        return Forecast(
            ranked: Self.best(windows, ofEach: query.slotHours ?? 1, from: question.now), model: answer.model, fallback: false,
            reason: nil)
    }

    /// The best window of each slot, best first.
    private static func best(_ windows: [RankedWindow], ofEach hours: Int, from now: Timestamp) -> [RankedWindow] {
        guard hours > 1 else { return windows }
        var seen: Set<Int64> = []
        return windows.filter { seen.insert($0.at.since(now).microseconds / (Int64(hours) * 3_600_000_000)).inserted }
    }

    private func basis(
        _ query: ForecastQuery, of invoice: InvoiceOpened, history: [ChargeObservation], at now: Timestamp
    ) async throws -> ForecastBasis {
        let head = try await log.head().position
        let register = try await models(at: head)
        var snapshot = try await state(of: Payer.self, on: BillingRetries.payer(query.customer), at: head).snapshot
        if let signals = query.signals {
            // The same checks as for a recorded one; what is stated here holds for this answer alone.
            let stated = try Payer.decide(
                .record(signals, customer: query.customer, history: history, at: now), given: Payer.initialState)
            for case .snapshotRecorded(let recorded) in stated { snapshot = recorded }
        }
        let plan = try await subscription(invoice.subscription, at: head)?.plan
        return ForecastBasis(snapshot: snapshot, register: register, plan: plan ?? "")
    }

    private func opened(_ invoice: String) async throws -> InvoiceOpened? {
        let selection = EventSelection(EventFilter(stream: try BillingRetries.invoice(invoice)), limit: 1)
        var first: InvoiceOpened?
        try await log.replay(InvoiceEvent.codec, selection) { event, _ in
            if case .opened(let opened) = event { first = opened }
        }
        return first
    }
}

extension BillingDesk.Forecast {
    /// The rules' answer, in a model's place.
    fileprivate init(_ rule: Timestamp?, _ failure: PredictionFailure?) {
        self.init(
            ranked: rule.map { [RankedWindow(at: $0, score: 0)] } ?? [], model: nil, fallback: true, reason: failure?.description)
    }
}

package enum ForecastError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownCustomer(String)
    case badNumber(field: String, String)
    case otherType(CustomerType)
    case farAway(Timestamp)

    package var description: String {
        switch self {
        case .unknownCustomer(let customer): "customer: \(customer) has no invoice in this log, so nothing is known to rank hours by"
        case .badNumber(let field, let bounds): "\(field): \(bounds)"
        case .farAway(let instant): "now: \(instant) is more than ten years from the present"
        case .otherType(let type): "customerType: is \(type.rawValue) in the customer's invoices"
        }
    }
}

extension InvoiceBoard.Row {
    /// What its charges told, oldest first.
    package var observations: [ChargeObservation] {
        attempts.compactMap { attempt in
            switch attempt.outcome {
            case .approved: ChargeObservation(at: attempt.requestedAt, code: ChargeObservation.approval)
            case .declined where attempt.network != nil:
                ChargeObservation(at: attempt.requestedAt, code: attempt.code, advice: attempt.advice)
            case .declined, .requested, .unknown, .withdrawn: nil
            }
        }
    }
}
