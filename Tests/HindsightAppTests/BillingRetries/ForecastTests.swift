import BillingRetries
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("Forecasts that are asked for") struct ForecastTests {
    private let clock: ManualClock
    private let log: MemoryEventLog
    private let desk: BillingDesk
    private let runner: ProjectionRunner
    private let predictor = Predictor(ModelShelf(logFolder: "/nowhere"))

    init() throws {
        clock = ManualClock(at: try #require(Timestamp("2026-02-01T03:00:00Z")))
        log = MemoryEventLog(clock: clock)
        desk = BillingDesk(log: log, clock: clock)
        runner = ProjectionRunner([InvoiceBoard()], log: log, store: MemoryReadModelStore())
    }

    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    private func act(key digest: String? = nil) -> BillingDesk.Act {
        BillingDesk.Act(metadata: EventMetadata(actor: "shop", requestDigest: digest), identities: RandomIdentities())
    }

    private func ask(_ query: BillingDesk.ForecastQuery, key digest: String? = nil) async throws -> BillingDesk.Forecast {
        try await desk.forecast(query, by: predictor, readingFrom: runner, act(key: digest))
    }

    private func forecasts() async throws -> [ForecastMade] {
        var made: [ForecastMade] = []
        let selection = EventSelection(EventFilter(categories: [BillingRetries.payers]))
        try await log.replay(PayerEvent.codec, selection) { event, _ in
            if case .forecastMade(let forecast) = event { made.append(forecast) }
        }
        return made
    }

    private func subscribe(_ customer: String) async throws {
        let terms = """
            {"customer":"\(customer)","customerType":"individual","plan":"pro","amountMinor":1100,"currency":"EUR","period":"monthly",\
            "paymentMethod":"pm-\(customer)","timeZone":"Asia/Tokyo"}
            """
        try await desk.put("s-\(customer)", JSON.decode(BillingDesk.Terms.self, from: Array(terms.utf8)), act())
    }

    private func promote(_ digit: Character) async throws -> ModelDigest {
        let digest = try #require(ModelDigest(String(repeating: digit, count: 64)))
        let trained = ModelTrained(
            model: ModelRegister.retries, digest: digest, trainedThrough: 1, cut: clock.now(), rows: 100, heldOutRows: 2,
            measures: PredictionMeasures(probabilities: [0.25, 0.75], labels: [false, true]), at: clock.now())
        let handler = CommandHandler(log: log, clock: clock, identities: RandomIdentities())
        let stream = try BillingRetries.model(ModelRegister.retries)
        try await handler.handle(ModelRegister.self, .record(trained), on: stream)
        try await handler.handle(ModelRegister.self, .promote(digest, to: .champion, reason: "first", at: clock.now()), on: stream)
        return digest
    }

    private func state(_ signals: PayerSignals, of customer: String) async throws {
        _ = try await desk.recordSignals([BillingDesk.CustomerSignals(customer: customer, signals: signals)], from: runner, act())
    }

    @Test(
        "A now that is far away is refused by name, and nothing is recorded",
        arguments: ["9999-12-20T00:00:00Z", "2036-02-10T00:00:00Z", "2016-01-01T00:00:00Z", "0000-01-01T00:00:00Z"])
    func farNow(now: String) async throws {
        try await subscribe("c1")
        await #expect(throws: ForecastError.farAway(try at(now))) { try await ask(.init(customer: "c1", now: at(now))) }
        #expect(try await forecasts().isEmpty)
    }

    @Test("A customer with a subscription and no invoice is asked about by its terms") func withoutInvoice() async throws {
        try await subscribe("c1")
        let forecast = try await ask(.init(customer: "c1", customerType: .individual, code: "51"))
        #expect(forecast.fallback && forecast.ranked.count == 1 && forecast.reason?.hasPrefix("no-model") == true)
        let question = try #require(try await forecasts().first?.question)
        #expect(question.payer.timeZone == "Asia/Tokyo" && question.payer.plan == "pro" && question.payer.amountMinor == 1_100)
        await #expect(throws: ForecastError.otherType(.individual)) { try await ask(.init(customer: "c1", customerType: .team)) }
    }

    @Test("A customer of whom nothing is known gets the rules' answer, also with signals; a bad one is refused") func unknown() async throws
    {
        _ = try await promote("a")
        let signals = PayerSignals(takenAt: clock.now(), country: "DE")
        for query in [
            BillingDesk.ForecastQuery(customer: "nobody", code: "51"), .init(customer: "nobody", customerType: .team, signals: signals),
        ] {
            let forecast = try await ask(query)
            #expect(forecast.fallback && forecast.model == nil && forecast.ranked.count == 1)
            #expect(forecast.reason?.contains("neither an invoice nor a subscription") == true)
        }
        #expect(try await forecasts().allSatisfy { $0.question == nil && $0.failure != nil })
        let future = PayerSignals(takenAt: clock.now().advanced(by: .hours(1)))
        await #expect(throws: ForecastError.badSignals(.fromTheFuture(takenAt: future.takenAt, now: clock.now()))) {
            try await ask(.init(customer: "nobody", signals: future))
        }
    }

    @Test("What was known as of now is what is read: no snapshot of a later time") func asOfThen() async throws {
        _ = try await promote("a")
        try await subscribe("c1")
        for day in 1...20 {
            clock.advance(by: .days(1))
            try await state(PayerSignals(takenAt: clock.now(), country: day < 15 ? "DE" : "FR"), of: "c1")
        }
        // The model's file is nowhere: then the snapshot was not what it failed by.
        let early = try await ask(.init(customer: "c1", now: at("2026-02-10T05:00:00Z")))
        #expect(early.reason?.hasPrefix("model-missing") == true)
        #expect(try await forecasts().last?.question?.payer.country == "DE")
        let before = try await ask(.init(customer: "c1", now: at("2026-02-02T01:00:00Z")))
        #expect(before.reason?.hasPrefix("no-snapshot") == true)
        let late = try await ask(.init(customer: "c1", now: at("2026-02-25T01:00:00Z")))
        #expect(late.reason?.hasPrefix("stale-snapshot") == true)
    }

    @Test("An invoice in recovery is asked about as the loop asks: its own charges are attempts, and no history") func inRecovery()
        async throws
    {
        _ = try await promote("a")
        let opened = InvoiceOpened(
            invoice: "s-c1.1", subscription: "s-c1", customer: "c1", customerType: .individual, period: 1, amountMinor: 1_100,
            currency: try Currency("EUR"), method: "pm-c1", timeZone: "Asia/Tokyo", dueAt: clock.now(), at: clock.now())
        let declined = ChargeAnswer(charge: "ch", status: .declined, network: .visa, code: "51")
        try await subscribe("c1")
        let now = clock.now()
        try await CommandHandler(log: log, clock: clock, identities: RandomIdentities()).decide { batch in
            try await batch.decide(Invoice.self, .open(opened), on: BillingRetries.invoice(opened.invoice))
            try await PaymentSaga.dispatch(.beginAttempt(invoice: opened.invoice, at: now), to: batch)
            try await PaymentSaga.dispatch(.recordDecline(invoice: opened.invoice, declined, attempt: 1, at: now), to: batch)
        }
        clock.advance(by: .hours(5))
        try await state(PayerSignals(takenAt: clock.now(), country: "JP"), of: "c1")
        // What the caller knows is in the log, or is news.
        for (code, codes) in [("51", ["51"]), ("05", ["51", "05"])] {
            _ = try await ask(.init(customer: "c1", code: code))
            let question = try #require(try await forecasts().last?.question)
            #expect(question.attempts.map(\.code) == codes && question.history.isEmpty && question.dueAt == now)
            #expect(question.attempts.first?.at == now && question.triesLeft == 7)
            #expect(question.deadline == now.advanced(by: .days(28)))
        }
        // Before it fell due there was none.
        let before = now.advanced(by: .hours(-1))
        _ = try await ask(.init(customer: "c1", now: before, code: "51"))
        let made = try #require(try await forecasts().last)
        #expect(made.question?.dueAt == before && made.at == clock.now())
    }

    @Test("What no model could answer is no failure of one") func notAsked() async throws {
        try await subscribe("c1")
        for query in [BillingDesk.ForecastQuery(customer: "nobody"), .init(customer: "c1", code: "54")] {
            #expect(try await ask(query).reason?.hasPrefix("not-asked") == true)
        }
        let runner = ProjectionRunner([PayerDays()], log: log, store: MemoryReadModelStore())
        try await runner.catchUp()
        let days = try await ReadModel(PayerDays(), of: runner).rows(at: log.head().position)
        #expect(days.count == 1 && days.allSatisfy { $0.row.forecasts.ended == 0 })
    }

    @Test("A request with a key that comes again gets what it got, also when the model is gone") func again() async throws {
        try await subscribe("c1")
        let first = try await ask(.init(customer: "c1", code: "51"), key: "d1")
        #expect(try await desk.forecast(recordedAt: log.head().position, .init(customer: "c1"), by: predictor) == first)
        let unknown = try await ask(.init(customer: "nobody"), key: "d2")
        #expect(try await desk.forecast(recordedAt: log.head().position, .init(customer: "nobody"), by: predictor) == unknown)
        // Nobody asks again without a key.
        _ = try await ask(.init(customer: "c1"))
        #expect(try await forecasts().map { $0.ranked?.count } == [1, 1, nil])

        let (model, question) = (try await promote("b"), try #require(try await forecasts().first?.question))
        let windows = (1...8).map { RankedWindow(at: question.now.advanced(by: .hours($0)), score: 0.1) }
        let ranking = WindowRanking(windows: windows, chosen: windows[0], rule: nil, planChance: 0.1, featureDigest: "00")
        let made = ForecastMade(
            customer: "c1", question: question, answer: PredictionAnswer(ranking, by: model), failure: nil, ranked: windows,
            at: question.now)
        let handler = CommandHandler(log: log, clock: clock, identities: RandomIdentities())
        try await handler.decide { try await $0.append([PayerEvent.forecastMade(made)], to: BillingRetries.payer("c1")) }
        let recorded = try await desk.forecast(recordedAt: log.head().position, .init(customer: "c1"), by: predictor)
        #expect(recorded.ranked == windows && recorded.model == model && !recorded.fallback)
    }

    @Test("Training passes by a forecast that cannot be read") func unreadable() async throws {
        try await subscribe("c1")
        let far = NewEvent(
            id: .version5(namespace: UUID(), name: "far"), type: ForecastMade.type,
            data: try JSONText(object: #"{"at":"10000-01-17T00:00:00Z","customer":"c1"}"#))
        _ = try await log.append(Append([StreamWrite([far], to: BillingRetries.payer("c1"))]))
        await #expect(throws: RetryTrainingError.noCharges) {
            try await desk.train(keepingOn: ModelShelf(logFolder: "/nowhere"), act())
        }
        // Nor does it keep the customer from being asked about.
        #expect(try await ask(.init(customer: "c1")).fallback)
    }
}
