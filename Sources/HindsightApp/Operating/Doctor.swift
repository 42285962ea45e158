package import HindsightCore
package import HindsightRuntime

/// Looks at a log as an operator would who has a bad feeling.
package struct Doctor: Sendable {
    package struct Report: Sendable, Equatable, Encodable {
        package let clock: Timestamp
        package let head: Position
        package let headRecordedAt: Timestamp?
        package let digest: String
        package let projections: [ProjectionStatus]
        package let openSagas: Int
        /// How many open sagas have which reason to wake up.
        package let wakeUps: [String: Int]
        /// Processes that do the work of sagas now.
        package let workers: Int
        package let findings: [Finding]
        /// What is as it may be, and still good to know.
        package let notes: [Finding]
    }

    /// Something that is not as it should be, and what to do.
    package struct Finding: Sendable, Equatable, Encodable {
        package let subject: String
        package let problem: String
        package let advice: String
    }

    private let log: any EventLog
    private let clock: any WallClock
    private let projections: ProjectionRunner
    private let sagas: [SagaDescription]
    private let refusedTemplates: [TemplateFiles.Refused]
    /// By the names of templates.
    private let templateWarnings: [TemplateFiles.Refused]
    /// `nil` where nobody says where they lie.
    private let models: ModelFiles?

    package init(
        log: any EventLog, clock: any WallClock, projections: ProjectionRunner, sagas: [SagaDescription] = BuiltIn.sagas,
        refusedTemplates: [TemplateFiles.Refused] = [], templateWarnings: [TemplateFiles.Refused] = [],
        models: ModelFiles? = nil
    ) {
        self.log = log
        self.clock = clock
        self.projections = projections
        self.sagas = sagas
        self.refusedTemplates = refusedTemplates
        self.templateWarnings = templateWarnings
        self.models = models
    }

    package func examine() async throws -> Report {
        let head = try await log.head()
        let now = clock.now()
        let statuses = try await projections.status()
        var open: [OpenSaga] = []
        for saga in sagas { open += try await saga.openInstances(in: log) }
        let workers = SharedWork.workers(among: try await log.leases(), at: now).count
        let overdue = open.filter { isDue($0, now) }
        return Report(
            clock: now, head: head.position, headRecordedAt: head.recordedAt, digest: head.digest.hexadecimal, projections: statuses,
            openSagas: open.count,
            wakeUps: Dictionary(grouping: open, by: \.wakeUp).mapValues(\.count),
            workers: workers,
            findings: clockFindings(head, now) + statuses.compactMap(finding) + refusedTemplates.map(Self.finding)
                + (try await models?.findings(at: head.position) ?? []) + open.compactMap(finding)
                + (workers > 0 ? overdue.filter { $0.due != nil }.map(Self.lateness) : []),
            notes: (workers > 0 ? [] : Self.idleness(overdue)) + Self.delays(try await heldUp()) + templateWarnings.map(Self.warning)
                + (try await models?.notes(at: head.position) ?? []))
    }

    private func clockFindings(_ head: LogHead, _ now: Timestamp) -> [Finding] {
        guard let recordedAt = head.recordedAt, recordedAt > now else { return [] }
        return [
            Finding(
                subject: "clock", problem: "the clock (\(now)) is behind the last event (\(recordedAt))",
                advice: "set the machine's clock; until then new events are recorded at the time of the last one")
        ]
    }

    private func finding(_ status: ProjectionStatus) -> Finding? {
        guard let error = status.error else { return nil }
        return Finding(
            subject: "projection \(status.name)", problem: error,
            advice: "run a program that knows the event, then `hindsight projections rebuild \(status.name)`")
    }

    private static func finding(_ refused: TemplateFiles.Refused) -> Finding {
        Finding(
            subject: "template \(refused.file)", problem: refused.problem,
            advice: "mend it: `hindsight serve` registers it within seconds; until then jobs go by its last registration, if it has one")
    }

    private func finding(_ saga: OpenSaga) -> Finding? {
        let subject = Self.subject(saga)
        switch saga.wakeUp {
        case "none", "operator": return Finding(subject: subject, problem: saga.detail, advice: Self.story(of: saga))
        case "program":
            return Finding(subject: subject, problem: "it began with \(saga.detail)", advice: "run a program that has it: there it goes on")
        default: return nil
        }
    }

    // MARK: - Work that nobody does

    /// Whether a worker that is alive would have been at it by now.
    private func isDue(_ saga: OpenSaga, _ now: Timestamp) -> Bool {
        switch saga.wakeUp {
        case "worker", "effect": true
        case "timer": saga.due.map { now.since($0) > Self.mostLateness } ?? false
        default: false
        }
    }

    private static func lateness(_ saga: OpenSaga) -> Finding {
        Finding(
            subject: subject(saga), problem: "its timer is overdue: \(saga.detail)",
            advice:
                "its peer is not configured where the work is done, or that process is stuck: look at the log of `hindsight serve` or `hindsight work`"
        )
    }

    /// A log that nobody works on may rest: but somebody may believe that it doesn't.
    private static func idleness(_ due: [OpenSaga]) -> [Finding] {
        guard let first = due.first else { return [] }
        let what = due.count == 1 ? subject(first) : "\(due.count) sagas, such as \(first.saga):\(first.instance)"
        return [
            Finding(
                subject: "workers", problem: "none is alive, while there is work to do for \(what)",
                advice: "`hindsight serve` or `hindsight work` does it, unless a command is at it just now")
        ]
    }

    // MARK: - What is waited for

    /// Those that go on by themselves once something is there again.
    private func heldUp() async throws -> [SagaRow] {
        let board = ReadModel(SagaBoard(), of: projections)
        var rows: [SagaRow] = []
        for status in [SagaRow.Status.running, .waiting] {
            rows += try await board.rows(.with("status", status.rawValue)).map(\.row).filter { $0.trouble != nil }
        }
        return rows
    }

    /// One note for each thing that is waited for, however many sagas do.
    private static func delays(_ rows: [SagaRow]) -> [Finding] {
        Dictionary(grouping: rows) { "\($0.trouble?.effect ?? ""): \($0.trouble?.reason ?? "no answer")" }.sorted { $0.key < $1.key }
            .compactMap { wait, rows in
                guard let first = rows.min(by: { $0.troubledSince < $1.troubledSince }) else { return nil }
                let name = "\(first.saga):\(first.instance)"
                return Finding(
                    subject: rows.count == 1 ? "saga \(name)" : "\(rows.count) sagas, such as \(name)",
                    problem: "held up since \(first.troubledSince) by \(wait)",
                    advice: "it is tried again by itself: mend what is named; `hindsight sagas show \(name)` tells its story, and "
                        + "`hindsight sagas retry` brings the next try at once")
            }
    }

    private static func warning(_ template: TemplateFiles.Refused) -> Finding {
        Finding(
            subject: "template \(template.file)", problem: template.problem, advice: "put it there: what waits for it goes on by itself")
    }

    private static func subject(_ saga: OpenSaga) -> String { "saga \(saga.saga):\(saga.instance)" }
    private static func story(of saga: OpenSaga) -> String { "`hindsight sagas show \(saga.saga):\(saga.instance)` tells its story" }

    private static let mostLateness = Duration.seconds(60)
}
