import ArgumentParser
import HindsightApp
import HindsightCore
import HindsightRuntime

struct DoctorCommand: TopCommandLine {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look for what is not as it should be. Exit code 1 if something is found.",
        discussion: """
            Every open saga must have a reason to wake up: an effect, a timer, or an event that it waits for; a timer that is due must fire \
            while somebody works; and the program must have the definition that the saga began with. That nobody works, and that sagas wait \
            for a peer or a file, is a note. A champion, challenger or shadow whose file beside the log is missing or damaged is named. With \
            the settings of the server, files of audience.templates are named that no job can be run by. It does not prove that the log is \
            as it was written: `hindsight log verify` does.
            """)
    @OptionGroup var settings: SettingsOptions
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    func run(in session: Session) async throws {
        let configuration = try settings.load(beside: [options] + outerOptions)
        let application = try session.open(configuration.log, for: .reading)
        let projections = try await application.openProjections()
        try await projections.catchUpShowingProgress()
        let report = try await Doctor(
            log: application.log, clock: application.clock, projections: projections,
            refusedTemplates: try await application.refusedTemplates(configuration.audience),
            templateWarnings: try await application.templateWarnings(configuration.audience), models: application.modelFiles
        ).examine()
        let lag = report.projections.map(\.lag).max() ?? 0
        let reasons = report.wakeUps.sorted { $0.key < $1.key }.map { "\($0.value) by \($0.key)" }.joined(separator: ", ")
        var facts = [
            ("clock", report.clock.description), ("head", "\(report.head), recorded \(report.headRecordedAt?.description ?? "never")"),
            ("digest", report.digest), ("projections", "\(report.projections.count), the slowest \(lag) events behind"),
            ("open sagas", report.openSagas == 0 ? "none" : "\(report.openSagas): \(reasons)"),
        ]
        for finding in report.findings { facts.append(("FOUND", "\(finding.subject): \(finding.problem). \(finding.advice)")) }
        for note in report.notes { facts.append(("note", "\(note.subject): \(note.problem). \(note.advice)")) }
        facts.append(("note", "log: it was read and not proved to be as it was written. `hindsight log verify` proves it"))
        if report.findings.isEmpty { facts.append(("findings", "none")) }
        try Printer.printOne(report, facts: facts, format: session.format)
        guard report.findings.isEmpty else { throw ExitCode(Program.refused) }
    }
}
