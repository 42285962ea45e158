import Foundation
import HindsightCore
import SQLiteConnection
import Testing

@Suite("Rebuilds over HTTP")
struct RebuildRouteTests {
    private static let count = 100_000

    @Test("A server that is killed in the midst of a rebuild goes on with it when it is back, by itself", .timeLimit(.minutes(3)))
    func killed() async throws {
        let folder = try TestFolder()
        try await ManyOffers.write(Self.count, in: folder)
        let server = try ServerProcess(in: folder)
        _ = try await server.eventually("/readyz") { $0["status"] == "ready" }
        let path = "/v1/projections/offers/digest?at=position:\(Self.count)"
        let digest = try await server.get(path).json
        let old = try await server.get("/v1/projections/offers").json["generation"]
        let begun = try await server.post("/v1/projections/offers/rebuild", "")
        #expect(begun.status == 202)
        let again = try await server.post("/v1/projections/offers/rebuild", "")
        #expect(try again.status == 409 && again.json["type"] == "/problems/in-progress")
        #expect(try await server.post("/v1/projections/offers/verify", "").status == 409)
        // It tells of a stretch when that is folded, and has stored the one before.
        let midst = try await server.eventually("/v1/projections/offers") { $0["rebuild"]?["position"]?.integerValue ?? 0 > 20_000 }
        server.crash()
        #expect(midst["rebuild"]?["status"] == "running" && midst["status"] == "rebuilding", "\(midst)")

        let left = try await Shell.run("'\(ServerProcess.program)' projections status offers --log log", in: folder)
        let status = try JSON.decode(JSONValue.self, from: Array(left.output.utf8))
        let position = try #require(status["rebuild"]?["position"]?.integerValue)
        #expect(position > 0 && position < Self.count, "\(status)")
        #expect(status["generation"] == old && status["rebuild"]?["generation"] == midst["rebuild"]?["generation"], "\(status)")

        let next = try ServerProcess(in: folder)
        let done = try await next.eventually("/v1/projections/offers") { $0["rebuild"]?["status"] == "finished" }
        #expect(done["generation"] == midst["rebuild"]?["generation"], "\(done)")
        #expect(try await next.get(path).json == digest)
        let told = try await next.eventually("/v1/events?type=hindsight.projection-rebuilt") { $0["events"] != [] }["events"]?.arrayValue
        #expect(told?.count == 1 && told?.first?["metadata"]?["actor"] == "local")
        #expect(told?.first?["data"]?["digest"] == digest["digest"] && told?.first?["data"]?["previousDigest"] == digest["digest"])
    }

    @Test("One that is cancelled leaves the rows as they were, and another can begin", .timeLimit(.minutes(3)))
    func cancelled() async throws {
        let folder = try TestFolder()
        try await ManyOffers.write(Self.count, in: folder)
        let server = try ServerProcess(in: folder)
        _ = try await server.eventually("/readyz") { $0["status"] == "ready" }
        let path = "/v1/projections/offers/digest?at=position:\(Self.count)"
        let digest = try await server.get(path).json
        let nothing = try await server.post("/v1/projections/offers/cancel", "")
        #expect(try nothing.status == 409 && nothing.json["type"] == "/problems/rejected")
        for act in ["rebuild", "verify"] {
            #expect(try await server.post("/v1/projections/offers/\(act)", "").status == 202)
            _ = try await server.eventually("/v1/projections/offers") { $0["rebuild"]?["position"]?.integerValue ?? 0 > 0 }
            #expect(try await server.post("/v1/projections/offers/cancel", "").status == 202)
            let ended = try await server.eventually("/v1/projections/offers") { $0["rebuild"]?["status"] == "cancelled" }
            #expect(ended["status"] == "current" && ended["rebuild"]?["purpose"] == .string(act), "\(ended)")
            #expect(try await server.get(path).json == digest)
        }
        #expect(try await server.get("/v1/events?type=hindsight.projection-rebuild-cancelled").json["events"]?.arrayValue?.count == 2)
        #expect(try await server.post("/v1/projections/offers/rebuild", "").status == 202)
        _ = try await server.eventually("/v1/projections/offers") { $0["rebuild"]?["status"] == "finished" }
        #expect(try await server.get(path).json == digest)
    }

    @Test("Forged rows are found and told row by row, a rebuild puts them right, and the rows before serve again on request")
    func forged() async throws {
        let folder = try TestFolder()
        try await ManyOffers.write(100, in: folder)
        let server = try ServerProcess(in: folder)
        let path = "/v1/projections/offers"
        func verification() async throws -> JSONValue? {
            #expect(try await server.post("\(path)/verify", "").status == 202)
            return try await server.eventually(path) { $0["rebuild"]?["status"] == "finished" && $0["rebuild"]?["purpose"] == "verify" }
        }
        let good = try await verification()
        #expect(good?["rebuild"]?["differences"] == 0 && good?["verification"]?["differing"] == 0, "\(good ?? "none")")
        let none = try await server.post("\(path)/rollback", "")
        #expect(try none.status == 409 && none.json["type"] == "/problems/rejected", "\(none.text)")

        let number = try #require(good?["generation"]?.integerValue)
        let file = try Connection(path: "\(folder.path)/log/read-models/generation-\(number).sqlite", mode: .readWrite)
        try file.run("UPDATE rows SET body = json_set(body, '$.title', 'Forged') WHERE key = 'o7'")
        try file.run("DELETE FROM held WHERE key = 'o8'")
        file.close()
        #expect(try await server.get("\(path)/rows/o7").json["row"]?["title"] == "Forged")
        let bad = try await verification()
        #expect(bad?["rebuild"]?["differences"] == 2 && bad?["verification"]?["differing"] == 2, "\(bad ?? "none")")
        let differences = bad?["verification"]?["differences"]?.arrayValue ?? []
        #expect(differences.map { $0["key"] } == ["o7", "o8"])
        #expect(differences.first?["served"]?["title"] == "Forged" && differences.last?["served"] == nil)
        let told = try await server.eventually("/v1/events?type=hindsight.projection-verified") { $0["events"]?.arrayValue?.count == 2 }
        #expect(told["events"]?.arrayValue?.map { $0["data"]?["differing"] } == [0, 2])

        #expect(try await server.post("\(path)/rebuild", "").status == 202)
        let rebuilt = try await server.eventually(path) { $0["rebuild"]?["purpose"] == "rebuild" && $0["rebuild"]?["status"] == "finished" }
        #expect(rebuilt["generation"]?.integerValue ?? 0 > number)
        #expect(try await server.get("\(path)/rows/o7").json["row"]?["title"] == nil)
        let back = try await server.post("\(path)/rollback", "")
        #expect(try back.status == 202 && back.json["generation"]?.integerValue == number, "\(back.text)")
        #expect(try await server.get("\(path)/rows/o7").json["row"]?["title"] == "Forged")
        let forth = try await server.post("\(path)/rollback", "")
        #expect(try forth.status == 202 && forth.json["generation"] == rebuilt["generation"], "\(forth.text)")
        #expect(try await server.get("\(path)/rows/o7").json["row"]?["title"] == nil)
        let acts = try await server.get("/v1/events?type=hindsight.projection-rolled-back").json["events"]?.arrayValue
        #expect(acts?.count == 2)
    }
}
