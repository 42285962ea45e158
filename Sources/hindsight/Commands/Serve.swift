import ArgumentParser
import Foundation
import HindsightApp
import HindsightCore
import HindsightHTTP
import Logging
import PrometheusMetrics

struct ServeCommand: TopCommandLine, StopsBySignal {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "The HTTP API, and behind it projections, sagas and timers, in one process.",
        discussion: """
            Settings come from flags, then the environment, then the file of --config: `hindsight config` shows those in force. Without \
            auth.keys it serves this machine only and grants every role. SIGTERM or Ctrl-C lets what runs finish, then ends it.
            """)

    @OptionGroup var settings: ConfigurationOptions
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    private struct Announcement: Encodable {
        let listening: String
        let port: Int
        let log: String
        let pid: Int32
        /// `none` where everybody may do everything.
        let auth: String
    }

    func run(in session: Session) async throws {
        let configuration = try settings.load(beside: [options] + outerOptions)
        try Server.check(configuration)
        let registry = PrometheusRegistry(declarations: ServerMetrics.declarations)
        let logger = Logger.service(configuration.logging)
        OpenFiles.raiseLimit()
        let live = try await LiveApplication.open(configuration, metrics: registry, logger: logger)
        let announced = Server(live, registry: registry, logger: logger)
        let hasKeys = configuration.auth.keys != nil
        if !hasKeys { logger.notice("no keys are configured: this machine only, and every role for everybody") }
        try await announced.run { port in
            let scheme = configuration.tls == nil ? "http" : "https"
            let host = configuration.listen.host.contains(":") ? "[\(configuration.listen.host)]" : configuration.listen.host
            let address = "\(scheme)://\(host):\(port)"
            do {
                if session.format == .table {
                    try Terminal.write(
                        "\(address) serves the log in \(configuration.log.folder)"
                            + (hasKeys ? "" : ", to this machine only and with every role, as no keys are configured"))
                } else {
                    try Terminal.write(
                        JSON.line(
                            Announcement(
                                listening: address, port: port, log: configuration.log.folder, pid: getpid(), auth: hasKeys ? "jwt" : "none"
                            )))
                }
                try Terminal.flush()
            } catch {
                logger.warning("the address could not be printed", metadata: ["address": "\(address)"])
            }
        }
    }
}

/// Every connection is an open file.
private enum OpenFiles {
    /// Raises what this process may open to what the system grants it.
    static func raiseLimit() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
    }
}
