extension PairExplanation {
    /// The explanation as a steward would say it: what holds, and the first reason for it.
    package var inWords: String {
        isSame ? "\(a) and \(b) are one person in \(goldens[0]): \(whyTogether)." : "\(a) and \(b) are two people: \(whyApart)."
    }

    private var whyTogether: String {
        guard let first = path.first, let last = merges.last else {
            return "no merge on record joins them, so a rollback led them back together"
        }
        if path.count == 1 { return "\(Self.reason(of: first)) joined them at position \(first.merge)" }
        let between = path.dropLast().map { step in others(of: step) }
        let directly = rule.map { ", and rule \($0) proposes the two directly as well" } ?? ""
        return "\(path.count) edges over \(between.joined(separator: ", ")) joined them, the last at position \(last.position)\(directly)"
    }

    /// The end of a step that lies away from where the way begins.
    private func others(of step: MergePath.Step) -> String {
        var at = a
        for known in path {
            at = known.a == at ? known.b : known.a
            if known == step { break }
        }
        return at.description
    }

    private static func reason(of step: MergePath.Step) -> String {
        let rule = step.rule.map { "rule \($0)" } ?? "a rule"
        return step.kind == .confirmed ? "a steward's yes to \(rule)" : rule
    }

    private var whyApart: String {
        if let separation = separations.first {
            let act = separation.kind == .split ? "a steward took them apart" : "a steward said no to their match"
            return "\(act), and separation \(separation.separation) keeps their golden records apart (\(separation.reason))"
        }
        if let first = dropped.first { return "the source of \(first) has dropped it, so it is not matched" }
        if let conflict = conflicts.first { return "\(conflict) speak against it, whatever the rules say" }
        if let guarded = guards.first { return "each has its own \(guarded), which one person has once" }
        if let first = held.first { return "a change of \(first.card) waits in review \(first.review), and until then it joins nobody" }
        if stewardsWord?.isConfirmed == false { return "a steward said no to their match" }
        if let review = reviews.first { return "review \(review) waits for a steward" }
        switch (rule, strength) {
        case (let rule?, .strong): return "rule \(rule) would join them, and their group has not been merged: a run looks at it again"
        case (let rule?, .weak): return "rule \(rule) only proposes them, and no steward has said yes"
        default: break
        }
        if let link = links.first(where: { $0.rule != nil }) {
            return "no rule proposes them directly; \(link.a) and \(link.b) of their golden records are linked (\(link.kind.rawValue))"
        }
        guard let nearest = nearestRules.first else { return "no rule proposes them" }
        return "no rule proposes them; the nearest, \(nearest.rule), \(Self.lack(of: nearest))"
    }

    private static func lack(of rule: RuleDistance) -> String {
        func said(_ requirement: RuleDistance.Requirement) -> String {
            "\(requirement.comparison) \(requirement.atLeast == .exact ? "exact" : "at least \(requirement.atLeast.rawValue)")"
        }
        let wanted =
            rule.failing.map { "\(said($0)) and it is \($0.level.rawValue)" }
            + (rule.failingAny.isEmpty ? [] : ["one of \(rule.failingAny.map(said).joined(separator: ", "))"])
            + (rule.lackingWeight.map { ["a weight that is \(Double($0 / 100) / 10) bits more"] } ?? [])
        return "asks for \(wanted.joined(separator: "; "))"
    }
}
