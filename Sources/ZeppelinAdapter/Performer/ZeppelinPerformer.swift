package import AudienceJobs
package import HindsightCore

/// Carries out the effects of notebook runs on one Zeppelin server and its shared directory.
package struct ZeppelinPerformer: EffectPerformer {
    package struct Settings: Sendable {
        /// Beside our own user, who is always among the owners; an empty list holds our own user alone.
        package var permissions: NotePermissions
        package var limits: RunLimits

        package init(permissions: NotePermissions = .nobody, limits: RunLimits = RunLimits()) {
            self.permissions = permissions
            self.limits = limits
        }
    }

    /// How a run comes along, for whoever watches.
    package struct Progress: Sendable, Equatable {
        package let job: String
        package let paragraphId: String
        package let title: String
        /// From 0, of `steps`.
        package let step: Int
        package let steps: Int
        /// In Zeppelin's words.
        package let status: String
        package let percent: Int
        /// For how long it has been seen running, as far as waits between looks tell.
        package let runningTime: Duration
    }

    let zeppelin: ZeppelinClient
    let settings: Settings
    let artifacts: ArtifactCheck
    let jobs: any JobFacts
    /// That of the log: it tells how long ago something was asked for.
    let clock: any WallClock
    private let beforePause: @Sendable (Duration) async throws -> Void
    let onProgress: (@Sendable (Progress) -> Void)?

    /// - Parameters:
    ///   - jobs: What the log says of jobs while they run.
    ///   - beforePause: Called before each wait between polls.
    package init(
        zeppelin: ZeppelinClient, artifacts: ArtifactCheck, settings: Settings = Settings(),
        jobs: any JobFacts, clock: any WallClock,
        beforePause: @escaping @Sendable (Duration) async throws -> Void = { _ in },
        onProgress: (@Sendable (Progress) -> Void)? = nil
    ) {
        self.zeppelin = zeppelin
        self.settings = settings
        self.artifacts = artifacts
        self.jobs = jobs
        self.clock = clock
        self.beforePause = beforePause
        self.onProgress = onProgress
    }

    package func peer(of kind: String) -> Peer {
        let settling: Duration =
            switch RunEffect(rawValue: kind) {
            // A second one would be a second clone, paragraph or run.
            case .cloneNote, .insertParameters, .runParagraph: settings.limits.settling
            // The same lists once more, another sweep, and a look at a file change nothing.
            case .setPermissions, .checkArtifact, .sweepDuplicates, nil: .zero
            }
        return Peer(name: "notebook", keys: .ignored, isQueryable: true, settling: settling)
    }

    package func perform(_ intent: EffectIntent) async -> EffectOutcome {
        do {
            let kind = RunEffect(rawValue: intent.kind)
            if kind?.isForTheResult == true { try await refuseIfCancelled(intent) }
            switch kind {
            case .cloneNote: return .succeeded(try await clone(CloneRequest(intent.request), intent).json)
            case .setPermissions: return .succeeded(try await setPermissions(PermissionsRequest(intent.request)).json)
            case .insertParameters: return .succeeded(try await insert(ParametersRequest(intent.request)).json)
            case .runParagraph: return try await run(RunRequest(intent.request), intent)
            case .checkArtifact: return .succeeded(try artifacts.check(CheckRequest(intent.request)).json)
            case .sweepDuplicates: return try await sweep(SweepRequest(intent.request))
            case nil: return .rejected(reason: "\(intent.kind) is not an effect of a notebook run")
            }
        } catch {
            return Self.outcome(of: error, intent)
        }
    }

    package func lookUp(_ intent: EffectIntent) async -> LookUp {
        do {
            switch RunEffect(rawValue: intent.kind) {
            case .cloneNote:
                return try await lookUpClone(CloneRequest(intent.request), intent).map { .settled(.succeeded($0.json)) } ?? .absent
            case .setPermissions:
                return try await lookUpPermissions(PermissionsRequest(intent.request)).map { .settled(.succeeded($0.json)) } ?? .absent
            case .insertParameters:
                return try await lookUpInsert(ParametersRequest(intent.request)).map { .settled(.succeeded($0.json)) } ?? .absent
            case .runParagraph: return try await lookUpRun(RunRequest(intent.request), intent).map { .settled($0) } ?? .absent
            // Looking at a file changes nothing: once more is as good as the first time.
            case .checkArtifact:
                // Nothing is under way at the notebook any more: a file that never comes would keep the job from its end.
                try await refuseIfCancelled(intent)
                return .settled(.succeeded(try artifacts.check(CheckRequest(intent.request)).json))
            case .sweepDuplicates: return .absent
            case nil: return .settled(.rejected(reason: "\(intent.kind) is not an effect of a notebook run"))
            }
        } catch {
            switch Self.outcome(of: error, intent) {
            // Who can't be asked now has said nothing about what was sent before.
            case .indeterminate(let reason), .notDone(let reason, _): return .unknown(reason: reason)
            case let outcome: return .settled(outcome)
            }
        }
    }

    private func refuseIfCancelled(_ intent: EffectIntent) async throws {
        guard let job = JobID(intent.instance), try await jobs.isCancelled(job) else { return }
        throw EffectRefusal(cause: .cancelled, reason: "the job is being cancelled")
    }

    /// Lets the time pass that the notebook needs until something new can be seen of it.
    func pause(_ duration: Duration) async throws {
        try await beforePause(duration)
        try await Task.sleep(for: duration)
    }

    /// Looks before anything is sent: whatever is unclear up to here, this attempt has done nothing.
    func beforeTheDeed<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as ZeppelinError where !error.isDefinite {
            if case .notNow = error { throw error }
            throw ZeppelinError.notNow(reason: "\(error)")
        }
    }

    /// Does what follows a request that was answered: whatever is unclear from here on, the deed was done.
    func afterTheDeed<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as ZeppelinError where !error.isDefinite {
            throw UnclearEffect(reason: "\(error)")
        }
    }

    private static func outcome(of error: any Error, _ intent: EffectIntent) -> EffectOutcome {
        switch error {
        case let refusal as EffectRefusal:
            rejection(refusal.cause, refusal.reason, intent)
        case ZeppelinError.notNow(let reason, let retryAfter): .notDone(reason: reason, retryAfter: retryAfter)
        case let error as ZeppelinError where error.isDefinite: rejection(error.cause, "\(error)", intent)
        case let error as ZeppelinError: .indeterminate(reason: "\(error)")
        case let error as UnclearEffect: .indeterminate(reason: error.reason)
        case is CancellationError: .indeterminate(reason: "the wait for an answer was interrupted")
        default: .indeterminate(reason: "\(type(of: error))")
        }
    }

    /// A definite no, in the form that the saga expects of this kind of effect.
    private static func rejection(_ cause: FailureCause, _ reason: String, _ intent: EffectIntent) -> EffectOutcome {
        guard RunEffect(rawValue: intent.kind) == .runParagraph else {
            return .rejected(reason: reason, result: Refusal(cause: cause).json)
        }
        do {
            return .rejected(reason: reason, result: try RunResult(refused: RunRequest(intent.request), cause: cause).json)
        } catch {
            return .indeterminate(reason: "the request can't be read")
        }
    }
}

