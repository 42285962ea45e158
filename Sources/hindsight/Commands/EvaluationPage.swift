import CustomerMDM
import Foundation
import HindsightApp
import HindsightCore

/// An evaluation as a page of tables, or as one JSON document.
struct EvaluationPage {
    private let report: MatchingEvaluation.Report
    private let tellsTwins: Bool

    /// - Parameter tellsTwins: Whether the truth says who are twins.
    init(_ report: MatchingEvaluation.Report, tellsTwins: Bool) {
        (self.report, self.tellsTwins) = (report, tellsTwins)
    }

    func print(_ session: Session) throws {
        try Printer.printOne(report, facts: facts, format: session.format)
        guard session.format == .table else { return }
        try printSlices()
        try printReviews()
        if let changes = report.changes { try printChanges(changes) }
    }

    // MARK: - Matching

    private var facts: [(String, String)] {
        let whole = report.quality.whole
        var facts = [
            ("position", "\(report.position)"), ("cards", "\(whole.records)"), ("golden records", "\(whole.clusters)"),
            ("people", "\(whole.trueClusters)"), ("B-cubed", inWords(whole.bCubed)), ("pairwise", inWords(whole.pairwise)),
            (
                "merge distance",
                "\(share(whole.mergeDistance))  (\(whole.splits) splits, \(whole.merges) merges; 10 to 1 \(share(whole.mergeDistance10To1)))"
            ),
            ("centaurs", "\(whole.centaurs)  (\(whole.centaursPPM) per million)"), ("exact clusters", share(whole.exactClustersShare)),
        ]
        if tellsTwins {
            let twins = report.quality.twins
            facts.append(("twins glued", "\(twins.pairsGlued) pairs  (in \(twins.groupsGlued) of \(twins.groups) groups)"))
            for pair in twins.glued {
                let sides = pair.cards.map { $0.map(\.description).joined(separator: " ") }.joined(separator: "  |  ")
                facts.append(("glued", "\(sides)  (\(pair.goldens.map(\.description).joined(separator: " ")))"))
            }
        }
        return facts + [("unknown cards", "\(report.quality.unknownCards)"), ("unlabelled cards", "\(report.quality.unlabelledCards)")]
    }

    private func printSlices() throws {
        let numbers = [
            "CARDS", "GOLDENS", "PEOPLE", "B3 P", "B3 R", "B3 F", "PAIR P", "PAIR R", "PAIR F", "SPLITS", "MERGES", "DISTANCE", "10 TO 1",
            "CENTAURS", "PPM", "EXACT",
        ]
        try printTable(["SLICE"], numbers) { printer in
            for slice in report.quality.slices {
                let measures = slice.measures
                let accuracies = [measures.bCubed, measures.pairwise].flatMap { [$0.precision, $0.recall, $0.f] }
                try printer.print(
                    slice,
                    cells: [slice.tag] + [measures.records, measures.clusters, measures.trueClusters].map(String.init)
                        + accuracies.map(share) + [
                            "\(measures.splits)", "\(measures.merges)", share(measures.mergeDistance), share(measures.mergeDistance10To1),
                            "\(measures.centaurs)", "\(measures.centaursPPM)", share(measures.exactClustersShare),
                        ])
            }
        }
    }

    // MARK: - Stewards

    private func printReviews() throws {
        let reviews = report.reviews
        try printTable(["REVIEWS"], ["OPENED", "OPEN NOW"]) { printer in
            for kind in reviews.kinds { try printer.print(kind, cells: [kind.kind.rawValue, "\(kind.opened)", "\(kind.open)"]) }
            try printer.print(reviews, cells: ["all", "\(reviews.opened)", "\(reviews.open)"])
        }
        guard let load = reviews.casesPer1000Updates else { return }
        try Terminal.write("\(load) cases for each 1,000 of \(reviews.updates) updates")
    }

    private func printChanges(_ changes: MatchingEvaluation.Changes) throws {
        let outcomes = StatementOutcome.allCases
        let titles = outcomes.map { $0.rawValue.map { $0.isUppercase ? " \($0)" : $0.uppercased() }.joined() }
        try printTable(["CHANGE"], ["ALL"] + titles) { printer in
            for row in changes.confusion.rows {
                try printer.print(row, cells: [row.label, "\(row.statements)"] + outcomes.map { "\(row.outcomes[$0] ?? 0)" })
            }
        }
        func known(_ value: Double?) -> String { value.map(share) ?? "—" }
        try Terminal.write(
            "held: precision \(known(changes.confusion.heldPrecision)), recall \(known(changes.confusion.heldRecall))")
        if changes.notPlayed > 0 { try Terminal.write("not played by then, and not counted: \(changes.notPlayed)") }
    }

    // MARK: - Tables

    private func printTable(_ texts: [String], _ numbers: [String], _ rows: (inout Printer) throws -> Void) throws {
        try Terminal.write("")
        var printer = Printer(
            texts.map { Printer.Column($0) } + numbers.map { Printer.Column($0, isNumber: true) }, format: .table)
        try rows(&printer)
        try printer.finish()
    }

    private func inWords(_ accuracy: Accuracy) -> String {
        "precision \(share(accuracy.precision))  recall \(share(accuracy.recall))  F \(share(accuracy.f))"
    }

    private func share(_ value: Double) -> String { String(format: "%.\(PartitionMeasures.places)f", value) }
}
