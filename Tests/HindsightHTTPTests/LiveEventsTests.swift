import Foundation
import HindsightCore
import LogFaults
import NIOHTTP1
import Testing
import HindsightTesting

@Suite("Server-sent events")
struct LiveEventsTests {
    private func append(_ count: Int, to stream: String, of server: ServerProcess, type: String = "t") async throws {
        let events = (0..<count).map { #"{"type":"\#(type)","data":{"n":\#($0)}}"# }.joined(separator: ",")
        #expect(try await server.post("/v1/streams/\(stream)/events", "[\(events)]").status == 201)
    }

    /// The next positions that a listener is told, in order.
    private func positions(_ lines: inout AsyncThrowingStream<String, any Error>.Iterator, _ count: Int) async throws -> [Int64] {
        var positions: [Int64] = []
        var id: Int64?
        while positions.count < count, let line = try await lines.next() {
            if line.hasPrefix("id: ") { id = Int64(line.dropFirst(4)) }
            if line.hasPrefix("data: ") {
                let event = try JSON.decode(JSONValue.self, from: Array(line.dropFirst(6).utf8))
                #expect(event["position"]?.integerValue == id)
                positions.append(try #require(id))
            }
        }
        return positions
    }

    @Test("A listener catches up, then goes on live, without a gap or a repeat at the seam")
    func seam() async throws {
        let server = try ServerProcess()
        try await append(2_500, to: "a-1", of: server)
        let stream = try await server.follow("/v1/events", headers: ["Accept": "text/event-stream"])
        var lines = stream.makeAsyncIterator()
        #expect(try await positions(&lines, 1_200) == Array(1...1_200))
        for number in 0..<50 { try await append(3, to: "b-\(number)", of: server) }
        #expect(try await positions(&lines, 1_450) == Array(1_201...2_650))
    }

    @Test("A listener resumes after the last event it has seen, and hears only of what it asks for")
    func resumes() async throws {
        let server = try ServerProcess()
        try await append(5, to: "a-1", of: server)
        let stream = try await server.follow(
            "/v1/events?after=1&category=a&category=c", headers: ["Accept": "text/event-stream", "Last-Event-ID": "3"])
        var lines = stream.makeAsyncIterator()
        #expect(try await positions(&lines, 2) == [4, 5])
        try await append(2, to: "b-1", of: server)
        try await append(1, to: "c-1", of: server)
        #expect(try await positions(&lines, 1) == [8])
    }

    @Test(
        "What doesn't go with a stream that never ends is refused",
        arguments: ["limit=1", "until=4", "direction=backwards", "at=position:0"])
    func refused(_ query: String) async throws {
        let server = try ServerProcess()
        #expect(try await server.get("/v1/events?\(query)", headers: ["Accept": "text/event-stream"]).status == 400)
        #expect(
            try await server.get("/v1/events", headers: ["Accept": "text/event-stream", "Last-Event-ID": "x"]).status == 400)
    }

    @Test("A client that doesn't read costs the server little memory, and nobody else waits for it")
    func slow() async throws {
        let server = try ServerProcess()
        let text = String(repeating: "x", count: 1_000)
        let events = (0..<1_000).map { _ in #"{"type":"t","data":{"text":"\#(text)"}}"# }.joined(separator: ",")
        for _ in 0..<10 { #expect(try await server.post("/v1/streams/a-1/events", "[\(events)]").status == 201) }
        let before = try server.residentKilobytes()
        let sleepers = try (0..<30).map { _ in
            let sleeper = try RawConnection(port: server.port)
            sleeper.send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
            return sleeper
        }
        let reader = try await server.follow("/v1/events", headers: ["Accept": "text/event-stream"])
        var lines = reader.makeAsyncIterator()
        #expect(try await positions(&lines, 10_000) == Array(1...10_000))
        // Thirty times ten megabytes wait to be read; a part of a page of each is what the server may hold.
        #expect(try server.residentKilobytes() - before < 200_000)
        withExtendedLifetime(sleepers) {}
    }

    @Test("Listeners are let go when the server stops")
    func stops() async throws {
        let server = try ServerProcess()
        try await append(1, to: "a-1", of: server)
        let stream = try await server.follow("/v1/events", headers: ["Accept": "text/event-stream"])
        var lines = stream.makeAsyncIterator()
        #expect(try await positions(&lines, 1) == [1])
        #expect(server.stop() == .exited(0))
        while try await lines.next() != nil {}
    }
}
