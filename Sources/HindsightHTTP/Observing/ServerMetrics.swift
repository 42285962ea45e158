package import PrometheusMetrics

/// What a server tells Prometheus, under which names.
package enum ServerMetrics {
    private static func counter(_ name: String, _ help: String) -> MetricDeclaration {
        MetricDeclaration(name: name, help: help, kind: .counter)
    }

    private static func gauge(_ name: String, _ help: String) -> MetricDeclaration {
        MetricDeclaration(name: name, help: help, kind: .gauge)
    }

    private static let fine = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    package static let declarations =
        ProcessMetrics.declarations + [
            counter("http_requests_total", "Requests by method, route and status."),
            MetricDeclaration(
                name: "http_request_duration_seconds", help: "Time from a request's head to the head of its answer.", kind: .histogram,
                buckets: fine),
            gauge("http_requests_in_flight", "Requests whose answer has not begun."),
            gauge("http_connections", "Open connections."),
            MetricDeclaration(
                name: "hindsight_append_duration_seconds", help: "Time from an append to its durable answer, by outcome.",
                kind: .histogram, buckets: fine),
            MetricDeclaration(
                name: "hindsight_append_events", help: "Events in one append.", kind: .histogram,
                buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]),
            gauge("hindsight_log_position", "Position of the last event."),
            gauge("hindsight_log_streams", "Streams in the log."),
            gauge("hindsight_log_file_bytes", "Size of the log's file."),
            gauge("hindsight_log_wal_bytes", "Size of the log's write-ahead file."),
            gauge("hindsight_projection_position", "Position that the projection has read to."),
            gauge("hindsight_projection_lag_events", "Positions between the projection and the head."),
            gauge("hindsight_projection_events_per_second", "Positions that the projection passes in a second, lately."),
            gauge("hindsight_projection_failed", "1 while the projection's rows cannot be read or stored."),
            gauge("hindsight_projection_parked_streams", "Streams whose events the projection has parked until somebody resumes them."),
            gauge("hindsight_projection_rebuilding", "1 while the projection is folded anew."),
            gauge("hindsight_sagas", "Instances of sagas by status."),
            counter("hindsight_effect_outcomes_total", "Outcomes of effects by peer."),
            MetricDeclaration(
                name: "hindsight_saga_timer_lateness_seconds", help: "Time from when a timer was due to when a worker turned to it.",
                kind: .histogram, buckets: [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 3_600, 86_400]),
            counter("hindsight_worker_errors_total", "Failures of a worker, which is tried again."),
            gauge("hindsight_live_subscribers", "Clients that wait for new events."),
            gauge("hindsight_ready", "1 once the server has caught up, until it stops."),
        ] + BillingGauges.declarations
}
