import ArgumentParser
import HindsightApp
import HindsightCore

extension SagasCommand {
    struct Verify: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Decide everything again that sagas have decided. Exit code 3 if anything comes out otherwise.",
            discussion: """
                Nothing is sent and nothing is written: each decision is made again by the definition that made it, over the log as it was \
                then. A difference means that a definition was changed without a new version, or that somebody wrote into the saga's streams.
                """)
        @Argument(help: "A saga, or one instance of it (name:instance); all of them if it is left out.") var saga: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: SagasCommand

        func run(in session: Session) async throws {
            let log = try session.open(for: .reading).log
            let reports = try await SagaReview(log: log).verify(SagaReview.Selection(saga)) { try SagasCommand.print($0, session) }
            try SagasCommand.print(reports, session)
            let differences = reports.reduce(0) { $0 + $1.differences }
            if differences > 0 { throw DamageFound(description: "\(differences) decisions come out otherwise than they were recorded") }
        }
    }

    struct WhatIf: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            commandName: "what-if",
            abstract: "What another definition of a saga, or another policy, would have decided, each time, knowing what was known then.",
            discussion: """
                The past stays as it was: nothing is sent, nothing is written, and what came after a decision that would have been another \
                one is what came in truth.
                """)
        @Argument(help: "The saga, or one instance of it (name:instance).") var saga: String
        @Option(
            help: ArgumentHelp(
                "The version of the definition that is asked; the newest unless it or a policy is named.", valueName: "version"))
        var definition: Int?
        @Option(
            help: ArgumentHelp(
                "The policy that is put in the place of all others, for a saga that goes by one.", valueName: "name[@version]"))
        var policy: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: SagasCommand

        func run(in session: Session) async throws {
            let review = SagaReview(log: try session.open(for: .reading).log)
            let selection = try SagaReview.Selection(saga)
            guard let description = selection.saga else { return }
            let reports = try await review.compare(description, instance: selection.instance, with: definition, policy: policy) {
                try SagasCommand.print($0, session)
            }
            try SagasCommand.print(reports, session)
        }
    }

    /// What differs, and nothing of what is the same: the whole events stand in the log, from the position on.
    private struct Found: Encodable {
        struct Difference: Encodable {
            let instance: String
            let position: Position
            let reason: String?
            let changes: [DecisionDifference.Change]
        }

        let saga: String
        let difference: Difference
    }

    private static func print(_ found: SagaReview.Difference, _ session: Session) throws {
        let difference = found.difference
        var facts = [("saga", "\(found.saga):\(difference.instance)"), ("position", String(difference.position))]
        if let reason = difference.reason { facts.append(("wrong", reason)) }
        for change in difference.changes {
            facts.append(("event", "\(change.type) in \(change.stream)"))
            facts.append(("recorded", try change.recorded.map { try JSON.line($0) } ?? "none"))
            facts.append(("computed", try change.computed.map { try JSON.line($0) } ?? "none"))
        }
        let shown = Found(
            saga: found.saga,
            difference: Found.Difference(
                instance: difference.instance, position: difference.position, reason: difference.reason, changes: difference.changes))
        try Printer.printOne(shown, facts: facts, format: session.format)
        if session.format == .table { try Terminal.write("") }
    }

    private static func print(_ reports: [SagaReplayReport], _ session: Session) throws {
        // Differences are lines of their own in front of these.
        var printer = Printer(
            [
                Printer.Column("SAGA"), Printer.Column("DEFINITION", isNumber: true), Printer.Column("INSTANCES", isNumber: true),
                Printer.Column("DECISIONS", isNumber: true), Printer.Column("DIFFERENT", isNumber: true),
                Printer.Column("ERASED", isNumber: true), Printer.Column("NOT HANDLED YET", isNumber: true),
            ], format: session.format == .json ? .ndjson : session.format)
        for report in reports {
            let numbers = [
                report.definitionVersion, report.instances, report.decisions, report.differences, report.erased, report.unhandled,
            ]
            try printer.print(report, cells: [report.saga] + numbers.map(String.init))
        }
        try printer.finish()
    }
}
