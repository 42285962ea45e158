import CustomerMDM
import HindsightCore
import Testing

@Suite("An analysis that a person settles") struct ResolvedAnalysisTests {
    private let effect = EffectReference(kind: MergeSaga.analyse, key: "CRM:1#1/0")
    private let now = Timestamp("2026-03-01T10:00:00Z")!

    private func result(_ outcome: SagaResolved.Outcome, _ given: JSONValue = [:]) throws -> JSONValue {
        let intent = EffectIntent(
            saga: MergeSaga.name, instance: "CRM:1#1", kind: effect.kind, key: effect.key, attempt: 1, request: [:], deadline: now)
        return try MergeSaga.result(of: intent, resolvedAs: outcome, given: given, reason: "two people")
    }

    private func reactions(to result: JSONValue) -> [Reaction<MergeSaga.Command>] {
        let state = MergeSaga.initialState(of: "CRM:1#1")
        return MergeSaga.react(to: .rejected(effect, reason: "two people", result: result, at: now), in: state)
    }

    @Test("A person's no ends it without a merge; one of the program's still parks it") func rejected() throws {
        guard case .finish("given up")? = reactions(to: try result(.rejected)).first else {
            Issue.record("it goes on")
            return
        }
        guard case .park("two people")? = reactions(to: [:]).first else {
            Issue.record("it was not parked")
            return
        }
    }

    @Test("A yes has to be an analysis") func succeeded() throws {
        let refused = #expect(throws: UnusableResult.self) { try result(.succeeded) }
        #expect(refused?.reason.hasPrefix("cards, goldens, isDeferred, narrowedKeys, reviews, through are missing") == true)
        let nothing: JSONValue = ["through": 1, "cards": [], "goldens": [], "reviews": [], "isDeferred": false, "narrowedKeys": []]
        #expect(try result(.succeeded, nothing) == nothing)
    }
}
