import Foundation

/// A run of wrk, which posts as fast as the server answers.
struct PostLoad {
    let wrk: String
    let folder: WorkFolder

    /// What append.lua prints at the end; times in microseconds.
    struct Outcome: Decodable {
        let answers: Int
        let microseconds: Int
        /// Answers that are no 2xx or 3xx; append knows no 3xx.
        let refused: Int
        let broken: Int
        let p50: Double
        let p99: Double
        let p999: Double
        let max: Double

        /// wrk adds the calls that a slow one kept from being made, so the high percentiles are not too good.
        var latency: Latency { Latency(p50: p50, p99: p99, p999: p999, max: max) }
    }

    private static let script = "append.lua"
    private static let bodies = "bodies"
    private static let streams = "streams"

    /// - Parameter size: Events of a call.
    func run(size: Int, connections: Int, seconds: Int, port: Int) throws -> Outcome {
        try Posts(of: size).write(bodies: folder.entry(Self.bodies), streams: folder.entry(Self.streams))
        try Data(PackageResources.append_lua).write(to: URL(fileURLWithPath: folder.entry(Self.script)))
        // A time-out would only be counted as an error: whoever waits longer for a slow server shows in the latencies.
        let arguments = [
            "--threads", "1", "--connections", "\(connections)", "--duration", "\(seconds)s", "--timeout", "60s",
            "--script", folder.entry(Self.script), "http://127.0.0.1:\(port)", "--", folder.entry(Self.bodies), folder.entry(Self.streams),
        ]
        let printed = try ChildProcess(program: wrk, arguments: arguments).printed()
        for name in [Self.script, Self.bodies, Self.streams] { try folder.remove(name) }
        guard let line = printed.split(separator: UInt8(ascii: "\n")).last(where: { $0.first == UInt8(ascii: "{") }) else {
            throw BenchmarkFailure("wrk printed no outcome: \(String(decoding: printed, as: UTF8.self))")
        }
        let outcome = try JSONDecoder().decode(Outcome.self, from: line)
        guard outcome.answers > 0, outcome.refused == 0, outcome.broken == 0 else {
            throw BenchmarkFailure(
                "of \(outcome.answers) appends \(outcome.refused) were refused and \(outcome.broken) connections broke, "
                    + "\(size) events a call on \(connections) connections")
        }
        return outcome
    }
}
