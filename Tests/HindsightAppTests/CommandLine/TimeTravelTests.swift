import Foundation
import HindsightCore
import Testing

@Suite("Command line: two clocks") struct TimeTravelTests {
    private static let prices = """
        {"type":"shop.price-set","occurredAt":"2026-01-10T00:00:00Z","data":{"amountMinor":250,"currency":"EUR"},"metadata":{"actor":"ann"}}
        {"type":"shop.price-set","occurredAt":"2026-03-01T00:00:00Z","data":{"amountMinor":300}}
        {"type":"shop.price-set","occurredAt":"2026-02-01T03:00:00+03:00","data":{"amountMinor":270}}
        """

    private func filled() async throws -> CommandLineFolder {
        let folder = try CommandLineFolder()
        try #require(try await folder.hindsight("append", "price-espresso", input: Self.prices).code == 0)
        return folder
    }

    @Test("A state says by which clock it is") func state() async throws {
        let folder = try await filled()
        let recorded = try await folder.hindsight("state", "price-espresso").output
        #expect(recorded.contains(#""state":{"amountMinor":270,"currency":"EUR"}"#) && recorded.contains(#""view":"recorded""#))
        let occurred = try await folder.hindsight("state", "price-espresso", "--occurred", "2026-05-03T00:00:00Z").output
        #expect(occurred.contains(#""state":{"amountMinor":300,"currency":"EUR"}"#))
        #expect(occurred.contains(#""occurred":"2026-05-03T00:00:00Z""#) && occurred.contains(#""view":"occurred""#))
        let both = try await folder.hindsight("state", "price-espresso", "--at", "position:1", "--occurred", "2999-01-01T00:00:00Z").output
        #expect(both.contains(#""state":{"amountMinor":250,"currency":"EUR"}"#))
        let table = try await folder.hindsight("state", "price-espresso", "--occurred", "2026-02-02T00:00:00Z", "--format", "table").output
        #expect(table.contains("view           occurred by 2026-02-02T00:00:00Z") && table.contains("· amountMinor  270"))
    }

    @Test("Why tells the events that set a field, and which of them were late") func why() async throws {
        let folder = try await filled()
        let lines = try await folder.hindsight("why", "price-espresso", "amountMinor").lines
        #expect(lines.count == 3)
        #expect(lines[0].contains(#""by":2"#) && lines[0].contains(#""actor":"ann""#) && lines[0].contains(#""standing":"overwritten""#))
        #expect(lines[2].hasPrefix(#"{"before":300,"behind":2,"event":{"#))
        #expect(lines[2].hasSuffix(#""field":"/amountMinor","late":true,"standing":"stands","value":270}"#), "\(lines[2])")
        let table = try await folder.hindsight(
            "why", "price-espresso", "/amountMinor", "--occurred", "2026-05-03T00:00:00Z", "--format", "table")
        #expect(table.lines.count == 4 && table.lines[3].hasSuffix("300     270   late: position 2 occurred after it"), "\(table.output)")
    }

