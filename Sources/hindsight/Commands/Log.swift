import ArgumentParser
import HindsightApp
import HindsightCore

struct LogCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "The log itself: what it holds, and whether it is whole.", subcommands: [Info.self, Verify.self])
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    struct Info: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "Head, digest, and how much there is.")
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: LogCommand

        private struct Summary: Encodable {
            let head: Position
            let recordedAt: Timestamp?
            let engine: String
            let digest: String
            let streams: Int
            let events: Int64
            let folder: String
        }

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let head = try await application.log.head()
            let summary = Summary(
                head: head.position, recordedAt: head.recordedAt, engine: "sqlite", digest: head.digest.hexadecimal,
                streams: try await application.log.streamCount(), events: head.position, folder: application.folder)
            try Printer.printOne(
                summary,
                facts: [
                    ("folder", summary.folder), ("engine", summary.engine), ("head", String(summary.head)),
                    ("recordedAt", summary.recordedAt?.description ?? "—"), ("streams", String(summary.streams)),
                    ("digest", summary.digest),
                ], format: session.format)
        }
    }

    struct Verify: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Compute the digest chain anew. Exit code 3 if it does not hold.",
            discussion: """
                A change anywhere is found, and its position named. That the end was cut off, or recomputed as a whole, shows only against a \
                digest that was noted elsewhere: keep the one that is printed.
                """)
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: LogCommand

        func run(in session: Session) async throws {
            let bar = ProgressBar("verifying", unit: "events")
            let verification = try await LogVerification.run(try session.open(for: .reading).log) { bar.update($0, of: $1) }
            bar.finish()
            try Printer.printOne(verification, facts: verification.facts, format: session.format)
            if !verification.verified { throw DamageFound(description: verification.sentence) }
        }
    }
}

extension LogVerification {
    var facts: [(String, String)] {
        [
            ("verified", verified ? "yes" : "NO"), ("through", "position \(through)"), ("digest", digest),
            ("bad position", badPosition.map { String($0) } ?? "none"), ("reason", reason ?? "—"),
        ]
    }
}
