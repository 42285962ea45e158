import Foundation
import HTTPTypes
import HindsightCore
import HindsightHTTP
import LogFaults
import NIOHTTP1
import Testing
import Yams
import HindsightTesting

@Suite("The OpenAPI document")
struct OpenAPITests {
    private struct Document: Decodable {
        let openapi: String
        let paths: [String: PathItem]
    }

    /// The operations of a path by their methods; what all of them share stands beside.
    private struct PathItem: Decodable {
        let get, put, post, delete: Operation?

        var operations: [String: Operation] { ["GET": get, "PUT": put, "POST": post, "DELETE": delete].compactMapValues(\.self) }
    }

    private struct Operation: Decodable {
        let operationId: String
        let roles: [String]?
        let responses: [String: Unread]

        enum CodingKeys: String, CodingKey {
            case operationId, responses
            case roles = "x-roles"
        }
    }

    private struct Unread: Decodable {}

    private func document() throws -> Document {
        let text = try String(contentsOf: URL(filePath: "\(Programs.project)/Schemas/http/openapi.yaml"), encoding: .utf8)
        return try YAMLDecoder().decode(Document.self, from: text)
    }

    @Test("Every route is described with its roles, and everything described is a route")
    func bothWays() throws {
        let document = try document()
        #expect(document.openapi.hasPrefix("3.1"))
        var described: [String: [String]] = [:]
        for (path, item) in document.paths {
            for (method, operation) in item.operations {
                described["\(operation.operationId): \(method) \(path)"] = operation.roles?.sorted() ?? []
            }
        }
        var served: [String: [String]] = [:]
        for endpoint in Endpoint.all {
            let roles: [String] =
                switch endpoint.access {
                case .everyone: []
                case .roles(let roles): roles.map(\.rawValue).sorted()
                }
            served["\(endpoint.name): \(endpoint.method.rawValue) \(endpoint.path)"] = roles
        }
        #expect(Set(described.keys).symmetricDifference(served.keys).isEmpty)
        for (name, roles) in served { #expect(described[name] == roles, "\(name)") }
    }

    @Test("Every route answers, with a status that is described, and is found at its address")
    func walk() async throws {
        let server = try ServerProcess()
        let document = try document()
        for endpoint in Endpoint.all where endpoint != .setClock {
            let path = endpoint.path.split(separator: "/").map { $0.hasPrefix("{") ? "x-1" : String($0) }.reduce("") { "\($0)/\($1)" }
            let method = HTTPMethod(rawValue: endpoint.method.rawValue)
            let answer = try await server.ask(method, path, endpoint.method == .get ? nil : "{}")
            let described = document.paths[endpoint.path]?.operations[endpoint.method.rawValue]?.responses.keys.map(\.self) ?? []
            #expect(described.contains(String(answer.status)), "\(endpoint.name): \(answer.status) is not among \(described.sorted())")
            if answer.status == 404 { #expect(try answer.json["type"] != "/problems/not-found", "\(endpoint.name)") }
        }
    }

    @Test("The server gives the document as it stands in the project")
    func served() async throws {
        let server = try ServerProcess()
        let answer = try await server.get("/openapi.yaml")
        #expect(answer["Content-Type"] == "application/yaml")
        #expect(answer.text == (try String(contentsOf: URL(filePath: "\(Programs.project)/Schemas/http/openapi.yaml"), encoding: .utf8)))
    }

    @Test("Every kind of problem that the document names is one of ours, and each of ours is named")
    func problems() throws {
        let text = try String(contentsOf: URL(filePath: "\(Programs.project)/Schemas/http/openapi.yaml"), encoding: .utf8)
        let named = Set(text.matches(of: /\/problems\/([a-z-]+)/).map { String($0.1) })
        #expect(named.subtracting(Problem.Kind.allCases.map(\.slug)).isEmpty)
        for kind in Problem.Kind.allCases { #expect(named.contains(kind.slug), "\(kind.slug)") }
    }

    @Test(
        "Schemathesis finds nothing: no failure of the server, no undescribed status, no answer that breaks its schema",
        .enabled(if: Programs.has("st"), "needs PyPI's schemathesis: tools/prepare-tests installs it"), .timeLimit(.minutes(5)))
    func schemathesis() async throws {
        let server = try ServerProcess()
        let folder = try TestFolder()
        // Its own settings say where a schema cannot tell what is asked for well, operation by operation.
        for file in ["hooks.py", "schemathesis.toml"] {
            try FileManager.default.copyItem(
                atPath: "\(Programs.project)/Tests/HindsightHTTPTests/Schemathesis/\(file)", toPath: "\(folder.path)/\(file)")
        }
        let outcome = try await Shell.run(
            "st run '\(Programs.project)/Schemas/http/openapi.yaml' --url \(server.address) --checks all --max-examples 20 --seed 1 "
                + "--request-timeout 30 --no-color", in: folder)
        #expect(outcome.code == 0, "\(outcome.output.suffix(6_000))\n\(outcome.errors.suffix(2_000))")
        #expect(outcome.output.contains("Selected: \(Endpoint.all.count)/\(Endpoint.all.count)"))
        #expect(server.stop() == .exited(0))
        let failures = try server.logLines().filter { $0.contains(#""level":"error""#) && $0.contains("request") }
        #expect(failures.isEmpty, "\(failures.first ?? "")")
    }
}

@Suite("Clients in other languages")
struct ClientExampleTests {
    @Test("The tour with curl goes as it says")
    func curl() async throws {
        let server = try ServerProcess()
        let outcome = try await Shell.run(
            "HINDSIGHT=\(server.address) sh '\(Programs.project)/Examples/clients/curl.sh'", in: server.folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("/problems/version-conflict"))
        #expect(outcome.output.contains(#""verified":true"#))
        #expect(outcome.output.split(separator: "\n").filter { $0.hasPrefix("id: ") } == ["id: 1", "id: 2"])
    }

    @Test("The client in Python books no seat twice, and computes the same digest as the server")
    func python() async throws {
        let server = try ServerProcess()
        let outcome = try await Shell.run(
            "PYTHONDONTWRITEBYTECODE=1 python3 '\(Programs.project)/Examples/clients/book_a_seat.py' \(server.address)", in: server.folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("4 seats are booked, 4 different ones"))
        let digest = try #require(try await server.get("/v1/log").json["digest"]?.stringValue)
        #expect(outcome.output.contains("the chain holds through position 4 as computed here; its digest is \(digest.prefix(16))…"))
    }
}
