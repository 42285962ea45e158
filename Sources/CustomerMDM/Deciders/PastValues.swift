/// A former value of a card.
package struct PastValue: Sendable, Hashable, Codable {
    package var attribute: String
    package var value: String

    package init(attribute: String, value: String) {
        (self.attribute, self.value) = (attribute, value)
    }
}

/// Former values follow from a card's history by a pure function; what a steward closed stays closed.
package enum PastValues {
    /// Former values of one attribute, oldest first.
    ///
    /// A better spelling replaces the one before. A value that comes back takes with it everything that came between: that was an error,
    /// unless `forgetsReverted` is off, as it was until 2022.
    package static func derived(from history: [String], of attribute: Profile.Attribute, forgetsReverted: Bool) -> [String] {
        var kept: [(text: String, form: StandardForm)] = []
        for text in history {
            guard let form = attribute.standardForm(of: text) else { continue }
            if forgetsReverted, let earlier = kept.lastIndex(where: { attribute.saysTheSame($0.form, form) }) {
                kept.removeSubrange(earlier...)
            } else if let last = kept.last, attribute.saysTheSame(last.form, form) {
                kept.removeLast()
            }
            kept.append((text, form))
        }
        guard let current = kept.popLast() else { return [] }
        var seen: Set<StandardText> = [current.form.text]
        return kept.filter { seen.insert($0.form.text).inserted }.map(\.text)
    }
}

extension Profile.Attribute {
    /// Whether two forms are one value, a typing mistake aside.
    func saysTheSame(_ left: StandardForm, _ right: StandardForm) -> Bool {
        if left.text == right.text { return true }
        return switch namePart {
        case .some: Measure.name.level(left, right) != .different
        case nil: Measure.digits.level(left, right) == .similar
        }
    }
}
