import BillingRetries
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("The report of billing") struct BillingReportTests {
    private func report(_ basis: BillingBasis, from: Int? = nil, to: Int? = nil) throws -> BillingReport {
        BillingReport(
            basis, days: BusinessDays(from: try from.map(BillingRows.day), to: try to.map(BillingRows.day)), inRecovery: 3)
    }

    @Test("Rates stand beside the counts: invoices that ended, attempts that were answered, retries per hundred")
    func rates() throws {
        let report = try report(
            BillingRows.basis([
                BillingRows.metrics(1, policy: nil, reason: nil) {
                    $0.invoicesPaid = 60
                    $0.chargesApproved = 60
                    $0.chargesDeclined = 40
                },
                BillingRows.metrics(1) {
                    $0.invoicesPaid = 30
                    $0.invoicesUncollectible = 10
                    $0.chargesRequested = 75
                    $0.chargesApproved = 30
                    $0.chargesDeclined = 45
                },
            ]))
        #expect(report.total.invoiceApprovalPermille == 900 && report.total.retriesPerHundredRecovered == nil)
        let line = try #require(report.policies.first)
        #expect(report.policies.count == 1 && report.reasons.map(\.firstReason) == [.insufficientFunds])
        #expect(line.invoiceApprovalPermille == 750 && line.attemptSuccessPermille == 400 && line.retriesPerHundredRecovered == 250)
    }

    @Test("An arm is an experiment and a policy: the hold-out stands beside those who have the same rules by lot")
    func arms() throws {
        let report = try report(
            BillingRows.basis(
                outcomes: BillingRows.endings(1, recovered: 8, uncollectible: 2, experiment: "hold-out", policy: "reason-rules")
                    + BillingRows.endings(1, recovered: 9, uncollectible: 1, experiment: "collection", policy: "reason-rules")
                    + BillingRows.endings(1, recovered: 1, experiment: "collection")))
        #expect(report.arms.map(\.experiment) == ["collection", "collection", "hold-out"])
        #expect(report.arms.map(\.policy) == ["end-to-end", "reason-rules", "reason-rules"])
        #expect(report.arms.map(\.invoiceApprovalPermille) == [1_000, 900, 800])
        #expect(report.arms.map(\.attemptSuccessPermille) == [1_000, 900, 800])
        #expect(report.arms.map(\.recoveriesStarted) == [1, 10, 10])
    }

    @Test("Within an arm first reasons stand apart, so that the hold-out's rules and those by lot are compared reason by reason")
    func armReasons() throws {
        func endings(_ recovered: Int, _ experiment: String, _ reason: DeclineReason) throws -> [RetryOutcomes.Row] {
            try BillingRows.endings(
                1, recovered: recovered, uncollectible: 10 - recovered, experiment: experiment, policy: "reason-rules", reason: reason)
        }
        let report = try report(
            BillingRows.basis(
                outcomes: endings(8, "hold-out", .insufficientFunds) + endings(2, "hold-out", .expiredCard)
                    + endings(9, "collection", .insufficientFunds)))
        #expect(report.arms.map(\.firstReason) == [nil, nil] && report.arms.map(\.invoiceApprovalPermille) == [900, 500])
        #expect(report.armReasons.map(\.experiment) == ["collection", "hold-out", "hold-out"])
        #expect(report.armReasons.map(\.firstReason) == [.insufficientFunds, .expiredCard, .insufficientFunds])
        #expect(report.armReasons.map(\.invoiceApprovalPermille) == [900, 200, 800])
    }

    @Test("Arms are compared by all invoices that fell due, and not by recoveries alone")
    func due() throws {
        let report = try report(
            BillingRows.basis(
                outcomes: BillingRows.endings(1, recovered: 1, uncollectible: 1, experiment: "collection"),
                dues: BillingRows.dues(1, paid: 99, uncollectible: 1)
                    + BillingRows.dues(1, paid: 19, uncollectible: 1, experiment: "hold-out", policy: "reason-rules")))
        #expect(report.arms.map(\.invoicesDue) == [100, 20] && report.arms.map(\.invoicesPaidPermille) == [990, 950])
        #expect(report.arms.map(\.invoiceApprovalPermille) == [500, nil])
        #expect(report.armReasons.map(\.invoicesDue) == [nil])
    }

    @Test("Customers whose newest snapshot is too old for a prediction are counted")
    func stale() throws {
        let noon = try BillingRows.noon
        let signals = try report(
            BillingRows.basis(newestSnapshots: [noon.advanced(by: .hours(-37)), noon.advanced(by: .hours(-36)), noon])
        ).signals
        #expect(signals.customers == 3 && signals.staleCustomers == 1)
    }

    @Test("Only what happened on the days asked for counts")
    func days() throws {
        let basis = try BillingRows.basis(
            [BillingRows.metrics(5) { $0.invoicesPaid = 1 }, BillingRows.metrics(9) { $0.invoicesPaid = 10 }],
            outcomes: BillingRows.endings(5, recovered: 1) + BillingRows.endings(9, recovered: 10)
                + BillingRows.charges(9, score: 0.5, approved: 1, of: 2),
            signals: [BillingRows.snapshots(9, 7), BillingRows.snapshots(5, 3)])
        let lately = try report(basis, from: 6)
        #expect(lately.total.counts.invoicesPaid == 1 && lately.arms.map(\.recovered) == [1])
        #expect(lately.calibration == nil && lately.signals.snapshots == 3)
        let before = try report(basis, to: 6)
        #expect(before.total.counts.invoicesPaid == 10 && before.arms.map(\.recovered) == [10])
        #expect(before.calibration?.rows == 2 && before.signals.snapshots == 7)
        #expect(try report(basis).total.counts.invoicesPaid == 11)
    }

    @Test("Coverage is the model's and its exploration's share; where a policy asks one, it is told apart")
    func coverage() throws {
        let coverage = try report(
            BillingRows.basis([
                BillingRows.metrics(1) {
                    $0.predictions.made = 8
                    $0.retriesScheduled = 10
                    $0.retriesByModel = 7
                    $0.retriesByExploration = 1
                    $0.retriesByRules = 2
                },
                BillingRows.metrics(1, policy: "fixed-4-days") {
                    $0.retriesScheduled = 30
                    $0.retriesByFixedInterval = 30
                },
            ])
        ).coverage
        #expect(coverage.model == 7 && coverage.exploration == 1 && coverage.rules == 2 && coverage.fixedInterval == 30)
        #expect(coverage.sharePermille == 200 && coverage.ofModelPoliciesPermille == 800)
    }

    @Test("Predictions are told with their failures and what they took")
    func predictions() throws {
        let predictions = try report(
            BillingRows.basis([
                BillingRows.metrics(1, policy: nil, reason: nil) {
                    $0.predictionsRequested = 100
                    $0.predictions.made = 95
                    $0.predictions.failed = ["too-slow": 2, "failed": 3]
                    for _ in 0..<94 { $0.predictions.times.note(microseconds: 700) }
                    $0.predictions.times.note(microseconds: 250_000)
                }
            ])
        ).predictions
        #expect(predictions.failurePermille == 50 && predictions.failed["failed"] == 3)
        #expect(predictions.p50Microseconds == 1_000 && predictions.p99Microseconds == 300_000)
        #expect(predictions.times.map(\.upToMicroseconds) == [1_000, 300_000] && predictions.times.map(\.answers) == [94, 1])
    }

    @Test("Signals are as old as the newest snapshot, and days without any are shown")
    func signals() throws {
        let takenAt = try BillingRows.noon.advanced(by: .hours(-30))
        let report = try report(
            BillingRows.basis(signals: [BillingRows.snapshots(4, 10), BillingRows.snapshots(1, 30, takenAt: takenAt)]))
        #expect(report.signals.newestTakenAt == takenAt && report.signals.ageSeconds == 30 * 3_600)
        #expect(report.signals.meanDelaySeconds == 3_600 && report.signals.longestDelaySeconds == 7_200)
        #expect(report.signals.days.map(\.snapshots) == [10, 0, 0, 30, 0])
        #expect(report.availability.signalsPermille == 400)
    }

    @Test("Scores stand against what happened, decile by decile")
    func calibration() throws {
        let report = try report(
            BillingRows.basis(
                outcomes: (0..<5).flatMap { _ in
                    try BillingRows.charges(1, score: 0.2, approved: 2, of: 10) + BillingRows.charges(1, score: 0.8, approved: 6, of: 10)
                }))
        let measures = try #require(report.calibration)
        #expect(measures.rows == 100 && measures.deciles.count == 10)
        // The lower half is right; of the upper half six of ten went through, and not eight: a mean square of 0.02, less 0.016 by chance.
        #expect(abs(try #require(report.calibrationError) - 0.0632) < 0.001)
        #expect(abs(measures.deciles[0].predicted - 0.2) < 0.001 && abs(measures.deciles[9].predicted - 0.8) < 0.001)
    }

    @Test("First reasons that stay the same have an index near 0, others more than 0.2")
    func drift() throws {
        func index(_ recent: [(DeclineReason, Int)]) throws -> Double? {
            let before = try [(DeclineReason.insufficientFunds, 400), (.doNotHonour, 200)].map { reason, count in
                try BillingRows.metrics(20, reason: reason) { $0.recoveriesStarted = count }
            }
            let now = try recent.map { reason, count in try BillingRows.metrics(2, reason: reason) { $0.recoveriesStarted = count } }
            return try report(BillingRows.basis(before + now)).drift.index
        }
        #expect(try #require(try index([(.insufficientFunds, 100), (.doNotHonour, 50)])) < 0.01)
        #expect(try #require(try index([(.insufficientFunds, 50), (.issuerFault, 100)])) > 0.2)
        #expect(try index([]) == nil)
    }

    @Test("What depends on others is told by what they gave of what they were asked")
    func availability() throws {
        let availability = try report(
            BillingRows.basis([
                BillingRows.metrics(1) {
                    $0.chargesRequested = 200
                    $0.chargesUnknown = 3
                    $0.predictions.made = 99
                    $0.predictions.failed = ["failed": 1]
                }
            ])
        ).availability
        #expect(availability.gatewayPermille == 985 && availability.predictorPermille == 990 && availability.signalsPermille == nil)
    }

    @Test("The oldest unknown charge is told with its age")
    func unknown() throws {
        let noon = try BillingRows.noon
        let report = try report(BillingRows.basis(unknownSince: [noon.advanced(by: .hours(-1)), noon.advanced(by: .hours(-5))]))
        #expect(report.unknownNow == 2 && report.oldestUnknownSeconds == 5 * 3_600 && report.inRecoveryNow == 3)
        #expect(report.oldestUnknownSince == noon.advanced(by: .hours(-5)))
    }

    @Test("A report is the same after a way through JSON; one of nothing has no rate")
    func json() throws {
        let report = try report(BillingRows.basis(outcomes: BillingRows.charges(1, score: 0.25, approved: 1, of: 4)))
        #expect(try JSON.decode(BillingReport.self, from: JSON.encode(report)) == report)
        let empty = try self.report(BillingRows.basis())
        #expect(empty.total.invoiceApprovalPermille == nil && empty.coverage.sharePermille == nil && empty.arms.isEmpty)
        #expect(empty.availability.gatewayPermille == nil && empty.calibration == nil && empty.drift.index == nil)
    }

    @Test("As of a position ages are told from when it was recorded; as of now, from the clock or the last event")
    func moments() async throws {
        let start = try BillingRows.noon
        let clock = ManualClock(at: start)
        let log = MemoryEventLog(clock: clock)
        let handler = CommandHandler(log: log, clock: clock, identities: RandomIdentities())
        for hour in 1...3 {
            clock.advance(to: start.advanced(by: .hours(hour)))
            try await handler.decide { batch in
                try await batch.decide(
                    PaymentMethod.self, .register(MethodRegistered(method: "m\(hour)", customer: "c1", at: clock.now())),
                    on: BillingRetries.method("m\(hour)"))
            }
        }
        clock.advance(to: start.advanced(by: .hours(9)))
        func instant(_ moment: Moment?, _ position: Position, _ clock: any WallClock) async throws -> Timestamp {
            try await BillingMoment(moment, at: position, log: log, clock: clock).instant
        }
        #expect(try await instant(.position(2), 2, clock) == start.advanced(by: .hours(2)))
        #expect(try await instant(.position(0), 0, clock) == Timestamp(microsecondsSince1970: 0))
        let between = start.advanced(by: .seconds(9_000))
        #expect(try await instant(.instant(between), 2, clock) == between)
        #expect(try await instant(nil, 3, clock) == start.advanced(by: .hours(9)))
        #expect(try await instant(nil, 3, ManualClock(at: start)) == start.advanced(by: .hours(3)))
    }
}
