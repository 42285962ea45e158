import CoreMetrics
import Glibc
import HindsightApp
import HindsightCore
import HindsightRuntime
import PrometheusMetrics

/// What is looked at when Prometheus asks, and not counted as it happens.
struct ServerGauges: Sendable {
    let live: LiveApplication
    let registry: PrometheusRegistry
    let readiness: Readiness
    let feed: EventFeed
    let billing: BillingGauges

    /// All metrics as text.
    func render() async throws -> [UInt8] {
        let head = try await live.log.head().position
        set("hindsight_log_position", Double(head))
        set("hindsight_log_streams", Double(try await live.log.streamCount()))
        set("hindsight_log_file_bytes", size(of: "events.sqlite"))
        set("hindsight_log_wal_bytes", size(of: "events.sqlite-wal"))
        set("hindsight_live_subscribers", Double(feed.listeners))
        set("hindsight_ready", await readiness.status() == .ready ? 1 : 0)
        for state in try await live.projections.states() {
            let labels = [("projection", state.name)]
            set("hindsight_projection_position", Double(state.position), labels)
            set("hindsight_projection_lag_events", Double(state.lag), labels)
            set("hindsight_projection_events_per_second", state.eventsPerSecond ?? 0, labels)
            set("hindsight_projection_failed", state.status == .failed ? 1 : 0, labels)
            set("hindsight_projection_parked_streams", Double(state.parked?.count ?? 0), labels)
            set("hindsight_projection_rebuilding", state.rebuild?.status == .running ? 1 : 0, labels)
        }
        for (count, labels) in try await live.sagaCounts() { set("hindsight_sagas", Double(count), labels) }
        await billing.refresh()
        ProcessMetrics(registry: registry).refresh()
        return registry.render()
    }

    private func set(_ name: String, _ value: Double, _ labels: [(String, String)] = []) {
        Gauge(label: name, dimensions: labels, factory: registry).record(value)
    }

    /// 0 for a file that is not there.
    private func size(of file: String) -> Double {
        var status = stat()
        return stat("\(live.application.folder)/\(file)", &status) == 0 ? Double(status.st_size) : 0
    }
}
