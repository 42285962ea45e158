import BillingRetries
import HindsightCore
import HindsightTesting
import Testing

/// Random lives of an invoice, with a card that other invoices use as well; the seed in a failure's arguments repeats it.
@Suite("Invoice, whatever happens") struct InvoicePropertyTests {
    private static let answers: [ChargeAnswer] = [
        .declined("51"), .declined("51", .mastercard, advice: "28"), .declined("05"), .declined("91"), .declined("65", .mastercard),
        .declined("54"), .declined("41"), .declined("05", .mastercard, advice: "03"), .declined("99", isFinal: true), .actionRequired,
    ]

    private struct Life {
        var story: Story
        /// Instants at which each card was tried.
        var tries: [String: [Timestamp]] = [:]
        /// Until when an answer of the issuer forbids this payment with a card; `nil`: for ever. Told apart from the guard.
        var floors: [String: Timestamp?] = [:]
        var isUnknown = false
        var violations: [String] = []
    }

    private func live(seed: Int) throws -> Life {
        var numbers = SeededGenerator(UInt64(seed))
        let policy = [RetryPolicy.fixedFourDays, .reasonRules, .endToEnd, .firstGeneration][seed % 4]
        let zone = ["Europe/Berlin", "Asia/Kolkata", "America/New_York", "Australia/Sydney"][seed / 4 % 4]
        var now = try at("03-01T09:00")
        let basis = try ForecastBasis.sample(takenAt: now)
        var life = Life(story: try Story(policy, opened: .sample(timeZone: zone, dueAt: now), basis: basis))
        var method = 1
        let answers = (0..<3).compactMap { _ in Self.answers.randomElement(using: &numbers) }
        for _ in 0..<400 where life.story.open != nil {
            let chargesBefore = life.story.charges.count
            let wasCharging = life.story.open?.isCharging == true
            let blockBefore = life.story.open?.record(of: life.story.cardRecord)
            try step(&life, now: now, method: &method, answers: answers, &numbers)
            if life.story.charges.count > chargesBefore {
                if wasCharging { life.violations.append("charged at \(now) while another attempt was out") }
                if blockBefore?.block != nil { life.violations.append("charged a blocked card at \(now)") }
                if blockBefore?.requiresAuthentication == true { life.violations.append("charged without the payer at \(now)") }
                if let floor = blockBefore?.notBefore, now < floor.instant { life.violations.append("charged below the floor at \(now)") }
                let card = try #require(life.story.charges.last).method
                if case .some(let floor) = life.floors[card], floor.map({ now < $0 }) ?? true {
                    life.violations.append("\(card) charged at \(now), below its floor")
                }
                life.tries[card, default: []].append(now)
                let tries = life.tries[card, default: []]
                if tries.filter({ now < $0.advanced(by: .days(30)) }).count > 15 { life.violations.append("16 tries at \(now)") }
                if tries.filter({ now < $0.advanced(by: .days(1)) }).count > 10 { life.violations.append("11 tries a day at \(now)") }
            }
            now = now.advanced(by: .seconds(Int.random(in: 0...(30 * 3_600), using: &numbers)))
        }
        return life
    }

