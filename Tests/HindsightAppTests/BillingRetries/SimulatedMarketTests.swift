import BillingRetries
import HindsightApp
import HindsightCore
import Testing

@Suite("Simulated market") struct SimulatedMarketTests {
    /// The first charges of a month of renewals, all by the first card.
    private func firstAnswers(of market: SimulatedMarket) -> [(customer: MarketCustomer, answer: ChargeAnswer)] {
        market.customers.map { customer in
            let card = market.card(0, of: customer, givenAt: market.start)
            return (customer, market.answer(customer, card, at: customer.due(0)))
        }
    }

    @Test("The same seed gives the same customers, cards and answers, another seed others") func followsFromTheSeed() throws {
        let answers = try [7, 7, 8].map { seed in try firstAnswers(of: SimulatedMarket(seed: seed, customers: 500)) }
        #expect(answers[0].map(\.answer) == answers[1].map(\.answer))
        #expect(answers[0].map { $0.customer.due(3) } == answers[1].map { $0.customer.due(3) })
        #expect(answers[0].map(\.answer) != answers[2].map(\.answer))
    }

    @Test("A charge finds the same in an hour, whatever was asked before") func isCounterfactual() throws {
        let market = try SimulatedMarket(seed: 3, customers: 50)
        for customer in market.customers {
            let card = market.card(0, of: customer, givenAt: market.start)
            let hours = (0..<48).map { market.start.advanced(by: .hours($0 * 7)) }
            let forwards = hours.map { market.answer(customer, card, at: $0) }
            #expect(Array(hours.reversed().map { market.answer(customer, card, at: $0) }.reversed()) == forwards)
            let within = hours.map { market.answer(customer, card, at: $0.advanced(by: .seconds(3_599))).code }
            #expect(zip(within, forwards).count { $0 != $1.code } <= 1, "only a card's own end comes within an hour")
        }
    }

    @Test("Some renewals in a hundred fail, most for money, some for cards, banks and moods") func isPlausible() throws {
        let answers = try firstAnswers(of: SimulatedMarket(seed: 1, customers: 6_000)).map(\.answer)
        let failed = answers.filter { $0.status != .approved }
        #expect((0.06...0.25).contains(Double(failed.count) / Double(answers.count)))
        let reasons = Dictionary(grouping: failed, by: \.reason).mapValues { Double($0.count) / Double(failed.count) }
        #expect((0.35...0.85).contains(reasons[.insufficientFunds] ?? 0))
        for reason in [DeclineReason.doNotHonour, .issuerFault, .limitExceeded, .deadCard, .expiredCard] {
            #expect((0.003...0.4).contains(reasons[reason] ?? 0), "\(reason)")
        }
        #expect(failed.allSatisfy { $0.code.map(DeclineReason.isKnown) ?? false }, "only codes that the domain has a word for")
    }

    @Test("A renewal keeps its hour by the customer's clock when that is put forward") func keepsLocalHours() throws {
        let market = try SimulatedMarket(seed: 1, customers: 400)
        let monthly = market.customers.filter { $0.period == .monthly && $0.zone.identifier == "Europe/Berlin" }
        #expect(!monthly.isEmpty)
        for customer in monthly where customer.zone.local(customer.due(0)).hour > 3 {
            #expect(customer.zone.local(customer.due(0)).secondOfDay == customer.zone.local(customer.due(5)).secondOfDay)
        }
        #expect(monthly.contains { $0.zone.offsetSeconds(at: $0.due(0)) != $0.zone.offsetSeconds(at: $0.due(5)) })
    }

    @Test("Whoever charges right after pay-day recovers more than whoever charges after four days") func payDaysMatter() throws {
        let market = try SimulatedMarket(seed: 2, customers: 8_000)
        var (blind, knowing, cases) = (0, 0, 0)
        for customer in market.customers {
            guard case .monthly(let payDay, .none) = customer.purse.income, customer.purse.lastsHours != nil else { continue }
            let card = market.card(0, of: customer, givenAt: market.start)
            let due = customer.due(0)
            guard market.answer(customer, card, at: due).reason == .insufficientFunds else { continue }
            cases += 1
            if market.answer(customer, card, at: due.advanced(by: .days(4))).status == .approved { blind += 1 }
            // At noon, when every bank has booked what came in.
            let today = customer.zone.local(due).daysSince1970
            let day = (today + 1...today + 32).first { day in
                let local = LocalTime(day: day, hour: 12)
                return Int(local.date.day) == payDay || (local.isLastDayOfMonth && payDay > Int(local.date.day))
            }
            let noon = customer.zone.instant(of: LocalTime(day: try #require(day), hour: 12))
            if market.answer(customer, card, at: noon).status == .approved { knowing += 1 }
        }
        #expect(cases >= 20)
        #expect(knowing * 4 > blind * 5, "\(knowing) against \(blind) of \(cases)")
    }
}
