import ArgumentParser
import HindsightApp
import HindsightCore
import HindsightRuntime

struct ProjectionsCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "projections", abstract: "Read models: how they stand, what they hold, and folding them anew.",
        subcommands: [List.self, Status.self, Rebuild.self, Digest.self, Rows.self])
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    private static let columns = [
        Printer.Column("NAME"), Printer.Column("VERSION", isNumber: true), Printer.Column("POSITION", isNumber: true),
        Printer.Column("HEAD", isNumber: true), Printer.Column("STATUS"), Printer.Column("ERROR"),
    ]

    private static func show(_ statuses: [ProjectionStatus], _ session: Session) throws {
        var printer = Printer(columns, format: session.format)
        for status in statuses {
            try printer.print(
                status,
                cells: [
                    status.name, String(status.version), String(status.position), String(status.head), status.status.rawValue,
                    status.error ?? "",
                ])
        }
        try printer.finish()
    }

    struct List: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "All projections, brought up to date.")
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand
        func run(in session: Session) async throws {
            let projections = try await session.open(for: .reading).openProjections()
            try await projections.catchUpShowingProgress()
            try ProjectionsCommand.show(try await projections.status(), session)
        }
    }

    struct Status: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "How one projection stands, or all, brought up to date.")
        @Argument(help: "All of them without a name.") var name: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand
        func run(in session: Session) async throws {
            let projections = try await session.open(for: .reading).openProjections()
            let names = try await projections.chosen(name)
            try await projections.catchUpShowingProgress()
            try ProjectionsCommand.show(try await projections.status().filter { names.contains($0.name) }, session)
        }
    }

    struct Rebuild: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Fold the whole log into new rows beside the old ones, then let the new ones serve.",
            discussion: "Effects of sagas are never triggered by it. The digests of the rows before and after are compared.")
        @Argument(help: "All of them without a name.") var name: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand
        func run(in session: Session) async throws {
            let application = try session.open(for: .writing)
            let projections = try await application.openProjections()
            let rebuild = application.makeRebuild(of: projections, actor: session.actor)
            var printer = Printer(
                [Printer.Column("NAME"), Printer.Column("POSITION", isNumber: true), Printer.Column("DIGEST"), Printer.Column("ROWS")],
                format: session.format)
            let names = try await projections.chosen(name)
            for (index, name) in names.enumerated() {
                session.note("\(index) of \(names.count) projections are rebuilt; the others serve their old rows")
                try Task.checkCancellation()
                let bar = ProgressBar(name, unit: "events")
                let report = try await rebuild.rebuild(name) { bar.update($0, of: $1) }
                bar.finish()
                try printer.print(
                    report,
                    cells: [report.name, String(report.position), String(report.digest.prefix(16)), report.isEqual ? "equal" : "different"])
            }
            try printer.finish()
            await application.close()
        }
    }

    struct Digest: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "Content hash of the rows: equal after any rebuild from the same log.")
        @Argument(help: "All of them without a name.") var name: String?
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand
        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let projections = try await application.openProjections()
            let position = try await at?.position(in: application.log)
            var printer = Printer(
                [
                    Printer.Column("NAME"), Printer.Column("VERSION", isNumber: true), Printer.Column("POSITION", isNumber: true),
                    Printer.Column("DIGEST"),
                ], format: session.format)
            let names = try await projections.chosen(name)
            try await projections.catchUpShowingProgress()
            for name in names {
                let digest = try await projections.digest(of: name, at: position)
                try printer.print(digest, cells: [digest.name, String(digest.version), String(digest.position), digest.digest])
            }
            try printer.finish()
        }
    }

    struct Rows: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "The rows of one projection.")
        @Argument(help: "`hindsight projections list` names them.") var name: String
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @Option(help: "Only the row with this key.") var key: String?
        @Option(help: "At most so many.") var limit: Int?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand

        private struct Line: Encodable {
            let key: String
            let row: JSONValue
            let from: Position
        }

        func validate() throws {
            if let limit, limit < 1 { throw ValidationError("--limit starts at 1") }
        }

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let projections = try await application.openProjections()
            _ = try await projections.chosen(name)
            try await projections.catchUpShowingProgress()
            let position = try await at?.position(in: application.log)
            var printer = Printer(
                [Printer.Column("KEY"), Printer.Column("SINCE", isNumber: true), Printer.Column("ROW")], format: session.format)
            var after: String?
            var rest = limit ?? .max
            while rest > 0 {
                let page = try await projections.rows(of: name, RowSelection(after: after, limit: min(rest, 500)), at: position)
                for row in page where key == nil || row.key == key {
                    let value = try JSON.decode(JSONValue.self, from: row.body ?? [])
                    let cells = [row.key, String(row.from), try value.cell]
                    try printer.print(Line(key: row.key, row: value, from: row.from), cells: cells)
                }
                rest -= page.count
                after = page.last?.key
                if page.count < 500 { break }
                try Task.checkCancellation()
            }
            try printer.finish()
        }
    }
}

extension ProjectionRunner {
    /// The projection of this name, or all.
    func chosen(_ name: String?) throws -> [String] {
        guard let name else { return names }
        guard names.contains(name) else { throw ReadModelError.unknownProjection(name) }
        return [name]
    }

    func catchUpShowingProgress() async throws {
        let bar = ProgressBar("catching up", unit: "events")
        try await catchUp { bar.update($0, of: $1) }
        bar.finish()
    }
}
