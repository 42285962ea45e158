import BillingRetries
import HindsightCore
import Testing

@Suite("Policies that ask a model") struct LearnedPolicyTests {
    /// Without exploration, so that the model's word shows.
    private func policy(
        _ scope: ModelTerms.Scope = .everyRetry, factor: Double = 1, explores permille: Int = 0, firstCharge hours: Int = 0,
        legal: LegalHours = LegalHours(from: 0, until: 24)
    ) -> RetryPolicy {
        RetryPolicy(
            name: "learned", version: 1, chooser: .rules, windowDays: 28, hours: legal, rules: RetryPolicy.endToEnd.rules,
            otherwise: RetryPolicy.endToEnd.otherwise, afterMethodChange: RetryPolicy.endToEnd.afterMethodChange, maximumRetries: 3,
            model: ModelTerms(
                scope: scope, overrideFactor: factor, explorationPermille: permille, firstChargeHours: hours))
    }

    private let due = "01-05T08:00"

    private func declined(
        _ policy: RetryPolicy, code: String = "51", basis: ForecastBasis? = nil, advice: String? = nil
    ) throws -> Story {
        let due = try at(due)
        var story = try Story(policy, opened: .sample(dueAt: due), basis: try basis ?? .sample(takenAt: due))
        try story.attempt(at: due)
        try story.answer(.declined(code, advice == nil ? .visa : .mastercard, advice: advice), at: due)
        return story
    }

    private func schedule(_ story: Story) throws -> RetryScheduled {
        guard case .waiting(let retry) = story.open?.phase else { throw Missing() }
        return retry
    }

    private struct Missing: Error {}

    @Test("After a soft decline the model is asked by the snapshot, with guard, hours, deadline and the rules' window")
    func asks() throws {
        let story = try declined(policy())
        let request = try #require(story.question)
        let model = try ModelDigest.sample("a")
        #expect(request.model == model && request.purpose == .retry && request.attempt == 2 && request.number == 1)
        let question = request.question
        #expect(question.payer.country == "DE" && question.payer.issuer == "bank-1" && question.payer.funding == .debit)
        #expect(question.attempts == [ChargeObservation(at: try at(due), code: "51")])
        let (rule, end) = (try at("01-09T09:00"), try at("02-02T08:00"))
        #expect(question.ruleAt == rule && question.deadline == end)
        #expect(question.triesLeft == 3 && question.horizonHours == 192)
        #expect(story.nextWindow == nil)
    }

