import DemoInputs
import Foundation
import HindsightApp
import HindsightCore
import HindsightTesting
import LogFaults
import NIOHTTP1
import Testing

@Suite("What was shown at any moment")
struct MomentsTests {
    @Test(
        "is shown again, byte for byte, when the read models are deleted and rebuilt and everything is asked as of then",
        .timeLimit(.minutes(10)), arguments: [1, 2] as [UInt64])
    func moments(seed: UInt64) async throws {
        let folder = try TestFolder()
        let peers = EmbeddedPeers(folder: folder.path, programs: Bundle.main.bundleURL.path)
        let notebook = try await peers.startNotebookRunner()
        let gateway = try PeerUnderTest("payment-gateway", ["--seed", "\(seed)", "--failure-rate", "600"])
        try folder.write(String(decoding: DemoInputs.audienceTemplate, as: UTF8.self), to: "templates/audience.yaml")
        let settings = [
            "clock=manual", "billing.gateway.url=\(gateway.address)", "audience.zeppelin.url=\(notebook.url)",
            "audience.sharedDirectory=\(peers.sharedDirectory)", "audience.templates=\(folder.path)/templates",
            "audience.limits.pollSeconds=0.05",
        ]
        let server = try ServerProcess(in: folder, settings: settings)
        let moments: [Observation]
        do { moments = try await bustle(on: server, seed: seed) } catch {
            let lastWords = try server.logLines().suffix(60).joined(separator: "\n")
            throw ServerProcess.Failure(description: "seed \(seed): \(error); the server's last words:\n\(lastWords)")
        }
        #expect(moments.count == 200)
        try await expectLiveliness(moments, server)
        try await expectSame(moments, on: server, "the server that showed them", seed)

        #expect(server.stop() == .exited(0))
        try FileManager.default.removeItem(atPath: "\(folder.path)/log/read-models")
        let next = try ServerProcess(in: folder, settings: settings)
        _ = try await next.eventually("/readyz") { $0["status"] == "ready" }
        try await expectSame(moments, on: next, "rebuilt read models", seed)
        #expect(next.stop() == .exited(0))
        gateway.stop()
        try await notebook.stop()
    }

    /// Lets all three domains be used at once until somebody has looked at 200 moments.
    private func bustle(on server: ServerProcess, seed: UInt64) async throws -> [Observation] {
        let start = try #require(Timestamp("2026-01-01T00:00:00Z"))
        let bustle = Bustle()
        let visitor = Visitor(address: server.address, bustle: bustle)
        try await visitor.act(.POST, "/v1/clock", #"{"now":"\#(start)"}"#)
        let projections = try await server.get("/v1/projections").json["projections"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
        let onlooker = Onlooker(server.address, seed: seed, projections: try #require(projections))
        _ = try await server.eventually("/v1/audience/templates") { $0["templates"]?.arrayValue?.isEmpty == false }
        return try await withThrowingTaskGroup(of: [Observation]?.self) { group in
            group.addTask {
                var payers = PayersAtWork(visitor: visitor, chance: SeededGenerator(seed &+ 1_000), now: start)
                try await payers.run()
                return nil
            }
            group.addTask {
                var clerks = ClerksAtWork(visitor: visitor, chance: SeededGenerator(seed &+ 2_000))
                try await clerks.run()
                return nil
            }
            group.addTask {
                try await ManagersAtWork(visitor: visitor).run(jobs: 4)
                return nil
            }
            group.addTask {
                var onlooker = onlooker
                try await onlooker.watch(bustle, moments: 200)
                return onlooker.moments
            }
            var moments: [Observation]?
            do {
                // Payers and clerks go on until the other two are done, or anybody fails.
                for done in 1...4 {
                    moments = try await group.next().flatMap { $0 } ?? moments
                    if done == 2 { await bustle.end() }
                }
            } catch {
                await bustle.end()
                throw error
            }
            return moments ?? []
        }
    }

    /// A run in which nothing happens shows nothing.
    private func expectLiveliness(_ moments: [Observation], _ server: ServerProcess) async throws {
        let figures = try await server.get("/v1/billing/metrics").json["total"]?["counts"]
        for name in ["chargesDeclined", "chargesApproved", "retriesScheduled", "invoicesPaid"] {
            #expect(figures?[name]?.integerValue ?? 0 > 0, "\(name)")
        }
        let clusters = try await server.get("/v1/mdm/clusters").lines
        #expect(Set(clusters.compactMap { $0["golden"]?.stringValue }).count < clusters.count, "some cards are merged")
        #expect(try await server.get("/v1/mdm/reviews?status=any").json["reviews"] != [])
        #expect(try await server.get("/v1/audience/statistics").json["finished"] != 0)
        #expect(moments.count { $0.status == 200 } > 100)
        #expect(Set(moments.map(\.position)).count > 50)
        #expect(Set(moments.map(\.bytes)).count > 100)
    }

    private func expectSame(_ moments: [Observation], on server: ServerProcess, _ what: String, _ seed: UInt64) async throws {
        for moment in moments {
            let difference = moment.difference(from: try await server.get(moment.pathThen))
            #expect(difference == nil, "\(what), seed \(seed), \(moment.pathThen): \(difference ?? "")")
        }
    }
}
