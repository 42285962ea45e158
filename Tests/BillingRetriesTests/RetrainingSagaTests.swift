import BillingRetries
import HindsightCore
import Testing

@Suite("Retraining saga") struct RetrainingSagaTests {
    /// The saga, driven input by input.
    private struct Course {
        private(set) var state = RetrainingSaga.initialState(of: ModelRegister.retries)

        @discardableResult
        mutating func take(_ input: SagaInput<ModelEvent>) -> [Reaction<RetrainingSaga.Command>] {
            RetrainingSaga.evolve(&state, with: input)
            return RetrainingSaga.react(to: input, in: state)
        }

        @discardableResult
        mutating func take(_ event: ModelEvent) throws -> [Reaction<RetrainingSaga.Command>] {
            take(.event(event, stream: try BillingRetries.model(ModelRegister.retries)))
        }

        /// A training ends; what the saga decides on becomes events.
        mutating func train(_ digit: Character, isBetter: Bool = true, at now: Timestamp) throws -> [Reaction<RetrainingSaga.Command>] {
            let trained = ModelTrained.sample(try .sample(digit), comparison: .sample(isBetter: isBetter), at: now)
            let effect = Effect(RetrainingSaga.trainEffect, key: "t:\(now)", request: [:])
            let reactions = take(.succeeded(effect.reference, result: try trained.json(), at: now))
            if reactions.count > 1 { try give(digit, .shadow, at: now) }
            return reactions
        }

        mutating func give(_ digit: Character, _ role: ModelRole, at now: Timestamp) throws {
            var register = ModelRegister.initialState
            ModelRegister.evolve(&register, with: .trained(.sample(try .sample(digit), at: now)))
            for event in try ModelRegister.decide(.promote(.sample(digit), to: role, reason: "r", at: now), given: register) {
                try take(event)
            }
        }

        mutating func rollBackShadow(_ digit: Character, at now: Timestamp) throws {
            var register = ModelRegister.initialState
            let digest = try ModelDigest.sample(digit)
            for command in [
                ModelRegister.Command.record(.sample(digest, at: now)), .promote(digest, to: .shadow, reason: "r", at: now),
            ] {
                for event in try ModelRegister.decide(command, given: register) { ModelRegister.evolve(&register, with: event) }
            }
            for event in try ModelRegister.decide(.rollBack(.shadow, reason: "r", at: now), given: register) { try take(event) }
        }

        mutating func fireReview(at now: Timestamp) -> [Reaction<RetrainingSaga.Command>] {
            take(.fired(timer: "shadow-end", due: now, at: now))
        }
    }

    private static let reviewing = Effect(RetrainingSaga.reviewEffect, key: "r", request: [:])

    private func scheduled(everyDays: Int = 7, shadowDays: Int = 14) throws -> Course {
        var course = Course()
        let now = try at("01-01T00:00")
        for event in try ModelRegister.decide(
            .scheduleRetraining(everyDays: everyDays, shadowDays: shadowDays, at: now), given: ModelRegister.initialState)
        {
            let due = now.advanced(by: .days(everyDays))
            #expect(try course.take(event) == [.schedule(timer: "train", at: due)])
        }
        return course
    }

    private func review(_ digit: Character, since: Timestamp) throws -> Reaction<RetrainingSaga.Command> {
        let model = try ModelDigest.sample(digit)
        return .perform(
            Effect(
                RetrainingSaga.reviewEffect, key: "retries:review:\(model):\(since)",
                request: ["model": .string(model.hexadecimal), "since": .string("\(since)")]))
    }

