package import AudienceJobs
package import HindsightCore
package import HindsightRuntime
package import ZeppelinAdapter

/// Takes forms in and brings jobs to their end, one after the other: notebooks share the variables of one session.
package actor AudienceService {
    package struct Settings: Sendable {
        /// The folder of all jobs' notes: a job's own is `<root>/<yyyy-mm>/job-<id>`.
        package var root: String
        package var sharedDirectory: String
        package var zeppelin: ZeppelinPerformer.Settings
        /// Whom a form may name, beside inboxes.
        package var channels: NoticeChannels

        package init(
            root: String = "/hindsight", sharedDirectory: String, zeppelin: ZeppelinPerformer.Settings = .init(),
            channels: NoticeChannels = NoticeChannels()
        ) {
            self.channels = channels
            self.root = root
            self.sharedDirectory = sharedDirectory
            self.zeppelin = zeppelin
        }
    }

    private let log: any EventLog
    private let clock: any AwaitableClock
    private let identities: any IdentitySource
    private let board: AudienceBoard
    private let zeppelin: ZeppelinClient
    private let settings: Settings
    private let saga: SagaRunner<NotebookRunSaga>

    /// - Parameters:
    ///   - right: What of the sagas' work is this process's.
    ///   - wrap: What stands between the saga and the notebook, like a count of outcomes.
    ///   - pause: How to wait between two looks at a running paragraph.
    ///   - onProgress: Called at each look at a running paragraph.
    package init(
        log: any EventLog, clock: any AwaitableClock, identities: any IdentitySource, board: AudienceBoard, zeppelin: ZeppelinClient,
        settings: Settings, right: WorkRight = .alone, gate: PeerGate = PeerGate(), patience: (any AwaitableClock)? = nil,
        wrap: (ZeppelinPerformer) -> any EffectPerformer = { $0 },
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        onProgress: (@Sendable (ZeppelinPerformer.Progress) -> Void)? = nil
    ) {
        self.log = log
        self.clock = clock
        self.identities = identities
        self.board = board
        self.zeppelin = zeppelin
        self.settings = settings
        let performer = ZeppelinPerformer(
            zeppelin: zeppelin, artifacts: ArtifactCheck(sharedDirectory: settings.sharedDirectory), settings: settings.zeppelin,
            parameters: { try await Self.parameters(of: $0, in: log) }, pause: pause, onProgress: onProgress)
        saga = SagaRunner(
            NotebookRunSaga.self, log: log, clock: clock, identities: identities, performer: wrap(performer), right: right,
            gate: gate, patience: patience)
    }

    // MARK: - Templates

    /// Registers a template with its note as it is now; nothing happens if both are registered already, or if the file is still the one
    /// that was registered last, whatever was restored since.
    ///
    /// - Returns: The registration in force.
    /// - Throws: `TemplateProblem` for a file that can't be read, `Template.Rejection`, ``ZeppelinError``.
    @discardableResult
    package func register(template yaml: String) async throws -> TemplateRegistered {
        let definition = try TemplateFile.read(yaml: yaml)
        let note = try await zeppelin.note(definition.noteId).outline
        let now = clock.now()
        try await handler.handle(Template.self, .register(definition, note: note, at: now), on: definition.name.stream)
        guard let registration = try await registration(of: definition.name) else { throw AudienceError.unknownTemplate(definition.name) }
        return registration
    }

    private func registration(of name: TemplateName) async throws -> TemplateRegistered? {
        let batch = try DecisionBatch(log: log, identities: identities, now: clock.now())
        return switch try await batch.state(of: Template.self, on: name.stream) {
        case .unknown: nil
        case .registered(let known): known.current
        }
    }

    // MARK: - Jobs

    /// Accepts a form.
    ///
    /// - Parameters:
    ///   - seed: With it the job's id follows from seed and form, so the same form is the same job; without it the id is new.
    ///   - identities: Of the event that requests the job.
    /// - Throws: ``FormProblems`` with every field that is wrong.
    package func submit(
        _ form: JSONValue, seed: String? = nil, metadata: EventMetadata = EventMetadata(), identities own: (any IdentitySource)? = nil
    ) async throws -> JobID {
        let (checked, template) = try await check(form)
        let now = clock.now()
        let job: JobID
        if let seed {
            job = try .seeded(seed, form: form)
        } else {
            var chance = SystemRandomNumberGenerator()
            job = .random(entropy: (0..<10).map { _ in UInt8.random(in: .min ... .max, using: &chance) }, at: now)
        }
        let request = try JobRequested(checked, template: template, job: job, at: now)
        try await CommandHandler(log: log, clock: clock, identities: own ?? identities)
            .handle(Job.self, .request(request), on: job.stream, metadata: metadata)
        return job
    }

    /// The form as it would be accepted, with the template that it names.
    package func check(_ form: JSONValue) async throws -> (form: JobForm, template: TemplateRegistered) {
        let checked = try await JobForm(form) { try await self.registration(of: $0) }
        guard let template = try await registration(of: checked.template) else { throw AudienceError.unknownTemplate(checked.template) }
        let unknown = settings.channels.problems(in: checked.notify)
        guard unknown.isEmpty else { throw FormProblems(unknown) }
        try await checkPrecedence(of: checked)
        return (checked, template)
    }

    /// Refuses early what the offer would refuse once the job has its file.
    private func checkPrecedence(of form: JobForm) async throws {
        guard form.kind == .audience, let offer = form.offer, let precedence = form.precedence else { return }
        let batch = try DecisionBatch(log: log, identities: identities, now: clock.now())
        guard case .declared(_, let audiences) = try await batch.state(of: Offer.self, on: offer.id.stream),
            let taken = audiences.values.first(where: { $0.precedence == precedence && $0.audienceType != form.audienceType })
        else { return }
        throw FormProblems([
            JSONSchema.Violation(
                pointer: "/precedence", message: "\(Offer.Rejection.precedenceTaken(precedence, by: taken.audienceType))")
        ])
    }

    /// Refuses a template whose note is no longer the one that was registered; a notebook that can't be asked now is asked by the job.
    package func checkNote(of template: TemplateRegistered) async throws {
        guard try await isNote(template.definition.noteId, asRegistered: template.noteDigest) != false else {
            throw Template.Rejection.noteChanged
        }
    }

    /// Whether a note is as it was when it had this digest; `nil` if the notebook can't be asked now.
    package func isNote(_ id: String, asRegistered digest: String) async throws -> Bool? {
        let note: NoteOutline
        do {
            note = try await zeppelin.note(id).outline
        } catch {
            return nil
        }
        return try note.digest() == digest
    }

    /// Works on all jobs until the task is cancelled: follows the log, lets the next one begin when the one before has ended.
    package func work() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [saga] in try await saga.work() }
            group.addTask { try await self.letBegin() }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Works in rounds until nothing can go on before the clock has moved: for whoever moves it.
    ///
    /// - Returns: When the next timer is due; `nil` if none is set.
    package func workOff() async throws -> Timestamp? {
        while true {
            try Task.checkCancellation()
            try await saga.catchUp()
            try await saga.fireDueTimers()
            let isBusy = try await saga.settle()
            let begins = try await startNext()
            if !isBusy, !begins { return await saga.nextDue }
        }
    }

    /// Works until the job has ended, beside whoever else works on the log, on those before it first.
    ///
    /// Call it again after a crash: what was begun is looked up and goes on where it was.
    /// - Throws: ``AudienceError`` if there is no such job, or if it waits for a person.
    package func run(_ job: JobID) async throws -> JobRow {
        try await withThrowingTaskGroup(of: JobRow?.self) { group in
            group.addTask {
                try await self.work()
                return nil
            }
            group.addTask { try await self.end(of: job) }
            defer { group.cancelAll() }
            guard let row = try await group.next() ?? nil else { throw CancellationError() }
            return row
        }
    }

    private func end(of job: JobID) async throws -> JobRow {
        while true {
            try Task.checkCancellation()
            let seen = try await log.head().position
            guard let row = try await board.job(job) else { throw AudienceError.unknownJob(job) }
            if row.status.isOver { return row }
            if let reason = try await parked(job) { throw AudienceError.parked(job, reason: reason) }
            try await log.waitForEvents(after: seen)
        }
    }

    /// Why the job's saga waits for a person; `nil` if it doesn't.
    private func parked(_ job: JobID) async throws -> String? {
        let stream = try StreamName("saga-\(NotebookRunSaga.name):\(job)")
        let control = try await DecisionBatch(log: log, identities: identities, now: clock.now()).state(of: SagaControl.self, on: stream)
        guard case .parked(let reason) = control.standing.status else { return nil }
        return reason
    }

    /// Lets one job after the other begin.
    private func letBegin() async throws {
        while true {
            try Task.checkCancellation()
            let seen = try await log.head().position
            if try await !startNext() { try await log.waitForEvents(after: seen) }
        }
    }

    /// Lets the job that has waited longest begin, if none is at work.
    ///
    /// The append fails if another process let one begin since the read models were read.
    private func startNext() async throws -> Bool {
        let seen = try await log.head().position
        var waiting: JobRow?
        for row in try await board.jobs() {
            if row.status.isAtWork {
                guard try await parked(row.id) != nil else { return false }
            } else if row.status == .requested, waiting == nil {
                waiting = row
            }
        }
        guard let job = waiting?.id else { return false }
        let now = clock.now()
        let batch = try DecisionBatch(log: log, identities: identities, now: now)
        let path = "\(settings.root)/\(now.description.prefix(7))/job-\(job)"
        try await batch.decide(Job.self, .start(JobStarted(job: job, notePath: path, at: now)), on: job.stream)
        await batch.requireNone(matching: EventQuery([.init(types: [JobStarted.type])]), after: seen)
        do {
            _ = try await log.append(await batch.append())
        } catch {
            guard error.isConflict else { throw error }
        }
        return true
    }

    private var handler: CommandHandler { CommandHandler(log: log, clock: clock, identities: identities) }

    /// The form's values, from the job's first event.
    private static func parameters(of job: JobID, in log: any EventLog) async throws -> JSONValue {
        for try await recorded in log.events(EventSelection(EventFilter(stream: job.stream), limit: 1)) {
            if case .requested(let requested)? = try JobEvent.codec.decode(recorded) { return requested.parameters }
        }
        throw AudienceError.unknownJob(job)
    }
}

/// Why the service can't go on with what it was asked.
package enum AudienceError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownJob(JobID)
    case unknownTemplate(TemplateName)
    /// The job waits for a person.
    case parked(JobID, reason: String)

    package var description: String {
        switch self {
        case .unknownJob(let job): "there is no job \(job)"
        case .unknownTemplate(let name): "the template \(name) is not registered"
        case .parked(let job, let reason): "job \(job) waits for an operator: \(reason)"
        }
    }
}
