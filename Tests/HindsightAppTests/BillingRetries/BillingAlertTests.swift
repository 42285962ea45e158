import BillingRetries
import Foundation
import HindsightApp
import HindsightCore
import Testing

@Suite("Alerts of billing") struct BillingAlertTests {
    private func alert(_ id: String, _ basis: BillingBasis) throws -> BillingAlert? {
        #expect(BillingAlertRule.standard.contains { $0.id == id })
        return BillingAlerts(basis).alerts.first { $0.id == id }
    }

    private func hours(_ count: Int) throws -> Timestamp { try BillingRows.noon.advanced(by: .hours(-count)) }

    private func recoveries(recentlyPaid: Int, uncollectible: Int) throws -> BillingBasis {
        try BillingRows.basis([
            BillingRows.metrics(20) {
                $0.invoicesPaid = 1_800
                $0.invoicesUncollectible = 200
            },
            BillingRows.metrics(2) {
                $0.invoicesPaid = recentlyPaid
                $0.invoicesUncollectible = uncollectible
            },
        ])
    }

    @Test("Fewer recovered invoices than in the weeks before")
    func approvalFalling() throws {
        let alert = try #require(try alert("approval-falling", recoveries(recentlyPaid: 800, uncollectible: 200)))
        #expect((0.07...0.08).contains(alert.value) && alert.threshold == 0.03 && alert.severity == .critical)
        #expect(try self.alert("approval-falling", recoveries(recentlyPaid: 870, uncollectible: 130)) == nil)
        #expect(try self.alert("approval-falling", recoveries(recentlyPaid: 48, uncollectible: 12)) == nil, "it may be chance")
        #expect(try self.alert("approval-falling", recoveries(recentlyPaid: 5, uncollectible: 40)) == nil, "too few to tell")
    }

    @Test("Rules decide where a policy asks a model")
    func coverageLow() throws {
        func basis(byModel: Int, asks: Bool = true) throws -> BillingBasis {
            try BillingRows.basis([
                BillingRows.metrics(3) {
                    $0.predictionsRequested = asks ? 100 : 0
                    $0.retriesScheduled = 100
                    $0.retriesByModel = byModel
                    $0.retriesByRules = 100 - byModel
                }
            ])
        }
        #expect(try alert("coverage-low", basis(byModel: 49))?.value == 0.49)
        #expect(try alert("coverage-low", basis(byModel: 50)) == nil)
        #expect(try alert("coverage-low", basis(byModel: 0, asks: false)) == nil, "an arm of rules is no alert")
    }

    @Test("Questions without an answer")
    func predictionsFailing() throws {
        func basis(failed: Int, made: Int = 90) throws -> BillingBasis {
            try BillingRows.basis([
                BillingRows.metrics(1, policy: nil, reason: nil) {
                    $0.predictions.made = made
                    $0.predictions.failed = ["failed": failed]
                }
            ])
        }
        #expect(try alert("predictions-failing", basis(failed: 10))?.value == 0.1)
        #expect(try alert("predictions-failing", basis(failed: 5, made: 95)) == nil)
        #expect(try alert("predictions-failing", basis(failed: 5, made: 5)) == nil, "too few to tell")
    }

    @Test("Slow predictions")
    func predictionsSlow() throws {
        func basis(slow microseconds: Int) throws -> BillingBasis {
            try BillingRows.basis([
                BillingRows.metrics(0, policy: nil, reason: nil) {
                    for number in 0..<200 { $0.predictions.times.note(microseconds: number < 197 ? 500 : microseconds) }
                }
            ])
        }
        #expect(try alert("predictions-slow", basis(slow: 310_000))?.value == 0.5)
        #expect(try alert("predictions-slow", basis(slow: 300_000)) == nil)
        #expect(try alert("predictions-slow", basis(slow: 100_000_000))?.value == 10)
    }

    @Test("Signals of one customer in ten older than 36 hours, while predictions want them; it began at that age")
    func signalsStale() throws {
        func basis(stale: Int, of all: Int = 20, hoursOld: Int = 40, asked: Int = 1) throws -> BillingBasis {
            try BillingRows.basis(
                [BillingRows.metrics(2) { $0.predictionsRequested = asked }],
                newestSnapshots: (0..<all).map { try hours($0 < stale ? hoursOld : 1) })
        }
        let alert = try #require(try alert("signals-stale", basis(stale: 2)))
        #expect(try alert.value == 40 * 3_600 && alert.since == hours(4))
        #expect(try self.alert("signals-stale", basis(stale: 19)) != nil, "one customer's post silences nothing")
        #expect(try self.alert("signals-stale", basis(stale: 1)) == nil, "one in twenty may be away")
        #expect(try self.alert("signals-stale", basis(stale: 20, hoursOld: 36)) == nil)
        #expect(try self.alert("signals-stale", basis(stale: 20, hoursOld: 400, asked: 0)) == nil)
        #expect(try self.alert("signals-stale", basis(stale: 0, of: 0)) == nil)
    }

