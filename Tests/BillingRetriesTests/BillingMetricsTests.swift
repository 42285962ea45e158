import BillingRetries
import HindsightCore
import Testing

@Suite("Counts of billing by day, policy and reason") struct BillingMetricsTests {
    private let due = "01-05T08:00"

    private func declined(_ policy: RetryPolicy = .asking(), takenAt: String = "01-05T00:00", code: String = "51") throws -> Story {
        var story = try Story(policy, opened: .sample(dueAt: try at(due)), basis: .sample(takenAt: try at(takenAt)))
        try story.attempt(at: try at(due))
        try story.answer(.declined(code), at: try at(due))
        return story
    }

    @Test("A retry in the model's window counts for the model, with the question, the answer and what it took")
    func model() async throws {
        var story = try declined()
        let chosen = try at("01-07T13:00")
        try story.predict(.success(.choosing(chosen, for: try #require(story.question))), at: try at(due))
        try story.attempt(at: chosen)
        try story.answer(.approved, at: chosen)
        let log = try BillingLog()
        try await log.tell(story, of: "s1.1")
        let counts = try await log.counts()
        #expect(counts.predictionsRequested == 1 && counts.predictions.made == 1 && counts.predictions.failures == 0)
        #expect(counts.predictions.times.total == 1 && counts.predictions.times.quantile(0.99) == 1_000)
        #expect(counts.retriesScheduled == 1 && counts.retriesByModel == 1 && counts.retriesCovered == 1)
        #expect(counts.chargesRequested == 2 && counts.chargesApproved == 1 && counts.invoicesPaid == 1)
        let rows = try await log.rows(of: BillingMetrics())
        #expect(rows.map(\.day.description) == ["2026-01-05", "2026-01-05", "2026-01-07"])
        #expect(rows.map(\.policy) == [nil, "learned", "learned"])
    }

    @Test("Each chooser has a count of its own")
    func choosers() async throws {
        let log = try BillingLog()
        var explored = try declined(.asking(explores: 1_000))
        try explored.predict(.success(.choosing(try at("01-07T13:00"), for: try #require(explored.question))), at: try at(due))
        try await log.tell(explored, of: "a.1")
        try await log.tell(try declined(.reasonRules), of: "b.1")
        try await log.tell(try declined(.fixedFourDays), of: "c.1")
        let counts = try await log.counts()
        #expect(counts.retriesByExploration == 1 && counts.retriesByRules == 1 && counts.retriesByFixedInterval == 1)
        #expect(counts.retriesByModel == 0 && counts.retriesScheduled == 3 && counts.retriesCovered == 1)
    }

    @Test("A question without an answer counts under its reason, and the retry for the rules")
    func failures() async throws {
        let log = try BillingLog()
        try await log.tell(try declined(takenAt: "01-02T00:00"), of: "a.1")
        try await log.tell(try declined(code: "ZZ"), of: "b.1")
        var slow = try declined()
        try slow.predict(.failure(PredictionFailure(.tooSlow, "412 ms")), at: try at(due))
        try await log.tell(slow, of: "c.1")
        let counts = try await log.counts()
        #expect(counts.predictions.failed == ["stale-snapshot": 1, "unknown-code": 1, "too-slow": 1])
        #expect(counts.predictions.ended == 3 && counts.predictions.made == 0 && counts.retriesByRules == 3)
    }

    @Test("As of an earlier position they tell what was recorded by then")
    func past() async throws {
        let log = try BillingLog()
        try await log.tell(try declined(.reasonRules), of: "a.1")
        let then = await log.head()
        try await log.tell(try declined(.reasonRules), of: "b.1")
        #expect(try await log.counts(at: then).chargesDeclined == 1)
        #expect(try await log.counts().chargesDeclined == 2)
        #expect(try await log.rows(of: BillingMetrics(), .with("day", "2026-01-05"), at: then).count == 2)
    }

    @Test("Sums are the same in whatever order rows are added")
    func sums() async throws {
        let log = try BillingLog()
        try await log.tell(try declined(), of: "a.1")
        try await log.tell(try declined(takenAt: "01-02T00:00"), of: "b.1")
        let rows = try await log.rows(of: BillingMetrics())
        let backwards = rows.reversed().reduce(into: BillingMetrics.Counts()) { $0.add($1.counts) }
        #expect(try await log.counts() == backwards)
    }
}

@Suite("Buckets of latency") struct LatencyBucketsTests {
    private func buckets(_ microseconds: [Int]) -> LatencyBuckets {
        microseconds.reduce(into: LatencyBuckets()) { $0.note(microseconds: $1) }
    }

    @Test("A quantile is the bound of the bucket that it ends in")
    func quantiles() {
        let times = buckets(Array(repeating: 400, count: 98) + [300_000, 300_001])
        #expect(times.quantile(0.5) == 500)
        #expect(times.quantile(0.99) == 300_000)
        #expect(times.quantile(1) == 500_000)
        #expect(buckets([]).quantile(0.5) == nil)
        #expect(buckets([60_000_000]).quantile(0.5) == .max)
    }

    @Test("Sums of days have the quantiles of all their answers")
    func sums() {
        var sum = buckets([90, 400])
        sum.add(buckets([700_000]))
        #expect(sum == buckets([90, 400, 700_000]))
        var other = buckets([700_000])
        other.add(buckets([90, 400]))
        #expect(other == sum)
    }

    @Test("In JSON they are the counts alone; more than there are buckets are refused")
    func json() throws {
        let times = buckets([90, 90, 400])
        #expect(String(decoding: try JSON.encode(times), as: UTF8.self) == "[2,0,1]")
        #expect(try JSON.decode(LatencyBuckets.self, from: JSON.encode(times)) == times)
        #expect(throws: DecodingError.self) {
            try JSON.decode(LatencyBuckets.self, from: JSON.encode(Array(repeating: 1, count: LatencyBuckets.bounds.count + 2)))
        }
    }
}
