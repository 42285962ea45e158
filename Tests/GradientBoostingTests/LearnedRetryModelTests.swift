import BillingRetries
import GradientBoosting
import HindsightCore
import HindsightTesting
import SyntheticCustomers
import Testing

/// A model that was learned from invented payers once, for all tests that only ask it.
enum SmallWorld {
    static let payers: SyntheticPayers = payersOf(seed: 1)
    static let outcome = Result { try train(payers.histories) }

    static func payersOf(seed: UInt64) -> SyntheticPayers {
        do {
            return try SyntheticPayers(count: 700, seed: seed)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    static let trainedUntil = SyntheticPayers.start.advanced(by: .days(340))

    static func train(
        _ histories: [PayerHistory], until: Timestamp = trainedUntil, comparingWith rival: RetryModelTraining.Rival = .segmentRates
    ) throws -> RetryModelTraining.Outcome {
        var parameters = BoostingParameters.retries
        parameters.rounds = 60
        return try RetryModelTraining(BoostingTrainer(parameters)).train(on: histories, trainedUntil: until, comparingWith: rival)
    }

    static func model(_ artifact: ModelArtifact) throws -> LearnedRetryModel {
        try LearnedRetryModel(artifact, trees: GradientBoostedTrees(artifact, expecting: IssuerFeatures.schema))
    }

    /// A question at random: any payer, any attempts, any bounds.
    static func question(_ numbers: inout SeededGenerator, triesLeft: Int? = nil, hours: LegalHours? = nil) -> WindowQuestion {
        let history = payers.histories[Int.random(in: 0..<payers.histories.count, using: &numbers)]
        let codes = ["51", "05", "91", "54", "61", "65"]
        let dueAt = SyntheticPayers.start.advanced(by: .seconds(Int.random(in: (60 * 86_400)...(600 * 86_400), using: &numbers)))
        var (at, attempts): (Timestamp, [ChargeObservation]) = (dueAt, [])
        for _ in 0..<Int.random(in: 0...4, using: &numbers) {
            attempts.append(
                ChargeObservation(
                    at: at, code: codes[Int.random(in: 0..<codes.count, using: &numbers)],
                    advice: Bool.random(using: &numbers) ? "27" : nil))
            at = at.advanced(by: .hours(Int.random(in: 3...90, using: &numbers)))
        }
        let now = attempts.last?.at ?? dueAt
        let from = Int.random(in: 0...20, using: &numbers)
        return WindowQuestion(
            payer: history.payer, history: Bool.random(using: &numbers) ? history.charges.map(\.observation) : [], attempts: attempts,
            dueAt: dueAt, now: now, opensAt: now.advanced(by: .hours(Int.random(in: 0...48, using: &numbers))),
            deadline: dueAt.advanced(by: .days(Int.random(in: 1...28, using: &numbers))),
            triesLeft: triesLeft ?? Int.random(in: 1...7, using: &numbers),
            hours: hours ?? LegalHours(from: from, until: Int.random(in: (from + 1)...24, using: &numbers)),
            horizonHours: [192, 144, 96][Int.random(in: 0..<3, using: &numbers)],
            ruleAt: Bool.random(using: &numbers) ? now.advanced(by: .hours(30)) : nil)
    }
}

@Suite("Learned retry model") struct LearnedRetryModelTests {
    @Test("Windows lie in the horizon, are open and legal, and come best first", arguments: 0..<60) func windows(seed: UInt64) throws {
        var numbers = SeededGenerator(seed)
        let question = SmallWorld.question(&numbers)
        let zone = try #require(CustomerZone(question.payer.timeZone))
        let ranking = try SmallWorld.model(SmallWorld.outcome.get().artifact).rank(question)
        for window in ranking.windows + (ranking.chosen.map { [$0] } ?? []) {
            #expect(window.at >= question.opensAt && window.at >= question.now && window.at <= question.deadline)
            #expect(question.hours.contains(window.at, in: zone))
            #expect(window.score >= 0 && window.score <= 1)
        }
        // So many hours after the decline, the last one as late as the horizon.
        let last = question.now.advanced(by: .hours(question.horizonHours))
        #expect(ranking.windows.allSatisfy { ($0.at > question.now || question.attempts.isEmpty) && $0.at <= last })
        #expect(ranking.windows.count <= question.horizonHours && Set(ranking.windows.map(\.at)) == Set(question.windows))
        #expect(Set(ranking.windows.map(\.at)).count == ranking.windows.count)
        #expect(zip(ranking.windows, ranking.windows.dropFirst()).allSatisfy { ($1.score, $0.at) <= ($0.score, $1.at) })
        #expect(ranking.rule?.at == question.ruleAt)
        #expect(ranking.planChance >= 0 && ranking.planChance <= 1)
        #expect((ranking.chosen == nil) == (ranking.planChance == 0))
        #expect(ranking.featureDigest.count == 64)
    }

    @Test("More tries never make a plan less likely to succeed", arguments: 0..<40) func tries(seed: UInt64) throws {
        let model = try SmallWorld.model(SmallWorld.outcome.get().artifact)
        var chance = 0.0
        for tries in 1...7 {
            var numbers = SeededGenerator(seed)
            let ranking = try model.rank(SmallWorld.question(&numbers, triesLeft: tries))
            #expect(ranking.planChance >= chance, "\(tries) tries")
            chance = ranking.planChance
        }
    }

    @Test("Without tries there is no plan; with one it takes the best hour that the pace allows") func fewTries() throws {
        let model = try SmallWorld.model(SmallWorld.outcome.get().artifact)
        let history = SmallWorld.payers.histories[0]
        let dueAt = SyntheticPayers.start.advanced(by: .days(200))
        func rank(tries: Int) throws -> WindowRanking {
            try model.rank(
                WindowQuestion(
                    payer: history.payer, history: [], attempts: [], dueAt: dueAt, now: dueAt, opensAt: dueAt,
                    deadline: dueAt.advanced(by: .hours(47)), triesLeft: tries, hours: LegalHours(from: 0, until: 24), horizonHours: 192,
                    ruleAt: nil))
        }
        #expect(try rank(tries: 0).chosen == nil)
        let first = try rank(tries: 1)
        #expect(first.windows.count == 48)
        #expect(first.chosen == first.windows.first)
        #expect(abs(first.planChance - (first.chosen?.score ?? 0)) < 1e-6)
    }

    @Test("The same question gets the same answer, from the model that was kept and read again as well", arguments: 0..<20)
    func repeats(seed: UInt64) throws {
        let artifact = try SmallWorld.outcome.get().artifact
        let again = try ModelArtifact(file: artifact.fileBytes, expecting: artifact.digest)
        var numbers = SeededGenerator(seed)
        let question = SmallWorld.question(&numbers)
        let ranking = try SmallWorld.model(artifact).rank(question)
        #expect(try SmallWorld.model(artifact).rank(question) == ranking)
        #expect(try SmallWorld.model(again).rank(question) == ranking)
        #expect(try SmallWorld.model(again).digest == artifact.digest)
    }

    @Test("A payer whose money comes on a known day is tried when it is there") func findsPayDay() throws {
        let model = try SmallWorld.model(SmallWorld.outcome.get().artifact)
        var numbers = SeededGenerator(5)
        var (tried, approved, atRandom) = (0, 0, 0)
        for history in SmallWorld.payers.histories {
            guard let truth = SmallWorld.payers.truths[history.customer], truth.durationHours != nil,
                let zone = CustomerZone(history.payer.timeZone)
            else { continue }
            let now = SyntheticPayers.start.advanced(by: .hours(24 * 345 + Int.random(in: 0..<300, using: &numbers)))
            guard SyntheticPayers.code(of: truth, at: WallHour(now, in: zone), &numbers) == "51" else { continue }
            let ranking = try model.rank(
                WindowQuestion(
                    payer: history.payer, history: history.charges.map(\.observation), attempts: [ChargeObservation(at: now, code: "51")],
                    dueAt: now, now: now, opensAt: now, deadline: now.advanced(by: .days(28)), triesLeft: 1,
                    hours: LegalHours(from: 0, until: 24), horizonHours: 192, ruleAt: nil))
            guard let chosen = ranking.chosen else { continue }
            tried += 1
            func isApproved(_ instant: Timestamp) -> Bool {
                SyntheticPayers.code(of: truth, at: WallHour(instant, in: zone), &numbers) == ChargeObservation.approval
            }
            if isApproved(chosen.at) { approved += 1 }
            if isApproved(now.advanced(by: .hours(Int.random(in: 1...(28 * 24), using: &numbers)))) { atRandom += 1 }
        }
        #expect(tried > 100)
        #expect(Double(approved) > 0.6 * Double(tried), "\(approved) of \(tried)")
        #expect(approved > 3 * atRandom / 2, "\(approved) of \(tried), and \(atRandom) at random")
    }

    @Test("An unknown zone is refused in words") func unknownZone() throws {
        var numbers = SeededGenerator(1)
        let known = SmallWorld.question(&numbers)
        let payer = PayerTraits(
            country: "DE", timeZone: "Mars/Olympus", customerType: .individual, plan: "p", amountMinor: 1, currency: known.payer.currency,
            issuer: nil, network: nil, funding: nil)
        let question = WindowQuestion(
            payer: payer, history: [], attempts: [], dueAt: known.dueAt, now: known.now, opensAt: known.now, deadline: known.deadline,
            triesLeft: 1, hours: known.hours, horizonHours: 192, ruleAt: nil)
        let model = try SmallWorld.model(SmallWorld.outcome.get().artifact)
        #expect(throws: RankingError.failed("Mars/Olympus is no time zone of the IANA tables")) { try model.rank(question) }
    }
}
