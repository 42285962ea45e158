import ArgumentParser
import CustomerMDM
import HindsightApp
import HindsightCore

extension MDMCommand {
    struct Ingest: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Take in cards, then match them as a night would.",
            discussion: """
                NDJSON of {"source","id","occurredAt"?,"attributes"}, or CSV with source, id, occurredAt if it is known, and a column for each \
                attribute; other columns say nothing and are named. A row that can't be taken in stops nothing: it goes to the reject file \
                as {"line","reason","field"?,"row"}, the row as it was read. Exit codes: 0 all rows are taken in, \(Program.someRejected) \
                some were rejected and all others are taken in, 1 the file or the log stopped it.

                After a crash or Ctrl-C the same command goes on where it was: how far it came stands in the log. On a file that was taken in \
                to its end it begins anew, and what says nothing new changes nothing.
                """)
        @Argument(help: "The file, .ndjson or .csv, gzipped or not.") var file: String
        @Option(help: ArgumentHelp("Where rejected rows go; FILE.rejects.ndjson unless named.", valueName: "path")) var rejects: String?
        @OptionGroup var profile: ProfileOptions
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            let given = try profile.load()
            let application = try session.open(for: .writing)
            let lock = try await application.lock(for: "hindsight mdm ingest")
            defer { withExtendedLifetime(lock) {} }
            do {
                let summary = try await ingest(into: application, given, session)
                await application.close()
                try show(summary, session)
            } catch {
                await application.close()
                throw error
            }
        }

        private func ingest(into application: Application, _ given: Profile?, _ session: Session) async throws -> CardIngest.Summary {
            session.note("no card was taken in")
            // Read by the profile that will count before anything is recorded.
            let used = if let given { given } else { try await application.profile() }
            let cards = try CardFile(file, profile: used)
            if !cards.ignoredColumns.isEmpty {
                Terminal.warn("columns that say nothing about a card: \(cards.ignoredColumns.joined(separator: ", "))")
            }
            let hub = try await application.openCustomerHub(profile: given, records: true, metadata: EventMetadata(actor: session.actor))
            let bars = ProgressBars()
            let summary = try await CardIngest(cards, into: hub, rejects: rejects).run { progress in
                switch progress {
                case .reading(let tally, let line):
                    session.note("\(tally.rows) rows are taken in or rejected; the same command goes on with the rest")
                    bars.bar("ingest", unit: "lines").update(Int64(line - 1), of: Int64(max(cards.lines, line - 1)))
                case .matching(let done, let all):
                    session.note("all rows are taken in or rejected; the same command goes on with matching them")
                    bars.bar("match", unit: "cards").update(Int64(done), of: Int64(all))
                }
            }
            ProgressBar.clearLine()
            return summary
        }

        private func show(_ summary: CardIngest.Summary, _ session: Session) throws {
            var facts = [
                ("cards", String(summary.cards)), ("taken in", String(summary.taken)), ("changed", String(summary.changed)),
                ("held", String(summary.held)), ("rejected", String(summary.rejected)),
            ]
            if summary.resumedAfter > 0 { facts.append(("done before", String(summary.resumedAfter))) }
            facts += [("groups analysed", String(summary.run.groups)), ("merged", String(summary.run.merged))]
            try Printer.printOne(summary, facts: facts, format: session.format)
            guard let path = summary.rejects else { return }
            try Terminal.flush()
            Terminal.complain("\(summary.rejected) of \(summary.cards) rows are rejected: \(path) says why")
            throw ExitCode(Program.someRejected)
        }
    }
}
