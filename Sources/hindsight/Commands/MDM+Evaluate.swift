import ArgumentParser
import CustomerMDM
import HindsightApp
import HindsightCore

extension MDMCommand {
    struct Evaluate: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "How good the golden records are, against cards of which somebody knows whose they are.",
            discussion: """
                The truth is CSV, gzipped or not: source, source_id, true_person_id, and if they are known case_tag (several with |) and \
                twin_group; other columns are ignored. A card that the log does not know counts as a golden record of its own. With \
                --changes, the labelled stream that the log was played from, what became of each kind of change.
                """)
        @Argument(help: "The labelled cards, .csv or .csv.gz.") var truth: String
        @Option(help: ArgumentHelp("The labelled stream that the log was played from.", valueName: "events")) var changes: String?
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            let file = try TruthFile(CompressedFile.read(truth), file: truth)
            let labels = try changes.map { try LabelledChanges(CompressedFile.read($0), file: $0) }
            let application = try session.open(for: .reading)
            let position: Position =
                if let at { try await at.position(in: application.log) } else { try await application.log.head().position }
            let evaluation = MatchingEvaluation(of: application.log, profile: try await application.profile())
            let report = try await evaluation.report(on: file.cards, changes: labels, at: position)
            await application.close()
            for column in file.missingColumns { Terminal.warn("\(truth) has no column \(column): nothing is told by it") }
            try EvaluationPage(report, tellsTwins: file.tellsTwins).print(session)
            try Terminal.flush()
            let unknown = report.quality.unknownCards
            guard unknown > 0 else { return }
            Terminal.warn("the log does not know \(unknown) of \(file.cards.count) cards: each counts as a golden record of its own")
        }
    }
}
