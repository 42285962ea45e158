/// What the rules say of two cards.
package struct Judgement: Sendable, Equatable {
    package enum Strength: String, Sendable, Codable {
        /// Joins alone.
        case strong
        /// Only proposes.
        case weak
    }

    package let vector: ComparisonVector
    /// `nil` where no rule proposes the pair.
    package let strength: Strength?
    package let rule: String?
    /// In 1/1000 bit.
    package let weight: Int
    /// Names of the conflicts: why the two can't be one person, whatever the rules say.
    package let conflicts: [String]

    package init(_ left: MatchCard, _ right: MatchCard, profile: Profile) {
        vector = ComparisonVector(left, right, profile: profile)
        weight = profile.weight(of: vector, left, right)
        (strength, rule) = profile.proposal(of: vector, weight: weight).map { ($0.strength, $0.rule.name) } ?? (nil, nil)
        let vector = vector
        conflicts = profile.conflicts.filter { $0.parts(left, right, profile) { vector[$0] } }.map(\.name)
    }

    /// Changes when the evidence for the pair does; holds levels and the rule, no values.
    package func evidence(_ profile: Profile) -> String {
        Fingerprint.hex([rule ?? ""] + vector.levels.map(\.rawValue))
    }
}

extension Profile {
    /// The first rule that proposes the pair, strong ones before weak ones.
    func proposal(of vector: ComparisonVector, weight: @autoclosure () -> Int) -> (strength: Judgement.Strength, rule: Rule)? {
        if let rule = strongRules.first(where: { $0.isMet(by: vector, weight: weight()) }) { return (.strong, rule) }
        return weakRules.first { $0.isMet(by: vector, weight: weight()) }.map { (.weak, $0) }
    }

    /// The first reason why the two can't be one person, edge or no edge; compares only what conflicts ask about.
    func conflict(_ left: MatchCard, _ right: MatchCard) -> String? {
        conflicts.first { $0.parts(left, right, self) { comparisons[$0].level(left, right) } }?.name
    }
}

extension Profile.Rule {
    package func isMet(by vector: ComparisonVector, weight: @autoclosure () -> Int) -> Bool {
        guard all.allSatisfy(vector.meets), any.isEmpty || any.contains(where: vector.meets) else { return false }
        return leastWeight.map { weight() >= $0 } ?? true
    }
}

extension Profile.Conflict {
    /// Whether the two cards can't be one person.
    func parts(_ left: MatchCard, _ right: MatchCard, _ profile: Profile, level: (_ comparison: Int) -> Level) -> Bool {
        guard level(comparison) == .different else { return false }
        switch kind {
        case .different: return true
        case .validAtOnce:
            guard let issueDate else { return false }
            return left.currentDays(issueDate).contains { one in
                right.currentDays(issueDate).contains { abs($0 - one) <= Int64(days) }
            }
        }
    }
}

extension MatchCard {
    fileprivate func currentDays(_ attribute: Int) -> [Int64] {
        values[attribute].filter { !$0.isPast }.compactMap { CalendarDate.daysSince1970($0.form.text.text) }
    }
}
