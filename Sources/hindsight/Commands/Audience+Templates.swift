import ArgumentParser
import AudienceJobs
import HindsightApp
import HindsightCore
import HindsightRuntime

extension AudienceCommand {
    struct Templates: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "Registered templates; with a name, all registrations of one.")
        @Argument(help: "A template.", transform: AudienceCommand.template) var name: TemplateName?
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let position = try await at?.position(in: application.log)
            if let name { return try await show(name, at: position, application, session) }
            var printer = Printer(
                [
                    Printer.Column("TEMPLATE"), Printer.Column("KIND"), Printer.Column("NOTE"),
                    Printer.Column("REGISTRATIONS", isNumber: true), Printer.Column("REGISTERED"),
                ], format: session.format)
            for row in try await application.openAudienceBoard().templates(at: position) {
                let definition = row.registration.definition
                try printer.print(
                    row,
                    cells: [
                        definition.name.description, definition.kind.rawValue, definition.noteId, String(row.registrations),
                        row.registration.at.description,
                    ])
            }
            try printer.finish()
        }

        private func show(_ name: TemplateName, at position: Position?, _ application: Application, _ session: Session) async throws {
            let head = try await application.log.head().position
            let versions = try await TemplateDesk(log: application.log, clock: application.clock).versions(of: name, at: position ?? head)
            guard !versions.isEmpty else { throw RollbackError.unknown("template \(name)") }
            var printer = Printer(
                [
                    Printer.Column("REGISTRATION", isNumber: true), Printer.Column("REGISTERED"),
                    Printer.Column("RESTORES", isNumber: true), Printer.Column("NOTE"), Printer.Column("REASON"),
                ], format: session.format)
            for version in versions {
                try printer.print(
                    version,
                    cells: [
                        String(version.version), version.registeredAt.description, version.restores.map { String($0) } ?? "",
                        String(version.noteDigest.prefix(12)), version.reason ?? "",
                    ])
            }
            try printer.finish()
        }
    }

    struct Rollback: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Let the registration that a template had at an earlier time hold again, until its file changes.",
            discussion: "Nothing is deleted, and jobs asked for before keep the registration that they were given.")
        @Argument(help: "The template.", transform: AudienceCommand.template) var name: TemplateName
        @Option(help: "Where to go back to: an instant, or position:N.", transform: Arguments.moment) var to: Moment
        @OptionGroup var plan: PlanOptions
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: plan.preview ? .reading : .writing)
            let desk = TemplateDesk(log: application.log, clock: application.clock)
            let position = try await to.position(in: application.log)
            if plan.preview { return try show(await desk.previewRollback(of: name, to: position, reason: plan.reason), session) }
            let done = try await desk.rollBack(
                name, to: position, reason: plan.reason ?? "", digest: plan.digest, metadata: EventMetadata(actor: session.actor),
                identities: RandomIdentities())
            await application.close()
            try show(done, session)
        }

        private func show(_ rollback: TemplateDesk.Rollback, _ session: Session) throws {
            let facts = [
                ("template", rollback.template.description), ("in force", String(rollback.from)),
                ("restores", String(rollback.restores)), ("becomes", String(rollback.becomes)), ("digest", rollback.digest),
            ]
            try Printer.printOne(rollback, facts: facts + rollback.appends.map(\.fact), format: session.format)
        }
    }

    private static func template(_ text: String) throws -> TemplateName {
        guard let name = TemplateName(text) else { throw ValidationError("'\(text)' is no template: \(TemplateName.rule)") }
        return name
    }
}
