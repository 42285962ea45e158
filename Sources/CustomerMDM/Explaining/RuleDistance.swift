/// What a rule says of two cards: that it proposes them, or which of its requirements fail.
package struct RuleDistance: Sendable, Equatable, Codable {
    package struct Requirement: Sendable, Equatable, Codable {
        package var comparison: String
        package var atLeast: Level
        /// What the two cards reach.
        package var level: Level
    }

    package var rule: String
    package var strength: Judgement.Strength
    /// Requirements that are not met, each of which the rule asks for.
    package var failing: [Requirement] = []
    /// Requirements of which the rule asks for one, where none is met.
    package var failingAny: [Requirement] = []
    /// In 1/1000 bit: how much is lacking from the weight that the rule asks for.
    package var lackingWeight: Int?

    package var isMet: Bool { failing.isEmpty && failingAny.isEmpty && lackingWeight == nil }

    /// How much is lacking: a choice of which nothing is met lacks one thing.
    private var lacks: Int { failing.count + (failingAny.isEmpty ? 0 : 1) + (lackingWeight == nil ? 0 : 1) }

    private init(
        _ rule: Profile.Rule, _ strength: Judgement.Strength, _ vector: ComparisonVector, weight: Int, _ profile: Profile
    ) {
        self.rule = rule.name
        self.strength = strength
        func unmet(_ requirements: [Profile.Requirement]) -> [Requirement] {
            requirements.filter { !vector.meets($0) }.map { requirement in
                Requirement(
                    comparison: profile.comparisons[requirement.comparison].name, atLeast: requirement.atLeast,
                    level: vector[requirement.comparison])
            }
        }
        failing = unmet(rule.all)
        if !rule.any.contains(where: vector.meets) { failingAny = unmet(rule.any) }
        if let least = rule.leastWeight, weight < least { lackingWeight = least - weight }
    }

    /// Every rule of the profile, strong ones first, as the profile orders them.
    private static func all(_ vector: ComparisonVector, weight: Int, _ profile: Profile) -> [RuleDistance] {
        profile.strongRules.map { RuleDistance($0, .strong, vector, weight: weight, profile) }
            + profile.weakRules.map { RuleDistance($0, .weak, vector, weight: weight, profile) }
    }

    /// The rules that propose the two.
    package static func proposing(_ vector: ComparisonVector, weight: Int, _ profile: Profile) -> [RuleDistance] {
        all(vector, weight: weight, profile).filter(\.isMet)
    }

    /// The rules that come nearest without proposing the two, the nearest first; of those that are as near the profile's order counts.
    package static func nearest(
        _ vector: ComparisonVector, weight: Int, _ profile: Profile, limit: Int = 3
    ) -> [RuleDistance] {
        let unmet = all(vector, weight: weight, profile).filter { !$0.isMet }.enumerated()
        return unmet.sorted { ($0.element.lacks, $0.offset) < ($1.element.lacks, $1.offset) }.prefix(limit).map(\.element)
    }
}
