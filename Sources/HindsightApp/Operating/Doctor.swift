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
        package let findings: [Finding]
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

    package init(log: any EventLog, clock: any WallClock, projections: ProjectionRunner, sagas: [SagaDescription] = BuiltIn.sagas) {
        self.log = log
        self.clock = clock
        self.projections = projections
        self.sagas = sagas
    }

    package func examine() async throws -> Report {
        let head = try await log.head()
        let now = clock.now()
        let statuses = try await projections.status()
        var open: [OpenSaga] = []
        for saga in sagas { open += try await saga.openInstances(log) }
        return Report(
            clock: now, head: head.position, headRecordedAt: head.recordedAt, digest: head.digest.hexadecimal, projections: statuses,
            openSagas: open.count,
            wakeUps: Dictionary(grouping: open, by: \.wakeUp).mapValues(\.count),
            findings: clockFindings(head, now) + statuses.compactMap(finding) + open.compactMap { finding($0, now) })
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

    private func finding(_ saga: OpenSaga, _ now: Timestamp) -> Finding? {
        let subject = "saga \(saga.saga):\(saga.instance)"
        let advice = "`hindsight sagas show \(saga.saga):\(saga.instance)` tells its story"
        return saga.wakeUp == "none" || saga.wakeUp == "operator" ? Finding(subject: subject, problem: saga.detail, advice: advice) : nil
    }
}
