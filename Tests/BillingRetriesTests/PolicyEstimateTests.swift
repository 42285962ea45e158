import BillingRetries
import HindsightCore
import HindsightTesting
import Testing

@Suite("Policies judged by the past") struct PolicyEstimateTests {
    /// A policy that charges hour 1 of `hours`, and any of them by lot in a share of the cases. Hours in `good` are approved in eight
    /// cases of ten, all others in three. The other policy charges `hour`, or hour 1 as well in a share of the cases, and guesses `guess` of it.
    private struct World {
        var count = 2_000
        var hours = 10
        var share = 0.2
        var good: Set<Int> = []
        var hour = 4
        var agreeing = 0.0
        var guess = 0.3
        var reward = 0.3

        func judged(seed: Int) -> PolicyEstimate {
            var numbers = SeededGenerator(UInt64(seed))
            return PolicyEstimate(
                (0..<count).map { number in
                    let isDrawn = Double.random(in: 0..<1, using: &numbers) < share
                    let charged = isDrawn ? Int.random(in: 1...hours, using: &numbers) : 1
                    let wanted = Double.random(in: 0..<1, using: &numbers) < agreeing ? 1 : hour
                    let isApproved = Double.random(in: 0..<1, using: &numbers) < (good.contains(charged) ? 0.8 : reward)
                    func known(_ hour: Int) -> PolicyEstimate.Hour {
                        PolicyEstimate.Hour(
                            isCharged: hour == charged, propensity: share / Double(hours) + (hour == 1 ? 1 - share : 0), score: guess)
                    }
                    return PolicyEstimate.Judged(
                        customer: "c\(number % (count / 2 + 1))", isApproved: isApproved, scoreOfCharged: guess, wanted: known(wanted),
                        preferred: wanted == 1 ? nil : known(1))
                })
        }
    }

    @Test("The estimate holds the truth in about 95 cases of 100, also by bad guesses", arguments: [0.1, 0.5])
    func covers(guess: Double) {
        let held = (0..<200).count { seed in
            let estimate = World(good: [4], guess: guess).judged(seed: seed).estimate
            return (estimate.low...estimate.high).contains(0.8)
        }
        #expect((174...200).contains(held), "\(held) of 200")
    }

    @Test("What is clearly better is called better, and what is clearly worse is called worse")
    func verdicts() {
        #expect(World(count: 4_000, good: [4], guess: 0.5).judged(seed: 1).verdict == .better)
        #expect(World(count: 4_000, good: [1], guess: 0.3).judged(seed: 2).verdict == .worse)
        #expect(World(count: 4_000, good: [4], hour: 7).judged(seed: 1).verdict == .cannotTell)
    }

    @Test(
        "Where all hours are alike and the guesses are wrong, hardly any run tells one policy from the other",
        arguments: [
            // So many decisions, hours and draws that something can be told; draws so rare that nothing can; and none.
            (4_000, 10, 0.2, 0.0), (4_000, 10, 0.2, 0.7), (4_000, 96, 0.05, 0.0), (4_000, 96, 0.05, 0.5), (2_000, 10, 0, 0.0),
            (2_000, 10, 0, 0.9), (6_000, 24, 0.3, 0.2),
        ], [0.05, 0.9])
    func equalTruth(_ setting: (count: Int, hours: Int, share: Double, agreeing: Double), guess: Double) {
        let world = World(
            count: setting.count, hours: setting.hours, share: setting.share, agreeing: setting.agreeing, guess: guess)
        let told = (0..<200).count { world.judged(seed: $0).reason == nil }
        #expect(told <= 8, "\(told) of 200")
    }

    @Test("Rare approvals tell nothing before there are some on both sides", arguments: [0.05, 0.01])
    func rareApprovals(reward: Double) {
        let world = World(count: 2_000, share: 0.2, guess: reward, reward: reward)
        let told = (0..<200).count { world.judged(seed: $0).reason == nil }
        #expect(told <= 8, "\(told) of 200")
    }

    @Test("Agreement, however frequent, supports no verdict on what differs")
    func agreement() {
        let estimate = World(hours: 96, share: 0.05, agreeing: 0.5, guess: 0.9).judged(seed: 3)
        #expect(estimate.matches > 900 && estimate.differingMatches < 5 && estimate.verdict == .tooFew)
        #expect(estimate.reason?.contains("30 are needed") == true)
        let same = World(agreeing: 1, guess: 0.9).judged(seed: 3)
        #expect(same.differing == 0 && same.verdict == .cannotTell && same.reason?.contains("same hours") == true)
    }

