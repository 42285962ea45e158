import CustomerMDM
import EventLogMemory
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import HindsightTesting
import Testing

@Suite("Files of cards") struct CardIngestTests {
    private static let good = #"{"source":"CRM","id":"1","attributes":{"surname":"Волков"}}"#
    private static let last = #"{"source":"CRM","id":"2","attributes":{"surname":"Зайцев"},"occurredAt":"2026-01-31T12:00:00+03:00"}"#
    private static func counts(_ summary: CardIngest.Summary) -> [Int] {
        [summary.cards, summary.taken, summary.changed, summary.held, summary.rejected]
    }

    private static let long = String(repeating: "я", count: 1_001)

    @Test(
        "A bad line stops nothing, and is kept as it was read with the reason",
        arguments: [
            (#"{"id":"3","attributes":{}}"#, "source", "is missing"),
            (#"{"source":"","id":"3","attributes":{}}"#, "source", "is a name"),
            (#"{"source":"CRM","id":"","attributes":{}}"#, "id", "one or more characters"),
            (#"{"source":"CRM","id":7,"attributes":{}}"#, "id", "must be a string"),
            (#"{"source":"CRM","id":"3"}"#, "attributes", "is missing"),
            (#"{"source":"CRM","id":"3","attributes":"Пётр"}"#, "attributes", "must be an object"),
            (#"{"source":"CRM","id":"3","attributes":{"shoeSize":"43"}}"#, "attributes/shoeSize", "is no attribute"),
            (#"{"source":"CRM","id":"3","attributes":{"surname":5}}"#, "attributes/surname", "must be a string"),
            (#"{"source":"CRM","id":"3","attributes":{"surname":"\#(long)"}}"#, "attributes/surname", "more than 1000"),
            (#"{"source":"CRM","id":"3","attributes":{},"occurredAt":"gestern"}"#, "occurredAt", "must be an instant"),
            (#"{"source":"CRM","id":"3","attributes":{},"occurredAt":""}"#, "occurredAt", "must be an instant"),
            (#"{"source":"CRM","id":"3","attributes":{},"colour":"red"}"#, "colour", "is no member"),
            (#"{"source":"CRM","id":"3","id":"4","attributes":{}}"#, nil, "is not a JSON object"),
            (#"["CRM","3"]"#, nil, "is not a JSON object"), ("Волков,Пётр", nil, "is not a JSON object"),
            (#"{"source":"CRM","id":"3","attributes":{"surname":"#, nil, "is not a JSON object"),
        ] as [(String, String?, String)])
    func badLine(line: String, field: String?, reason: String) async throws {
        let desk = try await IngestDesk()
        let path = try desk.write("\(Self.good)\n\n\(line)\r\n\(Self.last)".utf8, to: "cards.ndjson")
        let summary = try await desk.ingest(path)
        #expect(Self.counts(summary) == [3, 2, 2, 0, 1])
        #expect(summary.rejects == "\(path).rejects.ndjson")
        let rejects = try desk.rejects(of: path)
        #expect(rejects.count == 1 && rejects[0]["line"] == 3 && rejects[0]["row"]?.stringValue == line)
        #expect(rejects[0]["field"]?.stringValue == field && rejects[0]["reason"]?.stringValue?.contains(reason) == true, "\(rejects)")
        #expect(try await desk.hub.clusters().map(\.card.description) == ["CRM:1", "CRM:2"])
    }

    @Test(
        "A bad row of a table stops nothing, and reading goes on with the row behind it",
        arguments: [
            ("CRM,3,Орлов", nil, "has 3 fields, the heading has 4"), ("CRM,3,Орлов,,,", nil, "has 6 fields"),
            (",3,Орлов,", "source", "is a name"), ("CRM,,Орлов,", "id", "one or more"),
            ("CRM,3,\(long),", "given_name", "more than 1000"), ("CRM,3,Орлов,2026", "occurredAt", "must be an instant"),
            (#"CRM,3,"Орлов,"#, nil, "never closed"), (#"CRM,3,"Ор"лов,"#, nil, "text behind the quote"),
        ] as [(String, String?, String)])
    func badRow(row: String, field: String?, reason: String) async throws {
        let desk = try await IngestDesk()
        let content =
            "\u{feff}source,id,given_name,occurred_at\r\nCRM,1,\"Пётр, \"\"Петя\"\"\nстарший\",\r\n\(row)\r\nCRM,2,Фома,2026-01-31T12:00:00Z\r\n"
        let path = try desk.write(content.utf8, to: "cards.csv")
        let summary = try await desk.ingest(path)
        #expect(Self.counts(summary) == [3, 2, 2, 0, 1])
        let rejects = try desk.rejects(of: path)
        #expect(rejects.count == 1 && rejects[0]["line"] == 4 && rejects[0]["row"]?.stringValue == row, "\(rejects)")
        #expect(rejects[0]["field"]?.stringValue == field && rejects[0]["reason"]?.stringValue?.contains(reason) == true, "\(rejects)")
        let cards = try await desk.cardEvents()
        #expect(cards.count == 2 && cards[0].contains(#"Пётр, \"Петя\"\nстарший"#) && cards[1].contains("2026-01-31T12:00:00Z"), "\(cards)")
    }

    @Test("A row that is no text is kept byte for byte", arguments: ["cards.ndjson", "cards.csv"]) func notText(name: String) async throws {
        let desk = try await IngestDesk()
        let isTable = name.hasSuffix("csv")
        let bad = Array("CRM,3,".utf8) + [0xff, 0xfe]
        let rows = isTable ? ["source,id,surname", "CRM,1,Волков", "CRM,2,Зайцев"] : [Self.good, Self.good, Self.last]
        let path = try desk.write(
            Array("\(rows[0])\n\(rows[1])\n".utf8) + bad + Array("\n\(rows[2])\n".utf8), to: name)
        #expect(try await desk.ingest(path).rejected == 1)
        let reject = try #require(try desk.rejects(of: path).first)
        #expect(reject["line"] == 3 && reject["reason"] == "is not valid UTF-8" && reject["row"] == "CRM,3,\u{fffd}\u{fffd}")
        #expect(Data(base64Encoded: reject["bytes"]?.stringValue ?? "") == Data(bad))
    }

    @Test(
        "A row that is too long is passed over in pieces, and so is a quote that is never closed", arguments: ["cards.ndjson", "cards.csv"])
    func tooLong(name: String) async throws {
        let desk = try await IngestDesk()
        let isTable = name.hasSuffix("csv")
        let rows = isTable ? ["source,id,surname", "CRM,1,Волков", "CRM,2,Зайцев"] : [Self.good, Self.good, Self.last]
        let endless = String(repeating: "x", count: 3 << 20)
        let filling = String(repeating: "\(rows[1])\n", count: isTable ? 100_000 : 0)
        let open = isTable ? "CRM,9,\"never\n\(filling)" : ""
        let path = try desk.write("\(rows[0])\n\(rows[1])\n\(endless)\n\(open)\(rows[2])\n".utf8, to: name)
        let summary = try await desk.ingest(path)
        let rejects = try desk.rejects(of: path)
        #expect(summary.rejected == rejects.count && rejects.count == (isTable ? 2 : 1))
        #expect(rejects[0]["isCut"] == true && rejects[0]["reason"]?.stringValue?.contains("is longer than") == true)
        #expect(rejects[0]["row"]?.stringValue?.count == 1_000)
        if isTable { #expect(rejects[1]["row"]?.stringValue == "CRM,9,\"never" && rejects[1]["line"] == 4) }
        #expect(try await desk.hub.clusters().map(\.card.description) == ["CRM:1", "CRM:2"])
    }

    @Test(
        "A table with a wrong heading is refused as a whole, and names the column",
        arguments: [
            ("", "is empty"), ("id,surname\n", "has no column source"), ("source,surname\n", "has no column id"),
            ("source;id;surname\n", "has no column source: a comma separates columns"),
            ("source,id,shoeSize\n", "has no column of the profile"), ("source,id,surname,surname\n", "has the column surname twice"),
            ("source,id,givenName,given_name\n", "has the columns givenName and given_name"),
            ("source,id,source_id,surname\n", "has the columns id and source_id"), ("source,id,\"surname\n", "never closed"),
        ])
    func heading(content: String, complaint: String) async throws {
        let desk = try await IngestDesk()
        let path = try desk.write(content.utf8, to: "cards.csv")
        let error = #expect(throws: TableError.self) { try desk.file(path) }
        #expect(error?.reason.contains(complaint) == true, "\(String(describing: error))")
    }

    @Test("Columns that say nothing about a card are named, and change nothing") func ignored() async throws {
        let desk = try await IngestDesk()
        let path = try desk.write("source,source_id,Surname,surname,,\nCRM,1,x,Волков,,\n".utf8, to: "cards.csv")
        #expect(try desk.file(path).ignoredColumns == ["Surname"])
        #expect(try await desk.ingest(path).ignoredColumns == ["Surname"])
        #expect(try await desk.cardEvents().first?.contains(#""values":{"surname":"Волков"}"#) == true)
    }

    @Test("Pages decide what one statement after the other would", arguments: 0..<12) func sameAsOneByOne(seed: UInt64) async throws {
        var draws = SeededGenerator(seed)
        // Few cards and fewer people, so that cards come again in a page, turn into others, are held and go back.
        let statements = try (0..<120).map { _ in
            var values = MadeCards.values(Int(draws.next() % 4))
            switch draws.next() % 5 {
            case 0: values["givenName"] = MadeCards.values(Int(draws.next() % 4))["givenName"]
            case 1: values["surname"] = MadeCards.values(Int(draws.next() % 4))["surname"]
            case 2: values["email"] = "p@example.com"
            default: break
            }
            return CardDecider.Statement(
                card: try CardID(source: "CRM", id: "\(draws.next() % 9)"), values: values, matching: .batch)
        }
        let one = try await IngestDesk()
        let other = try await IngestDesk()
        for statement in statements { _ = try await one.hub.upsert(statement) }
        var rest = statements[...]
        var appends = 0
        while !rest.isEmpty {
            rest = rest.dropFirst(try await other.hub.take(Array(rest.prefix(50))).count)
            appends += 1
        }
        #expect(try await other.cardEvents() == one.cardEvents())
        #expect(appends < statements.count)
    }

    @Test("If somebody comes between, the whole page is decided again") func conflict() async throws {
        let desk = try await IngestDesk()
        let other = try await desk.otherHub()
        let meanwhile = CardDecider.Statement(
            card: try CardID("CRM:1"), values: MadeCards.values(1).merging(["email": "a@example.com"]) { $1 }, matching: .batch)
        let tries = Counter()
        let page = try (0..<3).map {
            CardDecider.Statement(card: try CardID("CRM:\($0)"), values: MadeCards.values($0), matching: .batch)
        }
        let taken = try await desk.hub.take(page) { _, _ in
            if tries.next() == 1 { _ = try await other.upsert(meanwhile) }
        }
        #expect(tries.next() == 3 && taken.count == 3)
        #expect(
            taken.map { $0.events.map { type(of: $0.payload).type } } == [[CardReceived.type], [CardChanged.type], [CardReceived.type]])
        #expect(try await desk.cardEvents().count == 4)
    }

    @Test("What is interrupted anywhere goes on as if it had never stopped", arguments: [1, 199, 200, 601, 999])
    func resumes(rows: Int) async throws {
        let whole = try await IngestDesk()
        let broken = try await IngestDesk()
        let content = try MadeCards.mixed(1_000).joined(separator: "\n").utf8
        let path = try whole.write(content, to: "cards.ndjson")
        let reference = try await whole.ingest(path)
        let own = try broken.write(content, to: "cards.ndjson")
        await #expect(throws: CancellationError.self) { try await broken.ingest(own, stoppingAfter: rows) }
        // What a crash leaves behind the last row that was recorded.
        let handle = try #require(FileHandle(forWritingAtPath: CardIngest.rejectPath(for: own)))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("half a li".utf8))
        try handle.close()
        let resumed = try await broken.ingest(own)
        #expect(resumed.resumedAfter >= rows)
        #expect(Self.counts(resumed) == Self.counts(reference))
        #expect(try broken.rejects(of: own) == whole.rejects(of: path))
        #expect(try await broken.cardEvents() == whole.cardEvents())
        #expect(try await broken.pages() == whole.pages())
    }

    @Test("A reject file that went meanwhile is made again") func rejectsGone() async throws {
        let whole = try await IngestDesk()
        let broken = try await IngestDesk()
        let content = try MadeCards.mixed(1_000).joined(separator: "\n").utf8
        let path = try whole.write(content, to: "cards.ndjson")
        _ = try await whole.ingest(path)
        let own = try broken.write(content, to: "cards.ndjson")
        await #expect(throws: CancellationError.self) { try await broken.ingest(own, stoppingAfter: 500) }
        try FileManager.default.removeItem(atPath: CardIngest.rejectPath(for: own))
        _ = try await broken.ingest(own)
        #expect(try broken.rejects(of: own) == whole.rejects(of: path))
        #expect(try await broken.pages() == whole.pages())
    }

    @Test("A file that was taken in to its end may be taken in again: nothing new appends nothing, and what it takes back is taken back")
    func again() async throws {
        let desk = try await IngestDesk()
        let lines = try (0..<300).map { try MadeCards.line($0, MadeCards.values($0)) }
        let path = try desk.write("\(lines.joined(separator: "\n"))\nbad\n".utf8, to: "cards.ndjson")
        let first = try await desk.ingest(path)
        let head = await desk.log.head().position
        let second = try await desk.ingest(path)
        #expect(await desk.log.head().position == head)
        #expect(second.changed == 0 && second.resumedAfter == 0 && second.rejected == first.rejected)
        let other = MadeCards.values(0).merging(["email": "new@example.com"]) { $1 }
        _ = try await desk.hub.upsert(CardDecider.Statement(card: try CardID("CRM:0"), values: other, matching: .batch))
        #expect(try await desk.ingest(path).changed == 1)
        #expect(try await desk.pages().map(\.round).max() == 2)
    }

    @Test("A packed file is the same as the plain one, and a damaged one is refused before anything is taken") func packed() async throws {
        let desk = try await IngestDesk()
        let path = try desk.write(try MadeCards.mixed(500).joined(separator: "\n").utf8, to: "cards.ndjson")
        let outcome = Process()
        outcome.executableURL = URL(filePath: "/bin/gzip")
        outcome.arguments = ["--keep", path]
        try outcome.run()
        outcome.waitUntilExit()
        await #expect(throws: CancellationError.self) { try await desk.ingest(path, stoppingAfter: 200) }
        // The content is what an ingest is known by, so the packed one goes on.
        let summary = try await desk.ingest("\(path).gz", rejects: CardIngest.rejectPath(for: path))
        #expect(summary.resumedAfter >= 200 && summary.cards == 500)
        let bytes = try #require(FileManager.default.contents(atPath: "\(path).gz"))
        let cut = try desk.write(bytes.dropLast(20), to: "cut.ndjson.gz")
        for (path, reason) in [(cut, "is damaged"), (desk.folder.path, "is no regular file"), ("missing.csv", "cannot be opened")] {
            let error = #expect(throws: TableError.self) { try desk.file(path) }
            #expect(error?.reason.hasPrefix(reason) == true, "\(String(describing: error))")
        }
    }

    @Test("A reject file never takes the place of something else") func rejectPlace() async throws {
        let desk = try await IngestDesk()
        let path = try desk.write("\(Self.good)\nbad\n".utf8, to: "cards.ndjson")
        let letter = try desk.write("Dear Anna".utf8, to: "letter.txt")
        await #expect(throws: (any Error).self) { try await desk.ingest(path, rejects: path) }
        await #expect(throws: (any Error).self) { try await desk.ingest(path, rejects: letter) }
        #expect(try String(contentsOfFile: letter, encoding: .utf8) == "Dear Anna")
        #expect(try await desk.pages().isEmpty)
        #expect(try await desk.ingest(path).rejected == 1)
        // Repaired, nothing is rejected any more, and the old reject file goes.
        _ = try desk.write("\(Self.good)\n\(Self.last)\n".utf8, to: "cards.ndjson")
        #expect(try await desk.ingest(path).rejects == nil)
        #expect(!FileManager.default.fileExists(atPath: CardIngest.rejectPath(for: path)))
    }
}

/// Counts calls.
private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0
    func next() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }
}
