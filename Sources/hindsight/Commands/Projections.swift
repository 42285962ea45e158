import ArgumentParser
import HindsightApp
import HindsightCore
import HindsightRuntime

struct ProjectionsCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "projections", abstract: "Read models: how they stand, what they hold, and folding them anew.",
        subcommands: [
            List.self, Status.self, Rebuild.self, Cancel.self, Rollback.self, Resume.self, Digest.self, Verify.self, Rows.self, Diff.self,
            Why.self,
        ])
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    private static let columns = [
        Printer.Column("NAME"), Printer.Column("VERSION", isNumber: true), Printer.Column("POSITION", isNumber: true),
        Printer.Column("LAG", isNumber: true), Printer.Column("STATUS"), Printer.Column("NOTE"),
    ]

    static func show(_ states: [ProjectionState], _ session: Session) throws {
        var printer = Printer(columns, format: session.format)
        for state in states {
            try printer.print(
                state,
                cells: [
                    state.name, String(state.version), String(state.position), String(state.lag), state.status.rawValue, note(state),
                ])
        }
        try printer.finish()
    }

    private static func note(_ state: ProjectionState) -> String {
        var parts: [String] = []
        if let error = state.error { parts.append(error) }
        if let parked = state.parked {
            parts.append("\(parked.reduce(0) { $0 + $1.events }) events of \(parked.count) streams wait for `projections resume`")
        }
        if let rebuild = state.rebuild, rebuild.status == .running {
            parts.append("\(rebuild.purpose == .verify ? "verified" : "rebuilt"): \(rebuild.position) of \(rebuild.head)")
        }
        return parts.joined(separator: "; ")
    }

    struct List: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "All projections, brought up to date.")
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand
        func run(in session: Session) async throws {
            let projections = try await session.open(for: .reading).openProjections()
            try await projections.catchUpShowingProgress()
            try ProjectionsCommand.show(try await ProjectionState.all(of: projections), session)
        }
    }

    struct Status: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "How one projection stands, or all: position, lag, what waits, and how far a rebuild is.")
        @Argument(help: "All of them without a name.") var name: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: ProjectionsCommand
        func run(in session: Session) async throws {
            let projections = try await session.open(for: .reading).openProjections()
            let names = try projections.chosen(name)
            try await projections.catchUpShowingProgress()
            try ProjectionsCommand.show(try await ProjectionState.all(of: projections).filter { names.contains($0.name) }, session)
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
            let head = try await application.log.head().position
            let position = try await at?.position(in: application.log) ?? head
            var printer = Printer(
                [
                    Printer.Column("NAME"), Printer.Column("VERSION", isNumber: true), Printer.Column("POSITION", isNumber: true),
                    Printer.Column("DIGEST"),
                ], format: session.format)
            let names = try projections.chosen(name)
            try await projections.catchUpShowingProgress()
            for name in names {
                let digest = try await projections.digest(of: name, at: position)
                try printer.print(digest, cells: [digest.name, String(digest.version), String(digest.position), digest.digest])
            }
            try printer.finish()
        }
    }
}

extension ProjectionRunner {
    /// The projection of this name, or all.
    nonisolated func chosen(_ name: String?) throws -> [String] {
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
