/// How two cards agree, comparison by comparison.
package struct ComparisonVector: Sendable, Equatable {
    /// In the order of the profile's comparisons.
    package let levels: [Level]

    package init(_ left: MatchCard, _ right: MatchCard, profile: Profile) {
        levels = profile.comparisons.map { $0.level(left, right) }
    }

    /// In 1/1000 bit.
    package func weight(_ profile: Profile) -> Int {
        zip(profile.comparisons, levels).reduce(0) { $0 + ($1.0.weights[$1.1] ?? 0) }
    }

    /// The levels by name, missing ones left out.
    package func named(_ profile: Profile) -> [String: Level] {
        Dictionary(uniqueKeysWithValues: zip(profile.comparisons, levels).filter { $0.1 != .missing }.map { ($0.0.name, $0.1) })
    }

    package func meets(_ requirement: Profile.Requirement) -> Bool { levels[requirement.comparison] >= requirement.atLeast }

    package func meets(_ rule: Profile.Rule) -> Bool {
        rule.all.allSatisfy(meets) && (rule.any.isEmpty || rule.any.contains(where: meets))
    }
}

extension Profile.Comparison {
    /// The best agreement of any of the values; what agrees only with a past or a reserve value is a variant.
    func level(_ left: MatchCard, _ right: MatchCard) -> Level {
        var best: Level?
        func compare(_ left: [MatchCard.Value], _ right: [MatchCard.Value], isAlternate: Bool) {
            for one in left {
                for other in right {
                    var level = measure.level(one.form, other.form)
                    // A difference from an old or a reserve value says nothing.
                    if one.isPast || other.isPast || isAlternate { level = level < .similar ? .missing : min(level, .variant) }
                    best = max(best ?? level, level)
                }
            }
        }
        for attribute in attributes {
            compare(left.values[attribute], right.values[attribute], isAlternate: false)
            for alternate in alternates {
                compare(left.values[attribute], right.values[alternate], isAlternate: true)
                compare(left.values[alternate], right.values[attribute], isAlternate: true)
            }
        }
        let areCurrentDifferent = attributes.contains { attribute in
            left.values[attribute].contains { one in
                !one.isPast && right.values[attribute].contains { !$0.isPast && measure.level(one.form, $0.form) == .different }
            }
        }
        guard let best else { return .missing }
        // Current values that differ do count where nothing else agrees.
        return best == .missing && areCurrentDifferent ? .different : best
    }
}

extension Measure {
    func level(_ left: StandardForm, _ right: StandardForm) -> Level {
        if left.text == right.text { return .exact }
        let isComparable = left.isValid && right.isValid
        switch self {
        case .equality:
            return isComparable ? .different : .missing
        case .name:
            if left.alternatives.contains(where: right.alternatives.contains) { return .variant }
            if isInitial(left, of: right) || isInitial(right, of: left) { return .missing }
            let isClose = ([left.text] + left.alternatives).contains { one in
                ([right.text] + right.alternatives).contains { EditDistance.isTypingMistake(one.text, $0.text) }
            }
            return isClose ? .similar : .different
        case .date:
            let (one, other) = (left.text.text, right.text.text)
            if EditDistance.isWithinOne(one, other) || CalendarDate.isSwapped(one, other) { return .similar }
            return isComparable ? .different : .missing
        case .digits:
            if left.isChecked, right.isChecked { return .different }
            if left.text.text.utf8.count > 5, EditDistance.isWithinOne(left.text.text, right.text.text) { return .similar }
            return isComparable ? .different : .missing
        case .tokens:
            guard case .address(let one) = left, case .address(let other) = right else { return .different }
            if one.hasOtherNumber(than: other) { return .different }
            return 10 * one.shared(with: other) >= 6 * max(one.count, other.count) ? .similar : .different
        }
    }

    private func isInitial(_ short: StandardForm, of name: StandardForm) -> Bool {
        guard case .name(let short) = short, case .name(let name) = name, short.isInitial else { return false }
        return short.text.text.unicodeScalars.first == name.text.text.unicodeScalars.first
    }
}

/// Typing mistakes: a letter too many, too few, another, or two that changed places.
enum EditDistance {
    /// One mistake in a word of four letters or more, two in one of nine or more.
    static func isTypingMistake(_ left: String, _ right: String) -> Bool {
        let (one, other) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
        let length = min(one.count, other.count)
        guard length >= 4, abs(one.count - other.count) <= 2 else { return false }
        return distance(one, other, limit: 2) <= (length >= 9 ? 2 : 1)
    }

    static func isWithinOne(_ left: String, _ right: String) -> Bool {
        abs(left.utf8.count - right.utf8.count) <= 1 && distance(Array(left.unicodeScalars), Array(right.unicodeScalars), limit: 1) <= 1
    }

    /// Damerau–Levenshtein distance (restricted), or more than `limit` as soon as that is certain.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar], limit: Int) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1] + Array(repeating: 0, count: right.count)
            for j in right.indices {
                let replaced = last[j] + (left[i] == right[j] ? 0 : 1)
                var best = min(row[j] + 1, last[j + 1] + 1, replaced)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { best = min(best, beforeLast[j - 1] + 1) }
                row[j + 1] = best
            }
            guard row.contains(where: { $0 <= limit }) else { return limit + 1 }
            (beforeLast, last) = (last, row)
        }
        return last[right.count]
    }
}
