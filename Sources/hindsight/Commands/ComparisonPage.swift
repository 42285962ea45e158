import BillingRetries
import HindsightApp
import HindsightCore

/// A comparison of policies as it is printed: a table for the whole and for each group, or one list of lines.
struct ComparisonPage {
    private let report: ComparisonReport

    init(_ report: ComparisonReport) { self.report = report }

    func print(_ session: Session) throws {
        guard session.format == .table else {
            var printer = Printer([], format: session.format)
            for line in report.tables.flatMap(\.lines) { try printer.print(line, cells: []) }
            return try printer.finish()
        }
        let plan = report.plan
        try Terminal.write(
            "\(plan.customers) customers, renewals due on days \(plan.trainDays + 1) to \(plan.days), seed \(plan.seed)")
        if let training = report.training {
            try Terminal.write(
                "model \(training.model.hexadecimal.prefix(12)) learned from \(training.charges) charges before; log loss "
                    + "\(Self.short(training.logLoss)) on \(training.heldOutCharges) others, "
                    + "\(Self.short(training.segmentLogLoss)) by segment"
            )
        }
        for table in report.tables { try print(table) }
        try Terminal.flush()
    }

    /// A column of a table: what it shows, and which value is the best of it.
    private struct Figure {
        enum Best { case most, least }

        let title: String
        let best: Best?
        let value: (PolicyTally) -> Int?
        let text: (Int) -> String
    }

    private static var figures: [Figure] {
        [
            Figure(title: "RENEWALS", best: nil, value: \.renewals, text: String.init),
            Figure(title: "FAILED FIRST", best: nil, value: \.failedFirst, text: String.init),
            Figure(title: "RECOVERED", best: .most, value: \.recoveredBasisPoints, text: percent),
            Figure(title: "APPROVED", best: .most, value: \.approvedBasisPoints, text: percent),
            Figure(title: "RETRIES", best: .least, value: \.retriesPerHundredRecovered, text: hundredths),
            Figure(title: "DAYS", best: .least, value: \.medianHoursToCollect, text: days),
            Figure(title: "PAID", best: .most, value: \.paid, text: String.init),
            Figure(title: "LOST", best: .least, value: \.lost, text: String.init),
            Figure(title: "BY MODEL", best: nil, value: \.byModelBasisPoints, text: percent),
            Figure(title: "GUARD REFUSALS", best: nil, value: \.guardRefusals, text: String.init),
        ]
    }

    private func print(_ table: ComparisonReport.Table) throws {
        try Terminal.write("")
        if let by = table.by, let value = table.value { try Terminal.write("\(by.rawValue): \(value)") }
        var printer = Printer(
            [Printer.Column("POLICY")] + Self.figures.map { Printer.Column($0.title + ($0.best == nil ? "" : " "), isNumber: true) },
            format: .table)
        let best = Self.figures.map { Self.best($0, of: table.lines) }
        for line in table.lines {
            let cells = zip(Self.figures, best).map { figure, best in
                let value = figure.value(line.tally)
                let mark = figure.best == nil ? "" : value != nil && value == best && line.policy != ComparisonReport.oracle ? "*" : " "
                return (value.map(figure.text) ?? "—") + mark
            }
            try printer.print(line, cells: [line.policy] + cells)
        }
        try printer.finish()
    }

    /// Of the policies; the oracle is out of the running.
    private static func best(_ figure: Figure, of lines: [ComparisonReport.Line]) -> Int? {
        let values = lines.filter { $0.policy != ComparisonReport.oracle }.compactMap { figure.value($0.tally) }
        return switch figure.best {
        case .most: values.max()
        case .least: values.min()
        case nil: nil
        }
    }

    private static func percent(_ basisPoints: Int) -> String { hundredths(basisPoints) + " %" }
    private static func hundredths(_ number: Int) -> String { "\(number / 100).\(number / 10 % 10)\(number % 10)" }
    private static func days(_ hours: Int) -> String {
        let tenths = (hours * 10 + 12) / 24
        return "\(tenths / 10).\(tenths % 10)"
    }
    private static func short(_ number: Double) -> String { String(Double(Int((number * 10_000).rounded())) / 10_000) }
}
