import ArgumentParser
import Foundation
import HindsightApp
import HindsightCore

extension LogCommand {
    struct Export: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Write events as NDJSON, with all that another log needs to take them over.",
            discussion: """
                A line is the event as read, with `encoding`, `salt` and `commitment`; data and metadata are copied byte for byte. With --out \
                an export that was interrupted goes on after its last whole line. `hindsight log import` reads it.
                """)

        @Option(help: "Only what comes after this position.") var after: Position = 0
        @Option(help: "Only up to this position.") var until: Position?
        @Option(help: "Only what was recorded by then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @Option(help: ArgumentHelp("A file instead of standard output.", valueName: "file")) var out: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: LogCommand

        func validate() throws {
            if after < 0 { throw ValidationError("--after starts at 0") }
            if let until, until < 0 { throw ValidationError("--until starts at 0") }
            if until != nil, at != nil { throw ValidationError("--until and --at both say where to end: give one") }
        }

        func run(in session: Session) async throws {
            let log = try session.open(for: .reading).log
            let head = try await log.head().position
            let last = try await at?.position(in: log) ?? min(until ?? head, head)
            let bar = ProgressBar("exporting", unit: "events")
            if let out {
                session.note("\(out) holds whole lines: the same command goes on after them")
                let report = try await ExportFile.write(log, to: out, after: after, until: last) { bar.update($0, of: $1) }
                bar.finish()
                try Printer.printOne(report, facts: report.facts, format: session.format)
            } else {
                for try await chunk in LogExport(of: log, after: after, until: last) {
                    try Terminal.flush()
                    try Terminal.send(chunk.lines[...], to: STDOUT_FILENO)
                    if !Terminal.isOutputTerminal { bar.update(chunk.position, of: last) }
                    session.note("exported to position \(chunk.position)")
                    try Task.checkCancellation()
                }
                bar.finish()
            }
        }
    }

    struct Import: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Take an export over into an empty log, or one that holds its beginning.",
            discussion: """
                Positions, ids, times and digests stay as they are, and every digest is computed anew: what would break the chain is refused \
                with its line and member, and what came before it is stored. The same import again goes on where it was interrupted, and \
                does nothing once everything is there.
                """)

        @Argument(help: "A file as `hindsight log export` writes it; standard input without it, or for -.") var file: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: LogCommand

        func run(in session: Session) async throws {
            let size = try file.flatMap { $0 == "-" ? nil : try Self.readInput(from: $0) }
            let application = try session.open(for: .writing)
            var importing = try await application.makeImport()
            let input = try StandardInput()
            let bar = ProgressBar("importing", unit: "bytes")
            var bytes: Int64 = 0
            do {
                while true {
                    try Task.checkCancellation()
                    let lines = try await input.nextLines()
                    if lines.isEmpty { break }
                    try await importing.take(lines)
                    bytes += lines.reduce(0) { $0 + Int64($1.bytes.count) + 1 }
                    if let size { bar.update(bytes, of: size) }
                    session.note("read to position \(importing.position): the same command goes on from what is stored")
                }
                let report = try await importing.finish()
                bar.finish()
                await application.close()
                try Printer.printOne(report, facts: report.facts, format: session.format)
                if let position = report.unexplained {
                    throw DamageFound(
                        description: "the payload of position \(position) is missing, and no later event says that it was erased")
                }
            } catch {
                await application.close()
                throw error
            }
        }

        /// Lets standard input come from a file.
        ///
        /// - Returns: The bytes that it has.
        private static func readInput(from path: String) throws -> Int64 {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw InputError(reason: "\(path) cannot be opened: \(String(cString: strerror(errno)))") }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0, dup2(descriptor, STDIN_FILENO) == STDIN_FILENO else {
                throw InputError(reason: "\(path) cannot be read: \(String(cString: strerror(errno)))")
            }
            return Int64(status.st_size)
        }
    }

    struct Backup: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Copy the log, and the models beside it, into another folder while it is in use, and verify the copy.",
            discussion: """
                The copy is a log of its own: `hindsight --log FOLDER` opens it. It is complete when the command succeeds; an interrupted \
                backup leaves no log behind. The files of trained models (models/) go with it, each verified by its digest; one that is \
                missing or damaged here is named and left out. Read models are not copied: they are folded anew. Files that jobs have \
                written (audiences/) and settings are not part of a log: copy them by other means.
                """)

        @Argument(help: "A folder that holds no log; made if it is missing.") var folder: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: LogCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let bars = ProgressBars()
            session.note("\(folder) holds no backup yet")
            let report: LogBackup
            do {
                report = try await application.backUp(to: folder) { stage, done, all in
                    switch stage {
                    case .copyingPages: bars.bar("copying", unit: "pages").update(done, of: all)
                    case .verifyingEvents: bars.bar("verifying", unit: "events").update(done, of: all)
                    }
                }
            } catch let error as EventLogError {
                guard case .damaged = error else { throw error }
                throw DamageFound(description: "\(error)")
            }
            ProgressBar.clearLine()
            try Printer.printOne(
                report,
                facts: [
                    ("folder", report.folder), ("head", String(report.head)), ("recorded", report.recordedAt?.description ?? "—"),
                    ("digest", report.digest), ("verified", "yes"), ("models", String(report.models.copied)),
                ] + report.models.leftOut.map { ("LEFT OUT", "model \($0.model): \($0.problem)") }, format: session.format)
        }
    }
}

extension ExportFile.Report {
    fileprivate var facts: [(String, String)] {
        var facts = [("file", file), ("events", until > after ? "positions \(after + 1) to \(until)" : "none"), ("digest", digest ?? "—")]
        if resumedWith > 0 { facts.append(("resumed", "with \(resumedWith) events in the file")) }
        return facts
    }
}

extension LogImport.Report {
    fileprivate var facts: [(String, String)] {
        [
            ("imported", imported == 0 ? "nothing: the log holds everything already" : "\(imported) events"),
            ("there before", "\(alreadyThere) events"), ("head", String(head)), ("digest", digest),
        ]
    }
}
