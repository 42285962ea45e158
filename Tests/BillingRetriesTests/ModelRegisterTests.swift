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

    @Test("Only what was trained is promoted, once, and with a reason")
    func refusals() throws {
        let events = try history(trained("a"), promote("a"))
        try Scenario(ModelRegister.self).given(events).when(promote("b")).thenRejected(.unknownModel(try .sample("b")))
        try Scenario(ModelRegister.self).given(events).when(promote("a")).thenRejected(.hasRole(.champion))
        try Scenario(ModelRegister.self).given(events).when(promote("a", to: .shadow, reason: " ")).thenRejected(.needsReason)
    }
}