    @Test("A charge without an outcome, for hours and for days")
    func unknown() throws {
        func firing(_ age: Int) throws -> [String] {
            BillingAlerts(try BillingRows.basis(unknownSince: [hours(1), hours(age)])).alerts.map(\.id)
        }
        #expect(try firing(2) == [])
        #expect(try firing(3) == ["charge-unknown"])
        #expect(try firing(7 * 24 + 1) == ["charge-unknown-long", "charge-unknown"])
        let long = try #require(try alert("charge-unknown-long", BillingRows.basis(unknownSince: [hours(7 * 24 + 5)])))
        #expect(try long.since == hours(5) && long.severity == .critical)
    }

    @Test("Scores that are no probabilities any more")
    func calibrationOff() throws {
        func basis(approved: Int, of all: Int = 1_000) throws -> BillingBasis {
            // Equal scores in one order: each decile has the same share.
            try BillingRows.basis(
                outcomes: (0..<(all / 10)).flatMap { _ in try BillingRows.charges(3, score: 0.5, approved: approved, of: 10) })
        }
        let off = try #require(try alert("calibration-off", basis(approved: 3)))
        #expect((0.19...0.2).contains(off.value))
        #expect(try alert("calibration-off", basis(approved: 5)) == nil)
        #expect(try alert("calibration-off", basis(approved: 3, of: 500)) == nil, "too few to tell")
    }

    @Test("Other first reasons than before")
    func reasonsDrifting() throws {
        func basis(faults: Int, funds: Int) throws -> BillingBasis {
            try BillingRows.basis([
                BillingRows.metrics(20) { $0.recoveriesStarted = 400 },
                BillingRows.metrics(2, reason: .issuerFault) { $0.recoveriesStarted = faults },
                BillingRows.metrics(2) { $0.recoveriesStarted = funds },
            ])
        }
        #expect(try #require(try alert("reasons-drifting", basis(faults: 100, funds: 100))).value > 0.2)
        #expect(try alert("reasons-drifting", basis(faults: 1, funds: 199)) == nil)
        #expect(try alert("reasons-drifting", basis(faults: 40, funds: 40)) == nil, "too few to tell")
    }

    @Test("Lost answers of the gateway")
    func gatewayUnavailable() throws {
        func basis(unknown: Int, of all: Int = 100) throws -> BillingBasis {
            try BillingRows.basis([
                BillingRows.metrics(1) {
                    $0.chargesRequested = all
                    $0.chargesUnknown = unknown
                }
            ])
        }
        #expect(try alert("gateway-unavailable", basis(unknown: 6))?.value == 0.94)
        #expect(try alert("gateway-unavailable", basis(unknown: 5)) == nil)
        #expect(try alert("gateway-unavailable", basis(unknown: 10, of: 10)) == nil, "too few to tell")
    }

    @Test("A hold-out of whose invoices surely more are paid than under the models")
    func holdOutBetter() throws {
        func basis(
            heldOut: Int, of all: Int = 1_000, models: Int, asks: Bool = true, recovered: (heldOut: Int, models: Int) = (0, 0)
        ) throws -> BillingBasis {
            try BillingRows.basis(
                [BillingRows.metrics(5) { $0.predictionsRequested = asks ? 1 : 0 }],
                outcomes: BillingRows.endings(
                    5, recovered: recovered.heldOut, uncollectible: 100 - recovered.heldOut, experiment: Experiment.holdOut,
                    policy: "reason-rules")
                    + BillingRows.endings(5, recovered: recovered.models, uncollectible: 100 - recovered.models, experiment: "collection"),
                dues: BillingRows.dues(
                    5, paid: heldOut, uncollectible: all - heldOut, experiment: Experiment.holdOut, policy: "reason-rules")
                    + BillingRows.dues(5, paid: models, uncollectible: 50_000 - models))
        }
        let alert = try #require(try alert("hold-out-better", basis(heldOut: 985, models: 48_000)))
        #expect((0.01...0.025).contains(alert.value))
        #expect(try self.alert("hold-out-better", basis(heldOut: 966, models: 48_000)) == nil, "half a point is no proof")
        #expect(try self.alert("hold-out-better", basis(heldOut: 940, models: 48_000)) == nil)
        #expect(try self.alert("hold-out-better", basis(heldOut: 60, of: 60, models: 48_000)) == nil, "too few failures to tell")
        #expect(try self.alert("hold-out-better", basis(heldOut: 985, models: 48_000, asks: false)) == nil, "there are no models")
        // Models that time the first charge leave the hard ones to recovery: there they do worse, and more is paid all the same.
        #expect(try self.alert("hold-out-better", basis(heldOut: 960, models: 48_500, recovered: (heldOut: 95, models: 60))) == nil)
    }

