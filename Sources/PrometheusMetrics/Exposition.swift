/// Prometheus' text format, version 0.0.4, while it is being written.
///
/// Source: https://github.com/prometheus/docs/blob/main/content/docs/instrumenting/exposition_formats.md
struct Exposition {
    private(set) var bytes: [UInt8] = []

    mutating func describe(_ family: Family) {
        if !family.help.isEmpty { append("# HELP \(family.name) \(family.help.escaped(quotes: false))\n") }
        append("# TYPE \(family.name) \(family.kind.rawValue)\n")
    }

    /// - Parameter bound: The upper bound of a histogram's bucket.
    mutating func sample(_ name: MetricName, suffix: String = "", labels: SeriesLabels, bound: Double? = nil, _ value: String) {
        append(name.description)
        append(suffix)
        let bucket = bound.map { "le=\"\($0.expositionText)\"" } ?? ""
        if !labels.text.isEmpty || !bucket.isEmpty {
            append("{")
            append(labels.text)
            if !labels.text.isEmpty, !bucket.isEmpty { append(",") }
            append(bucket)
            append("}")
        }
        append(" ")
        append(value)
        append("\n")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

extension String {
    /// Without line breaks, and with a backslash in front of each backslash and, if so wanted, each quotation mark.
    func escaped(quotes: Bool) -> String {
        // Scalars and not characters: a line break after a carriage return is one character with it.
        func isSpecial(_ scalar: Unicode.Scalar) -> Bool { scalar == "\\" || scalar == "\n" || quotes && scalar == "\"" }
        guard unicodeScalars.contains(where: isSpecial) else { return self }
        return unicodeScalars.reduce(into: "") { escaped, scalar in
            if isSpecial(scalar) { escaped += "\\" }
            escaped.unicodeScalars.append(scalar == "\n" ? "n" : scalar)
        }
    }
}

extension Double {
    /// As Prometheus reads numbers: `1`, `0.005`, `1e+20`, `NaN`, `+Inf`, `-Inf`.
    var expositionText: String {
        if isNaN { return "NaN" }
        if isInfinite { return self > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: self), abs(self) < 1e15 { return String(whole) }
        return description
    }
}