    private func step(
        _ life: inout Life, now: Timestamp, method: inout Int, answers: [ChargeAnswer], _ numbers: inout SeededGenerator
    ) throws {
        guard let invoice = life.story.open else { return }
        // A snapshot is missing for a while now and then.
        if Int.random(in: 0..<4, using: &numbers) > 0 { life.story.basis = try .sample(takenAt: now) }
        switch Int.random(in: 0..<100, using: &numbers) {
        case 20..<80 where life.story.question != nil: try life.story.predict(Self.anyAnswer(to: life.story.question, &numbers), at: now)
        case 0..<3:
            // Back to a former card as often as to a new one.
            let isNew = Bool.random(using: &numbers)
            if isNew { method += 1 }
            try life.story.changeMethod(to: "pm-\(isNew ? method : Int.random(in: 1...method, using: &numbers))", at: now)
        case 3..<5 where invoice.isCharging: try life.story.reconsider(at: now)
        case 5..<12 where invoice.isCharging:
            try life.story.send(.recordUnknown(attempt: invoice.attempts, because: "no answer", at: now))
        case 12..<60 where invoice.isCharging:
            let isApproved = Int.random(in: 0..<12, using: &numbers) == 0
            let answer = isApproved ? ChargeAnswer.approved : answers[invoice.attempts % answers.count]
            let card = life.story.charges.last?.method ?? ""
            try life.story.answer(answer, at: now)
            if answer.advice == "28" { life.floors[card] = now.advanced(by: .hours(144)) } else { life.floors[card] = nil }
            if answer.status == .actionRequired { life.floors[card] = .some(nil) }
        case 12..<60:
            // The timer at its window, or late.
            if let window = life.story.nextWindow, now < window.from { return }
            try life.story.attempt(at: now)
        case 60..<70:
            try life.story.attempt(at: now)
        default:
            try life.story.send(.endWindow(at: now))
        }
    }

    /// Whatever a predictor may say, wise or not: hours that are past, illegal, or beyond every bound among them.
    private static func anyAnswer(
        to request: PredictionRequested?, _ numbers: inout SeededGenerator
    ) throws -> Result<PredictionAnswers, PredictionFailure> {
        let request = try #require(request)
        guard Int.random(in: 0..<5, using: &numbers) > 0 else { return .failure(PredictionFailure(.tooSlow, "5 s")) }
        func window() -> RankedWindow {
            RankedWindow(
                at: request.question.now.advanced(by: .seconds(Int.random(in: -90_000...3_000_000, using: &numbers))),
                score: Double.random(in: 0...1, using: &numbers))
        }
        let ranking = WindowRanking(
            windows: (0..<5).map { _ in window() }, chosen: Bool.random(using: &numbers) ? window() : nil,
            rule: request.question.ruleAt.map { RankedWindow(at: $0, score: Double.random(in: 0...1, using: &numbers)) },
            planChance: 0.5, featureDigest: "00")
        return .success(PredictionAnswers(PredictionAnswer(ranking, by: request.model)))
    }

    @Test("no charge goes around the guard, and none is made while another is out", arguments: 0..<200)
    func guarded(seed: Int) throws {
        #expect(try live(seed: seed).violations == [])
    }

    @Test("every invoice ends paid or given up", arguments: 0..<200)
    func ends(seed: Int) throws {
        let life = try live(seed: seed)
        var story = life.story
        let far = try at("12-01T12:00")
        if story.open?.isCharging == true { try story.answer(.declined("51"), at: far) }
        if story.open?.recovery == nil, story.open != nil {
            try story.attempt(at: far)
            try story.answer(.declined("51"), at: far)
        }
        if story.open != nil { try story.send(.endWindow(at: far.advanced(by: .days(29)))) }
        #expect(story.open == nil)
    }

    @Test("no key is used twice, and attempts count 1, 2, 3…", arguments: 0..<200)
    func keys(seed: Int) throws {
        let charges = try live(seed: seed).story.charges
        #expect(charges.map(\.attempt) == Array(1..<(charges.count + 1)))
        #expect(Set(charges.map(\.key)).count == charges.count)
    }

    @Test("history replays to the same state", arguments: 0..<50)
    func replay(seed: Int) throws {
        let story = try live(seed: seed).story
        #expect("\(Invoice.state(after: story.history))" == "\(story.state)")
    }

    @Test("every event goes through its JSON unchanged", arguments: 0..<50)
    func codec(seed: Int) throws {
        for event in try live(seed: seed).story.history {
            let encoded = try event.encoded(id: .version7(at: event.content.at, entropy: Array(repeating: 0, count: 10)))
            #expect(try InvoiceEvent.codec.decode(encoded.data, type: encoded.type, schemaVersion: 1) == event)
        }
    }
}
