import AudienceJobs
import HTTPTypes
import HindsightApp
import HindsightCore
import HindsightRuntime
import Hummingbird
import NIOCore

/// A manager's calls: forms, jobs, their files, offers and notices.
struct AudienceRoutes {
    let live: LiveApplication
    let feed: EventFeed

    func add(to routes: inout Routes) {
        routes.serve(.templates, templates)
        routes.serve(.templateVersions, templateVersions)
        routes.serve(.rollBackTemplate, rollBackTemplate)
        routes.serve(.requestJob, requestJob)
        routes.serve(.jobs, jobs)
        routes.serve(.job, job)
        routes.serve(.artifact, artifact)
        routes.serve(.declareOffer, declareOffer)
        routes.serve(.offer, offer)
        routes.serve(.attachAudience, attachAudience)
        routes.serve(.changePrecedence, changePrecedence)
        routes.serve(.assignment, assignment)
        routes.serve(.statistics, statistics)
        routes.serve(.inbox, inbox)
        JobActRoutes(live: live).add(to: &routes)
    }

    // MARK: - Templates and forms

    private struct TemplateSummary: Encodable {
        let name: TemplateName
        let kind: JobKind
        /// JSON Schema of the form's `parameters`.
        let parameters: JSONValue
        let noteId: String
        let noteDigest: String
        let paragraphs: [NoteParagraph]
        let registeredAt: Timestamp
        let registrations: Int
        /// The earlier registration that holds again, where one was restored.
        let restores: Int?
        /// What a job costs when it is done by hand.
        let manualHours: Double
        /// What may keep its jobs from their end now; `nil` for nothing, and for the past.
        let warnings: [String]?

        init(_ row: TemplateRow, warnings: [TemplateProblem]) {
            self.warnings = warnings.isEmpty ? nil : warnings.map(\.description)
            let registration = row.registration
            name = registration.definition.name
            kind = registration.definition.kind
            parameters = registration.definition.parameters
            manualHours = registration.definition.manualHours ?? TemplateDefinition.usualManualHours
            noteId = registration.definition.noteId
            noteDigest = registration.noteDigest
            paragraphs = registration.paragraphs
            registeredAt = registration.at
            (registrations, restores) = (row.registrations, row.restores)
        }
    }

    private struct Templates: Encodable {
        let templates: [TemplateSummary]
        /// Files of the templates' folder that no job can be run by now; `nil` for none, and for the past, which nobody has written down.
        let refused: [TemplateFiles.Refused]?
    }

    @Sendable private func templates(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let bound = try await query.bound(in: live.log)
        let isPast = query.names.contains("at")
        let refused = isPast ? [] : live.refusedTemplates.all
        let templates = try await live.board.templates(at: bound).map { row in
            TemplateSummary(row, warnings: isPast ? [] : live.templateWarnings.about(row.registration.definition))
        }
        return try Answer.json(Templates(templates: templates, refused: refused.isEmpty ? nil : refused)).at(bound)
    }

    private var desk: TemplateDesk { TemplateDesk(log: live.log, clock: live.application.clock) }

    private func templateName(_ call: Call) throws(Problem) -> TemplateName {
        guard let name = TemplateName(try call.parameter("name")) else { throw .field("name", TemplateName.rule) }
        return name
    }

    private struct TemplateVersions: Encodable {
        let template: TemplateName
        let versions: [TemplateDesk.Version]
    }

    @Sendable private func templateVersions(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let name = try templateName(call)
        let bound = try await query.bound(in: live.log)
        let versions = try await desk.versions(of: name, at: bound)
        guard !versions.isEmpty else { throw Problem.unknown("there is no template \(name) at this time") }
        return try Answer.json(TemplateVersions(template: name, versions: versions)).at(bound)
    }

    @Sendable private func rollBackTemplate(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let name = try templateName(call)
        let (asked, body) = try await RollbackBody.read(call, live.log)
        if asked.isPreview {
            let position = try await live.log.head().position
            let preview = try await desk.previewRollback(of: name, to: asked.to, reason: asked.reason, notebook: live.audience)
            return try Answer.json(preview).at(position)
        }
        let reason = try asked.givenReason
        let act = try IdempotentAct(call, body: body, log: live.log)
        let done = ResultBox<TemplateDesk.Rollback>()
        let trace = try await act.perform {
            await done.set(
                try await desk.rollBack(
                    name, to: asked.to, reason: reason, digest: asked.digest, metadata: try act.metadata(), identities: act.identities))
        }
        var rollback = await done.value
        if rollback == nil, let first = trace.first {
            rollback = try await desk.rollback(of: name, to: asked.to, recordedAt: first.position)
        }
        return try Answer.json(rollback).at(trace.position)
    }