    @Test("A better model becomes the shadow, is reviewed after its days, and is proposed with what it did") func proposes() throws {
        var course = try scheduled()
        let (start, end) = (try at("01-08T00:00"), try at("01-22T00:00"))
        let reactions = try course.train("b", at: start)
        #expect(
            try reactions == [
                .command(.record(.sample(.sample("b"), comparison: .sample(isBetter: true), at: start))),
                .command(.beginShadow(.sample("b"), at: start)), .schedule(timer: "shadow-end", at: end),
            ])
        #expect(try course.fireReview(at: end) == [review("b", since: start)])
        let result = try RetrainingSaga.Review(model: .sample("b"), shadow: .sample).json()
        #expect(
            try course.take(.succeeded(Self.reviewing.reference, result: result, at: end)) == [
                .command(.propose(.sample("b"), .sample, at: end))
            ])
    }

    @Test("A shadow keeps its place while better models are trained, through its review and until a person has decided; then one is next")
    func keepsPlace() throws {
        var course = try scheduled()
        let start = try at("01-08T00:00")
        _ = try course.train("b", at: start)
        let later = try at("01-15T00:00")
        #expect(
            try course.train("c", at: later) == [
                .command(.record(.sample(.sample("c"), comparison: .sample(isBetter: true), at: later)))
            ])
        let end = try at("01-22T00:00")
        #expect(try course.fireReview(at: end) == [review("b", since: start)])
        // A training that was under way when the time was over, and one after the review.
        #expect(try course.train("d", at: end.advanced(by: .hours(1))).count == 1)
        let result = try RetrainingSaga.Review(model: .sample("b"), shadow: .sample).json()
        course.take(.succeeded(Self.reviewing.reference, result: result, at: end.advanced(by: .hours(2))))
        #expect(try course.train("e", at: end.advanced(by: .days(6))).count == 1)
        let decided = end.advanced(by: .days(8))
        try course.give("b", .champion, at: decided)
        let next = end.advanced(by: .days(13))
        #expect(try course.train("f", at: next).contains(.command(.beginShadow(.sample("f"), at: next))))
        #expect(try course.fireReview(at: next.advanced(by: .days(14))) == [review("f", since: next)])
    }

    @Test("A review that comes to nothing leaves nothing to decide: the next better model has its turn", arguments: [true, false])
    func reviewFails(isSkipped: Bool) throws {
        var course = try scheduled()
        _ = try course.train("b", at: at("01-08T00:00"))
        let end = try at("01-22T00:00")
        _ = course.fireReview(at: end)
        let reference = Self.reviewing.reference
        course.take(
            isSkipped
                ? .skipped(reference, reason: "r", at: end) : .rejected(reference, reason: "r", result: [:], at: end))
        #expect(try course.train("c", at: end.advanced(by: .hours(1))).count == 3)
    }

    @Test("What is not better, or was asked for by a person, is only recorded") func onlyRecorded() throws {
        var course = try scheduled()
        #expect(try course.train("b", isBetter: false, at: at("01-08T00:00")).count == 1)
        var asked = Course()
        #expect(try asked.train("b", at: at("01-08T00:00")).count == 1)
        #expect(course.fireReview(at: try at("01-22T00:00")).isEmpty)
    }

    @Test("A person who promotes, replaces or rolls back the shadow ends its trial; the next better model begins one")
    func personFaster() throws {
        let (start, between, end) = (try at("01-08T00:00"), try at("01-12T00:00"), try at("01-22T00:00"))
        for act in ["promote", "replace", "roll back", "promote another"] {
            var course = try scheduled()
            _ = try course.train("b", at: start)
            switch act {
            case "promote": try course.give("b", .champion, at: between)
            case "replace": try course.give("e", .shadow, at: between)
            case "roll back": try course.rollBackShadow("b", at: between)
            default: try course.give("e", .champion, at: between)
            }
            if act == "promote another" {
                #expect(try course.fireReview(at: end) == [review("b", since: start)])
            } else {
                #expect(course.fireReview(at: end).isEmpty, "\(act)")
                let next = end.advanced(by: .hours(1))
                #expect(try course.train("c", at: next).count == 3, "\(act)")
            }
        }
    }
}

extension ShadowRecord {
    fileprivate static let sample = ShadowRecord(answers: 40, failures: 1, sameWindow: 9, planChance: 0.6, championPlanChance: 0.5)
}