/// What the log says of jobs: asked while an effect is under way, so that what people want shows before its end.
package protocol JobFacts: Sendable {
    /// The form's values: they stay in the job's stream and are not repeated in requests.
    func parameters(of job: JobID) async throws -> JSONValue

    /// Whether somebody wants an end of the job.
    func isCancelled(_ job: JobID) async throws -> Bool

    /// The job that took the session last; `nil` if none has.
    func user(of session: String) async throws -> JobID?

    /// Called at each look at a running paragraph.
    func note(_ progress: ZeppelinPerformer.Progress, pass: Int) async
}

extension RunEffect {
    /// Whether nothing of it is wanted any more once the job is cancelled.
    fileprivate var isForTheResult: Bool {
        switch self {
        case .cloneNote, .setPermissions, .insertParameters, .runParagraph, .checkArtifact: true
        case .sweepDuplicates: false
        }
    }
}

/// Limits of one paragraph's run, and how often it is looked at.
package struct RunLimits: Sendable {
    package var pending: Duration = .seconds(600)
    package var running: Duration = .seconds(7_200)
    /// Between polls at first; doubles up to `longestPoll`.
    package var firstPoll: Duration = .seconds(1)
    package var longestPoll: Duration = .seconds(10)
    /// How long an accepted run may take to show in the note's status.
    package var grace: Duration = .seconds(5)
    /// How long a paragraph may go on after it was told to stop.
    package var stopping: Duration = .seconds(120)
    /// How long after it was given up a request may still arrive: twice what the client waits for an answer.
    package var settling: Duration = .seconds(60)

    package init() {}
}

/// A definite no, with what it means for the job.
package struct EffectRefusal: Error {
    package let cause: FailureCause
    let reason: String
}

/// Nobody can tell yet.
struct UnclearEffect: Error {
    let reason: String
}

extension ZeppelinError {
    fileprivate var cause: FailureCause {
        switch self {
        case .notFound: .noteMissing
        case .loginRefused, .loginWanted: .loginRefused
        case .unsupportedVersion: .unsupportedVersion
        case .forbidden, .refused, .badAddress, .notNow, .noAnswer, .unclear: .notAllowed
        }
    }
}

extension NotePermissions {
    package static let nobody = NotePermissions(owners: [], readers: [], runners: [], writers: [])
}
