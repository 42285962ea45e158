import AudienceJobs
import HindsightCore
import Testing

@Suite("What a person says in the notebook's stead") struct ResolutionTests {
    private static let steps = PlayedJob<NotebookRunSaga>.Stage.allCases.dropLast().map(\.rawValue)

    private func failure(_ events: [JobEvent]) throws -> JobFailed {
        try #require(events.compactMap { if case .failed(let failed) = $0 { failed } else { nil } }.last)
    }

    @Test("A no needs no result: the job fails in a manager's words, and a retry leads it to its end", arguments: steps)
    func rejected(stage: Int) async throws {
        typealias Stage = PlayedJob<NotebookRunSaga>.Stage
        let stage = try #require(Stage(rawValue: stage))
        var played = try await PlayedJob<NotebookRunSaga>(at: stage)
        try played.resolve(.rejected)
        if stage != .cloning { try played.sweep() }
        #expect(played.parked == nil && played.job.status == .failed)
        let failed = try failure(played.events)
        #expect(failed.cause == .foundUndone && failed.reason.contains("An operator found") && failed.reason.contains("retry"))
        try played.act(.retry(by: "anna", reason: nil, at: Facts.now))
        try played.act(.resume(session: "python", isSessionOurs: true, at: Facts.now))
        let goesOn = stage.rawValue < Stage.first.rawValue ? stage : .first
        for next in Stage.allCases.dropFirst(goesOn.rawValue) { try played.go(on: next) }
        #expect(played.outcome == "finished")
    }

    @Test("The first definition fails with the same words", arguments: steps) func first(stage: Int) async throws {
        let stage = try #require(PlayedJob<FirstNotebookRunSaga>.Stage(rawValue: stage))
        var played = try await PlayedJob<FirstNotebookRunSaga>(at: stage)
        try played.resolve(.rejected)
        #expect(played.parked == nil && played.outcome == "failed")
        #expect(try failure(played.events).cause == .foundUndone)
    }

    @Test("A no may name its cause") func cause() async throws {
        var played = try await PlayedJob<NotebookRunSaga>(at: .second)
        try played.resolve(.rejected, ["cause": "time-limit"])
        try played.sweep()
        #expect(try failure(played.events).cause == .timeLimit)
        await #expect(throws: UnusableResult.self) {
            var other = try await PlayedJob<NotebookRunSaga>(at: .cloning)
            try other.resolve(.rejected, ["cause": "bad luck"])
        }
    }

    @Test(
        "A yes without what the job goes on with names the members",
        arguments: [
            (0, ["noteId", "paragraphs"]), (1, ["permissions"]), (2, ["paragraphId", "states"]),
            (3, ["contactWasLost", "states", "status"]), (6, ["bytes", "rows", "sha256"]),
        ])
    func incomplete(stage: Int, members: [String]) async throws {
        var played = try await PlayedJob<NotebookRunSaga>(at: try #require(PlayedJob<NotebookRunSaga>.Stage(rawValue: stage)))
        let effect = try #require(played.effect)
        let refused = #expect(throws: UnusableResult.self) { try played.resolve(.succeeded) }
        let words = members.joined(separator: ", ") + (members.count == 1 ? " is missing" : " are missing")
        #expect(refused?.reason.hasPrefix(words) == true, "\(String(describing: refused))")
        #expect(refused?.effect == effect && refused?.outcome == .succeeded)
        #expect(played.effect == effect && played.parked == nil)
    }

    @Test(
        "A yes that can't be true names the member",
        arguments: [
            (0, ["noteId": "", "paragraphs": [["id": "p1", "title": "", "runs": true]]], "/noteId must not be empty"),
            (0, ["noteId": "2C", "paragraphs": []], "/paragraphs must not be empty"),
            (0, ["noteId": "2C", "paragraphs": [["id": "", "title": "", "runs": true]]], "/paragraphs/0/id must not be empty"),
            (0, ["noteId": "2C", "paragraphs": ["a"]], "/paragraphs/0 must be an object"),
            (0, ["noteId": 7, "paragraphs": []], "/noteId must be a string"),
            (2, ["paragraphId": "", "states": []], "/paragraphId must not be empty"),
            (3, ["status": "", "contactWasLost": false, "states": []], "/status must be FINISHED"),
            (3, ["status": "ERROR", "contactWasLost": false, "states": []], "/status must be FINISHED"),
            (6, ["rows": -1, "bytes": 1, "sha256": "00"], "/rows must be at least 0"),
            (6, ["rows": 1, "bytes": 0, "sha256": "00"], "/bytes must be at least 1"),
            (6, ["rows": 1, "bytes": 9, "sha256": ""], "/sha256 must be 64 hexadecimal digits"),
        ] as [(Int, JSONValue, String)])
    func senseless(stage: Int, result: JSONValue, complaint: String) async throws {
        var played = try await PlayedJob<NotebookRunSaga>(at: try #require(PlayedJob<NotebookRunSaga>.Stage(rawValue: stage)))
        let refused = #expect(throws: UnusableResult.self) { try played.resolve(.succeeded, result) }
        #expect(refused?.reason.hasPrefix(complaint + "; it has the form ") == true, "\(String(describing: refused))")
    }

    @Test("A yes with all of it leads on; a sweep needs nothing") func complete() async throws {
        var played = try await PlayedJob<NotebookRunSaga>(at: .cloning)
        try played.resolve(.succeeded, ["noteId": "2CLONE", "paragraphs": [["id": "p1", "title": "Variables", "runs": true]]])
        #expect(played.effect == "set-permissions")
        await #expect(throws: UnusableResult.self) {
            var other = try await PlayedJob<NotebookRunSaga>(at: .cloning)
            try other.resolve(.succeeded, ["noteId": "2CLONE", "paragraphs": "all"])
        }
        for outcome in [SagaResolved.Outcome.succeeded, .rejected] {
            var swept = try await PlayedJob<NotebookRunSaga>(at: .sweeping)
            try swept.resolve(outcome)
            #expect(swept.outcome == "finished")
        }
    }
}
