import BillingRetries
import HindsightCore
import HindsightTesting
import Testing

@Suite("Invoice") struct InvoiceTests {
    private func failing(
        _ answer: ChargeAnswer, policy: RetryPolicy = .reasonRules, at due: String = "01-05T08:00"
    ) throws -> (story: Story, events: [InvoiceEvent]) {
        var story = try Story(policy, opened: .sample(dueAt: try at(due)))
        try story.attempt(at: try at(due))
        let events = try story.answer(answer, at: try at(due))
        return (story, events)
    }

    private func names(_ events: [InvoiceEvent]) -> [String] {
        events.map { String(type(of: $0.content).type.description.dropFirst("billing-retries.".count)) }
    }

    @Test("The first charge goes out when it is due, under the key of invoice and attempt")
    func firstCharge() throws {
        var story = try Story(opened: .sample(dueAt: try at("01-05T08:00")))
        let events = try story.attempt(at: try at("01-05T08:00"))
        #expect(names(events) == ["charge-requested"])
        #expect(story.charges.map(\.key) == ["s1.1:1"])
        #expect(story.charges.map(\.chosenBy) == [.plan])
        #expect(story.card.tries == [try at("01-05T08:00")])
    }

    @Test("An approval pays the invoice")
    func approval() throws {
        #expect(names(try failing(.approved).events) == ["charge-approved", "invoice-paid"])
    }

    @Test("A soft decline starts recovery, fixes the policy and schedules the retry that the rules propose")
    func softDecline() throws {
        let (story, events) = try failing(.declined("51"))
        #expect(names(events) == ["charge-declined", "recovery-started", "retry-scheduled"])
        #expect(story.nextWindow?.from == (try at("01-09T09:00")))
        #expect(story.open?.recovery?.terms == RecoveryTerms(policy: "reason-rules", policyVersion: 1, firstReason: .insufficientFunds))
        #expect(story.open?.recovery?.windowEndsAt == (try at("02-02T08:00")))
    }

    @Test("A decision records each step: the rules of the network, legal hours, the proposal, the local time it means")
    func deliberation() throws {
        let (story, _) = try failing(.declined("51", .mastercard, advice: "28"))
        guard case .waiting(let retry) = story.open?.phase else { throw Stuck() }
        #expect(retry.deliberation.networkRules == "2026-11-21")
        #expect(retry.deliberation.guardOpensAt == (try at("01-11T08:00")))
        #expect(retry.deliberation.guardRule == "mastercard-advice-wait")
        #expect(retry.deliberation.proposedAt == (try at("01-09T09:00")))
        #expect(retry.window.from == (try at("01-11T08:00")), "the floor outweighs the proposal")
        #expect(retry.local.utcOffsetSeconds == 3_600)
        #expect(retry.local.timeZone == "Europe/Berlin")
    }

    private struct Stuck: Error {}

    @Test("A dead card is not tried again: the guard refuses and the payer is asked, once", arguments: RetryPolicy.builtIn)
    func deadCard(policy: RetryPolicy) throws {
        var (story, events) = try failing(.declined("41"), policy: policy)
        #expect(names(events) == ["charge-declined", "recovery-started", "guard-refused", "payer-notified"])
        #expect(story.card.block?.rule == "visa-category-1")
        #expect(try story.attempt(at: try at("01-20T10:00")).isEmpty)
        #expect(story.notices.map(\.request) == [.updateMethod])
    }

    @Test("Authentication required sends a link and never a retry", arguments: RetryPolicy.builtIn)
    func authentication(policy: RetryPolicy) throws {
        let (story, events) = try failing(.actionRequired, policy: policy)
        #expect(names(events) == ["charge-declined", "recovery-started", "guard-refused", "payer-notified"])
        #expect(story.notices.map(\.request) == [.authenticate])
    }

