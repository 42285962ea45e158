extension Profile.Comparison {
    /// The best agreement of any of the values; what agrees only with a past or a reserve value, or across two that were swapped, is a
    /// variant.
    func level(_ left: MatchCard, _ right: MatchCard) -> Level {
        var best: Level?
        var areCurrentDifferent = false
        func compare(_ ones: ArraySlice<MatchCard.Value>, _ others: ArraySlice<MatchCard.Value>, isAlternate: Bool) {
            for one in ones.indices {
                for other in others.indices {
                    var level = measure.level(ones[one].form, others[other].form)
                    if ones[one].isPast || others[other].isPast || isAlternate {
                        // A difference from an old or a reserve value says nothing.
                        level = level < .similar ? .missing : min(level, .variant)
                    } else if level == .different {
                        areCurrentDifferent = true
                    }
                    best = max(best ?? level, level)
                }
            }
        }
        for attribute in attributes {
            let (ones, others) = (left.values[attribute], right.values[attribute])
            compare(ones, others, isAlternate: false)
            for alternate in alternates {
                compare(ones, right.values[alternate], isAlternate: true)
                compare(left.values[alternate], others, isAlternate: true)
            }
        }
        if let swapped, let across = level(left, right, acrossTo: swapped), across > best ?? .different { return across }
        guard let best else { return .missing }
        // Current values that differ do count where nothing else agrees.
        return best == .missing && areCurrentDifferent ? .different : best
    }

    /// How well they agree where each card has this value in the place of the other one, a variant at best; `nil` where not both ways do: a
    /// given name that is somebody's surname says nothing by itself.
    private func level(_ left: MatchCard, _ right: MatchCard, acrossTo other: Int) -> Level? {
        func best(_ ones: ArraySlice<MatchCard.Value>, _ others: ArraySlice<MatchCard.Value>) -> Level {
            ones.flatMap { one in others.map { measure.level(one.form, $0.form) } }.max() ?? .missing
        }
        let levels = attributes.map { min(best(left.values[$0], right.values[other]), best(left.values[other], right.values[$0])) }
        return levels.max().flatMap { $0 >= .similar ? min($0, .variant) : nil }
    }

    /// The current value that both cards have, by its digest.
    func agreedValue(_ left: MatchCard, _ right: MatchCard) -> UInt64? {
        for attribute in attributes {
            for one in left.values[attribute] where !one.isPast {
                let digest = one.form.text.digest
                if right.values[attribute].contains(where: { !$0.isPast && $0.form.text.digest == digest }) { return digest }
            }
        }
        return nil
    }
}
