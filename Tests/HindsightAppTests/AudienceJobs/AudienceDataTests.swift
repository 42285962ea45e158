import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import SQLiteConnection
import Testing

@Suite("The data of the audience flow") struct AudienceDataTests {
    private static let schemas = AudienceStage.inputs.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Schemas/audience-jobs")

    private static let types = JobEvent.codec.types + OfferEvent.codec.types + TemplateEvent.codec.types

    private func schema(of type: EventType) throws -> JSONValue {
        let name = type.description.dropFirst("audience-jobs.".count)
        return try JSON.decode(JSONValue.self, from: Array(Data(contentsOf: Self.schemas.appending(path: "\(name).v1.json"))))
    }

    @Test("Every example of a schema is valid, can be read, and is written again as it stands", arguments: types)
    func examples(type: EventType) throws {
        let schema = try schema(of: type)
        let examples = try #require(schema["examples"]?.arrayValue)
        #expect(!examples.isEmpty)
        for example in examples {
            #expect(try JSONSchema(schema).validate(example) == [])
            let data = try JSONText(encoding: example)
            let payload: any EventPayload =
                if JobEvent.codec.types.contains(type) {
                    try JobEvent.codec.decode(data, type: type, schemaVersion: 1).payload
                } else if OfferEvent.codec.types.contains(type) {
                    try OfferEvent.codec.decode(data, type: type, schemaVersion: 1).payload
                } else {
                    try TemplateEvent.codec.decode(data, type: type, schemaVersion: 1).payload
                }
            #expect(try JSON.decode(JSONValue.self, from: JSON.encode(payload)) == example)
        }
    }

    @Test("The same seed gives the same events, at whatever time, but for what is measured; and all fit their schemas")
    func repeatable() async throws {
        var runs: [[String]] = []
        for delay in [Duration.zero, .days(40)] {
            try await AudienceStage.with { stage in
                stage.clock.advance(by: delay)
                let service = stage.service()
                try await stage.register(service)
                _ = try await stage.run(service.submit(AudienceStage.form(), seed: "1"), by: service)
                let categories = [JobID.category, OfferID.category, TemplateName.category]
                var run: [String] = []
                for try await event in stage.log.events(EventSelection(EventFilter(categories: categories))) {
                    let data = try #require(event.data).decoded(as: JSONValue.self)
                    let schema = try schema(of: event.type)
                    #expect(try JSONSchema(schema).validate(data) == [], "\(event.type)")
                    run.append("\(event.stream) \(event.version) \(event.type) \(try JSON.line(Self.unmeasured(data, schema)))")
                }
                runs.append(run)
            }
        }
        #expect(runs[0].count > 20)
        #expect(runs[0] == runs[1])
    }

    /// The value without the members that its schema marks as measured.
    private static func unmeasured(_ value: JSONValue, _ schema: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            let kept = members.filter { schema["properties"]?[$0.key]?["x-measured"] != true }
            return .object(
                Dictionary(uniqueKeysWithValues: kept.map { ($0.key, unmeasured($0.value, schema["properties"]?[$0.key] ?? [:])) }))
        case .array(let items): return .array(items.map { unmeasured($0, schema["items"] ?? [:]) })
        default: return value
        }
    }

    @Test("The same seed makes the same database, with names that would break anything built from text")
    func database() throws {
        func digest(seed: UInt64) throws -> String {
            let path = NSTemporaryDirectory() + "/transactions-\(UUID().uuidString).sqlite"
            try TransactionsDatabase.generate(at: path, seed: seed, transactions: 2_000, clients: 100)
            let connection = try Connection(path: path, mode: .readOnly)
            defer {
                connection.close()
                unlink(path)
            }
            var lines: [String] = []
            for query in ["SELECT * FROM clients", "SELECT * FROM merchants", "SELECT * FROM transactions"] {
                try connection.statement(query).forEach([]) { row in
                    lines.append(
                        (0..<Int32(query.hasSuffix("clients") ? 4 : query.hasSuffix("merchants") ? 5 : 8)).map(row.text).joined(
                            separator: "|"))
                    return true
                }
            }
            #expect(lines.count == 2_000 + 100 + 300)
            let text = lines.joined(separator: "\n")
            for sign in ["'", "\"", ",", ";", "«", "Ё", "\t"] { #expect(text.contains(sign)) }
            return try Digest.hexadecimal(of: text)
        }
        #expect(try digest(seed: 1) == digest(seed: 1))
        #expect(try digest(seed: 1) != digest(seed: 2))
    }
}
