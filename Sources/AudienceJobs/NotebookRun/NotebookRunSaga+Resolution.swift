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
        func check<Answer: CheckedAnswer>(like example: Answer) throws {
            try UnusableResult.check(result, as: Answer.self, like: example.json, of: rawValue, outcome) { $0.complaint(outcome) }
        }
        switch (self, outcome) {
        case (.cloneNote, .succeeded):
            try check(like: CloneResult(noteId: "2KCLONE", paragraphs: [NoteParagraph(id: "paragraph_1", title: "Clients", runs: true)]))
        case (.setPermissions, .succeeded):
            let permissions = NotePermissions(owners: ["service"], readers: ["service"], runners: ["service"], writers: ["service"])
            try check(like: PermissionsResult(permissions: permissions))
        case (.insertParameters, .succeeded):
            let state = ParagraphState(id: "paragraph_1", status: "READY", started: nil)
            try check(like: ParametersResult(paragraphId: "paragraph_2", states: [state]))
        case (.checkArtifact, .succeeded):
            try check(like: CheckResult(rows: 2, bytes: 26, sha256: String(repeating: "0", count: 64)))
        case (.runParagraph, _):
            let example = RunResult(
                status: outcome == .succeeded ? "FINISHED" : "ERROR", started: nil, finished: nil, durationMilliseconds: nil,
                contactWasLost: true, cause: nil, error: nil, reported: nil,
                states: [ParagraphState(id: "paragraph_1", status: outcome == .succeeded ? "FINISHED" : "ERROR", started: nil)])
            try check(like: example)
        case (.cloneNote, .rejected), (.setPermissions, .rejected), (.insertParameters, .rejected), (.checkArtifact, .rejected):
            try check(like: Refusal(cause: .foundUndone))
        case (.sweepDuplicates, _): break
        }
    }
}

/// An answer that a person may give, with what has to be true of it at the least: what is not comes back later as an untrue cause.
private protocol CheckedAnswer: EffectContent {
    func complaint(_ outcome: SagaResolved.Outcome) -> UnusableResult.Complaint?
}

extension CheckedAnswer {
    static func empty(_ text: String, at pointer: String) -> UnusableResult.Complaint? {
        text.allSatisfy(\.isWhitespace) ? (pointer, "must not be empty") : nil
    }

    static func empty(_ ids: [String], in list: String) -> UnusableResult.Complaint? {
        ids.firstIndex { $0.allSatisfy(\.isWhitespace) }.map { ("\(list)/\($0)/id", "must not be empty") }
    }
}

extension CloneResult: CheckedAnswer {
    fileprivate func complaint(_ outcome: SagaResolved.Outcome) -> UnusableResult.Complaint? {
        if paragraphs.isEmpty { return Self.empty(noteId, at: "/noteId") ?? ("/paragraphs", "must not be empty") }
        return Self.empty(noteId, at: "/noteId") ?? Self.empty(paragraphs.map(\.id), in: "/paragraphs")
    }
}

extension PermissionsResult: CheckedAnswer {
    fileprivate func complaint(_ outcome: SagaResolved.Outcome) -> UnusableResult.Complaint? {
        let lists = [
            ("owners", permissions.owners), ("readers", permissions.readers), ("runners", permissions.runners),
            ("writers", permissions.writers),
        ]
        return lists.first { $0.1.isEmpty }.map { ("/permissions/\($0.0)", "must not be empty: an empty list admits everybody") }
    }
}

extension ParametersResult: CheckedAnswer {
    fileprivate func complaint(_ outcome: SagaResolved.Outcome) -> UnusableResult.Complaint? {
        Self.empty(paragraphId, at: "/paragraphId") ?? Self.empty(states.map(\.id), in: "/states")
    }
}

extension RunResult: CheckedAnswer {
    fileprivate func complaint(_ outcome: SagaResolved.Outcome) -> UnusableResult.Complaint? {
        switch outcome {
        case .succeeded: if status != "FINISHED" { return ("/status", "must be FINISHED") }
        case .rejected: if let complaint = Self.empty(status, at: "/status") { return complaint }
        }
        return Self.empty(states.map(\.id), in: "/states")
    }
}

extension CheckResult: CheckedAnswer {
    fileprivate func complaint(_ outcome: SagaResolved.Outcome) -> UnusableResult.Complaint? {
        if rows < 0 { return ("/rows", "must be at least 0") }
        if bytes < 1 { return ("/bytes", "must be at least 1") }
        let isDigest = sha256.utf8.count == 64 && sha256.allSatisfy { $0.isASCII && $0.isHexDigit && !$0.isUppercase }
        return isDigest ? nil : ("/sha256", "must be 64 hexadecimal digits")
    }
}

extension Refusal: CheckedAnswer {
    // Its causes are a set that decoding holds to.
    fileprivate func complaint(_ outcome: SagaResolved.Outcome) -> UnusableResult.Complaint? { nil }
}
