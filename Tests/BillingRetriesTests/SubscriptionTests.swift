import BillingRetries
import HindsightCore
import HindsightTesting
import Testing

@Suite("Subscription") struct SubscriptionTests {
    private func started(
        timeZone: String = "Europe/Berlin", endsAt: String = "01-31T08:00", amountMinor: Int64 = 1_100
    ) throws -> SubscriptionStarted {
        SubscriptionStarted(
            subscription: "s1", customer: "c1", customerType: .individual, plan: "team", amountMinor: amountMinor,
            currency: try Currency("EUR"), period: .monthly, paymentMethod: "pm-1", timeZone: timeZone, periodEndsAt: try at(endsAt),
            at: try at("01-01T00:00"))
    }

    @Test("Renewals keep the customer's day and hour, through short months and changes of the clocks")
    func renewals() throws {
        var history: [SubscriptionEvent] = [.started(try started())]
        var ends: [Timestamp] = []
        for month in ["01-31T08:00", "02-28T08:00", "03-31T07:00"] {
            let events = try Subscription.decide(.renew(at: try at(month)), given: Subscription.state(after: history))
            for case .renewed(let renewed) in events { ends.append(renewed.ends.instant) }
            history += events
        }
        #expect(ends == [try at("02-28T08:00"), try at("03-31T07:00"), try at("04-30T07:00")])
    }

    @Test("A period that has not ended is not renewed")
    func early() throws {
        try Scenario(Subscription.self).given(.started(try started())).when(.renew(at: try at("01-31T07:59"))).then()
    }

    @Test("A renewal is put off by a day while an earlier invoice is open; one that is not due is not")
    func deferred() throws {
        let deferred = RenewalDeferred(subscription: "s1", invoice: "s1.1", until: try at("02-02T08:00"), at: try at("02-01T08:00"))
        try Scenario(Subscription.self).given(.started(try started()))
            .when(.renew(openInvoice: "s1.1", at: deferred.at)).then(.renewalDeferred(deferred))
        try Scenario(Subscription.self).given(.started(try started())).when(.renew(openInvoice: "s1.1", at: try at("01-31T07:59"))).then()
    }

    @Test("After a cancellation or a fall to the free tier nothing renews")
    func ended() throws {
        let cancelled = SubscriptionEvent.cancelled(SubscriptionCancelled(subscription: "s1", reason: nil, at: try at("01-10T00:00")))
        try Scenario(Subscription.self).given(.started(try started()), cancelled).when(.renew(at: try at("02-01T00:00"))).then()
        let downgrade = Subscription.Command.downgrade(invoice: "s1.1", at: try at("03-01T00:00"))
        let downgraded = SubscriptionEvent.downgraded(
            SubscriptionDowngraded(subscription: "s1", invoice: "s1.1", fromPlan: "team", toPlan: "free", at: try at("03-01T00:00")))
        try Scenario(Subscription.self).given(.started(try started())).when(downgrade).then(downgraded)
        try Scenario(Subscription.self).given(.started(try started()), downgraded).when(downgrade).then()
    }

    @Test("Bad terms are refused by the name of their field")
    func badTerms() throws {
        try Scenario(Subscription.self).when(.start(try started(timeZone: "Berlin"))).thenRejected(.unknownTimeZone("Berlin"))
        try Scenario(Subscription.self).when(.start(try started(amountMinor: 0))).thenRejected(.nothingToPay)
        try Scenario(Subscription.self).when(.start(try started(amountMinor: -5))).thenRejected(.badAmount(.negative(-5)))
        try Scenario(Subscription.self).given(.started(try started())).when(.start(try started())).thenRejected(.alreadyStarted)
    }

    @Test("A period whose next one is over as well is refused: else years would be charged at once")
    func longOver() throws {
        let started = SubscriptionStarted(
            subscription: "s1", customer: "c1", customerType: .individual, plan: "team", amountMinor: 1_100, currency: try Currency("EUR"),
            period: .monthly, paymentMethod: "pm-1", timeZone: "Europe/Berlin", periodEndsAt: try at("01-31T08:00"),
            at: try at("02-28T08:00"))
        try Scenario(Subscription.self).when(.start(started)).thenRejected(.periodLongOver)
    }
}
