import Foundation
import HindsightCore
import NIOHTTP1
import Testing

@Suite("What a server tells of itself")
struct ObservabilityTests {
    @Test(
        "A real Prometheus scrapes it and finds the series, with the configuration of the example",
        .enabled(if: Programs.has("prometheus"), "needs Debian's prometheus: tools/prepare-tests brings it"))
    func prometheus() async throws {
        let server = try ServerProcess()
        #expect(try await server.post("/v1/streams/a/events", #"{"type":"t","data":{}}"#).status == 201)
        let folder = try TestFolder()
        let example = "\(Programs.project)/Examples/monitoring"
        let configuration = try String(contentsOf: URL(filePath: "\(example)/prometheus.yml"), encoding: .utf8)
            .replacingOccurrences(of: "127.0.0.1:8080", with: "127.0.0.1:\(server.port)")
            .replacingOccurrences(of: "15s", with: "1s").replacingOccurrences(of: "10s", with: "1s")
        try folder.write(configuration, to: "prometheus.yml")
        try FileManager.default.copyItem(atPath: "\(example)/alerts.yml", toPath: "\(folder.path)/alerts.yml")
        let watcher = try PrometheusProcess(in: folder)
        for query in [
            "hindsight_append_duration_seconds_count{outcome=\"stored\"}", "hindsight_append_events_bucket", "hindsight_log_wal_bytes",
            "hindsight_projection_lag_events", "hindsight_projection_events_per_second", "hindsight_sagas",
            "http_requests_total{route=\"/v1/streams/{stream}/events\",status=\"201\"}", "http_request_duration_seconds_bucket",
            "process_resident_memory_bytes", "hindsight_ready == 1", "up == 1", "hindsight_effect_outcomes_total",
            "hindsight_worker_errors_total",
        ] {
            #expect(try await watcher.finds(query), "\(query)")
        }
        #expect(try await watcher.alertNames().contains("HindsightDown"))
        watcher.stop()
    }

    @Test("Readiness tells catching up from ready, and its metrics are text that a scraper reads")
    func readiness() async throws {
        let server = try ServerProcess()
        let ready = try await server.eventually("/readyz") { $0["status"] == "ready" }
        #expect(ready["head"] == 0)
        #expect(try await server.get("/healthz").json == ["status": "ok"])
        let metrics = try await server.get("/metrics")
        #expect(metrics["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(metrics.text.contains("# TYPE hindsight_append_duration_seconds histogram"))
    }

    @Test("While it catches up at its start it answers, and is not ready")
    func catchingUp() async throws {
        let folder = try TestFolder()
        try await ManyOffers.write(30_000, in: folder)
        let server = try ServerProcess(in: folder)
        let early = try await server.get("/readyz")
        #expect(early.status == 503)
        #expect(try early.json["status"] == "catching-up" && early.json["head"] == 30_000)
        #expect(try await server.get("/healthz").status == 200)
        #expect(try await server.get("/v1/log").json["head"] == 30_000)
        _ = try await server.eventually("/readyz") { $0["status"] == "ready" && $0["position"] == 30_000 }
        #expect(try await server.get("/v1/audience/offers/o29999").status == 200)
    }

    @Test("Requests are logged in lines of JSON with their ids, and a trace goes into the events")
    func requestLog() async throws {
        let server = try ServerProcess(settings: ["logging.level=debug", "logging.format=json"])
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let answer = try await server.post(
            "/v1/streams/a/events", #"{"type":"t","data":{}}"#, headers: ["traceparent": trace, "X-Correlation-Id": "story-1"])
        let event = try await server.get("/v1/events").json["events"]?.arrayValue?.first
        #expect(event?["metadata"] == ["correlationId": "story-1", "traceparent": .string(trace)])
        server.stop()
        let lines = try server.logLines().map { try JSON.decode(JSONValue.self, from: Array($0.utf8)) }
        let line = lines.first { $0["request"]?.stringValue == answer["Request-Id"] }
        #expect(line?["route"] == "/v1/streams/{stream}/events" && line?["status"] == "201" && line?["correlation"] == "story-1")
        #expect(line?["traceparent"] == .string(trace))
    }

    @Test("What an error means is told at its address")
    func problems() async throws {
        let server = try ServerProcess()
        for slug in ["version-conflict", "invalid-request", "id-conflict", "internal"] {
            let answer = try await server.get("/problems/\(slug)")
            #expect(answer.status == 200 && answer.text.contains("`/problems/\(slug)`"))
        }
        #expect(try await server.get("/problems/none").status == 404)
    }
}