    @Test("An expired card waits for the payer under the rules, and goes on failing under the fixed policy")
    func expiredCard() throws {
        #expect(names(try failing(.declined("54")).events).suffix(2) == ["retry-withheld", "payer-notified"])
        #expect(
            names(try failing(.declined("54"), policy: .fixedFourDays).events).suffix(2) == ["payer-notified", "retry-scheduled"])
    }

    @Test("A new method reopens what the old one had closed")
    func methodChange() throws {
        var (story, _) = try failing(.declined("41"))
        let events = try story.changeMethod(to: "pm-2", at: try at("01-08T10:20"))
        #expect(names(events) == ["invoice-method-changed", "retry-scheduled"])
        #expect(story.nextWindow?.from == (try at("01-08T12:00")))
        try story.attempt(at: try at("01-08T12:00"))
        #expect(story.charges.last?.method == "pm-2")
        #expect(story.charges.last?.key == "s1.1:2")
        #expect(names(try story.answer(.approved, at: try at("01-08T12:00"))) == ["charge-approved", "invoice-paid"])
    }

    @Test("Unknown is a state: no attempt is made, and the verdict is the event that a direct answer would have been")
    func unknown() throws {
        var story = try Story(opened: .sample(dueAt: try at("01-05T08:00")))
        try story.attempt(at: try at("01-05T08:00"))
        try story.send(.recordUnknown(attempt: 1, because: "no answer", at: try at("01-05T08:00")))
        #expect(try story.attempt(at: try at("01-05T08:01")).isEmpty)
        #expect(try story.send(.recordUnknown(attempt: 1, because: "no answer", at: try at("01-05T08:02"))).isEmpty)
        #expect(try story.send(.endWindow(at: try at("03-05T08:00"))).isEmpty)
        let late = try story.answer(.declined("51"), at: try at("01-05T08:05"))
        #expect(names(late) == ["charge-declined", "recovery-started", "retry-scheduled"])
    }

    @Test("Attempt k's news can change attempt k alone")
    func otherAttempt() throws {
        var (story, _) = try failing(.declined("51"))
        let now = try at("01-06T08:00")
        #expect(throws: Invoice.Rejection.notUnderWay(attempt: 1)) { try story.send(.recordApproval(.approved, attempt: 1, at: now)) }
        try story.attempt(at: try at("01-09T09:00"))
        #expect(throws: Invoice.Rejection.notUnderWay(attempt: 1)) { try story.send(.recordUnknown(attempt: 1, because: "late", at: now)) }
    }

    @Test("A timer that fires too early, or twice, charges nothing")
    func timers() throws {
        var (story, _) = try failing(.declined("51"))
        #expect(try story.attempt(at: try at("01-09T08:59")).isEmpty)
        #expect(names(try story.attempt(at: try at("01-09T09:00"))) == ["charge-requested"])
        #expect(try story.attempt(at: try at("01-09T09:00")).isEmpty)
    }

    @Test("A timer that fires late, in the customer's night, is moved to the morning")
    func lateTimer() throws {
        var (story, _) = try failing(.declined("51"))
        let events = try story.attempt(at: try at("01-09T23:30"))
        #expect(names(events) == ["retry-scheduled"])
        #expect(story.charges.count == 1)
    }

    @Test("A card whose tries another invoice has used waits, and the guard says why")
    func sharedCard() throws {
        var (story, _) = try failing(.declined("05"))
        let start = try at("01-01T08:00")
        let now = try #require(story.nextWindow?.from)
        let busy = CardRecord(tries: (0..<15).map { start.advanced(by: .hours($0)) })
        let events = try story.send(.beginAttempt(at: now, card: busy, assignment: story.assignment))
        #expect(names(events) == ["guard-refused", "retry-scheduled"])
        #expect(story.nextWindow?.from == start.advanced(by: .days(30)))
    }

    @Test("A renewal on a card that was closed before asks the payer without a charge")
    func closedBefore() throws {
        var story = try Story(opened: .sample(dueAt: try at("02-05T08:00")))
        let block = NetworkGuard().block(network: .visa, code: "41", advice: nil, isFinal: false, at: try at("01-05T09:00"))
        let events = try story.send(
            .beginAttempt(at: try at("02-05T08:00"), card: CardRecord(block: block), assignment: story.assignment))
        #expect(names(events) == ["recovery-started", "guard-refused", "payer-notified"])
        #expect(story.open?.recovery?.terms.firstReason == .deadCard)
    }

    @Test("At the end of the window the invoice is given up")
    func windowEnd() throws {
        var (story, _) = try failing(.declined("41"))
        #expect(try story.send(.endWindow(at: try at("02-02T07:59"))).isEmpty)
        #expect(names(try story.send(.endWindow(at: try at("02-02T08:00")))) == ["invoice-uncollectible"])
        #expect(try story.send(.endWindow(at: try at("02-02T08:00"))).isEmpty)
    }

    @Test("The last charge may be sent in the window's last instant; its decline ends the invoice")
    func lastCharge() throws {
        var (story, _) = try failing(.declined("51"), policy: .fixedFourDays)
        while let window = story.nextWindow {
            try story.attempt(at: window.from)
            try story.answer(.declined("51"), at: window.from)
        }
        #expect(story.charges.count == 8)
        #expect(story.charges.last?.at == (try at("02-02T08:00")))
        #expect(names([try #require(story.history.last)]) == ["invoice-uncollectible"])
    }

    @Test("Payment made elsewhere ends the loop")
    func paidElsewhere() throws {
        var (story, _) = try failing(.declined("51"))
        try story.send(.recordPaidElsewhere(reference: "bank-77", at: try at("01-06T10:00")))
        #expect(try story.attempt(at: try at("01-09T09:00")).isEmpty)
        #expect(names(try story.send(.settle(at: try at("01-06T10:00")))) == ["invoice-paid"])
        let now = try at("01-07T10:00")
        #expect(throws: Invoice.Rejection.alreadyPaid) { try story.send(.recordPaidElsewhere(reference: "bank-78", at: now)) }
    }

    @Test("Payment made elsewhere while a charge is out waits for its outcome, and two payments are reported")
    func overpaid() throws {
        var story = try Story(opened: .sample(dueAt: try at("01-05T08:00")))
        try story.attempt(at: try at("01-05T08:00"))
        try story.send(.recordPaidElsewhere(reference: "bank-77", at: try at("01-05T08:01")))
        #expect(try story.send(.settle(at: try at("01-05T08:01"))).isEmpty)
        var declined = story
        #expect(names(try declined.answer(.declined("51"), at: try at("01-05T08:05"))) == ["charge-declined", "invoice-paid"])
        #expect(
            names(try story.answer(.approved, at: try at("01-05T08:05"))) == ["charge-approved", "invoice-overpaid", "invoice-paid"])
    }

    @Test("An invoice is opened once")
    func openedOnce() throws {
        let opened = try InvoiceOpened.sample(dueAt: try at("01-05T08:00"))
        try Scenario(Invoice.self).given(.opened(opened)).when(.open(opened)).thenRejected(.alreadyOpen)
    }

    // MARK: - Held back

    private func heldBack(_ answer: ChargeAnswer = .declined("51"), policy: RetryPolicy = .reasonRules) throws -> Story {
        var (story, _) = try failing(answer, policy: policy)
        try story.attempt(at: try #require(story.nextWindow?.from))
        #expect(story.open?.isCharging == true)
        return story
    }

    @Test("A charge that was held back for a while is still right in a legal hour, and nothing has to be decided")
    func heldBackForAWhile() throws {
        var story = try heldBack()
        #expect(try story.reconsider(at: try at("01-09T15:00")) == [])
        #expect(story.open?.isCharging == true)
    }

    @Test("A charge that was held back into the night is let go, and made up for in the morning")
    func heldBackIntoTheNight() throws {
        var story = try heldBack()
        let events = try story.reconsider(at: try at("01-09T23:30"))
        #expect(names(events) == ["charge-withdrawn", "retry-scheduled"])
        #expect(story.nextWindow?.from == (try at("01-10T06:00")), "7 o'clock in Berlin")
        guard case .waiting(let retry) = story.open?.phase else { throw Stuck() }
        #expect(retry.deliberation.rule == RetryPolicy.heldBackRule && retry.attempt == 3)
        #expect(story.open?.attemptsMade == 1)
        try story.attempt(at: try at("01-10T06:00"))
        #expect(story.charges.map(\.key) == ["s1.1:1", "s1.1:2", "s1.1:3"])
    }

    @Test("A charge that was held back until the invoice was paid elsewhere is let go, and the invoice is paid")
    func heldBackUntilPaid() throws {
        var story = try heldBack()
        try story.send(.recordPaidElsewhere(reference: "bank-77", at: try at("01-09T12:00")))
        #expect(names(try story.send(.settle(at: try at("01-09T12:00")))) == [])
        #expect(names(try story.reconsider(at: try at("01-09T12:05"))) == ["charge-withdrawn", "invoice-paid"])
    }

    @Test("A charge that was held back until the payer gave another card is let go, and the new card is tried")
    func heldBackUntilNewCard() throws {
        var story = try heldBack()
        try story.changeMethod(to: "pm-2", at: try at("01-09T12:00"))
        let events = try story.reconsider(at: try at("01-09T12:05"))
        #expect(names(events) == ["charge-withdrawn", "retry-scheduled"])
        try story.attempt(at: try #require(story.nextWindow?.from))
        #expect(story.charges.map(\.method) == ["pm-1", "pm-1", "pm-2"])
    }

    @Test("A first charge that was held back until the payer gave another card goes out at once with that")
    func firstHeldBackUntilNewCard() throws {
        var story = try Story(opened: .sample(dueAt: try at("01-05T08:00")))
        try story.attempt(at: try at("01-05T08:00"))
        try story.changeMethod(to: "pm-2", at: try at("01-05T09:00"))
        #expect(names(try story.reconsider(at: try at("01-05T09:05"))) == ["charge-withdrawn", "charge-requested"])
        #expect(story.charges.map(\.method) == ["pm-1", "pm-2"])
    }

    @Test("A charge that was held back beyond the window is let go, and the invoice is given up")
    func heldBackBeyondWindow() throws {
        var story = try heldBack()
        #expect(names(try story.reconsider(at: try at("02-02T08:01"))) == ["charge-withdrawn", "invoice-uncollectible"])
    }

    @Test("A charge that was held back until its card was closed is let go, and the payer is asked")
    func heldBackUntilClosed() throws {
        var story = try heldBack()
        var card = story.cardRecord
        card.block = NetworkGuard().block(network: .visa, code: "41", advice: nil, isFinal: false, at: try at("01-09T10:00"))
        let events = try story.send(
            .reconsider(attempt: 2, card: card, assignment: story.assignment, at: try at("01-09T12:00")))
        #expect(names(events) == ["charge-withdrawn", "guard-refused", "payer-notified"])
    }

    @Test("After the window's end nothing is charged, however late its timer fires")
    func timerAfterWindow() throws {
        var (story, _) = try failing(.declined("51"))
        #expect(names(try story.attempt(at: try at("02-02T09:00"))) == ["invoice-uncollectible"])
        #expect(story.charges.count == 1)
    }

    @Test("A payer who comes back to a card finds its floor where it was")
    func floorRemains() throws {
        var (story, _) = try failing(.declined("51", .mastercard, advice: "28"))
        try story.changeMethod(to: "pm-2", at: try at("01-05T09:00"))
        #expect(try #require(story.nextWindow?.from) < (try at("01-06T00:00")))
        try story.changeMethod(to: "pm-1", at: try at("01-05T10:00"))
        #expect(story.nextWindow?.from == (try at("01-11T08:00")))
    }

    @Test("A payer who comes back to a card that wants authentication is asked again, and it is not tried")
    func authenticationRemains() throws {
        var (story, _) = try failing(.actionRequired)
        try story.changeMethod(to: "pm-2", at: try at("01-05T09:00"))
        #expect(names(try story.changeMethod(to: "pm-1", at: try at("01-05T10:00"))).contains("guard-refused"))
        #expect(story.nextWindow == nil)
    }
}