    private struct Preview: Encodable {
        let valid: Bool
        let template: TemplateName
        let paragraphs: Int
    }

    private static let form = BodySchema(document: ["type": "object", "properties": ["preview": ["type": "boolean"]]])

    @Sendable private func requestJob(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let body = try await call.json(Self.form)
        guard let audience = live.audience else {
            throw Problem(.notConfigured, "no notebook is configured: audience.zeppelin.url names it")
        }
        var form = body
        if form["preview"] == true {
            var members = form.objectValue ?? [:]
            members["preview"] = nil
            let (_, template) = try await audience.check(.object(members))
            // A template that can't count alone has its form checked, and nothing run.
            guard template.definition.preview != nil else {
                let runs = template.paragraphs.count(where: \.runs) + 1
                return try Answer.json(Preview(valid: true, template: template.definition.name, paragraphs: runs))
                    .at(try await live.log.head().position)
            }
        } else {
            // As if nobody had asked: a form with the member is the same form as one without it.
            form = .object((form.objectValue ?? [:]).filter { $0.key != "preview" })
        }
        let asked = form
        let act = try IdempotentAct(call, body: asked, log: live.log)
        let made = ResultBox<JobID>()
        let trace = try await act.perform {
            try await audience.checkNote(of: try await audience.check(asked).template)
            await made.set(try await audience.submit(asked, metadata: try act.metadata(), identities: act.identities))
        }
        var id = await made.value
        if id == nil { id = trace.first.flatMap { $0.stream.id.flatMap { JobID(String($0)) } } }
        guard let id, let row = try await live.board.view(of: id, at: trace.position) else {
            throw Problem.unknown("the job is not in the log")
        }
        return try Answer.json(row, status: .accepted).with(.location, "/v1/audience/jobs/\(id)").at(trace.position)
    }

    // MARK: - Jobs

    private static let jobIndexes = ["status", "template"]

    @Sendable private func jobs(_ call: Call) async throws -> Answer {
        let query = try call.query("status", "template", "limit", "cursor", "at")
        _ = try query.choice("status", JobStatus.self)
        let listing = try Listing(query, indexes: Self.jobIndexes)
        let bound = try await query.bound(in: live.log)
        let rows = try await live.projections.runner.rows(of: JobBoard().name, listing.selection, at: bound)
        let (page, cursor) = listing.page(rows) { $0.key }
        let jobs = try page.compactMap(\.body).map { try JSON.decode(JobRow.self, from: $0) }
        let views = try await live.board.views(of: jobs, at: bound)
        return Answer.list("jobs", try views.map { try JSON.encode($0) }, cursor: cursor).at(bound)
    }

    @Sendable private func job(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let form = try call.acceptedForm(among: [.json, .eventStream])
        let id = try job(try call.parameter("id"), "id")
        guard form == .json else {
            guard !query.names.contains("at") else {
                throw Problem.field("at", "does not go with text/event-stream, which goes on for ever")
            }
            guard try await live.board.job(id) != nil else { throw unknown(id) }
            return follow(id)
        }
        let bound = try await query.bound(in: live.log)
        guard let view = try await live.board.view(of: id, at: bound) else { throw unknown(id) }
        return try Answer.json(view).at(bound)
    }

    /// The job at each change, until it is over.
    private func follow(_ id: JobID) -> Answer {
        .stream(.eventStream) { writer in
            try await feed.listening { try await follow(id, &writer) }
        }
        .with(.cacheControl, "no-store")
    }

