package import HindsightCore

/// What an effect of the notebook run asks for or answers, as it travels in the log: no secrets, no values of the form.
package protocol EffectContent: Codable, Sendable, Equatable {}

extension EffectContent {
    package var json: JSONValue {
        do {
            return try JSON.decode(JSONValue.self, from: JSON.encode(self))
        } catch {
            preconditionFailure("texts and whole numbers can always be encoded: \(error)")
        }
    }

    /// - Throws: `DecodingError` for content of another shape.
    package init(_ json: JSONValue) throws {
        self = try JSON.decode(Self.self, from: JSON.encode(json))
    }
}

/// The effects of a notebook run, by their names on the wire.
package enum RunEffect: String, Sendable {
    case cloneNote = "clone-note"
    case setPermissions = "set-permissions"
    case insertParameters = "insert-parameters"
    case runParagraph = "run-paragraph"
    case checkArtifact = "check-artifact"
    case sweepDuplicates = "sweep-duplicates"
}

package struct CloneRequest: EffectContent {
    package var templateNoteId: String
    package var templateDigest: String
    package var notePath: String
}

package struct CloneResult: EffectContent {
    package var noteId: String
    package var paragraphs: [NoteParagraph]

    package init(noteId: String, paragraphs: [NoteParagraph]) {
        self.noteId = noteId
        self.paragraphs = paragraphs
    }
}

package struct PermissionsRequest: EffectContent {
    package var noteId: String
}

package struct PermissionsResult: EffectContent {
    package var permissions: NotePermissions

    package init(permissions: NotePermissions) {
        self.permissions = permissions
    }
}

package struct ParametersRequest: EffectContent {
    package var job: JobID
    package var noteId: String
    package var title: String
    package var index: Int
    package var interpreter: String
    /// `nil` stands for variables.
    package var parametersAs: TemplateDefinition.ParametersAs?
    package var outputName: String
    /// Of the values, which stay in the job's own stream.
    package var digest: String
}

package struct ParametersResult: EffectContent {
    package var paragraphId: String
    package var states: [ParagraphState]

    package init(paragraphId: String, states: [ParagraphState]) {
        self.paragraphId = paragraphId
        self.states = states
    }
}

/// What a note's status says of one paragraph; dates are opaque and only compared.
package struct ParagraphState: EffectContent {
    package var id: String
    package var status: String
    package var started: String?

    package init(id: String, status: String, started: String?) {
        self.id = id
        self.status = status
        self.started = started
    }
}

package struct RunRequest: EffectContent {
    package var noteId: String
    package var title: String
    /// Among the paragraphs that run, from 0, of `steps`.
    package var step: Int
    package var steps: Int
    /// As it was before anything was sent: a change of it proves that the run was accepted.
    package var before: ParagraphState
    /// The word before the JSON that a paragraph prints about the artifact.
    package var resultWord: String?
    /// The word before the JSON with the number that a preview prints.
    package var countWord: String?
    /// Under which progress is recorded, like `session` since the second definition.
    package var pass: Int?
    /// The interpreter setting that the job must hold to run anything. The first definition does not say: it runs whatever it holds, and
    /// has no sweep of its own.
    package var session: String?
    /// What the paragraph's dynamic form is filled with; `nil` for a paragraph without one of ours.
    package var form: FormRequest?
}

/// What the form of the paragraph with the parameters is filled with.
package struct FormRequest: EffectContent {
    package var job: JobID
    package var outputName: String
    /// Of the values, which stay in the job's own stream.
    package var digest: String

    package init(job: JobID, outputName: String, digest: String) {
        self.job = job
        self.outputName = outputName
        self.digest = digest
    }
}

/// How a paragraph ended, of a success and of a definite failure alike.
package struct RunResult: EffectContent {
    package var status: String
    package var started: String?
    package var finished: String?
    package var durationMilliseconds: Int64?
    /// The notebook could not be reached in between, so its session may be another one than before.
    package var contactWasLost: Bool
    package var cause: FailureCause?
    /// The kind of error, `NameError`.
    package var error: String?
    package var reported: ReportedArtifact?
    /// What a preview counted.
    package var counted: Int?
    /// Of all paragraphs, after the run.
    package var states: [ParagraphState]

    package init(
        status: String, started: String?, finished: String?, durationMilliseconds: Int64?, contactWasLost: Bool, cause: FailureCause?,
        error: String?, reported: ReportedArtifact?, counted: Int? = nil, states: [ParagraphState]
    ) {
        self.counted = counted
        self.status = status
        self.started = started
        self.finished = finished
        self.durationMilliseconds = durationMilliseconds
        self.contactWasLost = contactWasLost
        self.cause = cause
        self.error = error
        self.reported = reported
        self.states = states
    }
}

/// What the notebook says of the file that it made.
package struct ReportedArtifact: EffectContent {
    package var job: String
    package var file: String
    package var rows: Int
    package var bytes: Int
    package var sha256: String
}

package struct CheckRequest: EffectContent {
    package var job: JobID
    package var artifact: ArtifactPlan
    package var reported: ReportedArtifact?
}

package struct CheckResult: EffectContent {
    package var rows: Int
    package var bytes: Int
    package var sha256: String

    package init(rows: Int, bytes: Int, sha256: String) {
        self.rows = rows
        self.bytes = bytes
        self.sha256 = sha256
    }
}

/// What a preview says of the clients that it counted.
package struct ReportedCount: EffectContent {
    package var job: String
    package var rows: Int
}

package struct SweepRequest: EffectContent {
    package var noteId: String
}

/// Goes with a definite no that is not about a paragraph.
package struct Refusal: EffectContent {
    package var cause: FailureCause

    package init(cause: FailureCause) {
        self.cause = cause
    }
}
