import BillingRetries
package import HindsightCore
package import HindsightRuntime

/// When a customer is best charged, asked from outside the retry loop.
extension BillingDesk {
    /// Ranks the hours for a customer by the champion; by the rules where it can't say, with the reason.
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
        let (present, now) = (self.now, query.now ?? self.now)
        // Far from the present nothing is known, and the end of the window may be no instant that can be written.
        let days = ForecastQuery.farthestDays
        guard (present.advanced(by: .days(-days))...present.advanced(by: .days(days))).contains(now) else {
            throw ForecastError.farAway(now)
        }
        guard Identifier.isWellFormed(query.customer) else { throw Payer.Rejection.badIdentifier(field: "customer") }
        let head = try await log.head().position
        let invoices = try await ReadModel(InvoiceBoard(), of: runner).rows(.with("customer", query.customer), at: head)
            .map(\.row).sorted { $0.dueAt < $1.dueAt }
            .filter { $0.dueAt <= now }
        // As of that instant, also where it is long ago.
        let charges = Array(invoices.flatMap { $0.observations(by: now) }.sorted { $0.at < $1.at }.suffix(Payer.historyLimit))
        let stated = try query.signals.flatMap { try Self.stated($0, by: query, charges, at: now) }
        guard let subject = try await subject(query.customer, newest: invoices.last?.invoice, at: now) else {
            let failure = PredictionFailure(.notAsked, "neither an invoice nor a subscription tells the customer's clock and price")
            return try await record(Self.withoutClock(query, at: now), query, question: nil, answer: nil, failure, act)
        }
        if let type = query.customerType, type != subject.customerType { throw ForecastError.otherType(subject.customerType) }
        guard let zone = CustomerZone(subject.timeZone) else { throw Invoice.Rejection.unknownTimeZone(subject.timeZone) }
        let snapshot = if let stated { stated } else { try await snapshot(of: query.customer, at: now) }
        let basis = ForecastBasis(
            snapshot: snapshot, register: try await models(at: head),
            plan: try await subscription(subject.subscription, at: head)?.plan ?? "")
        let rule = query.rule(at: now, in: zone)
        let recovery = ForecastRecovery(of: invoices.last, after: query.failure, at: now)
        let question = WindowQuestion(
            payer: basis.traits(of: subject), history: recovery.others(of: snapshot?.history ?? []), attempts: recovery.attempts,
            dueAt: recovery.dueAt, now: now, opensAt: now, deadline: recovery.deadline, triesLeft: recovery.triesLeft,
            hours: RetryPolicy.endToEnd.hours, horizonHours: horizon, ruleAt: rule)
        switch ranking(question, query, basis, by: predictor) {
        case .success(let found):
            let forecast = Forecast(
                ranked: Self.best(found.windows, ofEach: slot, from: now), model: found.answer.model, fallback: false, reason: nil)
            return try await record(forecast, query, question: question, answer: found.answer, nil, act)
        case .failure(let failure):
            return try await record(Forecast(rule, failure), query, question: question, answer: nil, failure, act)
        }
    }

    private func ranking(
        _ question: WindowQuestion, _ query: ForecastQuery, _ basis: ForecastBasis, by predictor: Predictor
    ) -> Result<(windows: [RankedWindow], answer: PredictionAnswer), PredictionFailure> {
        let terms = RetryPolicy.endToEnd.model ?? ModelTerms(overrideFactor: 0)
        return Result { () throws(PredictionFailure) in
            if let code = query.failure?.code, DeclineReason(code: code).needsPayer {
                throw PredictionFailure(.notAsked, "after code \(code) only the payer can help")
            }
            let model = try basis.ready(for: terms, after: query.failure?.code, at: question.now).model
            let (ranking, time) = try predictor.rank(question, by: model)
            return (windows: ranking.windows, answer: PredictionAnswer(ranking, by: model, took: time))
        }
    }

    private func record(
        _ forecast: Forecast, _ query: ForecastQuery, question: WindowQuestion?, answer: PredictionAnswer?, _ failure: PredictionFailure?,
        _ act: Act
    ) async throws -> Forecast {
        // A request with a key may come again, and gets what it got.
        let ranked = act.metadata.requestDigest == nil ? nil : forecast.ranked
        let made = ForecastMade(
            customer: query.customer, question: question, answer: answer, failure: failure, ranked: ranked, at: self.now)
        let stream = try BillingRetries.payer(query.customer)
        try await handler(act).decide(metadata: act.metadata) { try await $0.append([PayerEvent.forecastMade(made)], to: stream) }
        return Forecast(ranked: forecast.ranked, model: forecast.model, fallback: forecast.fallback, reason: failure?.description)
    }

    /// The answer that the event at a position recorded.
    package func forecast(recordedAt position: Position, _ query: ForecastQuery, by predictor: Predictor) async throws -> Forecast {
        let event = try await log.read(EventSelection(after: position - 1, limit: 1)).first
        guard let event, case .forecastMade(let made) = try PayerEvent.codec.decode(event) else {
            throw ForecastError.notRecorded(position)
        }
        if let ranked = made.ranked {
            return Forecast(
                ranked: ranked, model: made.answer?.model, fallback: made.answer == nil, reason: made.failure?.description)
        }
        // From before the whole answer was recorded: the same question is answered alike, as long as the model's file is there.
        guard let question = made.question, let answer = made.answer else { return Forecast(made.question?.ruleAt, made.failure) }
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

    // MARK: - What is known

    /// The same checks as for a recorded snapshot; what is stated here holds for this answer alone.
    private static func stated(
        _ signals: PayerSignals, by query: ForecastQuery, _ history: [ChargeObservation], at now: Timestamp
    ) throws(ForecastError) -> SnapshotRecorded? {
        let events: [PayerEvent]
        do {
            events = try Payer.decide(
                .record(signals, customer: query.customer, history: history, at: now), given: Payer.initialState)
        } catch {
            throw .badSignals(error)
        }
        return events.lazy.compactMap { if case .snapshotRecorded(let recorded) = $0 { recorded } else { nil } }.first
    }

    /// What was known of a customer at an instant: the newest snapshot that is not of a later one.
    private func snapshot(of customer: String, at now: Timestamp) async throws -> SnapshotRecorded? {
        let filter = EventFilter(stream: try BillingRetries.payer(customer), types: [SnapshotRecorded.type])
        var before = Position.max
        while true {
            let page = try await log.read(EventSelection(filter, after: before, direction: .backwards, limit: 8))
            for event in page {
                guard case .snapshotRecorded(let snapshot) = try PayerEvent.codec.decode(event) else { continue }
                if snapshot.signals.takenAt <= now { return snapshot }
            }
            guard page.count == 8, let last = page.last else { return nil }
            before = last.position
        }
    }

    /// Who is charged for what: as in the newest invoice, or as the first one of the newest subscription will be.
    private func subject(_ customer: String, newest invoice: String?, at now: Timestamp) async throws -> InvoiceOpened? {
        if let invoice, let opened = try await opened(invoice) { return opened }
        let filter = EventFilter(categories: [BillingRetries.subscriptions], types: [SubscriptionStarted.type])
        let query = EventQuery([EventQuery.Item(tags: [Link.customer(customer).tag])])
        let selection = EventSelection(filter, query: query, after: .max, direction: .backwards, limit: 1)
        guard let event = try await log.read(selection).first, case .started(let started) = try SubscriptionEvent.codec.decode(event) else {
            return nil
        }
        return InvoiceOpened(
            invoice: "\(started.subscription).1", subscription: started.subscription, customer: customer,
            customerType: started.customerType, period: 1, amountMinor: started.amountMinor, currency: started.currency,
            method: started.paymentMethod, timeZone: started.timeZone, dueAt: now, at: now)
    }

    private func opened(_ invoice: String) async throws -> InvoiceOpened? {
        let selection = EventSelection(EventFilter(stream: try BillingRetries.invoice(invoice)), limit: 1)
        var first: InvoiceOpened?
        try await log.replay(InvoiceEvent.codec, selection) { event, _ in
            if case .opened(let opened) = event { first = opened }
        }
        return first
    }

    /// The rules' hour by the clock of Greenwich, where nothing tells the customer's.
    private static func withoutClock(_ query: ForecastQuery, at now: Timestamp) -> Forecast {
        Forecast(CustomerZone("GMT").flatMap { query.rule(at: now, in: $0) }, nil)
    }
}

extension BillingDesk.ForecastQuery {
    /// What the rules would take.
    fileprivate func rule(at now: Timestamp, in zone: CustomerZone) -> Timestamp? {
        let reasons = failure.map { [DeclineReason(code: $0.code)] } ?? []
        return RetryPolicy.reasonRules.proposal(
            for: RetryPolicy.Situation(now: now, start: now, zone: zone, reasons: reasons)
        ).at
    }
}

extension BillingDesk.Forecast {
    /// The rules' answer, in a model's place.
    fileprivate init(_ rule: Timestamp?, _ failure: PredictionFailure?) {
        self.init(
            ranked: rule.map { [RankedWindow(at: $0, score: 0)] } ?? [], model: nil, fallback: true, reason: failure?.description)
    }
}
