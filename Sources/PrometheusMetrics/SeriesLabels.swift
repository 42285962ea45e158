/// The labels that tell one series from the others of its name, ready to be written: `method="GET",route="/v1/log"`.
///
/// The order in which they were given makes no difference. Names get Prometheus' alphabet, `[a-zA-Z_][a-zA-Z0-9_]*`, and lose a second
/// underscore at their start, which Prometheus keeps for itself. Of two labels of one name the last counts. A label with an empty value
/// is left out, because Prometheus takes it for one that is not there.
struct SeriesLabels: Sendable, Hashable {
    let text: String

    /// - Parameter reserved: A name that the metric needs itself. A label called so becomes `exported_…`, as Prometheus does it.
    init(_ dimensions: [(String, String)], reserved: String? = nil) {
        guard !dimensions.isEmpty else {
            text = ""
            return
        }
        var labels: [(name: String, value: String)] = []
        for (name, value) in dimensions {
            let name = Self.name(name, reserved: reserved)
            labels.removeAll { $0.name == name }
            if !value.isEmpty { labels.append((name, value)) }
        }
        if labels.count > 1 { labels.sort { $0.name < $1.name } }
        var text = ""
        for label in labels {
            text += "\(text.isEmpty ? "" : ",")\(label.name)=\"\(label.value.escaped(quotes: true))\""
        }
        self.text = text
    }

    private static func name(_ text: String, reserved: String?) -> String {
        var name = text.replacingCharacters { $0.isLetterDigitOrUnderscore }
        while name.hasPrefix("__") { name.removeFirst() }
        return name == reserved ? "exported_\(name)" : name
    }
}
