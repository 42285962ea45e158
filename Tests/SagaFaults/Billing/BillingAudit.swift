import BillingRetries
import HindsightCore
import HindsightTesting

/// What the log alone says once all is over: whole, replayed alike, and at no moment without a reason to go on.
struct BillingAudit: Sendable {
    let events: [RecordedEvent]
    let digest: EventDigest
    let findings: [String]

    init<Collecting: Saga>(of collecting: Collecting.Type, _ disk: SimulatedDisk, seed: UInt64) async throws
    where Collecting.Event == InvoiceEvent {
        var (events, findings): ([RecordedEvent], [String]) = ([], [])
        var fold = BillingFold<Collecting>()
        let ends = Set(disk.ends)
        for try await recorded in disk.log.events(EventSelection()) {
            events.append(recorded)
            try fold.consume(recorded)
            if ends.contains(recorded.position) { findings += fold.takeStuck() }
        }
        for instance in fold.collecting.values where !instance.standing.isOver {
            findings.append("\(instance.stream) is not at its end: \(instance.wakeUp.map { "\($0)" } ?? "it has not begun")")
        }
        for instance in fold.renewing.values where !instance.standing.isOver {
            findings.append("\(instance.stream) is not at its end: \(instance.wakeUp.map { "\($0)" } ?? "it has not begun")")
        }
        let verdict = try await ChainVerifier.verify(disk.log)
        if let reason = verdict.reason { findings.append("the chain is broken: \(reason)") }
        findings += try await Self.differences(Collecting.self, disk.log) + Self.differences(RenewalSaga.self, disk.log)
        self.events = events
        digest = verdict.digest
        self.findings = findings.sorted()
    }

    /// Every decision, made again from the log.
    private static func differences<S: Saga>(_ saga: S.Type, _ log: any EventLog) async throws -> [String] {
        var found: [String] = []
        let report = try await SagaReplay(S.self, log: log).verify { difference in
            found.append("\(S.name) decides otherwise when it is replayed: \(difference)")
        }
        if report.unhandled > 0 { found.append("\(report.unhandled) inputs of \(S.name) were never handled") }
        return found
    }
}
