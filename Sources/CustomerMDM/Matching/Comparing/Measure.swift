/// How values of a comparison are measured against each other.
package enum Measure: String, Sendable, Codable {
    /// Words with spelling mistakes.
    case name
    /// Dates with a mistyped digit, or day and month swapped.
    case date
    /// Numbers with a mistyped digit.
    case digits
    /// Same or not.
    case equality
    /// Sets of tokens.
    case tokens
}

extension Measure {
    func level(_ left: StandardForm, _ right: StandardForm) -> Level {
        if left.text == right.text { return .exact }
        let isComparable = left.isValid && right.isValid
        switch self {
        case .equality:
            return isComparable ? .different : .missing
        case .name:
            if left.hasAlternative(where: { one in right.hasAlternative { $0 == one } }) { return .variant }
            if isInitial(left, of: right) || isInitial(right, of: left) { return .missing }
            if left.sharesCorrection(with: right) { return .similar }
            let isClose = left.hasSpelling { one in right.hasSpelling { EditDistance.isTypingMistake(one.text, $0.text) } }
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
