import AudienceJobs
import HindsightCore

/// One run of one paragraph. A start is sent at most once until it is proven that it did not arrive.
extension ZeppelinPerformer {
    /// Dates have whole seconds: a run that begins in the second of the one before would look like it.
    private static let distinctSecond = Duration.milliseconds(1_100)
    /// Polls that may fail one after the other before the outcome is called unknown.
    private static let failedPolls = 4
    /// Polls after a stop, until it is asked for once more.
    private static let pollsPerStop = 10

    func run(_ request: RunRequest, _ intent: EffectIntent) async throws -> EffectOutcome {
        if let session = request.session, let user = try await jobs.user(of: session), user.description != intent.instance {
            throw EffectRefusal(cause: .sessionTaken, reason: "job \(user) has the session")
        }
        let clock = ContinuousClock()
        var form: [String: String] = [:]
        if let wanted = request.form { form[ParametersParagraph.formName] = try await document(wanted) }
        if request.before.started != nil { try await pause(Self.distinctSecond) }
        let start = clock.now
        try await zeppelin.run(request.before.id, of: request.noteId, filling: form)
        return try await afterTheDeed {
            let end = try await follow(request, intent, contactWasLost: intent.attempt > 1) {
                Int64((clock.now - start) / .milliseconds(1))
            }
            guard let end else { throw UnclearEffect(reason: "the note's status does not show the run") }
            return end
        }
    }

    /// How the run ended, or will end; `nil` if it never arrived.
    func lookUpRun(_ request: RunRequest, _ intent: EffectIntent) async throws -> EffectOutcome? {
        try await follow(request, intent, contactWasLost: true) { nil }
    }

    /// Polls to the run's end; `nil` if no sign of it shows within the grace time.
    private func follow(
        _ request: RunRequest, _ intent: EffectIntent, contactWasLost: Bool, duration: () -> Int64?
    ) async throws -> EffectOutcome? {
        var watch = Watch(request: request, limits: settings.limits)
        var contactWasLost = contactWasLost
        var failures = 0
        var pollsToStop = 0
        while true {
            let poll = await poll(request.noteId)
            if case .failure(let error) = poll, !error.saysNoteIsGone {
                // Asking again is harmless; but whoever was silent may have been restarted.
                contactWasLost = true
                failures += 1
                guard failures <= Self.failedPolls else { throw UnclearEffect(reason: "\(error)") }
                try await pause(max(watch.nextWait(), error.retryAfter ?? .zero))
                continue
            }
            failures = 0
            let seen = try poll.get()
            guard let paragraph = seen[request.before.id] else {
                throw EffectRefusal(cause: .noteMissing, reason: "the paragraph is not in the note any more")
            }
            watch.see(paragraph.state)
            await show(paragraph, watch, request, intent)
            if watch.isOver {
                return try await end(request, intent, paragraph, seen, watch, contactWasLost: contactWasLost, duration: duration())
            }
            if watch.isNotArriving {
                guard try await canNeverRun(request, paragraph.state) else { return nil }
                return try await end(request, intent, paragraph, seen, watch, contactWasLost: contactWasLost, duration: nil)
            }
            if watch.isStopIgnored {
                return try await end(request, intent, paragraph, seen, watch, contactWasLost: contactWasLost, duration: duration())
            }
            if !watch.isStopped, let job = JobID(intent.instance), try await jobs.isCancelled(job) { watch.isCancelled = true }
            if watch.isTooLong || watch.isCancelled {
                watch.isStopped = true
                if pollsToStop == 0 { pollsToStop = await stop(request) ? Self.pollsPerStop : 1 }
                pollsToStop -= 1
            }
            try await pause(watch.nextWait())
        }
    }

    private func show(_ paragraph: ZeppelinNoteStatus.Paragraph, _ watch: Watch, _ request: RunRequest, _ intent: EffectIntent) async {
        let progress = Progress(
            job: intent.instance, paragraphId: paragraph.state.id, title: request.title, step: request.step, steps: request.steps,
            status: paragraph.state.status, percent: paragraph.progress, runningTime: watch.runningTime)
        onProgress?(progress)
        if let pass = request.pass { await jobs.note(progress, pass: pass) }
    }

    /// Whether `interpreter.owners` shuts our user out: Zeppelin accepts the run, and its result says so.
    private func isInterpreterRefused(_ texts: [String]) async -> Bool {
        let refusal = "\(await zeppelin.userName) has no permission for "
        return texts.contains { $0.split(whereSeparator: \.isNewline).contains { $0.hasPrefix(refusal) } }
    }

    /// Whether another request would change nothing: the paragraph was switched off, or its interpreter is not known.
    private func canNeverRun(_ request: RunRequest, _ state: ParagraphState) async throws -> Bool {
        if state.status == "ERROR", state.started == nil { return true }
        return try await !zeppelin.paragraph(request.before.id, of: request.noteId).isEnabled
    }

    /// Asks for a stop; what came of it, only polls can show.
    ///
    /// - Returns: Whether it surely arrived.
    private func stop(_ request: RunRequest) async -> Bool {
        do {
            try await zeppelin.stop(request.before.id, of: request.noteId)
            return true
        } catch {
            return false
        }
    }

