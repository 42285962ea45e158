import CustomerMDM
import HindsightCore
import Testing

@Suite("What rules and weights say of two cards") struct ExplainingTests {
    private let profile = People.profile

    private func vector(_ left: [String: String], _ right: [String: String]) -> ComparisonVector {
        ComparisonVector(People.match("CRM:1", left), People.match("IB:2", right), profile: profile)
    }

    @Test("A rule that proposes two cards lacks nothing, and every other one says what it lacks") func distances() {
        for other in [People.peter, People.gleb, People.peter.with("passport", nil).with("mobilePhone", nil)] {
            let vector = vector(People.peter, other)
            let judgement = Judgement(People.match("CRM:1", People.peter), People.match("IB:2", other), profile: profile)
            let proposing = RuleDistance.proposing(vector, weight: judgement.weight, profile)
            let nearest = RuleDistance.nearest(vector, weight: judgement.weight, profile, limit: .max)
            #expect(proposing.count + nearest.count == profile.strongRules.count + profile.weakRules.count)
            #expect(nearest.allSatisfy { !$0.failing.isEmpty || !$0.failingAny.isEmpty || $0.lackingWeight != nil })
            for rule in nearest { #expect((rule.failing + rule.failingAny).allSatisfy { $0.level < $0.atLeast }, "\(rule)") }
            #expect(proposing.first?.rule == judgement.rule)
        }
    }

    @Test("Bars add up to the weight of the judgement") func waterfall() {
        for other in [People.peter, People.gleb, ["surname": "Волков"]] {
            let cards = (People.match("CRM:1", People.peter), People.match("IB:2", other))
            let vector = ComparisonVector(cards.0, cards.1, profile: profile)
            let waterfall = MatchWaterfall(cards.0, cards.1, vector, profile: profile)
            #expect(waterfall.total == Judgement(cards.0, cards.1, profile: profile).weight)
            #expect(waterfall.bars.last?.sum == waterfall.total)
            #expect(waterfall.bars.allSatisfy { $0.level == .missing || $0.missingOn == nil })
        }
    }
}
