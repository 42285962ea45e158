import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightSchemas
import Testing

@Suite("Append gate") struct AppendGateTests {
    private let log = MemoryEventLog(clock: ManualClock(at: Timestamp(microsecondsSince1970: 0)))
    private let gate: AppendGate

    init() throws {
        let library = Domain(name: "library", categories: [try Category("book")]) { fact, stream, log in
            try await log.version(of: stream) >= 2 ? Domain.Refusal(reason: "two copies are enough") : nil
        }
        gate = AppendGate(domains: [library], schemas: try SchemaCatalog(folder: Self.makeSchemas()))
    }

    private static func makeSchemas() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "schemas-\(UUID().uuidString)")
        let domain = folder.appending(path: "library")
        try FileManager.default.createDirectory(at: domain, withIntermediateDirectories: true)
        for (name, writer) in [("book-bought", "service"), ("book-lent", "decider")] {
            let schema = """
                {"type":"object","x-written-by":"\(writer)","properties":{"title":{"type":"string","minLength":1}},"required":["title"],
                "additionalProperties":false,"examples":[{"title":"Emma"}]}
                """
            try Data(schema.utf8).write(to: domain.appending(path: "\(name).v1.json"))
        }
        return folder.path
    }

    private func refusal(_ type: EventType, _ data: String = #"{"title":"Emma"}"#, version: Int = 1, on stream: String) -> AppendRefusal? {
        do {
            let event = NewEvent(id: Self.id(1), type: type, schemaVersion: version, data: try JSONText(object: data))
            try gate.check(event, to: StreamName(stream))
            return nil
        } catch {
            return error as? AppendRefusal
        }
    }

    private static func id(_ number: UInt8) -> EventID {
        .version7(at: Timestamp(microsecondsSince1970: 0), entropy: [UInt8](repeating: number, count: 10))
    }

    @Test("Facts that services may state pass in the streams of their domain") func fact() {
        #expect(refusal("library.book-bought", on: "book-1") == nil)
    }

    @Test("A user's own categories and types are welcome") func usersOwn() {
        #expect(refusal("library-of-mine.anything", "{}", on: "shelf-1") == nil)
        #expect(refusal("Ключ выдан", "{}", version: 7, on: "shelf") == nil)
    }

    @Test("A decision appended by hand is refused") func decision() {
        #expect(refusal("library.book-lent", on: "book-1") == .decision("library.book-lent", domain: "library"))
    }

    @Test("The engine's own events and streams are refused everywhere") func engine() throws {
        #expect(refusal("hindsight.saga-started", on: "shelf-1") == .engineEvent("hindsight.saga-started"))
        // A combining mark makes one character with the dot; it is the bytes that count.
        #expect(refusal("hindsight.\u{301}x", on: "shelf-1")?.pointer == "/type")
        #expect(refusal("my.type", on: "saga-x:1") == .engineStream(try StreamName("saga-x:1")))
    }

    @Test("A type with a domain's prefix belongs into the domain's streams") func foreignPrefix() {
        #expect(
            refusal("library.book-bought", on: "shelf-1")
                == .foreignPrefix("library.book-bought", domain: "library", categories: ["book"]))
    }

    @Test("A type or version that an owned category doesn't know is refused by its pointer") func unknown() throws {
        #expect(refusal("my.type", on: "book-1")?.pointer == "/type")
        #expect(refusal("library.book-burnt", on: "book-1")?.pointer == "/type")
        #expect(refusal("library.book-bought", version: 2, on: "book-1")?.pointer == "/schemaVersion")
    }

    @Test("Data that breaks its schema is refused by the member that does") func brokenSchema() {
        #expect(refusal("library.book-bought", #"{"title":7}"#, on: "book-1")?.pointer == "/data/title")
        #expect(refusal("library.book-bought", #"{}"#, on: "book-1")?.pointer == "/data/title")
        #expect(refusal("library.book-bought", #"{"title":"Emma","price":1}"#, on: "book-1")?.pointer == "/data/price")
    }

    @Test("The domain may say no, but not to what is in the log already") func domainRefusal() async throws {
        let stream = try StreamName("book-1")
        func append(_ number: UInt8, expecting expected: ExpectedVersion = .any) async throws -> AppendReceipt {
            let event = NewEvent(id: Self.id(number), type: "library.book-bought", data: try JSONText(object: #"{"title":"Emma"}"#))
            return try await gate.append(event, to: stream, expecting: expected, in: log)
        }
        _ = try await append(1)
        _ = try await append(2, expecting: .exactly(1))
        await #expect(throws: AppendRefusal.refused("library.book-bought", reason: "two copies are enough")) { try await append(3) }
        let repeated = try await append(2)
        #expect(repeated.isRepeat && repeated.firstPosition == 2)
        await #expect(throws: EventLogError.versionConflict(stream: stream, expected: .none, actual: 2)) {
            try await append(4, expecting: .none)
        }
    }
}
