import HindsightCore
import HindsightTesting
import Testing

private struct Line: Codable, Equatable {
    var amountMinor: Int64
    var label: String?
}

private enum Channel: String, Codable { case card, transfer = "bank-transfer" }

/// Every kind of member, under names of which some share length and outer letters.
private struct Receipt: Codable, Equatable {
    var amountMinor: Int64
    var at: Timestamp
    var attempt: Int
    var attic: String
    var channel: Channel
    var first: Line
    var id: EventID
    var isFinal: Bool
    var labels: [String: String]
    var lines: [Line]
    var note: String?
    var other: Channel?
    var rate: Double
    var retryAt: Timestamp?
    var second: Line?
    var share: Double?
    var tries: Int?
    var wasOpen: Bool?
}

extension Line: JSONReadable {
    init(reading members: inout MemberReader) throws {
        amountMinor = try members.integer("amountMinor")
        label = try members.optionalString("label")
    }
}

extension Receipt: JSONReadable {
    init(reading members: inout MemberReader) throws {
        amountMinor = try members.integer("amountMinor")
        at = try members.timestamp("at")
        attempt = try members.integer("attempt")
        attic = try members.string("attic")
        channel = try members.choice("channel")
        first = try members.object("first")
        id = try members.string("id") { EventID($0) }
        isFinal = try members.bool("isFinal")
        labels = try members.strings("labels")
        lines = try members.objects("lines")
        note = try members.optionalString("note")
        other = try members.optionalChoice("other")
        rate = try members.number("rate")
        retryAt = try members.optionalTimestamp("retryAt")
        second = try members.optionalObject("second")
        share = try members.optionalNumber("share")
        tries = try members.optionalInteger("tries")
        wasOpen = try members.optionalBool("wasOpen")
    }
}

/// The same members, asked for in another order.
private struct Backwards: JSONReadable {
    var receipt: Receipt

    init(reading members: inout MemberReader) throws {
        let wasOpen = try members.optionalBool("wasOpen")
        let tries: Int? = try members.optionalInteger("tries")
        let second: Line? = try members.optionalObject("second")
        let lines: [Line] = try members.objects("lines")
        let first: Line = try members.object("first")
        let attic = try members.string("attic")
        let attempt: Int = try members.integer("attempt")
        let share = try members.optionalNumber("share")
        let rate = try members.number("rate")
        let note = try members.optionalString("note")
        let other: Channel? = try members.optionalChoice("other")
        let labels = try members.strings("labels")
        receipt = Receipt(
            amountMinor: try members.integer("amountMinor"), at: try members.timestamp("at"), attempt: attempt, attic: attic,
            channel: try members.choice("channel"), first: first, id: try members.string("id") { EventID($0) },
            isFinal: try members.bool("isFinal"), labels: labels, lines: lines, note: note, other: other, rate: rate,
            retryAt: try members.optionalTimestamp("retryAt"), second: second, share: share, tries: tries, wasOpen: wasOpen)
    }
}

private struct Failure: Equatable {
    let pointer: String
    let reason: String
}

private func outcome<Value>(_ decode: () throws -> Value) throws -> Result<Value, DecodingError> {
    do {
        return .success(try decode())
    } catch let error as DecodingError {
        return .failure(error)
    }
}

private func failure<Value>(_ result: Result<Value, DecodingError>) -> Failure? {
    guard case .failure(let error) = result else { return nil }
    return Failure(pointer: error.pointerAndReason.pointer, reason: error.pointerAndReason.reason)
}

