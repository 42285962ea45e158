import BillingRetries
import HindsightCore
import Testing

@Suite("Another policy played on a decision of the past") struct PolicyPlayTests {
    /// A window that a model would take, whatever it is asked.
    private func chosen(_ question: WindowQuestion) -> Timestamp { question.now.advanced(by: .hours(77)).roundedUpToHour }

    private func ranking(_ question: WindowQuestion) -> WindowRanking {
        WindowRanking(
            windows: question.windows.map { RankedWindow(at: $0, score: 0.1) }, chosen: RankedWindow(at: chosen(question), score: 0.6),
            rule: question.ruleAt.map { RankedWindow(at: $0, score: 0.1) }, planChance: 0.7, featureDigest: "00")
    }

    private func answers(to request: PredictionRequested) -> PredictionAnswers {
        PredictionAnswers(PredictionAnswer(ranking(request.question), by: request.model))
    }

    /// A charge is out that will be the last of so many declines; those before it led to what the model chose.
    private func story(declines count: Int, code: String) throws -> (story: Story, now: Timestamp) {
        let due = try at("01-05T08:00")
        var story = try Story(RetryPolicy.endToEnd.drawing(permille: 0), opened: .sample(dueAt: due), basis: try .sample(takenAt: due))
        try story.attempt(at: due)
        var now = due.advanced(by: .seconds(1_234))
        for _ in 1..<count {
            story.basis = try .sample(takenAt: now)
            try story.answer(.declined(code), at: now)
            try story.predict(.success(answers(to: try #require(story.question))), at: now)
            let window = try #require(story.nextWindow).from
            try story.attempt(at: window)
            now = window.advanced(by: .seconds(1_234))
        }
        story.basis = try .sample(takenAt: now, roles: [.champion, .challenger])
        return (story, now)
    }

    /// When a policy that had the invoice would charge it after the decline, in the loop.
    private func lived(_ policy: RetryPolicy, _ story: Story, code: String, at now: Timestamp) throws -> Timestamp? {
        let assignment = Assignment(policy: policy.drawing(permille: 0))
        var state = story.state
        func send(_ command: Invoice.Command) throws {
            for event in try Invoice.decide(command, given: state) { Invoice.evolve(&state, with: event) }
        }
        try send(
            .recordDecline(
                .declined(code), attempt: try #require(story.open).attempts, card: story.cardRecord, assignment: assignment,
                basis: story.basis, at: now))
        if case .predicting(let request) = state.open?.phase {
            try send(
                .recordPrediction(
                    number: request.number, .success(answers(to: request)), card: story.cardRecord, assignment: assignment, at: now))
        }
        guard case .waiting(let retry) = state.open?.phase else { return nil }
        return retry.window.from
    }

    /// The decision that the model was asked about after so many declines.
    private func decision(declines count: Int, code: String) throws -> LoggedDecision {
        var (story, now) = try story(declines: count, code: code)
        try story.answer(.declined(code), at: now)
        try story.predict(.success(answers(to: try #require(story.question))), at: now)
        let window = try #require(story.nextWindow).from
        try story.attempt(at: window)
        try story.answer(.approved, at: window)
        var collector = DecisionCollector()
        for event in story.history { collector.add(event) }
        return try #require(collector.decisions.last)
    }

    @Test(
        "Every policy charges when it would have charged in the loop: its own rules, hours, scope and bounds",
        arguments: RetryPolicy.builtIn, [("51", 1), ("51", 2), ("05", 1), ("91", 3)])
    func playsAsLived(_ policy: RetryPolicy, _ past: (code: String, declines: Int)) throws {
        let decision = try decision(declines: past.declines, code: past.code)
        let window = try PolicyPlay(policy, model: .sample("a")).window(for: decision) { ranking($0) }
        let (story, now) = try story(declines: past.declines, code: past.code)
        #expect(try window == lived(policy, story, code: past.code, at: now))
        #expect(window != nil)
    }

    @Test("A policy that has made all its tries makes none") func noTriesLeft() throws {
        let decision = try decision(declines: 3, code: "51")
        let daily = try #require(RetryPolicy.statics.first { $0.name == "daily-7" })
        let two = RetryPolicy(
            name: "two", version: 1, chooser: .rules, windowDays: 28, hours: daily.hours, rules: [], otherwise: daily.otherwise,
            afterMethodChange: daily.afterMethodChange, maximumRetries: 2)
        #expect(try PolicyPlay(two, model: nil).window(for: decision) { ranking($0) } == nil)
        #expect(try PolicyPlay(daily, model: nil).window(for: decision) { ranking($0) } != nil)
        let short = RetryPolicy(
            name: "short", version: 1, chooser: .rules, windowDays: 5, hours: daily.hours, rules: [], otherwise: daily.otherwise,
            afterMethodChange: daily.afterMethodChange)
        #expect(try PolicyPlay(short, model: nil).window(for: decision) { ranking($0) } == nil)
    }

    @Test("The model is asked within the policy's own bounds, about what was known then") func asks() throws {
        let decision = try decision(declines: 2, code: "51")
        let policy = RetryPolicy(
            name: "mine", version: 1, chooser: .rules, windowDays: 14, hours: LegalHours(from: 8, until: 20), rules: [],
            otherwise: .after(hours: [24]), afterMethodChange: .after(hours: [1]), maximumRetries: 4,
            model: ModelTerms(horizonHours: 96, overrideFactor: 0, explorationPermille: 900))
        var questions: [WindowQuestion] = []
        let window = try PolicyPlay(policy, model: .sample("d")).window(for: decision) { question in
            questions.append(question)
            return ranking(question)
        }
        let question = try #require(questions.first)
        // Recovery began with the first answer.
        let recovered = try at("01-05T08:00").advanced(by: .seconds(1_234))
        #expect(questions.count == 1 && question.horizonHours == 96 && question.hours == policy.hours && question.triesLeft == 3)
        #expect(question.deadline == recovered.advanced(by: .days(14)) && question.now == decision.question.now)
        #expect(question.payer == decision.question.payer && question.history == decision.question.history)
        #expect(question.attempts == decision.question.attempts && question.opensAt == decision.question.opensAt)
        let zone = try #require(CustomerZone(question.payer.timeZone))
        #expect(window == policy.hours.first(from: chosen(question), in: zone))
    }

    @Test("A model that cannot be asked is told in its own words") func unanswered() throws {
        let decision = try decision(declines: 1, code: "51")
        let play = PolicyPlay(.endToEnd, model: try .sample("d"))
        let gone = PredictionFailure(.modelMissing, "no file")
        #expect(throws: gone) { try play.window(for: decision) { _ throws(PredictionFailure) in throw gone } }
    }
}
