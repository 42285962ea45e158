import Foundation
import HindsightCore
import LogFaults
import NIOHTTP1
import Testing
import HindsightTesting

@Suite("Connections that misbehave")
struct ConnectionTests {
    private let quick = ["limits.headerSeconds=1", "limits.bodySeconds=1", "limits.idleSeconds=2"]

    @Test("A head or a body that trickles in is cut off at its deadline, and nobody else is slowed")
    func slowLoris() async throws {
        let server = try ServerProcess(settings: quick)
        let head = try RawConnection(port: server.port)
        let body = try RawConnection(port: server.port)
        body.send(
            "POST /v1/streams/a/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
        let began = ContinuousClock.now
        // A byte whenever a request of somebody else has been answered, until the server has closed both.
        var open = [head, body]
        while !open.isEmpty {
            try #require(ContinuousClock.now - began < .seconds(30), "slow connections stay open")
            #expect(try await server.get("/healthz").status == 200)
            open.removeAll { !$0.send("x") }
        }
        #expect(ContinuousClock.now - began > .milliseconds(900))
        #expect(try await server.get("/v1/log").json["head"] == 0)
    }

    @Test("After its answer a connection has no more time than any other, whatever is left of its request")
    func afterTheAnswer() async throws {
        let server = try ServerProcess(settings: quick)
        let late = try RawConnection(port: server.port)
        late.send("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n")
        #expect(late.read { $0.hasSuffix("}") }?.contains("404") == true)
        late.send("x")
        #expect(late.read() == "")
        let endless = try RawConnection(port: server.port)
        endless.send("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(endless.read { $0.hasSuffix("}") }?.contains("404") == true)
        let began = ContinuousClock.now
        while endless.send("1\r\nx\r\n") {
            #expect(try await server.get("/healthz").status == 200)
            try #require(ContinuousClock.now - began < .seconds(20), "a body that nobody wants is taken for ever")
        }
    }

    @Test("A connection that stays without a request is closed")
    func idle() async throws {
        let server = try ServerProcess(settings: quick)
        let silent = try RawConnection(port: server.port)
        #expect(silent.read() == "")
        let served = try RawConnection(port: server.port)
        served.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(served.read()?.hasSuffix(#"{"status":"ok"}"#) == true)
    }

    @Test("A client that has sent all it wants and closed its half still gets its answer")
    func halfClosed() async throws {
        let server = try ServerProcess()
        let connection = try RawConnection(port: server.port)
        connection.send(
            "POST /v1/streams/a/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{\"type\":\"t\",\"data\":{}}"
        )
        connection.finishSending()
        #expect(connection.read()?.hasPrefix("HTTP/1.1 201 Created") == true)
        let broken = try RawConnection(port: server.port)
        broken.send(
            "POST /v1/streams/a/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"type\":\"t\",\"data\":{}}"
        )
        broken.finishSending()
        #expect(broken.read() != nil)
        #expect(try await server.get("/v1/log").json["head"] == 1)
    }

    @Test(
        "What is no HTTP gets a clear no, or the end of the connection",
        arguments: [
            "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\(String(repeating: "X-A: \(String(repeating: "y", count: 900))\r\n", count: 60))\r\n",
            "POST /v1/append HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n",
            "\u{16}\u{3}\u{1}\u{2}\u{0}",
        ])
    func malformed(_ text: String) async throws {
        let server = try ServerProcess(settings: quick)
        let connection = try RawConnection(port: server.port)
        connection.send(text)
        let answer = connection.read()
        #expect(answer == "" || answer?.hasPrefix("HTTP/1.1 4") == true, "\(answer?.prefix(60) ?? "no end")")
        #expect(try await server.get("/healthz").status == 200)
    }

    @Test("A client that expects to be told to go on is told, before it sends its body")
    func expectation() throws {
        let server = try ServerProcess()
        let connection = try RawConnection(port: server.port)
        connection.send(
            "POST /v1/streams/a/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 22\r\nConnection: close\r\n\r\n"
        )
        #expect(connection.read { $0.hasSuffix("\r\n\r\n") }?.hasPrefix("HTTP/1.1 100 Continue") == true)
        connection.send("{\"type\":\"t\",\"data\":{}}")
        #expect(connection.read()?.contains("201 Created") == true)
    }

    @Test("Unknown routes and methods are told apart")
    func unknown() async throws {
        let server = try ServerProcess()
        for path in ["/", "/v1", "/v1/", "/v1/streams", "/v1/streams/a/events/x", "/V1/log", "/v1/log/verify/x"] {
            #expect(try await server.get(path).status == 404, "\(path)")
        }
        for method in [HTTPMethod.DELETE, .PUT, .PATCH] {
            let answer = try await server.ask(method, "/v1/events", "")
            #expect(answer.status == 405)
            #expect(answer["Allow"] == "GET, HEAD")
        }
        #expect(try await server.ask(.HEAD, "/v1/log").status == 200)
    }

    @Test("Ten thousand idle connections take little memory, and nobody else is slowed by them")
    func manyIdle() async throws {
        let server = try ServerProcess(settings: ["limits.headerSeconds=300"])
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let before = try server.residentKilobytes()
        var idle: [RawConnection] = []
        for number in 0..<10_000 {
            idle.append(try RawConnection(port: server.port))
            if number % 1_000 == 0 {
                #expect(try await server.post("/v1/streams/a/events", #"{"type":"t","data":{}}"#).status == 201)
            }
        }
        // They are taken one by one, beside everything else.
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let metrics = try await server.get("/metrics").text.split(separator: "\n")
            if metrics.first(where: { $0.hasPrefix("http_connections ") }).flatMap({ Int($0.dropFirst(17)) }) ?? 0 >= 10_000 { break }
            try #require(ContinuousClock.now < end, "ten thousand connections are not taken")
        }
        #expect(try await server.get("/v1/log").json["head"] == 10)
        #expect(try server.residentKilobytes() - before < 400_000)
        withExtendedLifetime(idle) {}
    }

    @Test("Beyond the limit of connections, new ones wait until others go")
    func connectionLimit() async throws {
        let server = try ServerProcess(settings: ["limits.connections=4"])
        var busy = try (0..<4).map { _ in try RawConnection(port: server.port) }
        for connection in busy {
            connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(connection.read { $0.hasSuffix("}") } != nil)
        }
        let late = try RawConnection(port: server.port)
        late.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        busy.removeAll()
        #expect(late.read { $0.hasSuffix("}") }?.contains("200 OK") == true)
    }
}

@Suite("Stopping and crashing")
struct StoppingTests {
    @Test("A stop lets what is under way finish, and ends with success")
    func graceful() async throws {
        let folder = try TestFolder()
        let server = try ServerProcess(in: folder)
        let connection = try RawConnection(port: server.port)
        connection.send(
            "POST /v1/streams/a/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{\"type\":\"t\","
        )
        let end = ContinuousClock.now + .seconds(20)
        while await !server.isReady() { try #require(ContinuousClock.now < end, "it does not become ready") }
        kill(server.process, SIGTERM)
        // From some moment on it is not ready, or takes no connections any more.
        while await server.isReady() { try #require(ContinuousClock.now < end, "it stays ready") }
        connection.send("\"data\":{}}")
        #expect(connection.read()?.contains("201 Created") == true)
        #expect(server.end() == .exited(0))
        let again = try ServerProcess(in: folder)
        #expect(try await again.get("/v1/log").json["head"] == 1)
    }

    @Test("A second server on the same folder is refused in one line")
    func second() throws {
        let folder = try TestFolder()
        let first = try ServerProcess(in: folder)
        #expect(throws: ServerProcess.Failure.self) { try ServerProcess(in: folder) }
        #expect(try folder.text(of: "errors").contains("is in use by hindsight serve"))
        withExtendedLifetime(first) {}
    }

    @Test("Killed under load, it has every append that it acknowledged, and repeats end with each event once", arguments: [11, 12, 13])
    func killed(_ seed: Int) async throws {
        let folder = try TestFolder()
        let server = try ServerProcess(in: folder)
        let address = server.address
        let enough = 400 + seed * 37
        let ledger = Ledger()
        await withTaskGroup(of: Void.self) { group in
            for producer in 0..<8 {
                group.addTask {
                    for number in 0..<2_000 {
                        let id = UUID().uuidString.lowercased()
                        await ledger.sending(id, producer)
                        let outcome = await Result {
                            try await ServerProcess.ask(
                                address, .POST, "/v1/streams/p-\(producer)/events", #"{"id":"\#(id)","type":"t","data":{"n":\#(number)}}"#)
                        }
                        guard case .success(let answer) = outcome, answer.status == 201 else { return }
                        await ledger.acknowledged(id)
                    }
                }
            }
            // Killed in the middle of what the producers do, after so many answers.
            while await ledger.count < enough { await Task.yield() }
            server.crash()
        }
        let restarted = try ServerProcess(in: folder)
        let stored = try await restarted.get("/v1/events", headers: ["Accept": "application/x-ndjson"]).lines.compactMap {
            $0["id"]?.stringValue
        }
        #expect(Set(stored).count == stored.count)
        #expect(await ledger.missing(from: Set(stored)).isEmpty)
        for (id, producer) in await ledger.unanswered {
            let event = try await restarted.post("/v1/streams/p-\(producer)/events", await ledger.body(of: id))
            #expect(event.status == 201 || event.status == 200)
        }
        let all = try await restarted.get("/v1/events", headers: ["Accept": "application/x-ndjson"]).lines.compactMap {
            $0["id"]?.stringValue
        }
        let sent = await ledger.sent
        #expect(Set(all).count == all.count && sent == Set(all))
        #expect(try await restarted.get("/v1/log/verify").lines.last?["verified"] == true)
    }

    private actor Ledger {
        private var sendings: [String: (producer: Int, number: Int)] = [:]
        private var answered: Set<String> = []
        private var numbers: [Int: Int] = [:]

        func sending(_ id: String, _ producer: Int) {
            sendings[id] = (producer, numbers[producer, default: 0])
            numbers[producer, default: 0] += 1
        }

        func acknowledged(_ id: String) { answered.insert(id) }
        var count: Int { answered.count }
        var sent: Set<String> { Set(sendings.keys) }
        func missing(from stored: Set<String>) -> Set<String> { answered.subtracting(stored) }
        var unanswered: [(String, Int)] { sendings.filter { !answered.contains($0.key) }.map { ($0.key, $0.value.producer) } }
        func body(of id: String) -> String { #"{"id":"\#(id)","type":"t","data":{"n":\#(sendings[id]?.number ?? 0)}}"# }
    }
}
