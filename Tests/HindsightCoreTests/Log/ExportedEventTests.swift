import Foundation
import HindsightCore
import Testing

@Suite("Exported event") struct ExportedEventTests {
    @Test("An exported event is read back as it was", arguments: [false, true]) func roundTrip(isErased: Bool) throws {
        var event = try sample()
        if isErased { (event.data, event.salt) = (nil, nil) }
        #expect(try ExportedEvent.parse(line(event)) == event)
    }

    @Test("Data at the limits of depth and spelling keeps its bytes") func keepsBytes() throws {
        var event = try sample()
        let deep = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        event.data = try JSONText(object: #"{"a":\#(deep),"n":1.50e2,"s":"\u00e9\/}]{\"\\"}"#)
        #expect(try ExportedEvent.parse(line(event)).data == event.data)
    }

    @Test("White space that somebody put between the members changes nothing") func allowsWhiteSpace() throws {
        let event = try sample()
        let spaced = String(decoding: try line(event), as: UTF8.self).replacing(",\"", with: " ,\n \"").replacing("\":", with: "\" : ")
        #expect(try ExportedEvent.parse(Array(" \(spaced)\r".utf8)) == event)
    }

    @Test(
        "What is no exported event is refused with its member",
        arguments: [
            ("{", "[", ""), ("\"position\":42", "\"position\":0", "position"), ("\"position\":42", "\"position\":\"42\"", "position"),
            ("\"position\":42,", "", "position"), ("\"position\":42,", "\"position\":42,\"more\":1,", "more"),
            ("\"position\":42,", "\"position\":42,\"position\":42,", ""), ("\"version\":3", "\"version\":3.0", "version"),
            ("room-", "-", "stream"), ("\"id\":\"0189", "\"id\":\"189", "id"), ("check.é", "", "type"),
            ("\"recordedAt\":\"2026-01-01T", "\"recordedAt\":\"2026-13-01T", "recordedAt"), ("{\"a\":1}", "[{\"a\":1}]", "data"),
            ("\"a\":1", "\"a\":01", "data"), ("\"a\":1", "\"a\":1,\"a\":2", "data"), ("\"metadata\":{", "\"metadata\":{,", "metadata"),
            ("\"of:1\"", "\"of\"", "tags/0"), ("\"of:1\"", "1", "tags/0"), ("\"tags\":[", "\"tags\":[,", "tags"),
            ("\"encoding\":0", "\"encoding\":-1", "encoding"), ("\"salt\":\"00", "\"salt\":\"", "salt"),
            ("\"commitment\":\"", "\"commitment\":\"0", "commitment"), ("\"digest\":\"", "\"digest\":\"x", "digest"),
        ])
    func refusesMalformed(from: String, to: String, field: String) throws {
        let text = String(decoding: try line(sample()), as: UTF8.self)
        let place = try #require(text.firstRange(of: from))
        let changed = text.replacingCharacters(in: place, with: to)
        let error = try #require(throws: ExportedEvent.Malformed.self) { try ExportedEvent.parse(Array(changed.utf8)) }
        #expect(error.field == field, "\(error)")
    }

    @Test("A line that was cut off anywhere is refused") func refusesCutLine() throws {
        let bytes = try line(sample())
        for count in 0..<bytes.count {
            #expect(throws: ExportedEvent.Malformed.self) { try ExportedEvent.parse(Array(bytes.prefix(count))) }
        }
    }

    private func line(_ event: RecordedEvent) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try event.lend { event in try EventJSON.append(event, as: .exported, to: &bytes) }
        return bytes
    }

    private func sample() throws -> RecordedEvent {
        let salt = try #require(Salt(bytes: Array(0..<16)))
        let event = NewEvent(
            id: try #require(EventID("01890a5d-ac96-774b-bcce-b302099a8057")), type: "check.é", schemaVersion: 2,
            occurredAt: Timestamp(microsecondsSince1970: -1), data: try JSONText(object: #"{"a":1}"#),
            metadata: try JSONText(object: #"{"actor":"u1"}"#), tags: [try Tag("of:1"), try Tag(#"q:"\"#), try Tag("of:1")])
        return event.recorded(
            at: 42, in: try StreamName(#"room-"\"😀"#), version: 3, on: Timestamp(microsecondsSince1970: 1_767_225_600_000_001), salt: salt,
            after: .genesis)
    }
}
