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
    package let weight: Int
    /// Names of the conflicts: why the two can't be one person, whatever the rules say.
    package let conflicts: [String]

    package init(_ left: MatchCard, _ right: MatchCard, profile: Profile) {
        vector = ComparisonVector(left, right, profile: profile)
        weight = vector.weight(profile)
        let vector = vector
        conflicts = profile.conflicts.filter { $0.parts(left, right, vector, profile) }.map(\.name)
        if let strong = profile.strongRules.first(where: vector.meets) {
            (strength, rule) = (.strong, strong.name)
        } else if let weak = profile.weakRules.first(where: vector.meets) {
            (strength, rule) = (.weak, weak.name)
        } else {
            (strength, rule) = (nil, nil)
        }
    }

    /// Changes when the evidence for the pair does; holds levels and the rule, no values.
    package func evidence(_ profile: Profile) -> String {
        Fingerprint.hex([rule ?? ""] + vector.levels.map(\.rawValue))
    }
}

extension Profile.Conflict {
    /// Whether the two cards can't be one person. Asked of every pair of a group, with an edge or without.
    func parts(_ left: MatchCard, _ right: MatchCard, _ vector: ComparisonVector, _ profile: Profile) -> Bool {
        guard vector.levels[comparison] == .different else { return false }
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
