import AsyncHTTPClient
import Foundation
import HindsightCore
import NIOCore
import NIOHTTP1
import Testing

@Suite("Command line: rebuilds among processes") struct RebuildCommandTests {
    private static let count = 100_000

    /// What the rows of the offers come to, as of all of them.
    private func digest(_ folder: borrowing CommandLineFolder, _ count: Int = count) async throws -> JSONValue {
        let result = try await folder.hindsight("projections", "digest", "offers", "--at", "position:\(count)")
        #expect(result.code == 0, "\(result.errors)")
        return try #require(try result.json["digest"])
    }

    @Test("One that is killed in its midst is gone on with, in the same rows, and comes to the same", .timeLimit(.minutes(3)))
    func killed() async throws {
        let folder = try CommandLineFolder()
        try await ManyOffers.write(Self.count, in: folder)
        let digest = try await digest(folder)
        let files = ReadModelFiles(of: folder)
        let first = try folder.start("projections", "rebuild", "offers")
        let midst = try await files.midst(of: "offers")
        first.signal(SIGKILL)
        #expect(await first.end() == 128 + SIGKILL)
        let left = try #require(try files.building("offers"))
        #expect(left.number == midst.number && left.checkpoint < Self.count)

        let status = try await folder.hindsight("projections", "status", "offers").json
        #expect(status["rebuild"]?["generation"]?.integerValue == left.number)
        #expect(status["rebuild"]?["position"]?.integerValue == left.checkpoint)
        #expect(status["rebuild"]?["status"] == "interrupted" && status["generation"]?.integerValue ?? .max < left.number)
        #expect(try await self.digest(folder) == digest, "the old rows serve")

        let again = try await folder.hindsight("projections", "rebuild", "offers")
        #expect(again.code == 0, "\(again.errors)")
        let report = try again.json
        #expect(report["generation"]?.integerValue == left.number)
        #expect(report["digest"] == digest && report["previousDigest"] == digest)
        #expect(try await self.digest(folder) == digest)
        #expect(try await folder.hindsight("projections", "verify", "offers").code == 0)
        let told = try await folder.hindsight("read", "projection-offers").lines
        #expect(told.count { $0.contains("hindsight.projection-rebuilt") } == 1)
    }

    @Test("Begun in the background it is done there, or ended by whoever cancels it", .timeLimit(.minutes(3)))
    func detached() async throws {
        let folder = try CommandLineFolder()
        try await ManyOffers.write(Self.count, in: folder)
        let digest = try await digest(folder)
        let files = ReadModelFiles(of: folder)
        let begun = try await folder.hindsight("projections", "rebuild", "offers", "--detach")
        #expect(begun.code == 0 && begun.output == "{\"detached\":true,\"name\":\"offers\"}\n", "\(begun.output) \(begun.errors)")
        let building = try #require(try files.building("offers"), "it was begun, and not waited for")
        var told: [String] = []
        let end = ContinuousClock.now + .seconds(60)
        while told.isEmpty, ContinuousClock.now < end { told = try await folder.hindsight("read", "projection-offers").lines }
        #expect(told.first?.contains("hindsight.projection-rebuilt") == true)
        let status = try await folder.hindsight("projections", "status", "offers").json
        #expect(status["generation"]?.integerValue == building.number && status["rebuild"] == nil)
        #expect(try await self.digest(folder) == digest)

        #expect(try await folder.hindsight("projections", "rebuild", "offers", "--detach").code == 0)
        let other = try await files.midst(of: "offers")
        let cancelled = try await folder.hindsight("projections", "cancel", "offers")
        #expect(cancelled.code == 0, "\(cancelled.errors)")
        #expect(try cancelled.json["generation"]?.integerValue == building.number)
        #expect(try files.building("offers") == nil)
        let again = try await folder.hindsight("projections", "cancel", "offers")
        #expect(again.code == 1 && again.isOneLineOfError && again.errors.contains("is not being rebuilt"), "\(again.errors)")
        #expect(try await self.digest(folder) == digest, "the old rows serve")
        let last = try await folder.hindsight("read", "projection-offers").lines.last
        #expect(last?.contains("hindsight.projection-rebuild-cancelled") == true, "\(last ?? "")")
        // The process in the background finds its rows gone, and ends: then another may build.
        var next = try await folder.hindsight("projections", "rebuild", "offers")
        while next.code == 1, next.errors.contains("is being rebuilt"), ContinuousClock.now < end + .seconds(60) {
            next = try await folder.hindsight("projections", "rebuild", "offers")
        }
        #expect(next.code == 0, "\(next.errors)")
        #expect(try next.json["generation"]?.integerValue ?? 0 > other.number)
        #expect(try next.json["digest"] == digest)
    }

