package import HindsightCore

/// What a person may say in the notebook's stead.
extension NotebookRunSaga {
    package static func result(
        of effect: EffectIntent, resolvedAs outcome: SagaResolved.Outcome, given: JSONValue, reason: String
    ) throws -> JSONValue {
        guard let kind = RunEffect(rawValue: effect.kind) else { return given }
        switch outcome {
        case .succeeded:
            try kind.check(given, as: outcome)
            return given
        case .rejected:
            let result = try kind.refusal(of: effect).merging(given)
            try kind.check(result, as: outcome)
            return result
        }
    }
}

extension FirstNotebookRunSaga {
    package static func result(
        of effect: EffectIntent, resolvedAs outcome: SagaResolved.Outcome, given: JSONValue, reason: String
    ) throws -> JSONValue {
        try NotebookRunSaga.result(of: effect, resolvedAs: outcome, given: given, reason: reason)
    }
}

extension RunEffect {
    /// The no of a person who found that it was not done.
    fileprivate func refusal(of effect: EffectIntent) throws -> JSONValue {
        switch self {
        case .cloneNote, .setPermissions, .insertParameters, .checkArtifact: return Refusal(cause: .foundUndone).json
        case .runParagraph:
            let before = try RunRequest(effect.request).before
            return RunResult(
                status: "ERROR", started: before.started, finished: nil, durationMilliseconds: nil, contactWasLost: true,
                cause: .foundUndone, error: nil, reported: nil, states: []
            ).json
        case .sweepDuplicates: return [:]
        }
    }

    fileprivate func check(_ result: JSONValue, as outcome: SagaResolved.Outcome) throws {
        func check(_ answer: (some EffectContent).Type, like example: some EffectContent) throws {
            try UnusableResult.check(result, as: answer, like: example.json, of: rawValue, outcome)
        }
        switch (self, outcome) {
        case (.cloneNote, .succeeded):
            try check(
                CloneResult.self,
                like: CloneResult(noteId: "2KCLONE", paragraphs: [NoteParagraph(id: "paragraph_1", title: "Clients", runs: true)]))
        case (.setPermissions, .succeeded):
            let permissions = NotePermissions(owners: ["service"], readers: ["service"], runners: ["service"], writers: ["service"])
            try check(PermissionsResult.self, like: PermissionsResult(permissions: permissions))
        case (.insertParameters, .succeeded):
            let state = ParagraphState(id: "paragraph_1", status: "READY", started: nil)
            try check(ParametersResult.self, like: ParametersResult(paragraphId: "paragraph_2", states: [state]))
        case (.checkArtifact, .succeeded):
            try check(CheckResult.self, like: CheckResult(rows: 2, bytes: 26, sha256: String(repeating: "0", count: 64)))
        case (.runParagraph, _):
            let example = RunResult(
                status: outcome == .succeeded ? "FINISHED" : "ERROR", started: nil, finished: nil, durationMilliseconds: nil,
                contactWasLost: true, cause: nil, error: nil, reported: nil,
                states: [ParagraphState(id: "paragraph_1", status: outcome == .succeeded ? "FINISHED" : "ERROR", started: nil)])
            try check(RunResult.self, like: example)
        case (.cloneNote, .rejected), (.setPermissions, .rejected), (.insertParameters, .rejected), (.checkArtifact, .rejected):
            try check(Refusal.self, like: Refusal(cause: .foundUndone))
        case (.sweepDuplicates, _): break
        }
    }
}