    private func poll(_ note: String) async -> Result<ZeppelinNoteStatus, ZeppelinError> {
        do {
            return .success(try await zeppelin.status(of: note))
        } catch {
            return .failure(error)
        }
    }

    private func end(
        _ request: RunRequest, _ intent: EffectIntent, _ paragraph: ZeppelinNoteStatus.Paragraph, _ seen: ZeppelinNoteStatus,
        _ watch: Watch,
        contactWasLost: Bool, duration: Int64?
    ) async throws -> EffectOutcome {
        let details = try await zeppelin.paragraph(request.before.id, of: request.noteId)
        let status = paragraph.state.status
        // What never started has not run, whatever result was copied with it.
        let hasStarted = paragraph.state.started != request.before.started
        let isSuccess = hasStarted && status == "FINISHED" && details.result?.code == "SUCCESS"
        let texts = details.result?.texts ?? []
        var failure: (cause: FailureCause?, error: String?) = (nil, nil)
        if isSuccess {
            // A server that was restarted ran it once more by itself, in a session without the variables of the steps before.
            if watch.wasStartedAgain, request.step > 0 { failure = (.interpreterDied, nil) }
        } else if watch.isCancelled {
            failure = (watch.isOver ? .cancelled : .stopIgnored, nil)
        } else if watch.isStopped {
            failure = (.timeLimit, nil)
        } else if status == "ABORT" {
            failure = (.paragraphAborted, nil)
        } else if !hasStarted, status != "ERROR" {
            failure = (.paragraphError, nil)
        } else if await isInterpreterRefused(texts + [details.errorMessage ?? ""]) {
            failure = (.interpreterRefused, nil)
        } else {
            failure = RunText.cause(of: texts + [details.errorMessage ?? ""])
        }
        // The second definition sweeps by an effect of its own.
        if request.session == nil, request.step == request.steps - 1 || failure.cause != nil { try await sweep(beside: request.noteId) }
        let result = RunResult(
            status: isSuccess || status == "ABORT" ? status : "ERROR", started: paragraph.state.started, finished: paragraph.finished,
            durationMilliseconds: duration, contactWasLost: contactWasLost, cause: failure.cause, error: failure.error,
            reported: isSuccess ? request.resultWord.flatMap { RunText.reportedArtifact($0, in: texts) } : nil,
            counted: isSuccess ? request.countWord.flatMap { RunText.count($0, of: intent.instance, in: texts) } : nil, states: seen.states)
        guard let cause = failure.cause else { return .succeeded(result.json) }
        return .rejected(reason: cause.rawValue, result: result.json)
    }
}

extension RunResult {
    /// Of a run that was refused for a reason outside the paragraph.
    init(refused request: RunRequest, cause: FailureCause) {
        self.init(
            status: "ERROR", started: request.before.started, finished: nil, durationMilliseconds: nil, contactWasLost: false, cause: cause,
            error: nil, reported: nil, states: [])
    }
}

extension ZeppelinError {
    /// Whether polling on is pointless. Rights and logins are put right while a paragraph runs on.
    fileprivate var saysNoteIsGone: Bool {
        if case .notFound = self { true } else { false }
    }

    fileprivate var retryAfter: Duration? {
        if case .notNow(_, let retryAfter) = self { retryAfter } else { nil }
    }
}

/// What the polls of one run have shown so far. Time is counted in waits, so it needs no clock.
private struct Watch {
    let request: RunRequest
    let limits: RunLimits
    private var state: ParagraphState
    private var hasArrived = false
    private var wait: Duration
    private var waited = Duration.zero
    private var pending = Duration.zero
    private var running = Duration.zero
    var runningTime: Duration { running }
    private var stopping = Duration.zero
    private var firstStart: String?
    /// Two starts were seen, and only one was asked for.
    private(set) var wasStartedAgain = false
    var isStopped = false
    /// Stopped because somebody wanted an end of the job, and not because it took too long.
    var isCancelled = false

    init(request: RunRequest, limits: RunLimits) {
        self.request = request
        self.limits = limits
        state = request.before
        wait = limits.firstPoll
    }

    mutating func see(_ new: ParagraphState) {
        // Another status or start than before is the proof that a run was accepted.
        if new.status != request.before.status || new.started != request.before.started || isActive(new) { hasArrived = true }
        if new.status != state.status { wait = limits.firstPoll }
        if new.started != request.before.started, let started = new.started {
            if let firstStart, firstStart != started { wasStartedAgain = true }
            firstStart = started
        }
        state = new
    }

    private func isActive(_ state: ParagraphState) -> Bool { state.status == "PENDING" || state.status == "RUNNING" }

    var isOver: Bool { hasArrived && ["FINISHED", "ERROR", "ABORT"].contains(state.status) }
    var isNotArriving: Bool { !hasArrived && waited >= limits.grace }
    var isTooLong: Bool { pending > limits.pending || running > limits.running }
    var isStopIgnored: Bool { isStopped && stopping >= limits.stopping }

    mutating func nextWait() -> Duration {
        let next = wait
        waited += next
        if isStopped {
            stopping += next
        } else if state.status == "RUNNING" {
            running += next
        } else if hasArrived {
            pending += next
        }
        wait = min(wait * 2, limits.longestPoll)
        return next
    }
}