    @Test("While one process builds, no other does, at the command line or over HTTP, and each may cancel it", .timeLimit(.minutes(3)))
    func atTheSameTime() async throws {
        let folder = try CommandLineFolder()
        try await ManyOffers.write(Self.count, in: folder)
        let digest = try await digest(folder)
        let files = ReadModelFiles(of: folder)
        let first = try folder.start("projections", "rebuild", "offers")
        let midst = try await files.midst(of: "offers")
        // It stands still in its midst, as long as it takes to look at it from everywhere.
        first.signal(SIGSTOP)
        for act in ["rebuild", "verify"] {
            let second = try await folder.hindsight("projections", act, "offers")
            #expect(second.code == 1 && second.isOneLineOfError && second.output.isEmpty, "\(act): \(second.errors)")
            #expect(second.errors.contains("the projection offers is being rebuilt"), "\(act): \(second.errors)")
        }
        let server = try folder.start("serve", "--listen", "127.0.0.1:0")
        let line = await server.nextOutput()
        let address = try #require(try JSON.decode(JSONValue.self, from: Array(line.utf8))["listening"]?.stringValue)
        for act in ["rebuild", "verify"] {
            let refused = try await ask(.POST, "\(address)/v1/projections/offers/\(act)")
            #expect(refused.status == 409 && refused.body["type"] == "/problems/in-progress", "\(act): \(refused.body)")
        }
        let state = try await ask(.GET, "\(address)/v1/projections/offers").body
        #expect(state["status"] == "rebuilding" && state["rebuild"]?["generation"]?.integerValue == midst.number, "\(state)")
        #expect(state["rebuild"]?["position"]?.integerValue ?? 0 >= midst.checkpoint, "\(state)")
        #expect(try await ask(.POST, "\(address)/v1/projections/offers/cancel").status == 202)
        #expect(try await ask(.POST, "\(address)/v1/projections/offers/cancel").status == 409)
        first.signal(SIGCONT)
        let complaint = await first.errors()
        #expect(await first.end() == 1)
        #expect(
            complaint.hasSuffix("hindsight: the rebuild of offers was cancelled; the rows that served before go on serving\n"),
            "\(complaint)")
        #expect(try await ask(.GET, "\(address)/v1/projections/offers/digest?at=position:\(Self.count)").body["digest"] == digest)
        server.signal(SIGTERM)
        #expect(await server.end() == 0)
    }

    @Test("Rows that somebody forged are found, and a rebuild puts them right; either of the two sets serves again on request")
    func forged() async throws {
        let folder = try CommandLineFolder()
        try await ManyOffers.write(200, in: folder)
        let digest = try await digest(folder, 200)
        #expect(try await folder.hindsight("projections", "verify", "offers").code == 0)
        let none = try await folder.hindsight("projections", "rollback", "offers")
        #expect(none.code == 1 && none.isOneLineOfError && none.errors.contains("has no earlier generation"), "\(none.errors)")

        try ReadModelFiles(of: folder).forge("o7", of: "offers")
        let found = try await folder.hindsight("projections", "verify", "offers")
        #expect(found.code == 3 && found.errors.contains("rows differ from the log in offers"), "\(found.errors)")
        #expect(found.isOneLineOfError)
        let report = try found.json
        #expect(report["differing"] == 1 && report["rows"] == 200)
        let difference = report["differences"]?.arrayValue?.first
        #expect(difference?["key"] == "o7" && difference?["served"]?["title"] == "Forged" && difference?["rebuilt"]?["title"] == nil)
        let everything = try await folder.hindsight("projections", "verify")
        #expect(everything.code == 3 && everything.lines.count > 5)

        let rebuilt = try await folder.hindsight("projections", "rebuild", "offers").json
        #expect(rebuilt["digest"] == digest && rebuilt["previousDigest"] != digest && rebuilt["previousDigest"] != nil)
        #expect(try await folder.hindsight("projections", "verify", "offers").code == 0)
        let back = try await folder.hindsight("projections", "rollback", "offers")
        #expect(back.code == 0, "\(back.errors)")
        #expect(try await folder.hindsight("projections", "verify", "offers").code == 3, "the forged rows serve again")
        #expect(try await folder.hindsight("projections", "rollback", "offers").code == 0)
        #expect(try await folder.hindsight("projections", "verify", "offers").code == 0)
    }

    private func ask(_ method: HTTPMethod, _ url: String) async throws -> (status: Int, body: JSONValue) {
        var request = HTTPClientRequest(url: url)
        request.method = method
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = Array(try await response.body.collect(upTo: 16 << 20).readableBytesView)
        return (Int(response.status.code), try JSON.decode(JSONValue.self, from: bytes))
    }
}

extension CommandLineFolder.Result {
    /// The first line of standard output.
    fileprivate var json: JSONValue {
        get throws { try JSON.decode(JSONValue.self, from: Array((lines.first ?? "").utf8)) }
    }
}
