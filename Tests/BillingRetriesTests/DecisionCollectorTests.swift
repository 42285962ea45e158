import BillingRetries
import HindsightCore
import Testing

@Suite("Decisions collected from the log") struct DecisionCollectorTests {
    /// A retry that a model was asked about, on a Monday at 08:00.
    private func asked(_ policy: RetryPolicy = .endToEnd) throws -> (story: Story, at: Timestamp) {
        let due = try at("01-05T08:00")
        var story = try Story(policy.chargingAtOnce, opened: .sample(dueAt: due), basis: try .sample(takenAt: due))
        try story.attempt(at: due)
        try story.answer(.declined("51"), at: due)
        _ = try #require(story.question)
        return (story, due)
    }

    private func collected(_ story: Story) -> DecisionCollector {
        var collector = DecisionCollector()
        for event in story.history { collector.add(event) }
        return collector
    }

    private func decisions(_ story: Story) -> [LoggedDecision] { collected(story).decisions }

    private func charge(_ story: inout Story, _ answer: ChargeAnswer = .approved) throws {
        let window = try #require(story.nextWindow).from
        try story.attempt(at: window)
        try story.answer(answer, at: window)
    }

    @Test("A decision is collected with what came of it, and with what the policy wanted and how often it drew")
    func collects() throws {
        var (story, due) = try asked()
        let chosen = due.advanced(by: .hours(30))
        let request = try #require(story.question)
        try story.predict(.success(.choosing(chosen, for: request)), at: due)
        try charge(&story)
        let decision = try #require(decisions(story).first)
        #expect(decision.window == chosen && decision.preferred == chosen && decision.isApproved && decision.customer == "c1")
        #expect(abs(decision.drawnShare - 0.05) < 1e-9)
        #expect(abs(decision.propensity(of: chosen) - decision.propensity) < 1e-9)
        #expect(abs(decision.propensity(of: chosen.advanced(by: .hours(1))) - 0.05 / 192) < 1e-9)
        #expect(decision.propensity(of: due.advanced(by: .days(20))) == 0)
    }

    @Test("A draw is collected with its own probability") func drawn() throws {
        var (story, due) = try asked(.endToEnd.drawing(permille: 1_000))
        try story.predict(.success(.choosing(due.advanced(by: .hours(30)), for: try #require(story.question))), at: due)
        try charge(&story, .declined("51"))
        let decision = try #require(decisions(story).first)
        #expect(abs(decision.drawnShare - 1) < 1e-9 && decision.propensity == 1.0 / 192 && !decision.isApproved)
        #expect(decision.window != decision.preferred)
    }

    @Test("An answer that came after the chosen hour leads to a window that nobody chose") func lateAnswer() throws {
        var (story, due) = try asked()
        let late = due.advanced(by: .hours(40))
        try story.predict(.success(.choosing(due.advanced(by: .hours(30)), for: try #require(story.question))), at: late)
        #expect(try #require(story.nextWindow).from >= late)
        try charge(&story)
        #expect(decisions(story).isEmpty)
    }

    @Test("Nor does a window that legal hours made of the chosen one") func legalHours() throws {
        var (story, due) = try asked(.endToEnd.within(LegalHours(from: 8, until: 20)))
        let night = try at("01-06T02:00")
        try story.predict(.success(.choosing(night, for: try #require(story.question))), at: due)
        #expect(try #require(story.nextWindow).from > night)
        try charge(&story)
        #expect(decisions(story).isEmpty)
    }

    @Test("A decision that never came to its charge is counted by the reason; one that is still open, or was nobody's, is not")
    func withoutOutcome() throws {
        var (story, due) = try asked()
        let chosen = due.advanced(by: .hours(30))
        try story.predict(.success(.choosing(chosen, for: try #require(story.question))), at: due)
        #expect(collected(story).losses.isEmpty)
        func losses(_ go: (inout Story) throws -> Void) throws -> [DecisionCollector.Loss: Int] {
            var other = story
            try go(&other)
            #expect(decisions(other).isEmpty)
            return collected(other).losses
        }
        #expect(try losses { try $0.changeMethod(to: "pm-2", at: due.advanced(by: .hours(2))) } == [.methodChanged: 1])
        #expect(
            try losses {
                try $0.send(.recordPaidElsewhere(reference: "r1", at: due.advanced(by: .hours(2))))
                try $0.send(.settle(at: due.advanced(by: .hours(2))))
            } == [.paidElsewhere: 1])
        #expect(try losses { try $0.send(.endWindow(at: due.advanced(by: .days(40)))) } == [.windowEnded: 1])
        // As after an outage of the sagas.
        let later = chosen.advanced(by: .hours(5))
        #expect(try losses { try $0.attempt(at: later) } == [.otherHour: 1])

        try charge(&story)
        #expect(collected(story).losses.isEmpty && decisions(story).count == 1)
        var (late, _) = try asked()
        try late.predict(.success(.choosing(chosen, for: try #require(late.question))), at: later)
        try late.changeMethod(to: "pm-2", at: later)
        #expect(collected(late).losses.isEmpty)
    }

    @Test("A failed question, and what is scheduled anew, belong to no answer") func withoutAnswer() throws {
        var (failed, due) = try asked()
        try failed.predict(.failure(PredictionFailure(.tooSlow, "412 ms")), at: due)
        try charge(&failed)
        #expect(decisions(failed).isEmpty)

        var (story, _) = try asked()
        try story.predict(.success(.choosing(due.advanced(by: .hours(30)), for: try #require(story.question))), at: due)
        try charge(&story)
        // As if the window had been decided once more before it came.
        let first = try #require(story.history.firstIndex { if case .retryScheduled = $0 { true } else { false } })
        var collector = DecisionCollector()
        for event in story.history[...first] + story.history[first...] { collector.add(event) }
        #expect(decisions(story).count == 1 && collector.decisions.isEmpty)

        // And the answer to a question that failed later is none.
        let made = try #require(story.history.firstIndex { if case .predictionMade = $0 { true } else { false } })
        let failure = try #require(failed.history.first { if case .predictionFailed = $0 { true } else { false } })
        var other = DecisionCollector()
        for event in story.history[...made] + [failure] + story.history[(made + 1)...] { other.add(event) }
        #expect(other.decisions.isEmpty)
    }
}

extension RetryPolicy {
    /// The same, without waiting for a better hour of the first charge.
    var chargingAtOnce: RetryPolicy { changed { $0 } }

    func drawing(permille: Int) -> RetryPolicy {
        changed {
            ModelTerms(
                role: $0.role, scope: $0.scope, horizonHours: $0.horizonHours, overrideFactor: $0.overrideFactor,
                explorationPermille: permille)
        }
    }

    func within(_ hours: LegalHours) -> RetryPolicy { changed(hours) { $0 } }

    private func changed(_ hours: LegalHours? = nil, _ change: (ModelTerms) -> ModelTerms) -> RetryPolicy {
        RetryPolicy(
            name: name, version: version, chooser: chooser, windowDays: windowDays, hours: hours ?? self.hours, rules: rules,
            otherwise: otherwise, afterMethodChange: afterMethodChange, maximumRetries: maximumRetries,
            model: model.map(change).map {
                ModelTerms(
                    role: $0.role, scope: $0.scope, horizonHours: $0.horizonHours, overrideFactor: $0.overrideFactor,
                    explorationPermille: $0.explorationPermille)
            })
    }
}
