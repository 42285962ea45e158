import CoreMetrics
import HTTPTypes
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightSchemas
import PrometheusMetrics

/// The server itself: whether it lives and is ready, its figures, its description, its clock.
struct ServerRoutes {
    let live: LiveApplication
    let readiness: Readiness
    let gauges: ServerGauges

    func add(to routes: inout Routes) {
        routes.serve(.health) { call in
            _ = try call.query()
            return try Answer.json(["status": "ok"])
        }
        routes.serve(.readiness, ready)
        routes.serve(.metrics, metrics)
        routes.serve(.description, description)
        routes.serve(.problem, problem)
        routes.serve(.setClock, setClock)
    }

    private struct ReadinessView: Encodable {
        let status: Readiness.Status
        /// The position that all read models have reached.
        let position: Position
        let head: Position
    }

    @Sendable private func ready(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let status = await readiness.status()
        let states = try await live.projections.states()
        let head = try await live.log.head().position
        let view = ReadinessView(status: status, position: states.map(\.position).min() ?? head, head: head)
        return try Answer.json(view, status: status == .ready ? .ok : .serviceUnavailable)
    }

    @Sendable private func metrics(_ call: Call) async throws -> Answer {
        _ = try call.query()
        return .bytes(try await gauges.render(), .metrics).with(.contentType, PrometheusRegistry.contentType)
    }

    @Sendable private func description(_ call: Call) async throws -> Answer {
        _ = try call.query()
        return .bytes(try HTTPDescription.document(), .yaml)
    }

    @Sendable private func problem(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let slug = try call.parameter("slug")
        guard let kind = Problem.Kind(rawValue: slug) else {
            let known = Problem.Kind.allCases.map(\.slug).joined(separator: ", ")
            throw Problem.unknown("there is no problem of this name: known are \(known)")
        }
        let text = "# \(kind.title)\n\nStatus \(kind.status.code), type `/problems/\(slug)`.\n\n\(kind.explanation)\n"
        return .bytes(Array(text.utf8), .markdown)
    }

    private static let clock = BodySchema(["now": ["type": "string", "format": "date-time"]], required: ["now"])

    /// Sets a clock that stands still. No event tells of it: such a clock is for simulations, whose log is about something else.
    @Sendable private func setClock(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let body = try await call.json(Self.clock)
        guard let clock = live.manualClock else {
            throw Problem(.notConfigured, "the clock is the machine's: `clock: manual` lets it be set")
        }
        guard let now = body["now"]?.stringValue.flatMap({ Timestamp($0) }) else {
            throw Problem.body("/now", "must be an instant like 2026-01-31T12:00:00Z")
        }
        // What is planned from there has to be an instant that can be written as well.
        guard now.description < "9000" else { throw Problem.body("/now", "must be before the year 9000") }
        guard now >= clock.now() else {
            throw Problem.body("/now", "is before the clock, which never goes back: it stands at \(clock.now())")
        }
        clock.advance(to: now)
        return try Answer.json(["now": clock.now()])
    }
}

/// Whether the server can be relied on.
actor Readiness {
    enum Status: String, Encodable {
        case catchingUp = "catching-up"
        case ready, stopping
    }

    private let projections: LiveProjections
    private var isStopping = false

    init(_ projections: LiveProjections) { self.projections = projections }

    func status() async -> Status { isStopping ? .stopping : await projections.isCaughtUp ? .ready : .catchingUp }

    func stop() { isStopping = true }
}
