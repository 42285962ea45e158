import BillingRetries
import HindsightCore
import HindsightTesting
import Testing

@Suite("Model register") struct ModelRegisterTests {
    private static let now = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)

    private func history(_ commands: ModelRegister.Command...) throws -> [ModelEvent] {
        var (state, events) = (ModelRegister.initialState, [ModelEvent]())
        for command in commands {
            for event in try ModelRegister.decide(command, given: state) {
                ModelRegister.evolve(&state, with: event)
                events.append(event)
            }
        }
        return events
    }

    private func promote(_ digit: Character, to role: ModelRole = .champion, reason: String = "better") throws -> ModelRegister.Command {
        .promote(try .sample(digit), to: role, reason: reason, at: Self.now)
    }

    private func trained(_ digit: Character) throws -> ModelRegister.Command { .record(.sample(try .sample(digit), at: Self.now)) }

    private let back = ModelRegister.Command.rollBack(.champion, reason: "approval fell", at: now)

    @Test("A model decides nothing before it is promoted, and a promotion names what it replaces")
    func promoting() throws {
        let state = ModelRegister.state(after: try history(trained("a"), trained("b"), promote("a"), promote("b")))
        let second = try ModelDigest.sample("b")
        #expect(state.holder(of: .champion) == second && state.holder(of: .shadow) == nil)
        guard case .promoted(let promoted)? = try history(trained("a"), trained("b"), promote("a"), promote("b")).last else {
            Issue.record("nothing was promoted")
            return
        }
        #expect(promoted.previous == (try .sample("a")))
    }

    @Test("A rollback gives the role back, step by step, in the end to the rules")
    func rollingBack() throws {
        let events = try history(trained("a"), trained("b"), promote("a"), promote("b"), back)
        #expect(ModelRegister.state(after: events).holder(of: .champion) == (try .sample("a")))
        let further = try history(trained("a"), promote("a"), back)
        #expect(ModelRegister.state(after: further).holder(of: .champion) == nil)
        try Scenario(ModelRegister.self).given(further).when(back).thenRejected(.nothingToRollBack(.champion))
    }

    private let record = ShadowRecord(answers: 9, failures: 0, sameWindow: 3, planChance: 0.6, championPlanChance: 0.5)

    private func propose(_ digit: Character) throws -> ModelRegister.Command { .propose(try .sample(digit), record, at: Self.now) }

    @Test("A shadow is proposed once, beside the champion of then, until it is promoted") func proposing() throws {
        let events = try history(trained("a"), trained("b"), promote("a"), promote("b", to: .shadow))
        let proposed = try history(trained("a"), trained("b"), promote("a"), promote("b", to: .shadow), propose("b"))
        guard case .promotionProposed(let proposal)? = proposed.last else {
            Issue.record("nothing was proposed")
            return
        }
        #expect(try proposal.digest == .sample("b") && proposal.champion == .sample("a") && proposal.shadow == record)
        try Scenario(ModelRegister.self).given(proposed).when(propose("b")).then()
        try Scenario(ModelRegister.self).given(events).when(propose("a")).then()
        #expect(ModelRegister.state(after: proposed).proposal == proposal)
        let promoted = try history(
            trained("a"), trained("b"), promote("a"), promote("b", to: .shadow), propose("b"), promote("b"))
        #expect(ModelRegister.state(after: promoted).proposal == nil)
    }

    @Test("A shadow that was promoted early is not proposed, and one that is rolled back takes its proposal with it")
    func proposalEnds() throws {
        let early = try history(trained("a"), trained("b"), promote("a"), promote("b", to: .shadow), promote("b"))
        try Scenario(ModelRegister.self).given(early).when(propose("b")).then()
        let backShadow = ModelRegister.Command.rollBack(.shadow, reason: "too slow", at: Self.now)
        let rolledBack = try history(
            trained("a"), trained("b"), promote("a"), promote("b", to: .shadow), propose("b"), backShadow)
        #expect(ModelRegister.state(after: rolledBack).proposal == nil)
        // What another shadow has replaced is proposed no more, also when it is the shadow again.
        let other = try history(
            trained("a"), trained("b"), trained("c"), promote("a"), promote("b", to: .shadow), propose("b"), promote("c", to: .shadow),
            backShadow)
        #expect(ModelRegister.state(after: other).proposal == nil)
    }

    @Test("Only what was trained is promoted, once, and with a reason")
    func refusals() throws {
        let events = try history(trained("a"), promote("a"))
        try Scenario(ModelRegister.self).given(events).when(promote("b")).thenRejected(.unknownModel(try .sample("b")))
        try Scenario(ModelRegister.self).given(events).when(promote("a")).thenRejected(.hasRole(.champion))
        try Scenario(ModelRegister.self).given(events).when(promote("a", to: .shadow, reason: " ")).thenRejected(.needsReason)
    }
}
