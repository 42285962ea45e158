import ArgumentParser
import HindsightApp
import HindsightCore
import HindsightRuntime

struct SagasCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "sagas", abstract: "Long work: what it waits for, and what it did.",
        subcommands: [
            List.self, Show.self, Retry.self, Skip.self, Cancel.self, Pause.self, Resume.self, Resolve.self, Signal.self,
            Verify.self, WhatIf.self,
        ])
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    struct List: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "All sagas, or those of one status.")
        @Option(help: "running, waiting, paused, parked or finished.", transform: SagasCommand.status) var status: SagaRow.Status?
        @Option(help: "Only sagas of this name.") var saga: String?
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @Option(help: "At most so many.") var limit: Int?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: SagasCommand

        func run(in session: Session) async throws {
            let rows = try await SagasCommand.rows(
                session, at: at, with: status.map { ("status", $0.rawValue) } ?? saga.map { ("saga", $0) })
            var printer = Printer(
                [
                    Printer.Column("SAGA"), Printer.Column("STATUS"), Printer.Column("EFFECTS", isNumber: true), Printer.Column("SINCE"),
                    Printer.Column("WAKE-UP OR REASON"),
                ], format: session.format)
            for (key, row) in rows.filter({ saga == nil || $0.row.saga == saga }).prefix(limit ?? .max) {
                let why = row.status == .waiting || row.status == .running ? row.wakeUp : row.reason
                try printer.print(row, cells: [key, row.status.rawValue, String(row.effectsInAll), row.changedAt.description, why ?? ""])
            }
            try printer.finish()
        }
    }

    struct Show: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "One saga: its state, steps and effects.")
        @Argument(help: "name:instance, as `hindsight sagas list` shows it.") var saga: String
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: SagasCommand

        func run(in session: Session) async throws {
            let rows = try await SagasCommand.rows(session, at: at, key: saga)
            guard let row = rows.first?.row else {
                throw NoSuchSaga(id: saga)
            }
            try SagasCommand.show(row, of: saga, session)
        }
    }

    static func show(_ row: SagaRow, of saga: String, _ session: Session) throws {
        var facts = [("saga", saga), ("status", row.status.rawValue), ("definition", "version \(row.definitionVersion ?? 0)")]
        facts += [("started", row.startedAt.description), ("changed", row.changedAt.description)]
        if let wakeUp = row.wakeUp { facts.append(("wakes up by", wakeUp)) }
        if let reason = row.reason { facts.append((row.status == .finished ? "outcome" : "reason", reason)) }
        for timer in row.timers { facts.append(("timer", "\(timer.timer) at \(timer.due) (\(timer.wakeUp))")) }
        for effect in row.effects {
            let known = effect.knownBy.map { ", known by \($0)" } ?? ""
            let reason = effect.reason.map { ": \($0)" } ?? ""
            let text = "\(effect.effect) \(effect.key)  \(effect.standing.rawValue), attempt \(effect.attempt)\(known)\(reason)"
            facts.append(("effect", text))
        }
        try Printer.printOne(row, facts: facts, format: session.format)
    }

    private static func status(_ text: String) throws -> SagaRow.Status {
        guard let status = SagaRow.Status(rawValue: text) else {
            let known = SagaRow.Status.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(text)' is no status of a saga: \(known)")
        }
        return status
    }

    static func rows(
        _ session: Session, at moment: Moment?, with entry: (index: String, value: String)? = nil, key: String? = nil
    ) async throws -> [(key: String, row: SagaRow)] {
        let application = try session.open(for: .reading)
        let projections = application.openProjections([SagaBoard()], in: try application.openReadModels())
        try await projections.catchUpShowingProgress()
        let board = ReadModel(SagaBoard(), of: projections)
        let position = try await moment?.position(in: application.log)
        if let key { return try await board.row(key, at: position).map { [(key, $0)] } ?? [] }
        return try await board.rows(entry.map { .with($0.index, $0.value) } ?? .all(), at: position)
    }
}
