import ArgumentParser
import Foundation
import HindsightApp
import HindsightCore
import HindsightHTTP
import Logging
import PrometheusMetrics

struct WorkCommand: TopCommandLine {
    static let configuration = CommandConfiguration(
        commandName: "work", abstract: "A further worker: it shares the sagas of a log with `hindsight serve` and with other workers.",
        discussion: """
            Every process does the part that falls to it, under leases; when one ends, or is stopped, the others take its part over within \
            work.leaseSeconds and a second. Give it the settings of the server. Ctrl-C gives its part back.
            """)

    @OptionGroup var settings: ConfigurationOptions
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    private struct Announcement: Encodable {
        let working: String
        let pid: Int32
    }

    func run(in session: Session) async throws {
        let configuration = try settings.load(beside: [options] + outerOptions)
        let logger = Logger.service(configuration.logging)
        let worker = try WorkerApplication(
            configuration, metrics: PrometheusRegistry(declarations: ServerMetrics.declarations), logger: logger)
        let folder = configuration.log.folder
        if session.format == .table {
            try Terminal.write("works on the log in \(folder)")
        } else {
            try Terminal.write(JSON.line(Announcement(working: folder, pid: getpid())))
        }
        try Terminal.flush()
        session.note("what was under way is looked up and gone on with by whoever takes it over")
        await worker.run()
        try Task.checkCancellation()
    }
}
