import ArgumentParser
import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import ZeppelinAdapter

struct AudienceCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "audience", abstract: "From a manager's form to a checked CSV.",
        subcommands: [
            Run.self, List.self, Show.self, Cancel.self, Retry.self, Approve.self, Reject.self, Templates.self, Rollback.self,
            OfferShow.self,
            Assignment.self, Statistics.self,
        ])
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    struct Run: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Ask for a job; with --wait, work until it has ended.",
            discussion: """
                The notebook is the embedded runner beside this program, with the examples' notes, unless --zeppelin or the settings name \
                one: `hindsight config` shows them. With --wait the exit code is 0 for a job that finished, and 1 for one that failed, was \
                cancelled or rejected, or waits for an approval. `hindsight serve` or `hindsight work` sends what goes to webhooks and mail.
                """)
        @Argument(help: "The form, as JSON.") var form: String
        @Flag(help: "Work on it, and on the jobs before it, until it has ended.") var wait = false
        @Option(help: "The address of an Apache Zeppelin; audience.zeppelin.url unless given.") var zeppelin: String?
        @Option(help: #"A JSON file {"userName","password"} for it; audience.zeppelin.credentials unless given."#) var credentials: String?
        @Option(help: "The template's file; the example that the form names unless given.") var template: String?
        @Option(help: "Where notebooks leave their files; audience.sharedDirectory, or below the log's folder, unless given.")
        var shared: String?
        @OptionGroup var settings: SettingsOptions
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        private func loadSettings() throws -> Configuration {
            let configuration = try settings.load(
                beside: [options] + outerOptions,
                flags: [
                    ("audience.zeppelin.url", zeppelin), ("audience.zeppelin.credentials", credentials),
                    ("audience.sharedDirectory", shared),
                ])
            guard credentials == nil || configuration.audience.zeppelin != nil else {
                throw UsageError("--credentials goes with --zeppelin: the runner asks for none")
            }
            return configuration
        }

        func run(in session: Session) async throws {
            let configuration = try loadSettings()
            let application = try session.open(configuration.log, for: .writing)
            let lock = try await application.lock(for: "hindsight audience run")
            defer { withExtendedLifetime(lock) {} }
            let form = try Self.read(form)
            let bar = ProgressBar("audience", unit: "paragraphs")
            let row = try await application.runAudience(
                form: form, template: try template.map { String(decoding: try Self.bytes(of: $0), as: UTF8.self) },
                settings: configuration.audience, waits: wait,
                requested: { session.note("job \($0) is requested; --wait goes on with it") },
                progress: { bar.update(Int64($0.step - 1), of: Int64($0.steps)) })
            bar.finish()
            await application.close()
            try AudienceCommand.show(JobView(row, in: SessionQueue([]), usual: [:]), session)
            if wait, let complaint = Self.complaint(about: row) { throw JobFailed(description: complaint) }
        }

        /// Why whoever waited for the file has none to use; `nil` if there is one.
        private static func complaint(about row: JobRow) -> String? {
            switch row.status {
            case .finished: nil
            case .awaitingApproval: "job \(row.id) waits for an approval: hindsight audience approve \(row.id)"
            default: "job \(row.id) is \(row.status.rawValue): \(row.reason ?? "no reason is known")"
            }
        }

        private static func read(_ path: String) throws -> JSONValue {
            do {
                return try JSON.decode(JSONValue.self, from: JSONText(object: try bytes(of: path)).bytes)
            } catch let error as JSONSyntaxError {
                throw JobFailed(description: "\(path): not valid JSON: \(error)")
            }
        }

        private static func bytes(of path: String) throws -> [UInt8] {
            guard let data = FileManager.default.contents(atPath: path) else { throw JobFailed(description: "\(path) cannot be read") }
            return Array(data)
        }
    }

    struct List: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "All jobs.")
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let position = try await at?.position(in: application.log)
            var printer = Printer(
                [
                    Printer.Column("JOB"), Printer.Column("STATUS"), Printer.Column("TEMPLATE"), Printer.Column("ROWS", isNumber: true),
                    Printer.Column("REQUESTED"),
                ], format: session.format)
            let board = try application.openAudienceBoard()
            for view in try await board.views(of: try await board.jobs(at: position), at: position) {
                let row = view.row
                try printer.print(
                    view,
                    cells: [
                        row.id.description, row.status.rawValue, row.template.description, row.artifact.map { String($0.rows) } ?? "",
                        row.requestedAt.description,
                    ])
            }
            try printer.finish()
        }
    }

    struct Show: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "One job, paragraph by paragraph.")
        @OptionGroup var job: JobArgument
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let position = try await at?.position(in: application.log)
            guard let view = try await application.openAudienceBoard().view(of: job.id, at: position) else {
                throw AudienceError.unknownJob(job.id)
            }
            try AudienceCommand.show(view, session)
        }
    }

    static func show(_ view: JobView, _ session: Session) throws {
        let row = view.row
        var facts = [("job", row.id.description), ("status", row.status.rawValue), ("template", row.template.description)]
        if let offer = row.offer { facts.append(("offer", "\(offer) (\(row.audienceType))")) }
        if let note = row.notePath { facts.append(("note", note)) }
        if let place = view.place { facts.append(("waits for", "job \(place.after)\(place.ahead > 1 ? ", \(place.ahead) in all" : "")")) }
        if let delay = view.delay { facts.append(("held up", "\(delay.reason) Since \(delay.since).")) }
        if let preview = row.preview { facts.append(("preview", preview.rows.map { "\($0) clients" } ?? "not counted yet")) }
        if let approval = row.approval {
            let decision = approval.approved.map { $0 ? "approved" : "rejected" } ?? "wanted"
            let by = approval.by.map { " by \($0)" } ?? ""
            facts.append(("approval", "\(decision)\(by): \(approval.rows) rows, more than \(approval.limit)"))
        }
        if let wish = row.cancellation, !row.status.isOver { facts.append(("cancelled", wish.reason)) }
        if let reason = row.reason { facts.append(("reason", reason)) }
        if let end = row.retryUntil { facts.append(("retry until", end.description)) }
        if let eta = view.eta { facts.append(("ready at", eta.description)) }
        for paragraph in row.paragraphs {
            let error = paragraph.error.map { ": \($0)" } ?? ""
            let percent = paragraph.status == "RUNNING" ? " \(paragraph.progress) %" : ""
            facts.append(("paragraph", "\(paragraph.index + 1)  \(paragraph.status)\(percent)  \(paragraph.title)\(error)"))
        }
        if let artifact = row.artifact {
            facts.append(("artifact", "\(artifact.path), \(artifact.rows) rows, \(artifact.bytes) bytes"))
            facts.append(("sha256", artifact.sha256))
        }
        try Printer.printOne(view, facts: facts, format: session.format)
    }
}

struct JobFailed: Error, CustomStringConvertible {
    let description: String
}
