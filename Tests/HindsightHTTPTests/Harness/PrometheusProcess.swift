import AsyncHTTPClient
import Foundation
import HindsightCore
import HindsightTesting
import LogFaults
import NIOCore

/// Debian's Prometheus, on the loopback, with the `prometheus.yml` of a folder.
final class PrometheusProcess {
    private let child: ChildProcess
    private let port: Int

    init(in folder: TestFolder) throws {
        port = Int.random(in: 20_000..<30_000)
        child = try ChildProcess(
            "/bin/sh",
            [
                "-c",
                """
                cd '\(folder.path)' && exec prometheus --config.file=prometheus.yml --storage.tsdb.path=data \
                --web.listen-address=127.0.0.1:\(port) 2>prometheus.log
                """,
            ])
    }

    deinit { stop() }

    func stop() {
        child.kill()
        child.waitForEnd()
    }

    /// Whether a query gives any series, sooner or later.
    func finds(_ query: String) async throws -> Bool {
        let encoded = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? query
        let end = ContinuousClock.now + .seconds(40)
        while ContinuousClock.now < end {
            if let answer = await ask("/api/v1/query?query=\(encoded)"),
                answer["data"]?["result"]?.arrayValue?.isEmpty == false
            {
                return true
            }
            await Task.yield()
        }
        return false
    }

    /// The names of the alerting rules that it has loaded.
    func alertNames() async throws -> [String] {
        let groups = await ask("/api/v1/rules")?["data"]?["groups"]?.arrayValue ?? []
        return groups.flatMap { $0["rules"]?.arrayValue ?? [] }.compactMap { $0["name"]?.stringValue }
    }

    /// `nil` while it can't answer.
    private func ask(_ path: String) async -> JSONValue? {
        let answer = await Result {
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)"), timeout: .seconds(10))
            return try JSON.decode(JSONValue.self, from: Array(try await response.body.collect(upTo: 16 << 20).readableBytesView))
        }
        guard case .success(let value) = answer else { return nil }
        return value
    }
}