    @Test("The model's window replaces the rules' one, and the deliberation says by how much it was likelier")
    func overrides() throws {
        var story = try declined(policy(factor: 3))
        let chosen = try at("01-07T13:00")
        try story.predict(.success(.choosing(chosen, score: 0.61, rule: 0.2, for: try #require(story.question))), at: try at(due))
        let retry = try schedule(story)
        #expect(retry.window.from == chosen && retry.chosenBy == .model)
        #expect(retry.deliberation.model?.overrides == true && retry.deliberation.model?.propensity == 1)
        #expect(retry.deliberation.proposedAt == (try at("01-09T09:00")))
    }

    @Test("A window that is not so many times likelier leaves the rules their own")
    func notLikelyEnough() throws {
        var story = try declined(policy(factor: 3))
        let answer = PredictionAnswers.choosing(try at("01-07T13:00"), score: 0.59, rule: 0.2, for: try #require(story.question))
        try story.predict(.success(answer), at: try at(due))
        let retry = try schedule(story)
        let (rule, model) = (try at("01-09T09:00"), try at("01-07T13:00"))
        #expect(retry.window.from == rule && retry.chosenBy == .rules)
        #expect(retry.deliberation.model?.modelAt == model && retry.deliberation.model?.overrides == false)
    }

    @Test("The guard looks again after the model: Mastercard's advice is a floor whatever it says")
    func guardLast() throws {
        var story = try declined(policy(), advice: "27")
        let request = try #require(story.question)
        #expect(request.question.opensAt == (try at("01-09T08:00")))
        try story.predict(.success(.choosing(try at("01-06T08:00"), for: request)), at: try at(due))
        #expect(try schedule(story).window.from == (try at("01-09T08:00")))
    }

    @Test("Legal hours bind the model as well")
    func legalHours() throws {
        var story = try declined(policy(legal: LegalHours(from: 8, until: 20)))
        try story.predict(.success(.choosing(try at("01-06T02:00"), for: try #require(story.question))), at: try at(due))
        #expect(try schedule(story).window.from == (try at("01-06T07:00")))
    }

    @Test("A draw by lot goes before model and rules, among the legal windows of the horizon, with its propensity")
    func explores() throws {
        var story = try declined(policy(explores: 1_000))
        let request = try #require(story.question)
        try story.predict(.success(.choosing(try at("01-07T13:00"), for: request)), at: try at(due))
        let retry = try schedule(story)
        #expect(retry.chosenBy == .exploration && retry.deliberation.model?.explored == true)
        #expect(request.question.windows.contains(retry.window.from))
        #expect(retry.deliberation.model?.propensity == 1.0 / 192)
        // Drawn from the invoice and the attempt, so that every replay draws the same.
        #expect("\(Invoice.state(after: story.history))" == "\(story.state)")
    }

    @Test("The draw is as frequent and as even as it claims to be")
    func drawsEvenly() throws {
        let terms = ModelTerms(overrideFactor: 0, explorationPermille: 50)
        let request = try #require(try declined(policy()).question)
        let answer = PredictionAnswers.choosing(try at("01-07T13:00"), for: request).answer
        var (explored, early) = (0, 0)
        for number in 0..<20_000 {
            let choice = WindowChoice(answer, to: request.question, terms, fallback: .rules, seed: "s\(number) 2 1")
            guard choice.chosenBy == .exploration else { continue }
            explored += 1
            if choice.at < (try at("01-09T08:00")) { early += 1 }
        }
        // Five standard deviations around 1,000 and a half.
        #expect((846...1_154).contains(explored))
        #expect(abs(Double(early) / Double(explored) - 0.5) < 0.08)
    }

    @Test(
        "What no model can say falls back to the rules, with the reason in an event of its own",
        arguments: [
            (PredictionFailure.Reason.noSnapshot, 0), (.staleSnapshot, 37), (.noModel, 0), (.unknownCode, 0),
        ])
    func fallsBack(reason: PredictionFailure.Reason, hoursOld: Int) throws {
        let takenAt = try at(due).advanced(by: .hours(-hoursOld))
        let sample = try ForecastBasis.sample(takenAt: takenAt)
        let basis =
            switch reason {
            case .noSnapshot: ForecastBasis(snapshot: nil, register: sample.register)
            case .noModel: ForecastBasis(snapshot: sample.snapshot, register: ModelRegister.initialState)
            default: sample
            }
        let story = try declined(policy(), code: reason == .unknownCode ? "ZZ" : "51", basis: basis)
        let failures = story.history.compactMap { if case .predictionFailed(let failed) = $0 { failed.failure.reason } else { nil } }
        #expect(failures == [reason])
        let retry = try schedule(story)
        #expect(retry.chosenBy == .rules && retry.deliberation.model?.failure == reason)
        #expect(retry.window.from == retry.deliberation.proposedAt)
    }

    @Test("A snapshot of 36 hours is fresh enough, one second more is not")
    func freshness() throws {
        let due = try at(due)
        #expect(try declined(policy(), basis: .sample(takenAt: due.advanced(by: .hours(-36)))).question != nil)
        #expect(try declined(policy(), basis: .sample(takenAt: due.advanced(by: .seconds(-36 * 3_600 - 1)))).question == nil)
    }

    @Test("A predictor that fails leaves the decision to the rules")
    func predictorFails() throws {
        var story = try declined(policy())
        try story.predict(.failure(PredictionFailure(.tooSlow, "412 ms")), at: try at(due))
        #expect(try schedule(story).deliberation.model?.failure == .tooSlow)
        #expect(story.nextWindow?.from == (try at("01-09T09:00")))
    }

    @Test("What no clock can help with is asked of no model", arguments: ["54", "41", "R1"])
    func needsPayer(code: String) throws {
        let story = try declined(policy(), code: code)
        #expect(story.question == nil && story.notices.count == 1)
        #expect(!story.history.contains { if case .predictionFailed = $0 { true } else { false } })
    }

    @Test("The first generation predicts one retry; the rules do the rest")
    func firstGeneration() throws {
        var story = try declined(policy(.firstRetry))
        let chosen = try at("01-07T13:00")
        try story.predict(.success(.choosing(chosen, for: try #require(story.question))), at: try at(due))
        try story.attempt(at: chosen)
        try story.answer(.declined("51"), at: chosen)
        #expect(story.question == nil)
        #expect(try schedule(story).chosenBy == .rules)
    }

    @Test("After the last try that the policy makes there is none until the payment method changes")
    func maximum() throws {
        var story = try declined(policy())
        for day in 6...8 {
            let now = try at("01-0\(day)T13:00")
            try story.predict(.success(.choosing(now, for: try #require(story.question))), at: try at(due))
            try story.attempt(at: now)
            story.basis = try .sample(takenAt: now)
            try story.answer(.declined("51"), at: now)
        }
        #expect(story.charges.count == 4 && story.question == nil && story.nextWindow == nil)
        let reasons = story.history.compactMap { if case .retryWithheld(let withheld) = $0 { withheld.because } else { nil } }
        #expect(reasons == [.noTriesLeft])
        try story.changeMethod(to: "pm-2", at: try at("01-10T10:00"))
        #expect(story.nextWindow?.from == (try at("01-10T11:00")))
    }

    @Test("The first charge waits for the model's hour within the plan's bound, and the shadow is asked beside it")
    func firstCharge() throws {
        let due = try at(due)
        let basis = try ForecastBasis.sample(takenAt: due, roles: [.champion, .shadow])
        var story = try Story(policy(firstCharge: 24), opened: .sample(dueAt: due), basis: basis)
        try story.attempt(at: due)
        let request = try #require(story.question)
        let (shadow, deadline) = (try ModelDigest.sample("b"), try at("01-06T08:00"))
        #expect(request.purpose == .firstCharge && request.shadow == shadow)
        #expect(request.question.deadline == deadline && request.question.triesLeft == 1)
        let chosen = try at("01-05T15:00")
        try story.predict(.success(.choosing(chosen, for: request)), at: due)
        try story.attempt(at: try at("01-05T12:00"))
        #expect(story.charges.isEmpty)
        try story.attempt(at: chosen)
        let charge = try #require(story.charges.first)
        #expect(charge.window.from == chosen && charge.chosenBy == .model && charge.attempt == 1)
    }

    @Test("No lot is drawn over a first charge")
    func noLotAtFirst() throws {
        let due = try at(due)
        var story = try Story(policy(explores: 1_000, firstCharge: 24), opened: .sample(dueAt: due), basis: try .sample(takenAt: due))
        try story.attempt(at: due)
        let chosen = try at("01-05T15:00")
        try story.predict(.success(.choosing(chosen, for: try #require(story.question))), at: due)
        guard case .timed(let timed) = story.open?.phase else { throw Missing() }
        #expect(timed.window.from == chosen && timed.chosenBy == .model && timed.model.propensity == 1)
    }

    @Test("An answer that comes when the guard has closed the card stands in the log, and nothing is charged")
    func toldThoughClosed() throws {
        var story = try declined(policy())
        let request = try #require(story.question)
        let block = try #require(NetworkGuard().block(network: .visa, code: "41", advice: nil, isFinal: false, at: try at(due)))
        let answers = PredictionAnswers.choosing(try at("01-07T13:00"), for: request)
        let events = try story.send(
            .recordPrediction(
                number: request.number, .success(answers), card: CardRecord(block: block), assignment: story.assignment, at: try at(due)))
        guard case .predictionMade? = events.first, events.contains(where: { if case .guardRefused = $0 { true } else { false } }) else {
            Issue.record("\(events)")
            return
        }
        #expect(story.nextWindow == nil)
    }

    @Test("A first charge that no model can time goes out when the period ends")
    func firstChargeAtOnce() throws {
        let due = try at(due)
        var story = try Story(policy(firstCharge: 24), opened: .sample(dueAt: due))
        try story.attempt(at: due)
        #expect(story.charges.count == 1 && story.charges.first?.chosenBy == .plan)
        var asked = try Story(policy(firstCharge: 24), opened: .sample(dueAt: due), basis: try .sample(takenAt: due))
        try asked.attempt(at: due)
        try asked.predict(.failure(PredictionFailure(.modelMissing, "no file")), at: due)
        #expect(asked.charges.count == 1)
        #expect(asked.history.contains { if case .predictionFailed = $0 { true } else { false } })
    }

    @Test("An answer to a question that nobody waits for any more changes nothing")
    func late() throws {
        var story = try declined(policy())
        let request = try #require(story.question)
        try story.changeMethod(to: "pm-2", at: try at("01-05T09:00"))
        let before = story.nextWindow
        #expect(try story.predict(.success(.choosing(try at("01-07T13:00"), for: request)), at: try at("01-05T09:00")) == [])
        #expect(story.nextWindow == before)
    }

    @Test(
        "Terms of a model out of bounds are refused with the member's name",
        arguments: ["horizonHours", "overrideFactor", "firstChargeHours"])
    func bounds(member: String) throws {
        var json = try #require(try JSON.decode(JSONValue.self, from: JSON.encode(RetryPolicy.endToEnd.model)).objectValue)
        json[member] = .integer(1_000)
        let error = #expect(throws: DecodingError.self) { try JSON.decode(ModelTerms.self, from: JSON.encode(JSONValue.object(json))) }
        #expect(error?.pointerAndReason.pointer == "/\(member)")
    }
}