    private func follow(_ id: JobID, _ writer: inout any ResponseBodyWriter) async throws {
        let saga = try StreamName("saga-\(NotebookRunSaga.name):\(id)")
        var shown: JobView?
        var reached = try await live.log.head().position
        var isDue = true
        var lastWrite = ContinuousClock.now
        while true {
            if isDue, let view = try await live.board.view(of: id), view != shown {
                shown = view
                try await writer.write(Array("id: \(view.row.events)\ndata: ".utf8) + JSON.encode(view) + Array("\n\n".utf8))
                lastWrite = .now
                if view.row.status.isOver { return }
            }
            switch await feed.next(after: reached) {
            case .events(let entries):
                reached = entries[entries.count - 1].position
                // Who waits for others is nearer to its turn when one of them has changed.
                let isWaiting = shown?.place != nil
                // Why a job does not go on stands in the stream of its saga.
                isDue = entries.contains {
                    $0.stream == id.stream || $0.stream == saga || (isWaiting && $0.stream.category == JobID.category)
                }
            case .behind:
                reached = try await live.log.head().position
                isDue = true
            case .quiet: isDue = false
            case .closed: return
            }
            try await LiveEvents.keepAlive(&writer, since: &lastWrite)
        }
    }

    @Sendable private func artifact(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        _ = try call.acceptedForm(among: [.csv])
        let id = try job(try call.parameter("id"), "id")
        let bound = try await query.bound(in: live.log)
        guard let row = try await live.board.job(id, at: bound) else { throw unknown(id) }
        guard let artifact = row.artifact else { throw Problem.unknown("the job has no file at this time: it is \(row.status.rawValue)") }
        let folder = live.configuration.audience.sharedDirectory ?? "\(live.application.folder)/audiences"
        let file = try ArtifactFile(artifact, in: folder)
        var answer = Answer.stream(.csv) { writer in
            while let chunk = try file.next() { try await writer.write(chunk) }
        }
        answer.headers[.eTag] = "\"\(artifact.sha256)\""
        answer.headers[.contentDisposition] = "attachment; filename=\"\(id).csv\""
        return answer.at(bound)
    }

    private func job(_ text: String, _ field: String) throws(Problem) -> JobID {
        guard let id = JobID(text) else { throw .field(field, JobID.rule) }
        return id
    }

    private func unknown(_ id: JobID) -> Problem { .unknown("there is no job \(id) at this time") }

    // MARK: - Offers

    private static let offer = BodySchema(["title": ["type": "string", "minLength": 1, "maxLength": 200]])
    private static let attachment = BodySchema(
        [
            "job": ["type": "string"], "type": ["type": "string", "pattern": "^(?!\\.{1,2}$)[A-Za-z0-9._-]{1,64}$"],
            "cashback": Cashback.schema, "precedence": ["type": "integer", "minimum": 1, "maximum": 1_000],
        ], required: ["job", "type"])

    private func offerID(_ call: Call) throws(Problem) -> OfferID {
        guard let id = OfferID(try call.parameter("id")) else { throw .field("id", OfferID.rule) }
        return id
    }

    @Sendable private func declareOffer(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let id = try offerID(call)
        let body = try await call.json(Self.offer)
        let isNew = try await live.log.version(of: id.stream) == 0
        let act = try IdempotentAct(call, body: body, log: live.log)
        let handler = CommandHandler(log: live.log, clock: live.application.clock, identities: act.identities)
        let trace = try await act.perform {
            try await handler.handle(
                Offer.self, .declare(id, title: body["title"]?.stringValue, at: handler.clock.now()), on: id.stream,
                metadata: try act.metadata())
        }
        return try await offerAnswer(id, at: trace.position, status: isNew && !trace.isRepeat ? .created : .ok)
    }

    private func offerAnswer(_ id: OfferID, at position: Position, status: HTTPResponse.Status = .ok) async throws -> Answer {
        guard let offer = try await live.offers.offer(id, at: position) else { throw unknown(id) }
        return try Answer.json(offer, status: status).at(position)
    }

    private func unknown(_ id: OfferID) -> Problem { .unknown("there is no offer \(id) at this time") }

    @Sendable private func offer(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        return try await offerAnswer(try offerID(call), at: try await query.bound(in: live.log))
    }

