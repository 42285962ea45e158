import HindsightApp
import HindsightCore
import HindsightSchemas
import Testing

@Suite("Schema catalogue") struct SchemaCatalogTests {
    private let catalog: SchemaCatalog

    init() throws { catalog = try SchemaCatalog() }

    @Test("Every event that built-in code reads or writes has a schema of each version it reads") func everyTypeHasSchemas() {
        var missing: [String] = []
        for kind in BuiltIn.eventKinds {
            for version in kind.readableVersions where catalog.schema(of: kind.type, version: version) == nil {
                missing.append("\(kind.type).v\(version)")
            }
        }
        #expect(missing == [])
    }

    @Test("Every schema describes an event that built-in code knows") func everySchemaHasAType() {
        let kinds = Dictionary(uniqueKeysWithValues: BuiltIn.eventKinds.map { ($0.type, $0) })
        let orphans = catalog.all.filter { kinds[$0.type]?.readableVersions.contains($0.version) != true }
        #expect(orphans.map { "\($0.type).v\($0.version)" } == [])
    }

    @Test("Every schema shows examples, and they conform to it") func examplesConform() {
        for schema in catalog.all {
            #expect(!schema.examples.isEmpty, "\(schema.type).v\(schema.version) has no example")
            for example in schema.examples {
                #expect(schema.violations(in: example) == [], "\(schema.type).v\(schema.version)")
            }
        }
    }

    @Test("What the schemas show decodes, and is written again as it was") func examplesRoundTrip() throws {
        for kind in BuiltIn.eventKinds {
            for version in kind.readableVersions {
                guard let schema = catalog.schema(of: kind.type, version: version) else { continue }
                for example in schema.examples {
                    let written = try kind.rewritten(JSONText(encoding: example), version: version)
                    let value = try written.data.decoded(as: JSONValue.self)
                    if version == kind.readableVersions.upperBound { #expect(value == example, "\(kind.type).v\(version)") }
                    let current = try #require(catalog.schema(of: kind.type, version: written.schemaVersion))
                    #expect(current.violations(in: value) == [], "\(kind.type).v\(version)")
                }
            }
        }
    }

    @Test("Every schema is closed, and says in words what it and its members are") func schemasAreDescribed() {
        for schema in catalog.all {
            let name = "\(schema.type).v\(schema.version)"
            #expect(schema.document["$schema"]?.stringValue == "https://json-schema.org/draft/2020-12/schema", "\(name)")
            #expect(schema.document["additionalProperties"] == .bool(false), "\(name)")
            #expect(schema.document["title"]?.stringValue != nil && schema.document["description"]?.stringValue != nil, "\(name)")
        }
    }

    @Test("Decisions of the engine may not be stated by services") func engineEventsAreDecisions() {
        let engine = catalog.all.filter { $0.type.description.hasPrefix("hindsight.") }
        #expect(!engine.isEmpty)
        #expect(engine.allSatisfy { $0.writtenBy == .decider })
    }

    @Test("Personal and measured members are found, however deep they lie") func marks() throws {
        let schema = try #require(catalog.schema(of: "hindsight.effect-succeeded", version: 1))
        #expect(schema.measuredMembers == ["/at", "/epoch", "/result"])
        #expect(schema.personalMembers == [])
    }
}
