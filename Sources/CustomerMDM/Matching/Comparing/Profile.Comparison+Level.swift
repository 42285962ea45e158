extension Profile.Comparison {
    /// The best agreement of any of the values; what agrees only with a past or a reserve value is a variant.
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
        guard let best else { return .missing }
        // Current values that differ do count where nothing else agrees.
        return best == .missing && areCurrentDifferent ? .different : best
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
