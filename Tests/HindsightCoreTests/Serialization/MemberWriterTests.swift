import HindsightCore
import HindsightTesting
import Testing

/// Every kind of member that is written.
private struct Report: Codable, Equatable {
    var at: Timestamp
    var attempts: Int
    var body: JSONValue
    var inner: Inner?
    var isLate: Bool?
    var names: [String]
    var note: String?
    var total: Int64
}

private struct Inner: Codable, Equatable {
    var note: String?
}

extension Inner: JSONWritable {
    func write(to members: inout MemberWriter) { members.write("note", note) }
}

extension Report: JSONWritable {
    func write(to members: inout MemberWriter) throws {
        members.write("at", at)
        members.write("attempts", attempts)
        try members.write("body", body)
        try members.write("inner", inner)
        members.write("isLate", isLate)
        members.write("names", names)
        members.write("note", note)
        members.write("total", total)
    }
}

@Suite("Members written without Codable") struct MemberWriterTests {
    private static let characters: [Character] =
        Array(#""\/{}[]:,aZé"#) + ["\u{0}", "\u{8}", "\t", "\n", "\u{b}", "\u{c}", "\r", "\u{1f}", "\u{7f}", "😀", "e\u{301}"]

    private static func text(_ random: inout SeededGenerator) -> String {
        String((0..<Int.random(in: 0...6, using: &random)).compactMap { _ in characters.randomElement(using: &random) })
    }

    private static func value(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: depth > 0 ? 0...7 : 0...5, using: &random) {
        case 0: .null
        case 1: .bool(.random(using: &random))
        case 2: .integer(.random(in: .min ... .max, using: &random))
        case 3: .number(Double.random(in: -1e9...1e9, using: &random))
        case 4:
            .number(
                ([0, -0.0, 1e21, 1e-7, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 100] as [Double]).randomElement(using: &random)
                    ?? 0)
        case 5: .string(text(&random))
        case 6: .array((0..<3).map { _ in value(&random, depth: depth - 1) })
        default:
            .object(
                Dictionary((0..<4).map { _ in (text(&random), value(&random, depth: depth - 1)) }) { _, last in last })
        }
    }

    @Test("Both ways write the same bytes", arguments: 0..<500 as Range<UInt64>) func agrees(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        func maybe<Value>(_ value: Value) -> Value? { Bool.random(using: &random) ? value : nil }
        let report = Report(
            at: Timestamp(microsecondsSince1970: .random(in: -62_167_219_200_000_000...253_402_300_799_999_999, using: &random)),
            attempts: .random(in: -5...5, using: &random), body: Self.value(&random, depth: 3),
            inner: maybe(Inner(note: maybe(Self.text(&random)))), isLate: maybe(.random(using: &random)),
            names: (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.text(&random) }, note: maybe(Self.text(&random)),
            total: .random(in: .min ... .max, using: &random))
        let written = try JSON.write(report)
        #expect(String(decoding: written, as: UTF8.self) == String(decoding: try JSON.encode(report), as: UTF8.self))
    }

    @Test("A number that is not finite is refused") func refusesInfinity() {
        let report = Report(at: Timestamp(microsecondsSince1970: 0), attempts: 1, body: .number(.infinity), names: [], total: 1)
        #expect(throws: EncodingError.self) { try JSON.write(report) }
    }
}
