import Foundation
import NIOCore
import NIOPosix

/// Runs the measurements over HTTP, each on a server of its own, and those of the event log that they are held against.
struct HTTPContenders: Sendable {
    let folder: WorkFolder
    private let program: String
    private let server: String
    private let wrk: String?
    private let listening: any EventLoopGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let appending: any EventLoopGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(in folder: WorkFolder) throws {
        self.folder = folder
        program = try Program.own()
        server = try Program.product("hindsight")
        wrk = Program.installed("wrk")
    }

    /// Why nothing is posted; `nil` when it is.
    var wrkIsMissing: String? { wrk == nil ? "wrk is not installed (tools/bench installs it)" : nil }

    // MARK: - The event log

    /// Measures the log in the folder's entry `log`, which is made if it is missing and stays.
    @discardableResult
    func ours(_ measurement: MeasureCommand.Measurement, log: String, _ arguments: [String]) throws -> [Sample] {
        try ChildProcess(program: program, arguments: ["measure", measurement.rawValue, "--log", folder.entry(log)] + arguments).samples()
    }

    /// Appends what clients posted, to a log of its own, which is gone afterwards.
    func oursPost(_ events: Int, size: Int, producers: Int) throws -> [Sample] {
        let samples = try ours(.post, log: "ours", ["--events", "\(events)", "--batch", "\(size)", "--producers", "\(producers)"])
        try folder.remove("ours")
        return samples
    }

    // MARK: - The server

    /// Memory of a server of an empty log: after its start, and after it took one event and gave it back.
    func idle() async throws -> [Sample] {
        try await serving { server, connection in
            let idle = Sample(residentBytes: try server.residentMemory()).named("idle")
            try await connection.send("/v1/streams/idle-1/events", json: #"{"type":"bench.idle","data":{}}"#)
            try await connection.send("/v1/events")
            return [idle, Sample(residentBytes: try server.residentMemory()).named("idle-warm")]
        }
    }

    /// Posts for so many seconds.
    ///
    /// When wrk stops, calls are under way, whose events the server may have stored already or stores a moment later. So the events are
    /// those that the log has, in the time up to the look at it; and calls that were answered are told by themselves.
    func post(size: Int, connections: Int, seconds: Int) async throws -> Sample {
        guard let wrk else { throw BenchmarkFailure("wrk is missing") }
        return try await serving { server, connection in
            let outcome = try PostLoad(wrk: wrk, folder: folder).run(
                size: size, connections: connections, seconds: seconds, port: server.port)
            let watch = Stopwatch()
            let stored = Int(try await connection.send("/v1/log").position())
            let elapsed = Double(outcome.microseconds) / 1e6
            let answered = outcome.answers * size
            guard (answered...(answered + connections * size)).contains(stored) else {
                throw BenchmarkFailure("\(answered) events were acknowledged, and the log has \(stored)")
            }
            var sample = Sample(
                events: stored, seconds: elapsed + watch.seconds, latency: outcome.latency, residentBytes: try server.residentMemory())
            // Of the same seconds as the events.
            sample.calls = Int(Double(outcome.answers) / elapsed * sample.seconds)
            return sample
        }
    }

    /// Reads all of a log, as lines and as messages, and all of its charges, which are nearly all, by their type.
    func read(log: String, events: Int) async throws -> [Sample] {
        try await serving(log: log) { server, connection in
            func read(_ form: EventReading.Form, _ query: String = "", expected: Int) async throws -> Sample {
                try await EventReading.sample(form, query: query, expected: expected, from: server, on: listening)
            }
            // The first pass warms the caches, as where the event log is scanned by itself.
            _ = try await read(.lines, expected: events)
            return [
                try await read(.lines, expected: events).named("read-ndjson"),
                try await read(.lines, "?type=\(ChargeAttempted.type)", expected: events - Needle.count).named("read-ndjson-type"),
                try await read(.messages, expected: events).named("read-sse"),
            ]
        }
    }

    func live(subscribers: Int) async throws -> [Sample] {
        try await serving { server, _ in
            try await FanOut(server: server, subscribers: subscribers, loops: (listening, appending)).samples()
        }
    }

    /// Starts a server and stops it when the measurement is done.
    ///
    /// - Parameter log: An entry of the folder, which stays; without it, a new log, which is gone afterwards.
    private func serving<Result>(
        log: String? = nil, _ measure: (ServerProcess, ServerConnection) async throws -> Result
    ) async throws -> Result {
        let server = try ServerProcess(program: server, log: folder.entry(log ?? "served"), notes: folder.entry("notes"))
        let result: Result
        do {
            let connection = try await ServerConnection.open(port: server.port, on: appending)
            try await Patience.wait(for: "the server to be ready") { try await isReady(connection) }
            result = try await measure(server, connection)
            try await connection.close()
        } catch {
            try server.stop()
            throw error
        }
        try server.stop()
        if log == nil { try folder.remove("served") }
        return result
    }

    private func isReady(_ connection: ServerConnection) async throws -> Bool {
        do {
            try await connection.send("/readyz")
            return true
        } catch let refusal as BenchmarkFailure {
            guard refusal.description.contains("/readyz: 503") else { throw refusal }
            return false
        }
    }
}
