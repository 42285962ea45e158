import AudienceJobs
import HindsightCore
import Testing

@Suite("The notebook run") struct NotebookRunSagaTests {
    private typealias Reaction = HindsightCore.Reaction<NotebookRunSaga.Command>

    private func state(_ events: [JobEvent]) -> NotebookRunSaga.State {
        events.reduce(into: NotebookRunSaga.initialState(of: Facts.job.description)) {
            NotebookRunSaga.evolve(&$0, with: .event($1, stream: Facts.job.stream))
        }
    }

    private func effects(_ reactions: [Reaction]) -> [Effect] {
        reactions.compactMap { if case .perform(let effect) = $0 { effect } else { nil } }
    }

    /// Whether the run goes no further: the sweep comes before each end.
    private func ends(_ reactions: [Reaction]) -> Bool { effects(reactions).map(\.kind) == ["sweep-duplicates"] }

    private func result(_ status: String, cause: FailureCause? = nil, contactWasLost: Bool = false) -> RunResult {
        RunResult(
            status: status, started: "later", finished: "later", durationMilliseconds: 5, contactWasLost: contactWasLost, cause: cause,
            error: nil,
            reported: nil, states: [ParagraphState(id: "p1", status: status, started: "later")])
    }

    private func react(_ state: inout NotebookRunSaga.State, toFailureOf step: Int, _ result: RunResult) -> [Reaction] {
        let reference = EffectReference(kind: "run-paragraph", key: "\(Facts.job)/run/1/\(step)")
        let input = SagaInput<JobEvent>.rejected(reference, reason: "", result: result.json, at: Facts.now)
        NotebookRunSaga.evolve(&state, with: input)
        return NotebookRunSaga.react(to: input, in: state)
    }

    private func failing(at step: Int) async throws -> NotebookRunSaga.State {
        var events = try await Facts.running()
        for next in 0..<step {
            events += [.paragraphFinished(Facts.finished(step: next)), .paragraphRequested(Facts.requested(step: next + 1))]
        }
        return state(events)
    }

    @Test("puts the parameters right after the paragraph with the defaults, under a title that names job and values")
    func parameters() async throws {
        var state = state(Array(try await Facts.running().prefix(3)))
        let permissions = PermissionsResult(permissions: .init(owners: ["svc"], readers: ["svc"], runners: ["svc"], writers: ["svc"]))
        let input = SagaInput<JobEvent>.succeeded(
            EffectReference(kind: "set-permissions", key: ""), result: permissions.json, at: Facts.now)
        NotebookRunSaga.evolve(&state, with: input)
        let effect = try #require(effects(NotebookRunSaga.react(to: input, in: state)).first)
        let request = try ParametersRequest(effect.request)
        #expect(request.index == 2)
        #expect(request.title.hasPrefix("job:\(Facts.job):params:"))
        #expect(effect.key == "\(Facts.job)/parameters")
    }

    @Test("keeps the form's values out of every request") func discretion() async throws {
        let effect = try #require(
            effects(
                NotebookRunSaga.react(
                    to: .event(.started(JobStarted(job: Facts.job, notePath: "/x", at: Facts.now)), stream: Facts.job.stream),
                    in: state(try await Facts.running()))
            ).first)
        #expect(try !JSON.line(effect.request).contains("5812"))
    }

    @Test("runs all paragraphs again when a run was aborted from outside", arguments: 0..<3) func aborted(step: Int) async throws {
        var state = try await failing(at: step)
        let effects = effects(react(&state, toFailureOf: step, result("ABORT", cause: .paragraphAborted)))
        #expect(effects.map(\.key) == ["\(Facts.job)/run/2/0"])
        let request = try RunRequest(try #require(effects.first).request)
        #expect(request.before == ParagraphState(id: "p1", status: "ABORT", started: "later"))
    }

    @Test("takes an unknown name for a lost session, but not in the first paragraph") func namesLost() async throws {
        var first = try await failing(at: 0)
        #expect(ends(react(&first, toFailureOf: 0, result("ERROR", cause: .namesLost))))
        var second = try await failing(at: 2)
        #expect(effects(react(&second, toFailureOf: 2, result("ERROR", cause: .namesLost))).map(\.kind) == ["run-paragraph"])
    }

    @Test("fails at an error with a live session, and runs again after a gap in contact") func errors() async throws {
        var live = try await failing(at: 2)
        #expect(ends(react(&live, toFailureOf: 2, result("ERROR", cause: .paragraphError))))
        var doubtful = try await failing(at: 2)
        #expect(
            effects(react(&doubtful, toFailureOf: 2, result("ERROR", cause: .paragraphError, contactWasLost: true))).map(\.kind) == [
                "run-paragraph"
            ])
    }

    @Test("gives up after three passes that were lost while the notebook was well") func bounded() async throws {
        var events = try await Facts.running()
        for pass in 1...2 {
            events += [
                .paragraphFailed(Facts.failed(pass: pass, step: 0, .interpreterDied)),
                .sessionLost(SessionLost(job: Facts.job, pass: pass, cause: .interpreterDied, at: Facts.now)),
                .paragraphRequested(Facts.requested(pass: pass + 1, step: 0)),
            ]
        }
        var state = state(events)
        #expect(ends(react(&state, toFailureOf: 0, result("ERROR", cause: .interpreterDied))))
        var aborted = self.state(events)
        #expect(effects(react(&aborted, toFailureOf: 0, result("ABORT", cause: .paragraphAborted))).map(\.kind) == ["run-paragraph"])
    }

    @Test("parks when an answer of the notebook has another shape") func unreadable() async throws {
        var state = try await failing(at: 0)
        let input = SagaInput<JobEvent>.succeeded(EffectReference(kind: "run-paragraph", key: ""), result: ["status": 1], at: Facts.now)
        NotebookRunSaga.evolve(&state, with: input)
        guard case .command(.job(.act(.standStill(let reason)), _))? = NotebookRunSaga.react(to: input, in: state).first,
            case .park(reason)? = FirstNotebookRunSaga.react(to: input, in: state).first
        else {
            Issue.record("the saga went on")
            return
        }
    }
}