    // MARK: - All rules

    @Test("A rule fires beyond its threshold and not at it", arguments: BillingAlertRule.standard.map(\.id))
    func thresholds(id: String) throws {
        let rule = try #require(BillingAlertRule.standard.first { $0.id == id })
        func fires(_ value: Double?) throws -> Bool {
            let figures = value.map { [rule.figure: $0] } ?? [:]
            return !BillingAlerts.firing([rule], asOf: try BillingRows.noon) { BillingVitals(day: $0, figures: figures) }.isEmpty
        }
        let beyond = rule.fires == .above ? 1.0 : -1.0
        #expect(try fires(rule.threshold + beyond * 0.001))
        #expect(try !fires(rule.threshold))
        #expect(try !fires(rule.threshold - beyond * 0.001))
        #expect(try !fires(nil))
    }

    @Test("An alert has lasted since the first of the days that have it without a gap, four weeks at most", arguments: [0, 1, 3, 28, 60])
    func since(days: Int) throws {
        let rule = try #require(BillingAlertRule.standard.first { $0.id == "coverage-low" })
        let today = try BillingRows.day(0)
        let alerts = BillingAlerts.firing([rule], asOf: try BillingRows.noon) { day in
            let daysAgo = Int(today.number - day.number)
            // It had fired before, too, and was well on one day.
            return BillingVitals(day: day, figures: [.coverage: daysAgo == days + 1 ? 0.9 : 0.1])
        }
        #expect(try alerts.map(\.since) == [BillingRows.day(min(days, BillingAlerts.lookback)).beginning])
    }

    @Test("Earlier days are not summed while nothing fires")
    func lazy() throws {
        var asked: [BusinessDay] = []
        let alerts = BillingAlerts.firing(BillingAlertRule.standard, asOf: try BillingRows.noon) { day in
            asked.append(day)
            return BillingVitals(day: day, figures: [.coverage: 0.9])
        }
        #expect(try alerts.isEmpty && asked == [BillingRows.day(0)])
    }

    @Test("As of an earlier day they tell what held then")
    func asOf() throws {
        let today = try BillingRows.basis([
            BillingRows.metrics(10) {
                $0.chargesRequested = 100
                $0.chargesUnknown = 50
            }
        ])
        #expect(BillingAlerts(today).alerts.isEmpty)
        let then = BillingBasis(position: 7, instant: try hours(10 * 24), metrics: today.metrics)
        let alerts = BillingAlerts(then)
        #expect(alerts.alerts.map(\.id) == ["gateway-unavailable"] && alerts.position == 7)
        #expect(try alerts.alerts.map(\.since) == [BillingRows.day(10).beginning])
    }

    @Test("Each rule has an owner, a way of escalation, and a section of the runbook", arguments: BillingAlertRule.standard.map(\.id))
    func runbook(id: String) throws {
        let rule = try #require(BillingAlertRule.standard.first { $0.id == id })
        #expect(!rule.owner.isEmpty && !rule.escalation.isEmpty && !rule.summary.isEmpty)
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").appending(
            path: BillingAlertRule.runbookPage)
        let text = try String(contentsOf: page, encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix("\(id)\n") })
        for part in ["**Means.**", "**Look.**", "**Causes.**", "**Do.**", "**Owner.**", "**Escalation.**"] {
            #expect(section.contains(part), "\(id) lacks \(part)")
        }
        #expect(section.contains(rule.owner))
        #expect(rule.runbook.hasSuffix("#\(id)"))
    }

    @Test("Ids of rules are their own")
    func ids() {
        let ids = BillingAlertRule.standard.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(Set(BillingAlertRule.standard.map(\.figure)) == Set(BillingFigure.allCases))
    }
}