    @Test("One command says what was believed on a day, and what is known of it today") func believed() async throws {
        let folder = try CommandLineFolder()
        // The second fact becomes known after the day that is asked about, which is now.
        _ = try await folder.hindsight(
            "append", "price-1",
            input: #"{"type":"shop.price-set","occurredAt":"2026-01-01T00:00:00Z","data":{"amountMinor":250,"currency":"EUR"}}"#)
        let first = try JSON.decode(JSONValue.self, from: Array(try await folder.hindsight("read", "price-1").output.utf8))
        let day = try #require(first["recordedAt"]?.stringValue)
        _ = try await folder.hindsight(
            "append", "price-1", input: #"{"type":"shop.price-set","occurredAt":"2026-01-02T00:00:00Z","data":{"amountMinor":270}}"#)
        let belief = try await folder.hindsight("believed", "price-1", "--on", day)
        #expect(belief.code == 0, "\(belief.errors)")
        let fields = try belief.lines.map { try JSON.decode(JSONValue.self, from: Array($0.utf8)) }
        #expect(fields.map { $0["field"] } == ["/amountMinor", "/currency"])
        #expect(fields.map { $0["differs"] } == [true, false])
        #expect((fields[0]["believed"], fields[0]["known"], fields[0]["on"]) == (250, 270, .string(day)))
        #expect(fields[0]["believedBy"]?["position"] == 1 && fields[0]["knownBy"]?["position"] == 2)
        let told = try await folder.hindsight("believed", "price-1", "amountMinor", "--on", day, "--format", "table").output
        #expect(
            told.hasPrefix("On \(day) we believed that amountMinor was 250 (position 1, shop.price-set, occurred 2026-01-01T00:00:00Z, "))
        #expect(told.contains("; today we know that it was 270 (position 2, shop.price-set, occurred 2026-01-02T00:00:00Z, "))
        let before = try await folder.hindsight(
            "believed", "price-1", "amountMinor", "--on", day, "--at", "position:1", "--format", "table")
        #expect(before.output.hasSuffix("; as known at position:1, we know the same.\n"))
        let early = try await folder.hindsight(
            "believed", "price-1", "amountMinor", "--on", "2026-01-01T12:00:00Z", "--format", "table"
        ).output
        #expect(early.hasPrefix("On 2026-01-01T12:00:00Z we knew nothing of amountMinor; today we know that it was 250 "))
    }

    @Test(
        "What cannot be asked is one line that says why",
        arguments: [
            ("state price-espresso --occurred position:1", 2, "says when something was recorded, not when it occurred"),
            ("state price-espresso --occurred 2026-05-03", 2, "'2026-05-03' is no instant like 2026-01-31T12:00:00Z, with Z or an offset"),
            ("state price-espresso --occurred 2026-05-03T00:00:00", 2, "with Z or an offset"),
            ("state price-espresso --at 2026-05-03T00:00:00", 2, "is no moment: give an instant like 2026-01-31T12:00:00Z, or position:42"),
            ("state price-espresso --at 2999-01-01T00:00:00Z", 1, "2999-01-01T00:00:00Z is not past yet"),
            ("state price-espresso --at 1999-01-01T00:00:00Z", 1, "there is no stream price-espresso at position 0"),
            (
                "state price-espresso --occurred 1999-01-01T00:00:00Z", 1,
                "nothing is known to have occurred in stream price-espresso by 1999"
            ),
            ("state price-latte --occurred 2026-05-03T00:00:00Z", 1, "there is no stream price-latte"),
            ("why price-espresso", 2, "Missing expected argument '<field>'"), ("why price-espresso ''", 2, "a field has a name"),
            ("why price-espresso colour", 1, "no event of stream price-espresso has set /colour by this time"),
            ("why price-latte amountMinor", 1, "there is no stream price-latte"),
            ("why price-espresso amountMinor --limit 0", 2, "--limit starts at 1"),
            ("why price-espresso amountMinor --at position:99", 1, "position:99: the log ends at position 3"),
            ("believed price-espresso", 2, "Missing expected argument '--on <on>'"),
            ("believed price-espresso --on position:1", 2, "says when something was recorded"),
            ("believed price-espresso --on 2999-01-01T00:00:00Z", 1, "is not past yet"),
            ("believed price-espresso --on 1999-01-01T00:00:00Z", 1, "nothing is known at position 3 to have occurred"),
            (
                "believed price-espresso --on 2026-05-03T00:00:00Z --at 2026-05-02T00:00:00Z", 2,
                "--at 2026-05-02T00:00:00Z lies before --on"
            ),
            ("believed price-espresso colour --on 2026-05-03T00:00:00Z", 1, "has set /colour"),
            ("believed price-latte --on 2026-05-03T00:00:00Z", 1, "there is no stream price-latte"),
            ("diff price-espresso --from position:0 --to position:9", 1, "the log ends at position 3"),
            ("diff price-espresso --from position:0 --to 1999-01-01T00:00:00Z", 1, "there is no stream price-espresso at position 0"),
        ] as [(String, Int32, String)])
    func badInput(arguments: String, code: Int32, complaint: String) async throws {
        let folder = try await filled()
        let result = try await folder.shell("$HINDSIGHT \(arguments)")
        #expect(result.code == code)
        #expect(result.isOneLineOfError && result.errors.contains(complaint), "\(result.errors)")
        #expect(result.output.isEmpty)
    }
}
