import HindsightCore
import NIOHTTP1
import Testing

@Suite("Questions about the past over HTTP that have no answer")
struct ProjectionQuestionRouteTests {
    @Test("Each is refused with the parameter that is at fault, and what was before the first event is empty")
    func questions() async throws {
        let server = try ServerProcess()
        for number in 1...3 { #expect(try await server.put("/v1/audience/offers/o\(number)", "").status == 201) }
        let past = ["rows", "rows/o1", "rows/o1/why?field=offer", "digest"]
        for moment in ["yesterday", "2026-01-01T00:00:00", "2999-01-01T00:00:00Z", "position:4", "position:-1", "position:", ""] {
            for question in past {
                let path = "/v1/projections/offers/\(question)\(question.contains("?") ? "&" : "?")at=\(moment)"
                let answer = try await server.get(path)
                #expect(try answer.status == 400 && answer.json["field"] == "at", "\(path): \(answer.text)")
            }
            for end in ["from", "to"] {
                let other = end == "from" ? "to" : "from"
                let path = "/v1/projections/offers/rows/o1/diff?\(end)=\(moment)&\(other)=position:1"
                let answer = try await server.get(path)
                #expect(try answer.status == 400 && answer.json["field"] == .string(end), "\(path): \(answer.text)")
            }
        }
        for moment in ["position:0", "2000-01-01T00:00:00Z", "2000-01-01T02:00:00+02:00"] {
            let rows = try await server.get("/v1/projections/offers/rows?at=\(moment)")
            #expect(rows.status == 200 && rows.text == #"{"rows":[]}"# && rows["Hindsight-Position"] == "0")
            let row = try await server.get("/v1/projections/offers/rows/o1?at=\(moment)")
            #expect(row.status == 404 && row["Hindsight-Position"] == "0")
            let digest = try await server.get("/v1/projections/offers/digest?at=\(moment)")
            #expect(try digest.status == 200 && digest.json["position"] == 0)
            #expect(try await server.get("/v1/audience/offers/o1?at=\(moment)").status == 404)
            #expect(try await server.get("/v1/audience/statistics?at=\(moment)").json["finished"] == 0)
            #expect(try await server.get("/v1/billing/metrics?at=\(moment)").json["total"]?["counts"]?["invoicesOpened"] == 0)
        }
        let missing = try await server.get("/v1/audience/offers/none")
        #expect(missing.status == 404 && missing["Hindsight-Position"] == "3")
        for path in ["offers/rows?colour=red", "invoices/rows?colour=red", "invoices/rows?status=paid&customer=c"] {
            #expect(try await server.get("/v1/projections/\(path)").status == 400, "\(path)")
        }
        #expect(try await server.get("/v1/projections/invoices/rows?status=no-such-status").json["rows"] == [])
    }

    @Test("A projection that is not there is not found, whatever is asked of it", arguments: ["none", "%00", "..", "offers%2Frows"])
    func unknown(_ name: String) async throws {
        let server = try ServerProcess()
        for path in ["", "/rows", "/rows/k", "/rows/k/diff?from=position:0&to=position:0", "/rows/k/why?field=x", "/digest"] {
            let answer = try await server.get("/v1/projections/\(name)\(path)")
            #expect(answer.status == 404, "\(path): \(answer.text)")
        }
        for act in ["rebuild", "cancel", "rollback", "resume", "verify"] {
            #expect(try await server.post("/v1/projections/\(name)/\(act)", "").status == 404, "\(act)")
        }
        #expect(try await server.get("/v1/log").json["head"] == 0)
    }
}
