import Foundation
import HindsightCore
import Testing

@Suite("Command line: domains") struct DomainCommandTests {
    private static let inputs = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Examples/Inputs")
        .standardized.path

    @Test("What a service may not state in a domain's stream is refused, and what it may is stored")
    func facts() async throws {
        let folder = try CommandLineFolder()
        let fact = #"{"type":"billing-retries.method-registered","data":{"method":"m1","customer":"c1","at":"2026-01-01T00:00:00Z"}}"#
        #expect(try await folder.hindsight("append", "method-m1", input: fact).code == 0)
        let refusals = [
            ("method-m1", fact, "nothing new"),
            ("method-m1", fact.replacing(#""c1""#, with: "7"), "/data/customer: customer must be a string"),
            ("method-m1", #"{"type":"billing-retries.method-blessed","data":{}}"#, "does not know billing-retries.method-blessed"),
            ("method-m1", #"{"type":"my.own","data":{}}"#, "does not know my.own"),
            ("invoice-i1", #"{"type":"billing-retries.charge-approved","data":{}}"#, "is a decision"),
            ("order-1", fact, "belongs to billing-retries"),
        ]
        for (stream, line, complaint) in refusals {
            let result = try await folder.hindsight("append", stream, input: line)
            #expect(result.code == 1)
            #expect(result.isOneLineOfError && result.errors.contains(complaint), "\(result.errors)")
        }
        #expect(try await folder.hindsight("read").lines.count == 1)
    }

    @Test("The twins' chronology holds every expected fact, and under the rules of 2014 it does not") func play() async throws {
        let folder = try CommandLineFolder()
        let arguments = ["\(Self.inputs)/twins.events.csv", "--expect", "\(Self.inputs)/twins.expect.csv"]
        let today = try await folder.hindsight("mdm", "play", arguments[0], arguments[1], arguments[2], "--log", "today")
        #expect(today.code == 0, "\(today.errors)")
        #expect(today.lines.count > 20 && today.lines.allSatisfy { $0.contains(#""passed":true"#) })
        let past = try await folder.hindsight(
            "mdm", "play", arguments[0], arguments[1], arguments[2], "--log", "then", "--policy", "2014")
        #expect(past.code == 1)
        #expect(past.isOneLineOfError && past.errors.contains("expected facts do not hold"))
    }

    @Test("When each policy would have taken the twins for one person is told as a table and as JSON") func chronology() async throws {
        let folder = try CommandLineFolder()
        let (events, facts) = ("\(Self.inputs)/twins.events.csv", "\(Self.inputs)/twins.expect.csv")
        let twins = "CRM:1024,CRM:2048"
        let table = try await folder.hindsight("mdm", "chronology", events, "--cards", twins, "--expect", facts, "--format", "table")
        #expect(table.code == 0, "\(table.errors)")
        #expect(table.lines.count == 11 && table.lines.last?.contains("never: apart on all 5 occasions") == true, "\(table.output)")
        let told = try await folder.hindsight("mdm", "chronology", events, "--cards", twins)
        let chronology = try JSON.decode(JSONValue.self, from: Array(told.output.utf8))
        #expect(chronology["policies"]?.arrayValue?.map { $0["unions"]?.arrayValue?.count } == [3, 2, 4, 0])
        #expect(chronology["apart"]?["2022"] == 5)
        let one = try await folder.hindsight("mdm", "chronology", events, "--cards", "CRM:1024")
        #expect(one.code == 2 && one.isOneLineOfError && one.errors.contains("SOURCE:ID,SOURCE:ID"), "\(one.errors)")
    }

    @Test("Cards from a file are matched, looked up, taken apart and led back") func stewards() async throws {
        let folder = try CommandLineFolder()
        let attributes = #""surname":"Иванов","givenName":"Пётр","patronymic":"Ильич","birthDate":"01.02.1980","snils":"112-233-445 95""#
        let cards = ["CRM", "IB"].map { #"{"source":"\#($0)","id":"1","attributes":{\#(attributes)}}"# }.joined(separator: "\n")
        try Data(cards.utf8).write(to: folder.url.appending(path: "cards.ndjson"))
        let ingested = try await folder.hindsight("mdm", "ingest", "cards.ndjson")
        #expect(ingested.code == 0, "\(ingested.errors)")
        let clusters = try await folder.hindsight("mdm", "clusters")
        let goldens = clusters.lines.compactMap { $0.split(separator: "\"golden\":\"").last?.prefix(11) }
        #expect(goldens.count == 2 && goldens[0] == goldens[1], "\(clusters.output)")
        let golden = String(try #require(goldens.first))
        let why = try await folder.hindsight("mdm", "golden", golden, "--why", "snils")
        #expect(why.code == 0 && why.output.contains(#""agreeing":["#) && why.output.contains(#""chain":["#), "\(why.errors)")
        let table = try await folder.hindsight("mdm", "golden", golden, "--why", "snils", "--format", "table")
        #expect(table.lines.contains { $0.hasPrefix("given by") } && table.lines.contains { $0.hasPrefix("position ") }, "\(table.output)")
        let unknown = try await folder.hindsight("mdm", "golden", golden, "--why", "shoeSize")
        #expect(unknown.code == 2 && unknown.errors.contains("there is no attribute shoeSize"))
        let preview = try await folder.hindsight("mdm", "unmerge", golden, "--cards", "IB:1", "--preview")
        #expect(preview.code == 0 && preview.output.contains(#""type":"customer-mdm.golden-unmerged""#), "\(preview.errors)")
        #expect(try await folder.hindsight("mdm", "clusters").output == clusters.output)
        #expect(try await folder.hindsight("mdm", "unmerge", golden, "--cards", "IB:1").code == 2)
        #expect(try await folder.hindsight("mdm", "unmerge", golden, "--cards", "IB:1", "--reason", "two people").code == 0)
        #expect(try await folder.hindsight("mdm", "clusters").output != clusters.output)
        #expect(try await folder.hindsight("mdm", "golden", golden).output.contains(#""members":["CRM:1"]"#))
    }

    @Test("A steward accepts and refuses changes, closes past values and separations, and asks why") func words() async throws {
        let folder = try CommandLineFolder()
        func card(_ source: String, _ surname: String, born: String = "01.02.1980") -> String {
            #"{"source":"\#(source)","id":"1","attributes":{"surname":"\#(surname)","givenName":"Пётр","patronymic":"Ильич","birthDate":"\#(born)","snils":"112-233-445 95"}}"#
        }
        func ingest(_ cards: String...) async throws {
            try Data(cards.joined(separator: "\n").utf8).write(to: folder.url.appending(path: "cards.ndjson"))
            let result = try await folder.hindsight("mdm", "ingest", "cards.ndjson")
            #expect(result.code == 0, "\(result.errors)")
        }
        func review() async throws -> String {
            let reviews = try await folder.hindsight("mdm", "reviews", "--kind", "suspicious-change").output
            return String(try #require(reviews.split(separator: "\"review\":\"").last?.prefix(32)))
        }
        try await ingest(card("CRM", "Иванов"), card("IB", "Иванов"))
        let why = try await folder.hindsight("mdm", "why", "CRM:1", "IB:1")
        #expect(why.code == 0 && why.output.contains(#""isSame":true"#) && why.output.contains("are one person in"), "\(why.errors)")
        let table = try await folder.hindsight("mdm", "why", "CRM:1", "IB:1", "--format", "table")
        #expect(table.lines.contains { $0.hasPrefix("edge") } && table.lines.contains { $0.hasPrefix("total") }, "\(table.output)")
        #expect(try await folder.hindsight("mdm", "why", "CRM:1", "CRM:1").code == 2)

        try await ingest(card("CRM", "Иванов", born: "01.02.1990"))
        let first = try await review()
        let refused = try await folder.hindsight("mdm", "refuse", first, "--reason", "mistyped")
        #expect(refused.code == 0 && refused.output.contains(#""answer":"refused""#), "\(refused.errors)")
        let late = try await folder.hindsight("mdm", "accept", first, "--reason", "seen")
        #expect(late.code == 1 && late.isOneLineOfError && late.errors.contains("was decided by uid:"), "\(late.errors)")
        let overruled = try await folder.hindsight("mdm", "accept", first, "--reason", "seen", "--overrule")
        #expect(overruled.code == 0 && overruled.output.contains(#""answer":"accepted""#), "\(overruled.errors)")

        try await ingest(card("CRM", "Заречный", born: "01.02.1990"))
        #expect(try await folder.hindsight("mdm", "card", "CRM:1").output.contains(#""isOpen":true"#))
        let closed = try await folder.hindsight("mdm", "close-past", "CRM:1", "surname", "ИВАНОВ", "--reason", "an error")
        #expect(closed.code == 0 && !closed.output.contains("ИВАНОВ"), "\(closed.errors)")
        #expect(try await !folder.hindsight("mdm", "card", "CRM:1").output.contains(#""isOpen":true"#))
        #expect(try await folder.hindsight("mdm", "close-past", "CRM:1", "email", "x", "--reason", "r").code == 1)

        let golden = String(
            try #require(try await folder.hindsight("mdm", "clusters").output.split(separator: "\"golden\":\"").last?.prefix(11)))
        #expect(try await folder.hindsight("mdm", "unmerge", golden, "--cards", "IB:1", "--reason", "two people").code == 0)
        let separations = try await folder.hindsight("mdm", "separations", "IB:1")
        #expect(separations.lines.count == 1, "\(separations.errors)")
        let id = String(try #require(separations.output.split(separator: "\"separation\":\"").last?.prefix(36)))
        #expect(try await folder.hindsight("mdm", "separations", "--close", id).code == 2)
        #expect(try await folder.hindsight("mdm", "separations", "--close", id, "--reason", "one after all").code == 0)
        #expect(try await folder.hindsight("mdm", "separations").lines.isEmpty)
        #expect(try await folder.hindsight("mdm", "separations", "--all").lines.count == 1)
    }

    @Test("A command is no way around blind mode") func blind() async throws {
        let folder = try CommandLineFolder()
        let cards = [("CRM", "Иванов"), ("IB", "Иваноф")].map { source, surname in
            #"{"source":"\#(source)","id":"1","attributes":{"surname":"\#(surname)","givenName":"Пётр","patronymic":"Ильич","birthDate":"01.02.1980"}}"#
        }
        try Data(cards.joined(separator: "\n").utf8).write(to: folder.url.appending(path: "cards.ndjson"))
        #expect(try await folder.hindsight("mdm", "ingest", "cards.ndjson").code == 0)
        let open = try await folder.hindsight("mdm", "reviews")
        #expect(open.output.contains(#""weight""#) && open.output.contains(#""rule""#))
        let blind = ["HINDSIGHT_MDM_BLIND_REVIEWS": "2"]
        let hidden = try await folder.hindsight("mdm", "reviews", environment: blind)
        #expect(hidden.output.contains(#""isBlind":true"#) && !hidden.output.contains(#""weight""#) && !hidden.output.contains(#""rule""#))
        #expect(try await folder.hindsight("mdm", "why", "CRM:1", "IB:1", environment: blind).code == 1)
        let review = String(try #require(open.output.split(separator: "\"review\":\"").last?.prefix(32)))
        let said = try await folder.hindsight("mdm", "confirm", review, "--reason", "seen", environment: blind)
        #expect(said.code == 0 && said.output.contains(#""answer":"answered""#), "\(said.errors)")
        let otherwise = try await folder.hindsight("mdm", "reject", review, "--reason", "not so", environment: blind)
        #expect(otherwise.code == 1 && otherwise.isOneLineOfError)
        // What the first answer asked for holds, whatever the setting is now.
        #expect(try await folder.hindsight("mdm", "confirm", review, "--reason", "seen").output.contains(#""answer":"answered""#))
        #expect(Set(try await folder.hindsight("mdm", "clusters").lines.compactMap { $0.split(separator: "golden").last }).count == 2)
    }

    @Test("Questions about what is not there are one line") func unknownThings() async throws {
        let folder = try CommandLineFolder()
        _ = try await folder.hindsight("append", "order-1", input: #"{"type":"t","data":{}}"#)
        let questions = [
            "mdm golden G0123456789", "mdm card CRM:1", "mdm confirm nothing --reason x",
            "audience show 00000000-0000-4000-8000-000000000000",
            "sagas show a:b", "projections rows nothing", "state order-2", "audience run missing.json",
        ]
        for question in questions {
            let result = try await folder.shell("$HINDSIGHT \(question)")
            #expect(result.code == 1, "\(question)")
            #expect(result.isOneLineOfError, "\(question): \(result.errors)")
        }
    }
}
