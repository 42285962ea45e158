import BillingRetries
import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("The list of models") struct ModelListTests {
    private let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_767_603_600_000_000))  // 2026-01-05T09:00:00Z
    private let log: MemoryEventLog
    private let desk: BillingDesk

    init() {
        log = MemoryEventLog(clock: clock)
        desk = BillingDesk(log: log, clock: clock)
    }

    private func act(_ actor: String) -> BillingDesk.Act {
        BillingDesk.Act(metadata: EventMetadata(actor: actor), identities: RandomIdentities())
    }

    /// Gives a role as the desk does, but for the model's file.
    private func promote(_ model: ModelDigest, to role: ModelRole, reason: String, _ actor: String) async throws {
        try await CommandHandler(log: log, clock: clock, identities: RandomIdentities()).handle(
            ModelRegister.self, .promote(model, to: role, reason: reason, at: clock.now()),
            on: BillingRetries.model(ModelRegister.retries), metadata: EventMetadata(actor: actor))
    }

    private func train(_ digit: Character) async throws -> ModelDigest {
        clock.advance(by: .seconds(60))
        let digest = try #require(ModelDigest(String(repeating: digit, count: 64)))
        let trained = ModelTrained(
            model: ModelRegister.retries, digest: digest, trainedThrough: 7, cut: clock.now(), rows: 100, heldOutRows: 2,
            measures: PredictionMeasures(probabilities: [0.25, 0.75], labels: [false, true]), at: clock.now())
        try await CommandHandler(log: log, clock: clock, identities: RandomIdentities())
            .handle(ModelRegister.self, .record(trained), on: BillingRetries.model(ModelRegister.retries))
        return digest
    }

    @Test("It tells each model's measures, what it is there for, and who decided so when and why") func list() async throws {
        let (first, second) = (try await train("a"), try await train("b"))
        try await promote(first, to: .champion, reason: "the first one", "ann")
        clock.advance(by: .seconds(60))
        let before = await log.head().position
        try await promote(second, to: .champion, reason: "better", "bob")
        try await promote(first, to: .shadow, reason: "to compare", "bob")
        let models = try await desk.modelViews(at: log.head().position)
        #expect(models.map(\.model) == [second, first])
        #expect(models.map(\.roles) == [[.champion], [.shadow]])
        #expect(models[1].measures.rows == 2 && models[1].rows == 100)
        #expect(models[1].decisions.map(\.by) == ["ann", "bob"] && models[1].decisions.map(\.role) == [.champion, .shadow])
        #expect(models[0].decisions.map(\.reason) == ["better"] && models[0].decisions.first?.at == clock.now())
        #expect(try await desk.modelViews(at: before).map(\.roles) == [[], [.champion]])
    }

    @Test("A role that is rolled back goes to the model before, and then to none") func rollBack() async throws {
        let (first, second) = (try await train("a"), try await train("b"))
        try await promote(first, to: .champion, reason: "the first one", "ann")
        try await promote(second, to: .champion, reason: "better", "ann")
        try await desk.rollBackModel(.champion, reason: "worse after all", act("bob"))
        let back = try await desk.modelViews(at: log.head().position)
        #expect(back.map(\.roles) == [[], [.champion]])
        #expect(back[0].decisions.map(\.act) == [.promoted, .rolledBack] && back[0].decisions.last?.by == "bob")
        try await desk.rollBackModel(.champion, reason: "the rules do better", act("bob"))
        #expect(try await desk.modelViews(at: log.head().position).map(\.roles) == [[], []])
        await #expect(throws: ModelRegister.Rejection.nothingToRollBack(.champion)) {
            try await desk.rollBackModel(.champion, reason: "again", act("bob"))
        }
    }

    @Test("A policy whose model lost its file is not evaluated, and the file is named; rules need none") func lostFile() async throws {
        let champion = try await train("a")
        try await promote(champion, to: .champion, reason: "the first one", "ann")
        let shelf = ModelShelf(logFolder: "/nowhere")
        let (head, predictor) = (await log.head().position, Predictor(shelf))
        for model in [nil, try await train("b")] {
            let failure = await #expect(throws: PredictionFailure.self) {
                try await desk.evaluate("end-to-end", model: model, by: predictor, at: head)
            }
            #expect(failure?.reason == .modelMissing && failure?.account.contains(shelf.path(of: model ?? champion)) == true)
        }
        let rules = try await desk.evaluate("reason-rules", by: predictor, at: head)
        #expect(rules.estimate == nil && rules.unanswered.isEmpty && rules.lack == "no decision was made by a model yet")
    }
}
