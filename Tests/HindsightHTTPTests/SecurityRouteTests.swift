import AsyncHTTPClient
import Foundation
import HTTPTypes
import HindsightCore
import HindsightHTTP
import NIOHTTP1
import NIOSSL
import Testing

@Suite("Tokens and roles on every route")
struct SecurityRouteTests {
    private static func serverWithKeys(_ signers: [TokenSigner], settings: [String] = []) throws -> ServerProcess {
        let folder = try TestFolder()
        try folder.write(#"{"keys":[\#(signers.map(\.jwk).joined(separator: ","))]}"#, to: "keys.json")
        return try ServerProcess(in: folder, settings: ["auth.keys=\(folder.path)/keys.json"] + settings)
    }

    private static func bearer(_ signer: TokenSigner, _ roles: [String], subject: String = "alice") async throws -> [String: String] {
        let payload =
            #"{"sub":"\#(subject)","exp":\#(Int(Date().timeIntervalSince1970) + 600),"roles":[\#(roles.map { "\"\($0)\"" }.joined(separator: ","))]}"#
        return ["Authorization": "Bearer \(try await signer.token(payload: payload))"]
    }

    /// The endpoint's path with something in place of each parameter.
    private static func path(_ endpoint: Endpoint) -> String {
        endpoint.path.split(separator: "/").map { $0.hasPrefix("{") ? "x-1" : String($0) }.reduce("") { "\($0)/\($1)" }
    }

    @Test("Each role is let in where the table says so, and nowhere else", arguments: Role.allCases)
    func roles(_ role: Role) async throws {
        let signer = try await TokenSigner.es256()
        let server = try Self.serverWithKeys([signer])
        let token = try await Self.bearer(signer, [role.rawValue])
        for endpoint in Endpoint.all {
            guard case .roles(let admitted) = endpoint.access else { continue }
            let answer = try await server.ask(
                HTTPMethod(rawValue: endpoint.method.rawValue), Self.path(endpoint), endpoint.method == .get ? nil : "{}", headers: token)
            if admitted.contains(role) {
                #expect(answer.status != 401 && answer.status != 403, "\(role) \(endpoint.name): \(answer.text)")
            } else {
                #expect(answer.status == 403, "\(role) \(endpoint.name): \(answer.status)")
                #expect(try answer.json["type"] == "/problems/forbidden")
            }
        }
    }

    @Test("Without a token, and with one that nobody signed, only the server's own routes answer")
    func noToken() async throws {
        let signer = try await TokenSigner.es256()
        let server = try Self.serverWithKeys([signer])
        let stranger = try await Self.bearer(try await TokenSigner.edDSA("es"), ["auditor"])
        for endpoint in Endpoint.all {
            let method = HTTPMethod(rawValue: endpoint.method.rawValue)
            let body = endpoint.method == .get ? nil : "{}"
            let answer = try await server.ask(method, Self.path(endpoint), body)
            switch endpoint.access {
            case .everyone:
                #expect(answer.status != 401, "\(endpoint.name)")
                #expect(try await server.ask(method, Self.path(endpoint), body, headers: stranger).status != 401, "\(endpoint.name)")
            case .roles:
                #expect(answer.status == 401 && answer["WWW-Authenticate"] == "Bearer", "\(endpoint.name)")
                #expect(try await server.ask(method, Self.path(endpoint), body, headers: stranger).status == 401, "\(endpoint.name)")
            }
        }
    }

    @Test("Every algorithm signs; keys come and go while the server runs")
    func rotation() async throws {
        let signers = try await TokenSigner.all()
        let server = try Self.serverWithKeys(signers)
        for signer in signers {
            #expect(
                try await server.get("/v1/log", headers: try await Self.bearer(signer, ["auditor"])).status == 200, "\(signer.algorithm)")
        }
        let newcomer = try await TokenSigner.edDSA("new")
        let token = try await Self.bearer(newcomer, ["auditor"])
        #expect(try await server.get("/v1/log", headers: token).status == 401)
        try server.folder.write(#"{"keys":[\#(newcomer.jwk)]}"#, to: "keys.json")
        let old = try await Self.bearer(signers[0], ["auditor"])
        let end = ContinuousClock.now + .seconds(20)
        while true {
            let (new, gone) = (try await server.get("/v1/log", headers: token).status, try await server.get("/v1/log", headers: old).status)
            if new == 200, gone == 401 { break }
            try #require(ContinuousClock.now < end, "the keys did not change")
        }
    }

    @Test("An act carries its actor; a client that names another one is named beside it")
    func actors() async throws {
        let signer = try await TokenSigner.hs256()
        let server = try Self.serverWithKeys([signer])
        let token = try await Self.bearer(signer, ["appender", "auditor", "operator", "manager"], subject: "svc-7")
        #expect(try await server.post("/v1/streams/a/events", #"{"type":"t","data":{}}"#, headers: token).status == 201)
        #expect(
            try await server.post("/v1/streams/a/events", #"{"type":"t","data":{},"metadata":{"actor":"u1"}}"#, headers: token).status
                == 201)
        let events = try await server.get("/v1/events", headers: token).json["events"]?.arrayValue ?? []
        #expect(events.map { $0["metadata"] } == [["actor": "svc-7"], ["actor": "u1", "submittedBy": "svc-7"]])
        let forged = try await server.post(
            "/v1/streams/a/events", #"{"type":"t","data":{},"metadata":{"submittedBy":"root"}}"#, headers: token)
        #expect(forged.status == 400)
        #expect(try await server.post("/v1/projections/offers/rebuild", "", headers: token).status == 202)
        let end = ContinuousClock.now + .seconds(20)
        while try await server.get("/v1/streams/projection-offers/events", headers: token).status != 200 {
            try #require(ContinuousClock.now < end, "the rebuild was not recorded")
        }
        let told = try await server.get("/v1/streams/projection-offers/events", headers: token).json["events"]?.arrayValue?.first
        #expect(told?["metadata"]?["actor"] == "svc-7")
    }

    @Test("Idempotency keys are each caller's own")
    func keysOfCallers() async throws {
        let signer = try await TokenSigner.hs256()
        let server = try Self.serverWithKeys([signer])
        for subject in ["a", "b"] {
            let headers = try await Self.bearer(signer, ["appender"], subject: subject).merging(["Idempotency-Key": "k"]) { $1 }
            #expect(try await server.post("/v1/streams/s/events", #"{"type":"t","data":{}}"#, headers: headers).status == 201)
            #expect(try await server.post("/v1/streams/s/events", #"{"type":"t","data":{}}"#, headers: headers).status == 200)
        }
    }

    @Test("Neither tokens nor queries nor data get into the log of the server, and answers name no reasons of the inside")
    func silence() async throws {
        let signer = try await TokenSigner.hs256()
        let server = try Self.serverWithKeys([signer], settings: ["logging.level=trace"])
        let token = try await Self.bearer(signer, ["appender", "auditor"])
        _ = try await server.get("/v1/events?tag=client:secret-query", headers: token)
        _ = try await server.post("/v1/streams/a/events", #"{"type":"t","data":{"name":"secret-data"},"id":"secret-id"}"#, headers: token)
        _ = try await server.get("/v1/log", headers: ["Authorization": "Bearer secret.token.value"])
        server.stop()
        let log = try server.folder.text(of: "errors")
        let secret = try #require(token["Authorization"]).dropFirst(7)
        #expect(!log.contains("secret") && !log.contains(secret))
    }

    @Test("Without keys, no page of another origin is served, and no name that only leads here")
    func otherOrigins() async throws {
        let server = try ServerProcess()
        let event = #"{"type":"t","data":{}}"#
        #expect(try await server.post("/v1/streams/a/events", event, headers: ["Origin": "http://evil.example"]).status == 403)
        #expect(try await server.post("/v1/streams/a/events", event, headers: ["Origin": "null"]).status == 403)
        #expect(try await server.post("/v1/streams/a/events", event, headers: ["Origin": "http://localhost:3000"]).status == 201)
        for (host, answer) in [("evil.example", "403"), ("localhost:8080", "200"), ("127.0.0.1", "200"), ("[::1]:8080", "200")] {
            let connection = try RawConnection(port: server.port)
            connection.send("GET /v1/log HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
            #expect(connection.read()?.hasPrefix("HTTP/1.1 \(answer)") == true, "\(host)")
        }
    }

    @Test("Without keys, the server refuses to be reached by others", arguments: ["0.0.0.0:0", "[::]:0"])
    func loopbackOnly(_ address: String) async throws {
        let folder = try TestFolder()
        #expect(throws: ServerProcess.Failure.self) { try ServerProcess(in: folder, settings: ["listen=\(address)"], listens: nil) }
        #expect(try folder.text(of: "errors").contains("auth.keys"))
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/log"))
    }

    @Test("With a certificate it speaks TLS, and nothing else")
    func tls() async throws {
        let folder = try TestFolder()
        let made = try await Shell.run(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 "
                + "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1,DNS:localhost", in: folder)
        try #require(made.code == 0, "\(made.errors)")
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file("\(folder.path)/cert.pem")
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = tls
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let server = try ServerProcess(
            in: folder, settings: ["tls.certificate=\(folder.path)/cert.pem", "tls.key=\(folder.path)/key.pem"], client: client)
        #expect(server.address.hasPrefix("https://"))
        let answer = await Result { try await server.get("/healthz") }
        let plain = try RawConnection(port: server.port)
        plain.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let plainAnswer = plain.read()
        try await client.shutdown()
        #expect(try answer.get().status == 200)
        #expect(plainAnswer?.contains("200 OK") != true)
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
