import ArgumentParser
import BillingRetries
import HindsightApp
import HindsightCore
import HindsightRuntime

extension BillingCommand {
    struct Policies: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Retry policies in force; with a name, all versions of one.",
            discussion: "fixed-4-days and reason-rules are there without being defined.")
        @Argument(help: "A policy.") var name: String?
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let desk = BillingDesk(log: application.log, clock: application.clock)
            let head = try await application.log.head().position
            let position = try await at?.position(in: application.log) ?? head
            if let name { return try await show(desk.versions(of: name, at: position), of: name, session) }
            var printer = Printer(
                [
                    Printer.Column("POLICY"), Printer.Column("VERSION", isNumber: true), Printer.Column("DAYS", isNumber: true),
                    Printer.Column("CHOOSER"),
                ], format: session.format)
            for policy in try await desk.policies(at: position) {
                try printer.print(
                    policy, cells: [policy.name, String(policy.version), String(policy.windowDays), policy.chooser.rawValue])
            }
            try printer.finish()
        }

        private func show(_ versions: [PolicyVersion], of name: String, _ session: Session) throws {
            guard !versions.isEmpty else { throw RollbackError.unknown("policy \(name)") }
            var printer = Printer(
                [
                    Printer.Column("VERSION", isNumber: true), Printer.Column("DEFINED"), Printer.Column("RESTORES", isNumber: true),
                    Printer.Column("DAYS", isNumber: true), Printer.Column("REASON"),
                ], format: session.format)
            for version in versions {
                try printer.print(
                    version,
                    cells: [
                        String(version.version), version.definedAt?.description ?? "built in", version.restores.map { String($0) } ?? "",
                        String(version.policy.windowDays), version.reason ?? "",
                    ])
            }
            try printer.finish()
        }
    }

    struct Rollback: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Let the terms that a policy had at an earlier time hold again, as its next version.",
            discussion: "Nothing is deleted, and invoices keep the version that they were given.")
        @Argument(help: "The policy.") var name: String
        @Option(help: "Where to go back to: an instant, or position:N.", transform: Arguments.moment) var to: Moment
        @OptionGroup var plan: PlanOptions
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: plan.preview ? .reading : .writing)
            let desk = BillingDesk(log: application.log, clock: application.clock)
            let position = try await to.position(in: application.log)
            if plan.preview { return try show(await desk.previewRollback(of: name, to: position, reason: plan.reason), session) }
            let act = BillingDesk.Act(metadata: EventMetadata(actor: session.actor), identities: RandomIdentities())
            let done = try await desk.rollBack(name, to: position, reason: plan.reason ?? "", digest: plan.digest, act)
            await application.close()
            try show(done, session)
        }

        private func show(_ rollback: PolicyRollback, _ session: Session) throws {
            let facts = [
                ("policy", rollback.policy), ("in force", String(rollback.from)), ("restores", String(rollback.restores)),
                ("becomes", String(rollback.becomes)), ("digest", rollback.digest),
            ]
            try Printer.printOne(rollback, facts: facts + rollback.appends.map(\.fact), format: session.format)
        }
    }
}

extension PlannedEvent {
    /// The event as a line among the facts of a plan.
    var fact: (String, String) { ("appends", "\(type) to \(stream)") }
}