@Suite("Reading members") struct MemberReaderTests {
    private static let document = #"""
        {"amountMinor":19900,"at":"2026-01-31T12:00:00.5Z","attempt":3,"attic":"é\n😀","channel":"bank-transfer",\#
        "first":{"amountMinor":-1,"label":"x"},"id":"01890a5d-ac96-774b-bcce-b302099a8057","isFinal":true,"labels":{"a":"1","b":""},\#
        "lines":[{"amountMinor":1},{"amountMinor":2,"label":null}],"rate":0.25,"second":{"amountMinor":4},"share":1e2,"wasOpen":false}
        """#

    @Test("It reads what Codable reads") func readsDocument() throws {
        let bytes = Array(Self.document.utf8)
        let expected = try JSON.decode(Receipt.self, from: bytes)
        #expect(try bytes.withUnsafeBytes { try JSON.read(Receipt.self, from: $0) } == expected)
        #expect(try bytes.withUnsafeBytes { try JSON.read(Backwards.self, from: $0) }.receipt == expected)
        #expect(expected.lines.count == 2 && expected.retryAt == nil && expected.share == 100)
    }

    @Test("Values and errors are those of Codable, in any order of members", arguments: 0..<400 as Range<UInt64>)
    func agreesWithCodable(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        var document = try JSON.decode(JSONValue.self, from: Array(Self.document.utf8))
        for _ in 0..<Int.random(in: 0...3, using: &random) { document = random.disturbed(document) }
        let text = random.spelled(document)
        let bytes = Array(text.utf8)
        let codable = try outcome { try JSON.decode(Receipt.self, from: bytes) }
        let read = try outcome { try bytes.withUnsafeBytes { try JSON.read(Receipt.self, from: $0) } }
        let backwards = try outcome { try bytes.withUnsafeBytes { try JSON.read(Backwards.self, from: $0) }.receipt }
        switch codable {
        case .success(let receipt):
            #expect(try read.get() == receipt && backwards.get() == receipt, "\(text)")
        case .failure:
            // Where several members are wrong, each names the one that it asked for first.
            #expect(failure(read) == failure(codable), "\(text)")
            #expect(failure(backwards) != nil, "\(text)")
        }
    }

    @Test("Members that nobody asked for are checked and passed over", arguments: [#""z":{"a":[1,{}]}"#, #""a":[]"#, #""lab":"labels""#])
    func passesOthers(member: String) throws {
        struct Labels: JSONReadable {
            let labels: [String: String]
            init(reading members: inout MemberReader) throws {
                labels = try members.strings("labels")
                if try members.optionalString("absent") != nil || members.optionalString("labelz") != nil { throw members.malformed("") }
            }
        }
        func labels(_ text: String) throws -> [String: String] {
            try Array(text.utf8).withUnsafeBytes { try JSON.read(Labels.self, from: $0).labels }
        }
        #expect(try labels("{\(member),\"labels\":{\"a\":\"b\"}}") == ["a": "b"])
        #expect(try labels("{\"labels\":{\"a\":\"b\"},\(member)}") == ["a": "b"])
        let damaged = member.dropLast() + "!"
        #expect(throws: DecodingError.self) { try labels("{\"labels\":{},\(damaged)}") }
        #expect(throws: DecodingError.self) { try labels("{\"labels\":{}} \(member)") }
    }

    @Test("A document cut off anywhere is an error, for Codable too") func survivesTruncation() throws {
        let bytes = Array(Self.document.utf8)
        for length in 0..<bytes.count {
            let cut = Array(bytes[..<length])
            #expect(throws: DecodingError.self) { try JSON.decode(Receipt.self, from: cut) }
            #expect(throws: DecodingError.self) { try JSON.decode(JSONValue.self, from: cut) }
            #expect(throws: DecodingError.self) { try cut.withUnsafeBytes { try JSON.read(Receipt.self, from: $0) } }
            #expect(throws: DecodingError.self) { try cut.withUnsafeBytes { try JSON.read(Backwards.self, from: $0) } }
        }
    }

    @Test("A document with one byte changed is read or refused, by both ways alike") func survivesDamage() throws {
        let telling = Array(#"{}[]",:\-.9eunt"#.utf8) + [0x00, 0x1f, 0x20, 0x7f, 0x80, 0xc3, 0xed, 0xff]
        try expectAgreement(on: Receipt.self, damaging: Self.document, with: telling)
        try expectAgreement(
            on: Line.self, damaging: #"{"amountMinor":-1.5e1,"label":"\ud83d\ude00é\n","x":[null,true]}"#, with: Array(0...255))
    }

    private func expectAgreement<Value: Decodable & JSONReadable & Equatable>(
        on type: Value.Type, damaging document: String, with replacements: [UInt8]
    ) throws {
        let bytes = Array(document.utf8)
        for index in bytes.indices {
            for byte in replacements {
                var damaged = bytes
                damaged[index] = byte
                let codable = try outcome { try JSON.decode(type, from: damaged) }
                let read = try outcome { try damaged.withUnsafeBytes { try JSON.read(type, from: $0) } }
                if failure(codable) != failure(read) || (try? codable.get()) != (try? read.get()) {
                    Issue.record("byte \(index) as \(byte): \(codable) but \(read)")
                }
            }
        }
    }

    @Test("Random bytes are refused", arguments: 0..<200 as Range<UInt64>) func survivesNoise(seed: UInt64) {
        var random = SeededGenerator(seed)
        let alphabet = Array(#"{}[]",:\u0019aeE+-.ntrfls "#.utf8) + [0x80, 0xc3, 0xed, 0xf4, 0x00]
        let noise = [UInt8(ascii: "{")] + (0..<40).compactMap { _ in alphabet.randomElement(using: &random) }
        #expect(throws: DecodingError.self) { try noise.withUnsafeBytes { try JSON.read(Receipt.self, from: $0) } }
        #expect(throws: DecodingError.self) { try JSON.decode(Receipt.self, from: noise) }
    }

    @Test("More than 64 levels are refused") func limitsDepth() {
        struct Nothing: JSONReadable { init(reading members: inout MemberReader) throws {} }
        func read(levels: Int) throws {
            let text = #"{"a":"# + String(repeating: "[", count: levels - 1) + String(repeating: "]", count: levels - 1) + "}"
            _ = try Array(text.utf8).withUnsafeBytes { try JSON.read(Nothing.self, from: $0) }
        }
        #expect(throws: Never.self) { try read(levels: 64) }
        #expect(throws: DecodingError.self) { try read(levels: 65) }
    }
}
