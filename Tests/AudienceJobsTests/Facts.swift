import AudienceJobs
import HindsightCore

/// Facts that the tests of this folder begin with.
enum Facts {
    static let job = JobID("0193f0a0-0000-7000-8000-000000000001")!
    static let offer = OfferID("coffee-2026-07")!
    static let now = Timestamp("2026-11-21T10:00:00Z")!

    static let definition: JSONValue = [
        "name": "by-purchases", "kind": "audience", "noteId": "2TEMPLATE", "variables": ["title": "Variables"],
        "parameters": [
            "type": "object", "additionalProperties": false, "required": ["mcc"],
            "properties": ["mcc": ["type": "array", "items": ["type": "integer"]], "city": ["type": "string"]],
        ],
        "artifact": ["path": "{job}.csv", "result": "AUDIENCE_RESULT", "unique": "client_id"],
    ]

    static let note = NoteOutline(paragraphs: [
        .init(id: "p0", title: "About", text: "%md", runs: false),
        .init(id: "p1", title: "Variables", text: "%python\nmcc = []", runs: true),
        .init(id: "p2", title: "Clients", text: "%python\nprint(mcc)", runs: true),
    ])

    static func registration() throws -> TemplateRegistered {
        let definition = try TemplateDefinition(definition)
        return TemplateRegistered(
            definition: definition, variablesParagraph: "p1", noteDigest: try note.digest(), paragraphs: note.paragraphs.map(\.step),
            at: now)
    }

    static let form: JSONValue = [
        "template": "by-purchases", "offer": "coffee-2026-07", "audienceType": "competitor", "parameters": ["mcc": [5812]],
        "notify": ["inbox", "inbox:anna"],
    ]

    static func request(_ form: JSONValue = form) async throws -> JobRequested {
        let registration = try registration()
        let checked = try await JobForm(form) { $0 == registration.definition.name ? registration : nil }
        return try JobRequested(checked, template: registration, job: job, at: now)
    }

    /// A job in the middle: cloned, prepared, its first paragraph running.
    static func running() async throws -> [JobEvent] {
        [
            .requested(try await request()), .started(JobStarted(job: job, notePath: "/hindsight/2026-11/job-\(job)", at: now)),
            .noteCloned(
                NoteCloned(
                    job: job, noteId: "2CLONE", notePath: "/hindsight/2026-11/job-\(job)", paragraphs: note.paragraphs.map(\.step), at: now)
            ),
            .permissionsSet(PermissionsSet(job: job, permissions: .init(owners: ["svc"], readers: [], runners: [], writers: []), at: now)),
            .parametersInserted(ParametersInserted(job: job, paragraphId: "px", title: "parameters", index: 2, at: now)),
            .paragraphRequested(requested(step: 0)),
        ]
    }

    static func requested(pass: Int = 1, step: Int) -> ParagraphRequested {
        ParagraphRequested(job: job, pass: pass, step: step, paragraphId: ids[step], title: "Step \(step)", at: now)
    }

    static func finished(pass: Int = 1, step: Int) -> ParagraphFinished {
        ParagraphFinished(
            job: job, pass: pass, step: step, paragraphId: ids[step], title: "Step \(step)", startedText: "Sat Nov 21 10:00:00 UTC 2026",
            finishedText: "Sat Nov 21 10:00:01 UTC 2026", durationMilliseconds: 900, at: now)
    }

    static func failed(pass: Int = 1, step: Int, _ cause: FailureCause) -> ParagraphFailed {
        ParagraphFailed(
            job: job, pass: pass, step: step, paragraphId: ids[step], title: "Step \(step)", status: "ERROR", cause: cause, error: nil,
            durationMilliseconds: 5, at: now)
    }

    static let ids = ["p1", "px", "p2"]
}
