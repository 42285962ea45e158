import BillingRetries
import HindsightCore
import HindsightTesting
import Testing

@Suite("Policies judged by the past") struct PolicyEstimateTests {
    /// Decisions of a policy that explores: it charges hour 1 of ten, and another by lot in one case of five. Hour `good` is approved in
    /// eight cases of ten, all others in three.
    private func decisions(_ count: Int, good: Int, seed: Int, share: Double = 0.2) throws -> [LoggedDecision] {
        var numbers = SeededGenerator(UInt64(seed))
        let due = try at("01-05T08:00")
        let question = WindowQuestion(
            payer: PayerTraits(
                country: "DE", timeZone: "Europe/Berlin", customerType: .individual, plan: "starter", amountMinor: 900,
                currency: try Currency("EUR"), issuer: nil, network: nil, funding: nil),
            history: [], attempts: [ChargeObservation(at: due, code: "51")], dueAt: due, now: due, opensAt: due,
            deadline: due.advanced(by: .hours(10)), triesLeft: 3, hours: LegalHours(from: 0, until: 24), horizonHours: 96,
            ruleAt: due.advanced(by: .hours(1)))
        return try (0..<count).map { number in
            let isDrawn = Double.random(in: 0..<1, using: &numbers) < share
            let hour = isDrawn ? Int.random(in: 1...10, using: &numbers) : 1
            let chance = hour == good ? 0.8 : 0.3
            return LoggedDecision(
                customer: "c\(number % (count / 2 + 1))", question: question, answer: try .sample(),
                window: due.advanced(by: .hours(hour)), propensity: share / 10 + (hour == 1 ? 1 - share : 0),
                isApproved: Double.random(in: 0..<1, using: &numbers) < chance)
        }
    }

    private func estimate(_ decisions: [LoggedDecision], hour: Int, guess: Double) throws -> PolicyEstimate {
        let window = try at("01-05T08:00").advanced(by: .hours(hour))
        return PolicyEstimate(
            decisions.map { ($0, PolicyEstimate.Alternative(window: window, score: guess, scoreOfCharged: guess)) })
    }

    @Test("The estimate holds the truth in about 95 cases of 100, also by bad guesses", arguments: [0.1, 0.5])
    func covers(guess: Double) throws {
        var held = 0
        for seed in 0..<200 {
            let estimate = try estimate(decisions(2_000, good: 4, seed: seed), hour: 4, guess: guess).estimate
            if (estimate.low...estimate.high).contains(0.8) { held += 1 }
        }
        #expect((174...200).contains(held), "\(held) of 200")
    }

    @Test("What is clearly better is called better, what is alike can't be told")
    func verdicts() throws {
        let past = try decisions(4_000, good: 4, seed: 1)
        #expect(try estimate(past, hour: 4, guess: 0.5).verdict == .better)
        #expect(try estimate(past, hour: 7, guess: 0.3).verdict == .cannotTell)
        let best = try decisions(4_000, good: 1, seed: 2)
        #expect(try estimate(best, hour: 4, guess: 0.3).verdict == .worse)
    }

    @Test("Without decisions that charged the same window nothing is told")
    func tooFew() throws {
        let past = try decisions(2_000, good: 4, seed: 3, share: 0)
        let estimate = try estimate(past, hour: 4, guess: 0.8)
        #expect(estimate.matches == 0 && estimate.effectiveMatches == 0 && estimate.verdict == .tooFew)
    }

    @Test("The policy of then is judged as it was")
    func ownPolicy() throws {
        let past = try decisions(3_000, good: 1, seed: 4)
        let estimate = try estimate(past, hour: 1, guess: 0.5)
        #expect(abs(estimate.estimate.value - 0.8) < 0.03)
        #expect(estimate.observed == Double(past.count(where: \.isApproved)) / 3_000)
    }

    @Test("Decisions are collected with what came of them; what the guard moved or a person settled is none")
    func collects() throws {
        let due = try at("01-05T08:00")
        var story = try Story(.endToEnd, opened: .sample(dueAt: due), basis: try .sample(takenAt: due))
        try story.attempt(at: due)
        if let request = story.question { try story.predict(.success(.choosing(due, for: request)), at: due) }
        if story.charges.isEmpty { try story.attempt(at: try #require(story.open?.timedWindow)) }
        let first = try #require(story.charges.first).at
        try story.answer(.declined("51"), at: first)
        let chosen = first.advanced(by: .hours(30)).roundedUpToHour
        try story.predict(.success(.choosing(chosen, for: try #require(story.question))), at: first)
        let window = try #require(story.nextWindow).from
        try story.attempt(at: window)
        try story.answer(.approved, at: window)
        var collector = DecisionCollector()
        for event in story.history { collector.add(event) }
        #expect(collector.decisions.count == 1)
        let decision = try #require(collector.decisions.first)
        #expect(decision.window == window && decision.isApproved && decision.customer == "c1")
        #expect(decision.propensity > 0 && decision.propensity <= 1)
    }
}

extension OpenInvoice {
    fileprivate var timedWindow: Timestamp? { if case .timed(let timed) = phase { timed.window.from } else { nil } }
}
