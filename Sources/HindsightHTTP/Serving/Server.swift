package import HindsightApp
import HindsightCore
import HindsightRuntime
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
package import PrometheusMetrics
import ServiceLifecycle
import UnixSignals

/// A running `hindsight serve`: the API, and behind it projections, sagas and timers, in one process.
package struct Server: Sendable {
    private let live: LiveApplication
    private let registry: PrometheusRegistry
    private let logger: Logger
    private let readiness: Readiness
    private let feed: EventFeed

    package init(_ live: LiveApplication, registry: PrometheusRegistry, logger: Logger) {
        self.live = live
        self.registry = registry
        self.logger = logger
        readiness = Readiness(live.projections)
        feed = EventFeed(live.log)
    }

    /// Serves until SIGTERM or SIGINT, then lets what runs finish: readiness goes first, then no connection is taken any more, requests
    /// are answered, live streams end, sagas leave their work in the log, and the log is flushed and closed.
    ///
    /// - Parameter onListening: Called with the port once connections are taken.
    package func run(onListening: @escaping @Sendable (_ port: Int) async -> Void) async throws {
        let configuration = live.configuration
        let application = Application(
            responder: try makeResponder(), server: try makeChannels(),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.listen.host, port: configuration.listen.port), serverName: "hindsight", backlog: 4_096,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.limits.connections, logger: logger)),
            onServerRunning: { await onListening($0.localAddress?.port ?? configuration.listen.port) }, logger: logger)
        // Stopped in the reverse order: the door first, then what serves behind it.
        var groupConfiguration = ServiceGroupConfiguration(
            services: [
                .init(service: Work(name: "sagas and projections") { [live] in await live.work() }),
                .init(
                    service: Work(name: "live events") { [feed, logger] in
                        await feed.run { logger.error("live events stopped and are tried again", metadata: ["error": "\($0)"]) }
                    }),
                .init(service: application),
                .init(service: Farewell(readiness: readiness, feed: feed)),
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        groupConfiguration.maximumGracefulShutdownDuration = configuration.limits.stop
        do {
            try await ServiceGroup(configuration: groupConfiguration).run()
        } catch {
            await live.close()
            throw error
        }
        await live.close()
    }

    private func makeResponder() throws -> Front {
        let limits = BodyLimits(bytes: live.configuration.limits.bodyBytes)
        let clock = live.application.clock
        var routes = Routes()
        let gauges = ServerGauges(
            live: live, registry: registry, readiness: readiness, feed: feed, billing: BillingGauges(live: live, registry: registry))
        ServerRoutes(live: live, readiness: readiness, gauges: gauges).add(to: &routes)
        AppendRoutes(log: live.log, gate: live.gate, clock: clock, identities: RandomIdentities(), limits: limits).add(to: &routes)
        ReadRoutes(log: live.log, feed: feed).add(to: &routes)
        StreamRoutes(log: live.log).add(to: &routes)
        LogRoutes(
            log: live.log, clock: clock, engine: live.application.engine, attestationKey: live.configuration.attestationKey
        ).add(to: &routes)
        ProjectionRoutes(live: live).add(to: &routes)
        SagaRoutes(live: live).add(to: &routes)
        AudienceRoutes(live: live, feed: feed).add(to: &routes)
        MDMRoutes(live: live, limits: limits).add(to: &routes)
        BillingRoutes(live: live, limits: limits).add(to: &routes)
        return Front(
            routes.makeResponder(limits: limits, authentication: Authentication(try makeVerifier()), log: logger),
            measures: RequestMeasures(registry), log: logger)
    }

    /// Refuses to show a server without keys to others: there everybody may do everything.
    ///
    /// - Throws: `UsageError`.
    package static func check(_ configuration: Configuration) throws(UsageError) {
        guard configuration.auth.keys == nil, !configuration.listen.isLoopback else { return }
        throw UsageError(
            "listen: \(configuration.listen) can be reached by others: name a file of keys in auth.keys, or listen on 127.0.0.1")
    }

    /// - Throws: `KeySetError`.
    private func makeVerifier() throws -> TokenVerifier? {
        let auth = live.configuration.auth
        guard let path = auth.keys else { return nil }
        let keys = try KeySetFile(path: path) { [logger] in logger.warning("\($0)") }
        return TokenVerifier(keys: keys, expectedIssuer: auth.issuer, expectedAudience: auth.audience) {
            Double(SystemClock().now().microsecondsSince1970) / 1_000_000
        }
    }

    private func makeChannels() throws -> HTTPServerBuilder {
        let limits = live.configuration.limits
        let count = ConnectionCount(registry)
        let channels = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [ConnectionWatch(limits: limits, count: count)],
                httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)))
        guard let tls = live.configuration.tls else { return channels }
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        // The library names neither file nor setting.
        do {
            chain = try NIOSSLCertificate.fromPEMFile(tls.certificate)
        } catch {
            throw UsageError("tls.certificate: \(tls.certificate) is no file of PEM certificates that can be read")
        }
        do {
            key = try NIOSSLPrivateKey(file: tls.key, format: .pem)
        } catch {
            throw UsageError("tls.key: \(tls.key) is no file with a PEM private key that can be read")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        return try .tls(channels, tlsConfiguration: configuration)
    }
}

/// Work that goes on until the server stops.
private struct Work: Service {
    let name: String
    let body: @Sendable () async -> Void

    func run() async { await cancelWhenGracefulShutdown { await body() } }
}

/// The first to hear that the server stops.
private struct Farewell: Service {
    let readiness: Readiness
    let feed: EventFeed

    func run() async throws {
        try await gracefulShutdown()
        await readiness.stop()
        feed.close()
    }
}
