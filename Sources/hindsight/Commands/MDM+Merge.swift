import ArgumentParser
import CustomerMDM
import HindsightApp
import HindsightCore

extension MDMCommand {
    struct Merge: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "The nightly run: match every card that was touched since the run before.",
            discussion: """
                An ingest of a file ends with such a run by itself; this one is for cards that came in over HTTP, and after what stewards \
                decided. A run that was interrupted is finished first. Where nothing was touched, nothing is recorded.
                """)
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: MDMCommand

        func run(in session: Session) async throws {
            session.note("what was merged stays; the same command goes on with the rest")
            let bar = ProgressBar("match", unit: "cards")
            let result = try await MDMCommand.acting(session) { hub in
                try await hub.mergeRun { done, all in bar.update(Int64(done), of: Int64(all)) }
            }
            bar.finish()
            let facts =
                result.cards == 0
                ? [("run", "none: no card was touched since the run before")]
                : [
                    ("run", String(result.run)), ("cards", String(result.cards)), ("groups analysed", String(result.groups)),
                    ("merged", String(result.merged)),
                ]
            try Printer.printOne(result, facts: facts, format: session.format)
        }
    }
}
