import BillingRetries
import HindsightApp
import Testing

@Suite("Thresholds of alerts") struct AlertSettingsTests {
    @Test("A threshold of the file holds in place of the usual one, and all others stay") func read() throws {
        let configuration = try ConfigurationFolder("billing: { alerts: { coverage-low: 0.3, signals-stale: 7200 } }").load()
        let changed = configuration.alertRules.filter { rule in
            BillingAlertRule.standard.first { $0.id == rule.id }?.threshold != rule.threshold
        }
        #expect(changed.map(\.id) == ["coverage-low", "signals-stale"] && changed.map(\.threshold) == [0.3, 7_200])
        #expect(configuration.alertRules.map(\.id) == BillingAlertRule.standard.map(\.id))
        #expect(configuration.entries.first { $0.key == "billing.alerts" }?.shown.map { "\($0)" } == "coverage-low=0.3,signals-stale=7200")
        #expect(try ConfigurationFolder("billing: {}").load().alertRules == BillingAlertRule.standard)
    }

    @Test("It decides whether the alert fires") func fires() throws {
        let rules = try ConfigurationFolder("billing.alerts: { gateway-unavailable: 0.9 }").load().alertRules
        let basis = try BillingRows.basis([
            BillingRows.metrics(1) {
                $0.chargesRequested = 100
                $0.chargesUnknown = 8
            }
        ])
        #expect(BillingAlerts(basis).alerts.map(\.id) == ["gateway-unavailable"])
        #expect(BillingAlerts(basis, rules: rules).alerts.isEmpty)
    }

    @Test(
        "What is no alert, and what its figure can never be, is refused with what there is",
        arguments: [
            (
                "{ coverage-lo: 0.3 }",
                "coverage-lo: is no alert; the nearest one is coverage-low, and there are approval-falling, coverage-low"
            ),
            ("{ coverage-low: 30 }", "coverage-low: must be a number from 0 to 1"),
            ("{ coverage-low: -0.1 }", "coverage-low: must be a number from 0 to 1"),
            ("{ coverage-low: '0.3' }", "coverage-low: must be a number from 0 to 1"),
            ("{ coverage-low: nan }", "coverage-low: must be a number from 0 to 1"),
            ("{ hold-out-better: -2 }", "hold-out-better: must be a number from -1 to 1"),
            ("{ signals-stale: 1e3 }", "signals-stale: must be a number from 0 to 31536000"),
            ("{}", "is empty: name one entry at least"), ("0.3", "must be a mapping of ids of alerts and numbers"),
        ])
    func wrong(yaml: String, reason: String) throws {
        let problems = try ConfigurationFolder("billing: { alerts: \(yaml) }").problems()
        #expect(problems.count == 1 && problems.first?.contains("billing.alerts") == true, "\(problems)")
        #expect(problems.first?.contains(reason) == true, "\(problems)")
    }

    @Test("Each usual threshold lies within its figure's range", arguments: BillingAlertRule.standard.map(\.id))
    func ranges(id: String) throws {
        let rule = try #require(BillingAlertRule.standard.first { $0.id == id })
        #expect(rule.figure.range.contains(rule.threshold))
    }
}
