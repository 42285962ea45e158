package import AudienceJobs
package import HindsightCore
package import HindsightRuntime
package import ZeppelinAdapter

/// Takes forms in and brings jobs to their end. Those that share an interpreter's session, with its variables, run one after the other.
package actor AudienceService {
    package struct Settings: Sendable {
        /// The folder of all jobs' notes: a job's own is `<root>/<yyyy-mm>/job-<id>`.
        package var root: String
        package var sharedDirectory: String
        package var zeppelin: ZeppelinPerformer.Settings
        /// Whom a form may name, beside inboxes.
        package var channels: NoticeChannels
        /// An audience with more rows waits for somebody's approval; `nil` for never.
        package var approvalRows: Int?
        /// How long a paragraph has to run before its progress is recorded.
        package var progressAfter: Duration

        package init(
            root: String = "/hindsight", sharedDirectory: String, zeppelin: ZeppelinPerformer.Settings = .init(),
            channels: NoticeChannels = NoticeChannels(), approvalRows: Int? = nil, progressAfter: Duration = .seconds(3)
        ) {
            self.approvalRows = approvalRows
            self.progressAfter = progressAfter
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
    private let jobs: LoggedJobs
    private let standstills: StandstillNotices
    private let saga: SagaRunner<NotebookRunSaga>
    /// Brings to its end what it once began.
    private let firstSaga: SagaRunner<FirstNotebookRunSaga>

    /// - Parameters:
    ///   - right: What of the sagas' work is this process's.
    ///   - wrap: What stands between the saga and the notebook, like a count of outcomes.
    ///   - beforePause: Called before each wait between two looks at a running paragraph.
    ///   - onProgress: Called at each look at a running paragraph.
    package init(
        log: any EventLog, clock: any AwaitableClock, identities: any IdentitySource, board: AudienceBoard, zeppelin: ZeppelinClient,
        settings: Settings, right: WorkRight = .alone, gate: PeerGate = PeerGate(), patience: (any AwaitableClock)? = nil,
        wrap: (ZeppelinPerformer) -> any EffectPerformer = { $0 },
        beforePause: @escaping @Sendable (Duration) async throws -> Void = { _ in },
        onProgress: (@Sendable (ZeppelinPerformer.Progress) -> Void)? = nil
    ) {
        self.log = log
        self.clock = clock
        self.identities = identities
        self.board = board
        self.zeppelin = zeppelin
        self.settings = settings
        standstills = StandstillNotices(log: log, clock: clock, identities: RandomIdentities(), board: board)
        jobs = LoggedJobs(log: log, clock: clock, identities: RandomIdentities(), progressAfter: settings.progressAfter)
        let performer = ZeppelinPerformer(
            zeppelin: zeppelin, artifacts: ArtifactCheck(sharedDirectory: settings.sharedDirectory), settings: settings.zeppelin,
            jobs: jobs, clock: clock, beforePause: beforePause, onProgress: onProgress)
        let wrapped = wrap(performer)
        saga = SagaRunner(
            NotebookRunSaga.self, log: log, clock: clock, identities: identities, performer: wrapped, right: right,
            gate: gate, patience: patience)
        firstSaga = SagaRunner(
            FirstNotebookRunSaga.self, log: log, clock: clock, identities: identities, performer: wrapped, right: right,
            gate: gate, patience: patience, startsNew: false)
    }

    // MARK: - Templates

    /// Registers a template with its note as it is now; nothing happens if both are registered already, or if the file is still the one
    /// that was registered last, whatever was restored since.
    ///
    /// - Returns: The registration in force.
    /// - Throws: `TemplateProblem` for a file that can't be read, `Template.Rejection`, ``ZeppelinError``.
    @discardableResult
    package func register(template yaml: String) async throws -> TemplateRegistered {
        try await register(TemplateFile.read(yaml: yaml))
    }

    /// Registers what was read of a template's file, as ``register(template:)`` does.
    @discardableResult
    package func register(_ definition: TemplateDefinition) async throws -> TemplateRegistered {
        let note = try await zeppelin.outline(of: definition)
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
            group.addTask { [firstSaga] in try await firstSaga.work() }
            group.addTask { try await self.letBegin() }
            group.addTask { [standstills] in try await standstills.work() }
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
            var isBusy = false
            for saga in [saga, firstSaga] as [any SagaRunning] {
                try await saga.catchUp()
                try await saga.fireDueTimers()
                if try await saga.settle() { isBusy = true }
            }
            let begins = try await startNext()
            let tells = try await standstills.post()
            if !isBusy, !begins, !tells { return [await saga.nextDue, await firstSaga.nextDue].compactMap(\.self).min() }
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
            // Nothing that this process does brings it on.
            if row.status.isOver || row.status == .awaitingApproval { return row }
            let batch = try DecisionBatch(log: log, identities: identities, now: clock.now())
            if let reason = try await parked(job, in: batch) {
                _ = try await standstills.post(of: job)
                throw AudienceError.parked(job, reason: reason)
            }
            try await log.waitForEvents(after: seen)
        }
    }

    /// Why the job's saga waits for a person; `nil` if it doesn't.
    private func parked(_ job: JobID, in batch: DecisionBatch) async throws -> String? {
        let stream = try StreamName("saga-\(NotebookRunSaga.name):\(job)")
        guard case .parked(let reason) = try await batch.state(of: SagaControl.self, on: stream).standing.status else { return nil }
        return reason
    }

    /// Lets one job after the other begin.
    private func letBegin() async throws {
        while true {
            try Task.checkCancellation()
            let seen = try await log.head().position
            if try await !startNext() { try await waitForTurn(after: seen) }
        }
    }

    /// Returns when something was recorded after `position` that may let a job begin.
    private func waitForTurn(after position: Position) async throws {
        let selection = EventSelection(SessionQueue.filter, after: position)
        for try await recorded in log.events(selection, goingOnLive: true) where SessionQueue.mayMove(by: recorded) { return }
    }

    /// Lets the job that has waited longest begin in each session that nobody holds.
    private func startNext() async throws -> Bool {
        let seen = try await log.head().position
        let jobs = try await board.openJobs()
        guard jobs.contains(where: { $0.waitingSince != nil }) else { return false }
        var parked: Set<JobID> = []
        for job in jobs where job.status.holdsSession {
            let batch = try DecisionBatch(log: log, identities: identities, now: clock.now())
            if try await self.parked(job.id, in: batch) != nil { parked.insert(job.id) }
        }
        let next = SessionQueue(jobs, parked: parked).next
        for job in next {
            let others = jobs.filter { $0.session == job.session && parked.contains($0.id) }.map(\.id)
            try await start(job, seen: seen, parked: others)
        }
        return !next.isEmpty
    }

    /// Lets a job take its session.
    ///
    /// The append fails if anybody took it since the read models were read, or if a job that holds nothing while it waits for a person was
    /// led on: then the next look decides anew.
    private func start(_ job: JobRow, seen: Position, parked: [JobID]) async throws {
        let now = clock.now()
        let batch = try DecisionBatch(log: log, identities: identities, now: now)
        for other in parked where try await self.parked(other, in: batch) == nil { return }
        switch try await batch.state(of: Job.self, on: job.id.stream).phase {
        case .requested:
            let path = "\(settings.root)/\(now.description.prefix(7))/job-\(job.id)"
            let started = JobStarted(job: job.id, notePath: path, session: job.session, approvalRows: settings.approvalRows, at: now)
            try await batch.decide(Job.self, .start(started), on: job.id.stream)
        case .waiting:
            let isOurs = try await jobs.user(of: job.session) == job.id
            try await batch.decide(Job.self, .act(.resume(session: job.session, isSessionOurs: isOurs, at: now)), on: job.id.stream)
        // It was cancelled since the read models were read.
        default: return
        }
        batch.requireNone(matching: InterpreterSession.uses(of: job.session), after: seen)
        do {
            _ = try await log.append(batch.append())
        } catch {
            guard error.isConflict else { throw error }
        }
    }

    private var handler: CommandHandler { CommandHandler(log: log, clock: clock, identities: identities) }
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
        case .unknownTemplate(let name): "the template \(name) is not registered: `hindsight audience templates` lists those that are"
        case .parked(let job, let reason): "job \(job) waits for an operator: \(reason)"
        }
    }
}
