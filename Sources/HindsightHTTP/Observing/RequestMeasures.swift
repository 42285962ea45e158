import CoreMetrics
import HTTPTypes
import Hummingbird
import Synchronization

/// Counts requests and their times, by route.
final class RequestMeasures: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private let metrics: any MetricsFactory
    private let inFlight: Meter
    /// Made once for each combination: making one looks through the registry.
    private let counters = Mutex<[Key: Counter]>([:])
    private let timers = Mutex<[Key: CoreMetrics.Timer]>([:])

    init(_ metrics: any MetricsFactory) {
        self.metrics = metrics
        inFlight = Meter(label: "http_requests_in_flight", factory: metrics)
    }

    func begin() { inFlight.increment(by: 1) }

    /// - Parameter status: `nil` for a request that got no answer.
    func end(_ request: Request, _ exchange: Exchange, status: HTTPResponse.Status?, after duration: Duration) {
        inFlight.decrement(by: 1)
        // Anybody can make up methods and paths; series must not follow them.
        let route = exchange.endpointPath.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "none"
        let method = Self.methods.contains(request.method) ? request.method.rawValue : "other"
        let counter = counters.withLock { counters in
            let key = Key(method: method, route: route, status: status?.code ?? 0)
            if let known = counters[key] { return known }
            let counter = Counter(
                label: "http_requests_total",
                dimensions: [("method", method), ("route", route), ("status", status.map { String($0.code) } ?? "none")], factory: metrics)
            counters[key] = counter
            return counter
        }
        counter.increment()
        let timer = timers.withLock { timers in
            let key = Key(method: method, route: route, status: 0)
            if let known = timers[key] { return known }
            let timer = CoreMetrics.Timer(
                label: "http_request_duration_seconds", dimensions: [("method", method), ("route", route)], factory: metrics)
            timers[key] = timer
            return timer
        }
        let parts = duration.components
        timer.recordNanoseconds(parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
    }

    private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .delete, .patch, .options]
}
