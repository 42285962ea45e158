/// What a run found, in tables.
struct Report {
    private let record: RunRecord

    init(_ record: RunRecord) { self.record = record }

    var text: String {
        [record.heading.joined(separator: "\n"), figures, thresholds, notes].joined(separator: "\n\n")
    }

    /// Medians over the rounds.
    private var figures: String {
        var table = TextTable(["", "events/s", "[lowest", "highest]", "p50 µs", "p99", "p99.9", "MB"])
        for name in Set(record.rounds.flatMap(\.samples.keys)).sorted() {
            let samples = record.rounds.compactMap { $0.samples[name] }
            func values(_ quantity: Threshold.Quantity) -> [Double] { samples.compactMap(quantity.value(of:)) }
            func median(_ quantity: Threshold.Quantity) -> String { values(quantity).median?.forReading ?? "" }
            let rates = values(.rate)
            table.add([
                name, median(.rate), (rates.min() ?? 0).forReading, (rates.max() ?? 0).forReading, median(.p50), median(.p99),
                median(.p999), median(.peakMegabytes),
            ])
        }
        return table.text
    }

    private var thresholds: String {
        var table = TextTable(["median of the ratios within a round", "wanted", "measured", "[lowest", "highest]", ""])
        for verdict in record.verdicts {
            let threshold = verdict.threshold
            let bounds = [threshold.minimum.map { "≥ \($0.forReading)" }, threshold.maximum.map { "≤ \($0.forReading)" }]
            let wanted = bounds.compactMap(\.self).joined(separator: " ")
            guard let value = verdict.value, let lowest = verdict.values.min(), let highest = verdict.values.max() else {
                continue
            }
            table.add([
                threshold.text, wanted, value.forReading, lowest.forReading, highest.forReading, verdict.isMet ? "pass" : "SHORT",
            ])
        }
        return table.text
    }

    /// What the tables do not show.
    private var notes: String {
        let unmeasured = record.verdicts.filter { $0.value == nil }.map { "not measured: \($0.threshold.text)" }
        return (record.skipped.map { "skipped: \($0)" } + unmeasured).joined(separator: "\n")
    }
}
