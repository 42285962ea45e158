import BillingRetries
import HindsightTesting
import Testing

@Suite("A new model beside another") struct ModelComparisonTests {
    /// Charges that are approved with the first chance, of customers who have so many each; each model is off by its own share of the runs.
    private func pairs(_ count: Int, each: Int, _ noise: Double, rival: Double, seed: Int) -> [ModelComparison.Pair] {
        var numbers = SeededGenerator(UInt64(seed))
        return (0..<count).map { number in
            let truth = Double.random(in: 0.1..<0.9, using: &numbers)
            func guess(_ noise: Double) -> Float {
                Float(min(max(truth + Double.random(in: -noise...noise, using: &numbers), 0.02), 0.98))
            }
            return ModelComparison.Pair(
                customer: "c\(number / each)", chance: guess(noise), rivalChance: guess(rival),
                isApproved: Double.random(in: 0..<1, using: &numbers) < truth)
        }
    }

    @Test("Models that are equally good are hardly ever called better, whichever has the smaller number", arguments: [60, 800])
    func alike(count: Int) {
        let better = (0..<200).count {
            ModelComparison(with: .champion, on: pairs(count, each: 4, 0.2, rival: 0.2, seed: $0)).verdict == .better
        }
        // 2.5 % by chance, and some more for few customers.
        #expect(better <= 14, "\(better) of 200")
    }

    @Test("A clearly better one is called better, and a worse one is not") func clear() throws {
        let comparison = ModelComparison(with: .champion, on: pairs(1_000, each: 2, 0.02, rival: 0.4, seed: 1))
        let gain = try #require(comparison.gain)
        #expect(comparison.verdict == .better && gain.low > 0 && gain.low < gain.value && gain.value < gain.high)
        #expect(ModelComparison(with: .champion, on: pairs(1_000, each: 2, 0.4, rival: 0.02, seed: 1)).verdict == .notBetter)
    }

    @Test("Fewer than 50 charges are not compared, and their number is told") func few() {
        let comparison = ModelComparison(with: .champion, on: pairs(49, each: 1, 0.02, rival: 0.4, seed: 1))
        #expect(comparison.verdict == .notCompared && comparison.rows == 49 && comparison.gain == nil)
        #expect(comparison.reason?.contains("49 charges") == true)
    }

    @Test("A training is better by its comparison; what earlier programs recorded, by its mean") func isBetter() throws {
        let now = try at("01-05T08:00")
        func trained(_ comparison: ModelComparison?) throws -> ModelTrained { .sample(try .sample(), comparison: comparison, at: now) }
        #expect(try trained(.sample(isBetter: true)).isBetter)
        #expect(try !trained(.sample(isBetter: false)).isBetter)
        #expect(try !trained(ModelComparison(with: .champion, notComparedSince: "its file is missing")).isBetter)
        #expect(try trained(nil).isBetter)
    }
}
