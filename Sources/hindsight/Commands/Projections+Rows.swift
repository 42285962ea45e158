import ArgumentParser
import HindsightApp
import HindsightCore
import HindsightRuntime

extension ProjectionsCommand {
    struct Rows: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "The rows of one projection.",
            discussion: """
                --at asks what was recorded by then. --occurred asks of one row what had happened by then, as far as it was recorded: late \
                facts stand where they belong.
                """)
        @Argument(help: "`hindsight projections list` names them.") var name: String
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @Option(help: "Only the row with this key.") var key: String?
        @Option(help: "With --key: only what had happened by this instant.", transform: Arguments.instant) var occurred: Timestamp?
        @Option(help: ArgumentHelp("Only rows with this value in a declared index.", valueName: "index=value")) var `where`: String?
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
            if occurred != nil, key == nil { throw ValidationError("--occurred asks of one row: name it with --key") }
            if key != nil, `where` != nil { throw ValidationError("--key and --where exclude each other") }
        }

        private func entry(_ projections: ProjectionRunner) throws -> IndexEntry? {
            guard let condition = `where` else { return nil }
            let parts = condition.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let indexes = try projections.reader.indexes(of: name)
            guard parts.count == 2, indexes.contains(parts[0]) else {
                let known = indexes.isEmpty ? "\(name) has none" : "\(name) has \(indexes.joined(separator: ", "))"
                throw ValidationError("--where \(condition) is not index=value of a declared index: \(known)")
            }
            return IndexEntry(index: parts[0], value: parts[1])
        }

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let projections = try await application.openProjections()
            _ = try projections.chosen(name)
            let entry = try entry(projections)
            try await projections.catchUpShowingProgress()
            let head = try await application.log.head().position
            let position = try await at?.position(in: application.log) ?? head
            var printer = Printer(
                [Printer.Column("KEY"), Printer.Column("SINCE", isNumber: true), Printer.Column("ROW")], format: session.format)
            func show(_ row: StoredRow) throws {
                let value = try JSON.decode(JSONValue.self, from: row.body ?? [])
                let cells = [row.key, String(row.from), try value.cell]
                try printer.print(Line(key: row.key, row: value, from: row.from), cells: cells)
            }
            if let key {
                let row: StoredRow? =
                    if let occurred {
                        try await projections.row(key, of: name, at: position, occurredBy: occurred)
                    } else {
                        try await projections.row(key, of: name, at: position)
                    }
                guard let row else { throw NoSuchRow(name: name) }
                try show(row)
                return try printer.finish()
            }
            var selection = RowSelection(entry: entry)
            var rest = limit ?? .max
            while rest > 0 {
                selection.limit = min(rest, 500)
                let page = try await projections.rows(of: name, selection, at: position)
                for row in page { try show(row) }
                rest -= page.count
                selection.after = page.last?.key
                if page.count < selection.limit { break }
                try Task.checkCancellation()
            }
            try printer.finish()
        }
    }

    struct Diff: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "What became different in a row between two moments.",
            discussion: "A row that does not exist at one of them counts as empty there.")
        @Argument(help: "`hindsight projections list` names them.") var name: String
        @Argument(help: "`hindsight projections rows` shows them.") var key: String
        @Option(help: "An instant, or position:N.", transform: Arguments.moment) var from: Moment
        @Option(help: "An instant, or position:N.", transform: Arguments.moment) var to: Moment
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let projections = try await application.openProjections()
            _ = try projections.chosen(name)
            let (first, last) = (try await from.position(in: application.log), try await to.position(in: application.log))
            try await projections.catchUpShowingProgress()
            let difference = try await RowQuestions(projections, log: application.log).diff(key, of: name, from: first, to: last)
            var printer = Printer([Printer.Column("FIELD"), Printer.Column("FROM"), Printer.Column("TO")], format: session.format)
            for change in difference.changes {
                let cells = [change.pointer, try change.from?.cell ?? "—", try change.to?.cell ?? "—"]
                try printer.print(change, cells: cells)
            }
            try printer.finish()
        }
    }

    struct Why: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "The events that set a field of a row, oldest first.")
        @Argument(help: "`hindsight projections list` names them.") var name: String
        @Argument(help: "`hindsight projections rows` shows them.") var key: String
        @Argument(help: "The name of a member, or a JSON pointer.") var field: String
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let projections = try await application.openProjections()
            _ = try projections.chosen(name)
            try await projections.catchUpShowingProgress()
            let head = try await application.log.head().position
            let position = try await at?.position(in: application.log) ?? head
            let why = try await RowQuestions(projections, log: application.log).why(key, of: name, field: field, at: position)
            guard session.format == .table else { return try Terminal.write(JSON.line(why)) }
            var printer = Printer(
                [
                    Printer.Column("POSITION", isNumber: true), Printer.Column("RECORDED"), Printer.Column("EVENT"),
                    Printer.Column("BEFORE"), Printer.Column("VALUE"), Printer.Column("BY"), Printer.Column("WHY, AND WHAT LOST"),
                ], format: session.format)
            for link in why.chain {
                let reasons = [link.reason].compactMap(\.self) + (link.lost ?? []).map { "not \($0.value): \($0.reason)" }
                let cells: [String?] = [
                    try link.event["position"]?.cell, link.event["recordedAt"]?.stringValue, link.event["type"]?.stringValue,
                    try link.before?.cell ?? "—", try link.value?.cell ?? "—",
                    link.by ?? link.event["metadata"]?["actor"]?.stringValue, reasons.joined(separator: "; "),
                ]
                try printer.print(link, cells: cells.map { $0 ?? "" })
            }
            try printer.finish()
            if !why.isComplete { session.note("only the newest thousand events of this row were looked at") }
        }
    }
}