    @Sendable private func attachAudience(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let id = try offerID(call)
        let body = try await call.json(Self.attachment)
        let cashback = try body["cashback"].map { try JSON.decode(Cashback.self, from: JSON.encode($0)) }
        if let problems = cashback?.problems, !problems.isEmpty {
            throw FormProblems(problems.map { JSONSchema.Violation(pointer: "/cashback" + $0.pointer, message: $0.message) })
        }
        guard let jobID = JobID(body["job"]?.stringValue ?? "") else { throw Problem.body("/job", JobID.rule) }
        guard let job = try await live.board.job(jobID) else { throw unknown(jobID) }
        guard let artifact = job.artifact, job.status == .finished else {
            throw Problem(.rejected, "the job has no file to attach: it is \(job.status.rawValue)")
        }
        guard job.kind == .audience else { throw Problem(.rejected, "the job made a report, and no audience") }
        let audience = Offer.Audience(
            job: jobID, type: body["type"]?.stringValue ?? "", cashback: cashback,
            precedence: body["precedence"]?.integerValue.map { Int($0) }, path: artifact.path, rows: artifact.rows, sha256: artifact.sha256)
        let act = try IdempotentAct(call, body: body, log: live.log)
        let handler = CommandHandler(log: live.log, clock: live.application.clock, identities: act.identities)
        let before = try await live.log.version(of: id.stream)
        let trace = try await act.perform {
            try await handler.handle(Offer.self, .attach(audience, at: handler.clock.now()), on: id.stream, metadata: try act.metadata())
        }
        let isNew = try await live.log.version(of: id.stream) > before && !trace.isRepeat
        return try await offerAnswer(id, at: trace.position, status: isNew ? .created : .ok)
    }

    private static let order = BodySchema(
        [
            "order": [
                "type": "array", "minItems": 1, "maxItems": .integer(Int64(Offer.mostAudiences)), "uniqueItems": true,
                "items": ["type": "string", "pattern": "^(?!\\.{1,2}$)[A-Za-z0-9._-]{1,64}$"],
            ]
        ], required: ["order"])

    @Sendable private func changePrecedence(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let id = try offerID(call)
        let body = try await call.json(Self.order)
        let types = (body["order"]?.arrayValue ?? []).compactMap(\.stringValue)
        let act = try IdempotentAct(call, body: body, log: live.log)
        let handler = CommandHandler(log: live.log, clock: live.application.clock, identities: act.identities)
        let trace = try await act.perform {
            try await handler.handle(Offer.self, .order(types, at: handler.clock.now()), on: id.stream, metadata: try act.metadata())
        }
        return try await offerAnswer(id, at: trace.position)
    }

    /// Which audience each client belongs to. Whatever can't be read is found before the first byte is sent.
    @Sendable private func assignment(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        _ = try call.acceptedForm(among: [.csv])
        let id = try offerID(call)
        let bound = try await query.bound(in: live.log)
        guard let row = try await live.board.offer(id, at: bound), let offer = try await live.offers.offer(id, at: bound) else {
            throw unknown(id)
        }
        if let reason = offer.unresolved { throw Problem(.rejected, reason) }
        let answer = Answer.stream(.csv) { writer in
            try await live.offers.assignment(of: row) { try await writer.write(Array($0.utf8)) }
        }
        return answer.with(.contentDisposition, "attachment; filename=\"\(id).csv\"").at(bound)
    }

    // MARK: - What became of it

    @Sendable private func statistics(_ call: Call) async throws -> Answer {
        let query = try call.query("from", "to", "template", "by", "at")
        let period = try query.choice("by", JobStatistics.Period.self) ?? .month
        let (from, to, template) = (try query.instant("from"), try query.instant("to"), try query.text("template"))
        let bound = try await query.bound(in: live.log)
        return try Answer.json(try await live.board.statistics(of: template, from: from, to: to, by: period, at: bound)).at(bound)
    }

    @Sendable private func inbox(_ call: Call) async throws -> Answer {
        let query = try call.query("recipient", "job", "limit", "cursor", "at")
        return try await live.list("notices", of: Inbox().name, query, indexes: ["recipient", "job"])
    }
}

extension LiveApplication {
    /// The rows of a read model as a list of its own name.
    func list(_ title: String, of projection: String, _ query: Query, indexes: [String]) async throws -> Answer {
        let listing = try Listing(query, indexes: indexes)
        let bound = try await query.bound(in: log)
        let rows = try await projections.runner.rows(of: projection, listing.selection, at: bound)
        let (page, cursor) = listing.page(rows) { $0.key }
        return Answer.list(title, page.compactMap(\.body), cursor: cursor).at(bound)
    }
}
