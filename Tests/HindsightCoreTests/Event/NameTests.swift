import HindsightCore
import Testing

@Suite("Names") struct NameTests {
    @Test(
        "A stream's category is everything before the first dash",
        arguments: [
            ("invoice-7f3a", "invoice", "7f3a"), ("invoice", "invoice", nil), ("a-", "a", ""),
            ("saga-merge:card-1", "saga", "merge:card-1"),
            ("A_b.9-x", "A_b.9", "x"), ("pair-CRM:1|IB:2", "pair", "CRM:1|IB:2"), ("room-имя 😀", "room", "имя 😀"),
            ("room-\u{301}", "room", "\u{301}"),
        ] as [(String, String, String?)])
    func splitsStreamName(text: String, category: String, id: String?) throws {
        let stream = try StreamName(text)
        #expect(stream.category.description == category)
        #expect(stream.id.map(String.init) == id)
        #expect(stream.description == text)
    }

    @Test(
        "A stream name that breaks the rules is refused",
        arguments: [
            "", "-", "-a", "1room-1", "_room", ".room", "ro om-1", "róom-1", "room-\u{0}", "room-a\nb", "room-\u{7f}", "room-\u{85}",
            "комната-1",
        ])
    func refusesStreamName(text: String) {
        #expect {
            try StreamName(text)
        } throws: { if case EventLogError.invalid("stream", _) = $0 { true } else { false } }
    }

    @Test("A stream name has up to 255 bytes, its category up to 64") func limitsStreamName() throws {
        let category = String(repeating: "c", count: 64)
        _ = try StreamName(category + "-" + String(repeating: "x", count: 190))
        #expect(throws: EventLogError.limitExceeded(.nameBytes, actual: 256)) {
            try StreamName("room-\(String(repeating: "x", count: 251))")
        }
        #expect(throws: EventLogError.self) { try StreamName(category + "c-1") }
    }

    @Test("Names are equal and ordered by their bytes") func comparesBytes() throws {
        let (composed, decomposed) = (try StreamName("room-\u{e9}"), try StreamName("room-e\u{301}"))
        #expect(composed != decomposed && Set([composed, decomposed]).count == 2)
        #expect(decomposed < composed)
        #expect(Set(["\u{e9}", "e\u{301}"] as [EventType]).count == 2)
        #expect(try Set([Tag("k:\u{e9}"), Tag("k:e\u{301}")]).count == 2)
    }

    @Test("A tag is a key and a value around the first colon", arguments: ["a:b", "card:CRM:1024", "k:\u{301}", "ключ:значение", "a::"])
    func acceptsTag(text: String) throws {
        #expect(try Tag(text).description == text)
    }

    @Test("A tag that breaks the rules is refused", arguments: ["", ":", "a:", ":b", "ab", "a:\n", "a\u{0}:b"])
    func refusesTag(text: String) {
        #expect {
            try Tag(text)
        } throws: { if case EventLogError.invalid("tags", _) = $0 { true } else { false } }
    }

    @Test("An event type is any text without control characters", arguments: ["что-то произошло", "a b", "x"])
    func acceptsType(text: String) throws {
        #expect(try EventType(text).description == text)
    }

    @Test("An event type that breaks the rules is refused", arguments: ["", "a\tb", "a\u{9f}"])
    func refusesType(text: String) {
        #expect {
            try EventType(text)
        } throws: { if case EventLogError.invalid("type", _) = $0 { true } else { false } }
    }

    @Test("Types and tags have up to 255 bytes") func limitsTypesAndTags() throws {
        let (longest, tooLong) = (String(repeating: "t", count: 255), String(repeating: "é", count: 128))
        #expect(try EventType(longest).description == longest)
        #expect(throws: EventLogError.limitExceeded(.typeBytes, actual: 256)) { try EventType(tooLong) }
        #expect(try Tag("k:" + longest.dropLast(2)).description.utf8.count == 255)
        #expect(throws: EventLogError.limitExceeded(.tagBytes, actual: 256)) { try Tag("k:" + longest.dropLast()) }
    }
}
