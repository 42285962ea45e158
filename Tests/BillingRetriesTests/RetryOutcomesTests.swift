import BillingRetries
import HindsightCore
import Testing

@Suite("What came of retries, by arm and score") struct RetryOutcomesTests {
    private let due = "01-05T08:00"
    private let chosen = "01-07T13:00"

    /// Declined once, with the model's window ahead.
    private func waiting(
        _ policy: RetryPolicy = .asking(), score: Double = 0.6, rule: Double = 0.1, advice: String? = nil, experiment: String? = nil
    ) throws -> Story {
        var story = try Story(
            policy, opened: .sample(dueAt: try at(due)), basis: .sample(takenAt: try at(due)), experiment: experiment)
        try story.attempt(at: try at(due))
        try story.answer(.declined("51", advice == nil ? .visa : .mastercard, advice: advice), at: try at(due))
        let answer = PredictionAnswers.choosing(try at(chosen), score: score, rule: rule, for: try #require(story.question))
        try story.predict(.success(answer), at: try at(due))
        return story
    }

    private func row(_ story: Story) async throws -> RetryOutcomes.Row {
        let log = try BillingLog()
        try await log.tell(story, of: "s1.1")
        return try #require(try await log.rows(of: RetryOutcomes()).first)
    }

    @Test("The score of the window stands with the answer to the charge that was made in it")
    func score() async throws {
        var story = try waiting(experiment: "collection")
        try story.attempt(at: try at(chosen))
        try story.answer(.approved, at: try at("01-07T13:05"))
        let row = try await row(story)
        #expect(row.experiment == "collection" && row.policy == "learned" && row.ending == .recovered)
        #expect(row.firstReason == .insufficientFunds)
        #expect(row.startedOn?.description == "2026-01-05" && row.endedOn?.description == "2026-01-07")
        let charge = try #require(row.charges.first)
        #expect(row.charges.count == 1 && charge.isApproved && charge.isRetry && charge.score == 0.6)
    }

    @Test("A declined retry keeps its score, and the next one has its own")
    func second() async throws {
        var story = try waiting()
        try story.attempt(at: try at(chosen))
        story.basis = try .sample(takenAt: try at(chosen))
        try story.answer(.declined("51"), at: try at(chosen))
        let next = try at("01-09T10:00")
        try story.predict(.success(.choosing(next, score: 0.3, for: try #require(story.question))), at: try at(chosen))
        try story.attempt(at: next)
        try story.answer(.approved, at: next)
        let charges = try await row(story).charges
        #expect(charges.map(\.score) == [0.6, 0.3] && charges.map(\.isApproved) == [false, true])
    }

    @Test("Where the rules' window was taken, it is the model's score of that one")
    func rules() async throws {
        var story = try waiting(.asking(factor: 3), score: 0.2, rule: 0.1)
        let window = try #require(story.nextWindow)
        try story.attempt(at: window.from)
        try story.answer(.declined("51"), at: window.from)
        #expect(try await row(story).charges.map(\.score) == [0.1])
    }

    @Test("A window drawn by lot, and one that the network moved, have no score")
    func unscored() async throws {
        for var story in [try waiting(.asking(explores: 1_000)), try waiting(advice: "27")] {
            let window = try #require(story.nextWindow)
            let log = try BillingLog()
            try story.attempt(at: window.from)
            try story.answer(.approved, at: window.from)
            try await log.tell(story, of: "s1.1")
            #expect(try await log.rows(of: RetryOutcomes()).flatMap(\.charges).map(\.score) == [nil])
        }
    }

    @Test("A charge within its hour has the score of it; a timer that fires after it has the hour decided anew")
    func late() async throws {
        var inTime = try waiting()
        let now = try at(chosen).advanced(by: .seconds(59 * 60))
        try inTime.attempt(at: now)
        try inTime.answer(.approved, at: now)
        #expect(try await row(inTime).charges.map(\.score) == [0.6])

        var late = try waiting()
        let (charges, decisions) = (late.charges.count, late.history.count)
        try late.attempt(at: try at(chosen).advanced(by: .seconds(60 * 60)))
        #expect(late.charges.count == charges && late.open?.isCharging == false)
        #expect(late.history.count > decisions)
    }

    @Test("What a person states is no answer of the issuer")
    func stated() async throws {
        var story = try waiting()
        try story.attempt(at: try at(chosen))
        try story.send(
            .recordNoCharge(
                because: "not in the gateway's books", attempt: 2, card: story.cardRecord, assignment: story.assignment,
                at: try at("01-08T09:00")))
        #expect(try await row(story).charges.isEmpty)
    }

    @Test("A renewal that is paid at once leaves no row; one at an hour of the model's choice leaves its score")
    func firstCharges() async throws {
        let log = try BillingLog()
        var plain = try Story(opened: .sample(dueAt: try at(due)))
        try plain.attempt(at: try at(due))
        try plain.answer(.approved, at: try at(due))
        try await log.tell(plain, of: "a.1")
        #expect(try await log.rows(of: RetryOutcomes()).isEmpty)

        var timed = try Story(.asking(firstCharge: 24), opened: .sample(dueAt: try at(due)), basis: .sample(takenAt: try at(due)))
        try timed.attempt(at: try at(due))
        let hour = try at("01-05T15:00")
        try timed.predict(.success(.choosing(hour, score: 0.9, for: try #require(timed.question))), at: try at(due))
        try timed.attempt(at: hour)
        try timed.answer(.approved, at: hour)
        try await log.tell(timed, of: "b.1")
        let row = try #require(try await log.rows(of: RetryOutcomes()).first)
        #expect(row.charges.map(\.score) == [0.9] && row.charges.map(\.isRetry) == [false] && row.policy == nil)
    }

    @Test("A recovery that is given up ends as such, and is found by each month in which something of it happened")
    func uncollectible() async throws {
        var story = try waiting()
        try story.send(.endWindow(at: try at("02-02T08:00")))
        let log = try BillingLog()
        try await log.tell(story, of: "s1.1")
        for month in ["2026-01", "2026-02"] {
            #expect(try await log.rows(of: RetryOutcomes(), .with("month", month)).map(\.ending) == [.uncollectible])
        }
        #expect(try await log.rows(of: RetryOutcomes(), .with("month", "2026-03")).isEmpty)
    }

    @Test("As of an earlier position the charge has not been answered")
    func past() async throws {
        var story = try waiting()
        let before = try BillingLog()
        try await before.tell(story, of: "s1.1")
        let then = await before.head()
        try story.attempt(at: try at(chosen))
        try story.answer(.approved, at: try at(chosen))
        let log = try BillingLog()
        try await log.tell(story, of: "s1.1")
        let row = try #require(try await log.rows(of: RetryOutcomes(), at: then).first)
        #expect(row.charges.isEmpty && row.ending == nil && row.startedOn != nil)
    }
}
