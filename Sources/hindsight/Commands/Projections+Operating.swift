import ArgumentParser
import HindsightApp
import HindsightCore
import HindsightRuntime

extension ProjectionsCommand {
    struct Rebuild: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Fold the whole log into new rows beside the old ones, then let the new ones serve.",
            discussion: """
                Effects of sagas are never triggered by it. The digests of the rows before and after are compared. A rebuild that was \
                interrupted is gone on with; the rows that served before are kept for `projections rollback`.
                """)
        @Argument(help: "All of them without a name.") var name: String?
        @Flag(help: "Begin it, and leave it to a process in the background: `projections status` shows how far it is.") var detach = false
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand

        private struct Begun: Encodable {
            let name: String
            let detached = true
        }

        func run(in session: Session) async throws {
            let application = try session.open(for: .writing)
            let projections = try await application.openProjections()
            let desk = application.makeOperator(of: projections, actor: session.actor)
            let names = try projections.chosen(name)
            if detach {
                var printer = Printer([Printer.Column("NAME")], format: session.format)
                for name in names {
                    // Taken and given back: what the process in the background finds unfinished, it goes on with.
                    _ = try await desk.prepare(.rebuild, of: name)
                    try printer.print(Begun(name: name), cells: [name])
                }
                await application.close()
                try DetachedProcess.start(["projections", "rebuild"] + (name.map { [$0] } ?? []) + ["--log", application.folder])
                return try printer.finish()
            }
            var printer = Printer(
                [Printer.Column("NAME"), Printer.Column("POSITION", isNumber: true), Printer.Column("DIGEST"), Printer.Column("ROWS")],
                format: session.format)
            for (index, name) in names.enumerated() {
                session.note("\(index) of \(names.count) projections are rebuilt; the others serve their old rows")
                try Task.checkCancellation()
                let bar = ProgressBar(name, unit: "events")
                let report = try await desk.rebuild(try await desk.prepare(.rebuild, of: name)) { bar.update($0.position, of: $0.head) }
                bar.finish()
                let comparison = report.isEqual.map { $0 ? "equal" : "different" } ?? "nothing to compare with"
                try printer.print(
                    report, cells: [report.name, String(report.position), String(report.digest.prefix(16)), comparison])
            }
            try printer.finish()
            await application.close()
        }
    }

    struct Verify: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Fold the whole log into a shadow and compare it, row by row, with what is served. Exit code 3 if they differ.")
        @Argument(help: "All of them without a name.") var name: String?
        @Option(help: "Show at most so many rows that differ.") var limit = 100
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand

        func validate() throws {
            if limit < 0 { throw ValidationError("--limit starts at 0") }
        }

        func run(in session: Session) async throws {
            let application = try session.open(for: .writing)
            let projections = try await application.openProjections()
            let desk = application.makeOperator(of: projections, actor: session.actor)
            var printer = Printer(
                [
                    Printer.Column("NAME"), Printer.Column("POSITION", isNumber: true), Printer.Column("ROWS", isNumber: true),
                    Printer.Column("DIFFERENT", isNumber: true), Printer.Column("FIRST DIFFERENCE"),
                ], format: session.format)
            var differing: [String] = []
            for name in try projections.chosen(name) {
                try Task.checkCancellation()
                let bar = ProgressBar(name, unit: "events")
                let report = try await desk.verify(try await desk.prepare(.verify, of: name), mostDifferences: limit) {
                    bar.update($0.position, of: $0.head)
                }
                bar.finish()
                if !report.isEqual { differing.append(name) }
                try printer.print(
                    report,
                    cells: [
                        report.name, String(report.position), String(report.rows), String(report.differing),
                        report.differences.first?.key ?? "",
                    ])
            }
            try printer.finish()
            await application.close()
            guard differing.isEmpty else {
                let names = differing.joined(separator: ", ")
                throw DamageFound(description: "rows differ from the log in \(names): `hindsight projections rebuild` makes them new")
            }
        }
    }

    /// What the smaller acts have in common: the state of the projection after them.
    private static func act(
        on name: String, _ session: Session, _ body: (ProjectionOperator) async throws -> Void
    ) async throws {
        let application = try session.open(for: .writing)
        let projections = try await application.openProjections()
        _ = try projections.chosen(name)
        try await body(application.makeOperator(of: projections, actor: session.actor))
        try await projections.catchUpShowingProgress()
        try show(try await ProjectionState.all(of: projections).filter { $0.name == name }, session)
        await application.close()
    }

    struct Cancel: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "End a rebuild or verification, in whichever process it runs; the rows that serve go on serving.")
        @Argument(help: "`hindsight projections status` shows what runs.") var name: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand
        func run(in session: Session) async throws {
            try await ProjectionsCommand.act(on: name, session) { try await $0.cancel(name) }
        }
    }

    struct Rollback: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Let the rows that served before the last rebuild serve again, at once.",
            discussion: "What they missed since is read after that. A second rollback goes back to the newer rows.")
        @Argument(help: "`hindsight projections list` names them.") var name: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand
        func run(in session: Session) async throws {
            try await ProjectionsCommand.act(on: name, session) { try await $0.rollBack(name) }
        }
    }

    struct Resume: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Fold the events that are parked, each row as if they had never waited.",
            discussion: "The checkpoint stays where it is. Exit code 1 if streams stay parked: the list says why.")
        @Argument(help: "`hindsight projections status` shows what waits.") var name: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand
        func run(in session: Session) async throws {
            try await ProjectionsCommand.act(on: name, session) { desk in
                guard let first = try await desk.resume(name).first else { return }
                throw StillParked(name: name, failure: first)
            }
        }
    }
}

struct StillParked: Error, CustomStringConvertible {
    let name: String
    let failure: StreamFailure

    var description: String {
        "events of \(name) stay parked, the first at position \(failure.position) (\(failure.type)): \(failure.error)"
    }
}
