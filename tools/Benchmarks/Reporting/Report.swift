import Foundation

/// What a run found, in tables.
struct Report {
    private let record: RunRecord

    init(_ record: RunRecord) { self.record = record }

    var text: String {
        [record.heading.joined(separator: "\n"), figures, thresholds, notes].joined(separator: "\n\n")
    }

    /// Medians over the rounds; columns in which nothing would stand are left out.
    private var figures: String {
        let every = record.rounds.flatMap(\.samples.values)
        let columns = Self.columns.filter { column in every.contains { column.quantity.value(of: $0) != nil } }
        var table = TextTable(["", "events/s", "[lowest", "highest]"] + columns.map(\.title))
        let names = Set(record.rounds.flatMap(\.samples.keys)).sorted { $0.compare($1, options: .numeric) == .orderedAscending }
        for name in names {
            let samples = record.rounds.compactMap { $0.samples[name] }
            func values(_ quantity: Threshold.Quantity) -> [Double] { samples.compactMap(quantity.value(of:)) }
            let rates = values(.rate)
            table.add(
                [name] + [rates.median, rates.min(), rates.max()].map { $0?.forReading ?? "" }
                    + columns.map { values($0.quantity).median?.forReading ?? "" })
        }
        return table.text
    }

    private static let columns: [(title: String, quantity: Threshold.Quantity)] = [
        ("calls/s", .callRate), ("calls each", .callsEach), ("flushes each", .flushesEach), ("p50 µs", .p50), ("p99", .p99),
        ("p99.9", .p999), ("max", .max), ("peak MB", .peakMegabytes),
        ("MB", .residentMegabytes), ("precision", .precision), ("recall", .recall), ("F1", .f1),
    ]

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