    @Test("What would never have been charged may have gone either way") func unsupported() {
        let estimate = World(share: 0, guess: 0.9).judged(seed: 3)
        #expect(estimate.unsupported == 2_000 && estimate.matches == 0 && estimate.effectiveMatches == 0)
        #expect(estimate.estimate.low <= 0 && estimate.estimate.high >= 1 && estimate.verdict == .cannotTell)
    }

    @Test(
        "To leave the draws away is no merit: an hour as good as the preferred one, with worse ones drawn, is not called better",
        arguments: [0.3, 0.8])
    func drawsApart(guess: Double) {
        let world = World(count: 12_000, good: [1, 4], agreeing: 0.8, guess: guess)
        let estimates = (0..<200).map { world.judged(seed: $0) }
        #expect(estimates.allSatisfy { $0.observed < 0.74 })
        let told = estimates.count { $0.reason == nil }
        #expect(told <= 8, "\(told) of 200")
        let held = estimates.count { ($0.difference.low...$0.difference.high).contains(0) }
        #expect((174...200).contains(held), "\(held) of 200")
    }

    /// Decisions in which the preferred hour is charged but in one of twenty, and approved in one of four; the other policy differs by giving
    /// up those for which `givesUp` holds.
    private func givingUp(_ count: Int, score: Double, where givesUp: (_ isApproved: Bool) -> Bool) -> PolicyEstimate {
        PolicyEstimate(
            (0..<count).map { number in
                let isDrawn = number % 20 == 19
                let isApproved = !isDrawn && number.isMultiple(of: 4)
                let preferred = PolicyEstimate.Hour(isCharged: !isDrawn, propensity: 0.95, score: score)
                let gives = givesUp(isApproved)
                return PolicyEstimate.Judged(
                    customer: "c\(number)", isApproved: isApproved, scoreOfCharged: score, wanted: gives ? nil : preferred,
                    preferred: gives ? preferred : nil)
            })
    }

    @Test("A policy that makes no further try gets nothing, and that is known", arguments: [0.05, 0.9]) func noTry(score: Double) {
        let estimate = givingUp(400, score: score) { _ in true }
        #expect(estimate.estimate.value == 0 && estimate.estimate.high == 0 && estimate.unsupported == 0)
        #expect(estimate.verdict == .worse && abs(estimate.difference.value + 0.25 / 0.95) < 1e-9)
    }

    @Test("A policy that only gives up tries is never better, whatever the model guessed of them", arguments: [0.05, 0.9])
    func givesUp(score: Double) {
        let approved = givingUp(400, score: score) { $0 }
        #expect(approved.verdict == .worse && approved.differing == 100)
        let declined = givingUp(400, score: score) { !$0 }
        #expect(declined.verdict == .cannotTell && declined.difference.high == 0 && declined.differing == 300)
    }

    @Test("Where nearly all is drawn, a verdict needs decisions that charged the preferred hour, too") func preferredDrawn() {
        func estimate(_ charged: Int) -> PolicyEstimate {
            PolicyEstimate(
                (0..<1_000).map { number in
                    let isPreferred = number < charged
                    return PolicyEstimate.Judged(
                        customer: "c\(number)", isApproved: isPreferred ? number % 4 == 0 : number % 10 > 0, scoreOfCharged: 0.5,
                        wanted: PolicyEstimate.Hour(isCharged: !isPreferred, propensity: 0.9, score: 0.5),
                        preferred: PolicyEstimate.Hour(isCharged: isPreferred, propensity: 0.1, score: 0.5))
                })
        }
        #expect(estimate(100).verdict == .better)
        #expect(
            estimate(20).verdict == .tooFew && estimate(20).reason?.contains("the hour of the policy of then was charged in 20") == true)
    }

    @Test("The policy of then is judged as it was")
    func ownPolicy() {
        let estimate = World(count: 3_000, good: [1], hour: 1, agreeing: 1, guess: 0.5).judged(seed: 4)
        #expect(abs(estimate.estimate.value - 0.8) < 0.03)
    }
}
