import BillingRetries
import HindsightApp
import HindsightCore
import Testing

@Suite("Policy comparison") struct PolicyComparisonTests {
    /// Renewals of a customer as a reader of the deciders would play them, with a fixed policy and one invoice at a time; `nil` as soon as
    /// the payer would give another card, or the next renewal comes before a window's end, as with summer time it may.
    private func played(_ customer: MarketCustomer, in market: SimulatedMarket, renewals: Int) throws -> [(
        charges: [Timestamp], isPaid: Bool
    )]? {
        let assignment = Assignment(policy: .fixedFourDays)
        let card = market.card(0, of: customer, givenAt: market.start)
        var method = PaymentMethod.initialState
        var played: [(charges: [Timestamp], isPaid: Bool)] = []
        for period in 0..<renewals {
            var state = Invoice.initialState
            var charges: [Timestamp] = []
            func tell(_ command: Invoice.Command) throws -> [InvoiceEvent] {
                let events = try Invoice.decide(command, given: state)
                for event in events { Invoice.evolve(&state, with: event) }
                return events
            }
            var now = customer.due(period)
            var end: Timestamp?
            _ = try tell(
                .open(
                    InvoiceOpened(
                        invoice: "i\(period)", subscription: "s", customer: customer.id, customerType: customer.customerType,
                        period: period + 1, amountMinor: customer.amountMinor, currency: customer.currency, method: card.method,
                        timeZone: customer.zone.identifier, dueAt: now, at: now)))
            while true {
                let record = CardRecord(tries: method.tries, block: method.block)
                var events = try tell(.beginAttempt(at: now, card: record, assignment: assignment))
                if case .chargeRequested(let charge)? = events.last {
                    charges.append(now)
                    for event in try PaymentMethod.decide(.recordTry(charge), given: method) { PaymentMethod.evolve(&method, with: event) }
                    let answer = market.answer(customer, card, at: now)
                    let tried = CardRecord(tries: method.tries, block: method.block)
                    events = try tell(
                        answer.status == .approved
                            ? .recordApproval(answer, attempt: charge.attempt, at: now)
                            : .recordDecline(answer, attempt: charge.attempt, card: tried, assignment: assignment, at: now))
                }
                for event in events {
                    if case .recoveryStarted(let recovery) = event { end = recovery.windowEndsAt }
                    if case .payerNotified = event, market.reply(of: customer, asForCard: 0) != nil { return nil }
                }
                if case .retryScheduled(let retry)? = events.last, let end, retry.window.from < end {
                    now = retry.window.from
                } else {
                    break
                }
            }
            if let end, customer.due(period + 1) < end { return nil }
            if case .open = state, let end { _ = try tell(.endWindow(at: end)) }
            if case .paid = state {
                played.append((charges, true))
            } else {
                played.append((charges, false))
                break
            }
        }
        return played
    }

    @Test("A life is what a hand would play with the deciders, charge by charge", arguments: [Int64(1), 5])
    func equalsTheHand(seed: Int64) throws {
        let market = try SimulatedMarket(seed: seed, customers: 300)
        let end = market.start.advanced(by: .days(150))
        var (compared, retried, lost) = (0, 0, 0)
        for customer in market.customers where customer.period == .monthly {
            let renewals = (0..<12).count { customer.due($0) < end }
            guard let hand = try played(customer, in: market, renewals: renewals) else { continue }
            var life = try CustomerLife(customer, in: market)
            let outcomes = try life.live(in: market, under: PolicyInPlay(.fixedFourDays, at: market.start), renewingBefore: end)
            #expect(life.charges.map(\.observation.at) == hand.flatMap(\.charges), "\(customer.id)")
            #expect(outcomes.map { $0.paidAt != nil } == hand.map(\.isPaid), "\(customer.id)")
            #expect(outcomes.map(\.retries) == hand.map { $0.charges.count - 1 }, "\(customer.id)")
            compared += 1
            retried += hand.count { $0.charges.count > 1 }
            lost += hand.count { !$0.isPaid }
        }
        #expect(compared > 150 && retried > 20 && lost > 0, "\(compared) compared, \(retried) retried, \(lost) lost")
    }

    @Test("A comparison counts the lives of all its customers") func countsLives() async throws {
        let plan = try ComparisonPlan(customers: 120, days: 120, trainDays: 60, seed: 4, policies: ["fixed-4-days"], groupings: [.country])
        let report = try await PolicyComparison(plan).run()
        let market = try SimulatedMarket(seed: 4, customers: 120)
        let (cut, end) = (market.start.advanced(by: .days(60)), market.start.advanced(by: .days(120)))
        let explored = try PolicyInPlay(.explored, at: market.start)
        let fixed = try PolicyInPlay(.fixedFourDays, at: cut)
        var outcomes: [RenewalOutcome] = []
        for customer in market.customers {
            var life = try CustomerLife(customer, in: market)
            let before = try life.live(in: market, under: explored, renewingBefore: cut, until: cut)
            #expect(before.allSatisfy { $0.dueAt < cut })
            outcomes += try life.live(in: market, under: fixed, renewingBefore: end)
        }
        outcomes.removeAll { $0.dueAt < cut }
        let whole = try #require(report.tables.first)
        #expect(whole.lines.map(\.policy) == ["oracle", "fixed-4-days"])
        let tally = try #require(whole.lines.last).tally
        #expect(tally.renewals == outcomes.count && tally.renewals > 100)
        #expect(tally.paid == outcomes.count { $0.paidAt != nil })
        #expect(tally.failedFirst == outcomes.count { $0.firstReason != nil } && tally.failedFirst > 0)
        #expect(tally.retries == outcomes.reduce(0) { $0 + $1.retries })
        let parts = report.tables.dropFirst().compactMap(\.lines.last)
        #expect(parts.count > 3 && parts.reduce(0) { $0 + $1.tally.renewals } == tally.renewals)
    }

    @Test("Nobody collects more than the oracle") func oracleIsAbove() async throws {
        let plan = try ComparisonPlan(
            customers: 1_500, days: 120, trainDays: 60, policies: RetryPolicy.statics.map(\.name) + ["reason-rules"])
        let whole = try #require(try await PolicyComparison(plan).run().tables.first)
        let shares = try whole.lines.map { try #require($0.tally.approvedBasisPoints) }
        let oracle = try #require(shares.first)
        #expect(shares.dropFirst().allSatisfy { $0 < oracle }, "\(shares)")
    }

    @Test("Learned policies decide by the model that the first months taught, and the same plan gives the same figures")
    func learns() async throws {
        let plan = try ComparisonPlan(
            customers: 2_500, days: 150, trainDays: 120, seed: 2, policies: ["end-to-end", "fixed-4-days", "first-generation"])
        let reports = [try await PolicyComparison(plan).run(), try await PolicyComparison(plan).run()]
        let lines = try #require(reports[0].tables.first).lines
        #expect(lines.map(\.policy) == ["oracle", "end-to-end", "fixed-4-days", "first-generation"])
        #expect(reports[0].training?.model == reports[1].training?.model)
        #expect(lines.map(\.tally) == reports[1].tables.first?.lines.map(\.tally))
        #expect((lines[1].tally.byModelBasisPoints ?? 0) > 3_000)
        #expect(lines[2].tally.byModelBasisPoints == 0)
        #expect(try #require(lines[3].tally.byModelBasisPoints) < #require(lines[1].tally.byModelBasisPoints))
    }
}
