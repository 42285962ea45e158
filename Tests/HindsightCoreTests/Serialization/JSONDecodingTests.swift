import Foundation
import HindsightCore
import HindsightTesting
import Testing

/// What a decoder made of a document: a value, or where it failed and why.
private enum Outcome<Value: Equatable>: Equatable {
    case value(Value)
    case failure(pointer: String, reason: String)

    init(_ decode: () throws -> Value) throws {
        do {
            self = .value(try decode())
        } catch let error as DecodingError {
            let (pointer, reason) = error.pointerAndReason
            self = .failure(pointer: pointer, reason: reason)
        }
    }

    /// Whether Foundation's decoder came to the same. It names no member for a number that doesn't fit, calls `null` no `Bool` rather than
    /// no value, and meets the members of a dictionary in any order.
    func agrees(withFoundation theirs: Outcome) -> Bool {
        guard case .failure(let pointer, let reason) = self, case .failure(let theirPointer, let theirReason) = theirs else {
            return self == theirs
        }
        if theirPointer.isEmpty, reason == theirReason { return reason == "is malformed" || pointer.isEmpty }
        if pointer == theirPointer {
            return reason == theirReason || (reason == "must not be null" && theirReason == "must be true or false")
        }
        return ["/byName/", "/byNumber/"].contains { pointer.hasPrefix($0) && theirPointer.hasPrefix($0) }
    }
}

private struct Address: Codable, Equatable {
    var street: String
    var number: Int?
    var lines: [String]
}

private enum Colour: String, Codable { case red, green = "dark-green" }

private struct Everything: Codable, Equatable {
    var text: String
    var flag: Bool
    var int: Int
    var int8: Int8
    var int16: Int16
    var int32: Int32
    var int64: Int64
    var uint: UInt
    var uint8: UInt8
    var uint16: UInt16
    var uint32: UInt32
    var uint64: UInt64
    var double: Double
    var float: Float
    var colour: Colour
    var id: UUID
    var address: Address
    var addresses: [Address]
    var byName: [String: Address]
    var byNumber: [Int: String]
    var grid: [[Double?]]
    var any: JSONValue
    var note: String?
    var count: Int?
    var ratio: Double?
    var single: Float?
    var isOpen: Bool?
    var small: UInt8?
    var other: Colour?
    var moreAddresses: [Address]?
}

@Suite("JSON decoding") struct JSONDecodingTests {
    private func ours<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSON.decode(type, from: Array(text.utf8))
    }

    @Test("Values and errors are those of Foundation's decoder", arguments: 0..<400 as Range<UInt64>)
    func agreesWithFoundation(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        var document = random.everything()
        // Half of the documents are damaged in one to three places.
        for _ in 0..<max(0, Int.random(in: -3...3, using: &random)) { document = random.disturbed(document) }
        let bytes = Array(random.spelled(document).utf8)
        let ours = try Outcome { try JSON.decode(Everything.self, from: bytes) }
        let theirs = try Outcome { try JSONDecoder().decode(Everything.self, from: Data(bytes)) }
        #expect(ours.agrees(withFoundation: theirs), "\(ours) but \(theirs) for \(String(decoding: bytes, as: UTF8.self))")
    }

    @Test("A value of unknown shape is read as it is", arguments: 0..<200 as Range<UInt64>)
    func readsJSONValues(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        let value = random.value(depth: 0)
        #expect(try ours(JSONValue.self, random.spelled(value)) == value)
    }

    @Test(
        "A whole number is read in every spelling, and nothing that isn't one or doesn't fit",
        arguments: [
            ("0", 0), ("-0", 0), ("-0.0", 0), ("0e5", 0), ("0.000e-400", 0), ("0e999999999999999999999", 0), ("7", 7), ("1.0", 1),
            ("1e2", 100), ("1E+2", 100), ("1.50e1", 15), ("12000e-3", 12), ("0.001e3", 1), ("100e-1", 10), ("-2.5e1", -25),
            ("9223372036854775807", .max), ("-9223372036854775808", .min), ("9223372036854775807.000", .max),
            ("-9.223372036854775808e18", .min), ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1e19", nil), ("1.5", nil),
            ("1e-1", nil), ("1.00000000000000000000000001", nil), ("9223372036854775807.5", nil), ("1e999999999999999999999", nil),
            ("1e-999999999999999999999", nil), ("123456789012345678901234567890", nil),
        ] as [(String, Int64?)])
    func readsWholeNumbers(text: String, number: Int64?) throws {
        let outcome = try Outcome { try ours([Int64].self, "[\(text)]") }
        #expect(outcome == number.map { .value([$0]) } ?? .failure(pointer: "/0", reason: "is malformed"))
    }

    @Test("Small integers end where they end", arguments: ["-129", "-128", "127", "128", "255", "256", "-1", "65535", "65536"])
    func readsSmallIntegers(text: String) throws {
        func both<Value: Decodable & Equatable>(_ type: Value.Type) throws {
            let theirs = try Outcome { try JSONDecoder().decode([Value].self, from: Data("[\(text)]".utf8)) }
            #expect(try Outcome { try ours([Value].self, "[\(text)]") }.agrees(withFoundation: theirs))
        }
        try both(Int8.self)
        try both(UInt8.self)
        try both(Int16.self)
        try both(UInt16.self)
        try both(UInt64.self)
    }

    @Test(
        "A floating-point number is the nearest one",
        arguments: [
            "0", "-0", "-0.0", "1", "0.1", "-1.5e-3", "1e22", "1e23", "9007199254740993", "123456789012345", "1234567890123456", "5e-324",
            "2e-324", "1.7976931348623157e308", "2.2250738585072014e-308", "0.30000000000000004", "123456789012345e-22", "1e-7",
            "3.4028234663852886e38", "1e-400", "179769313486231570000000000000000000000",
        ])
    func readsDoubles(text: String) throws {
        let expected = try #require(Double(text))
        let number = try #require(try ours([Double].self, "[\(text)]").first)
        #expect(number.bitPattern == expected.bitPattern)
    }

    @Test("A floating-point number is nearest in random spellings too", arguments: 0..<200 as Range<UInt64>)
    func readsRandomDoubles(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        let digits = String(UInt64.random(in: 0...(1 << UInt64.random(in: 0...63, using: &random)), using: &random))
        let text = "\(Bool.random(using: &random) ? "-" : "")\(digits)e\(Int.random(in: -40...40, using: &random))"
        #expect(try ours([Double].self, "[\(text)]") == [try #require(Double(text))])
        let float = try #require(Float(text))
        if float.isFinite { #expect(try ours([Float].self, "[\(text)]") == [float]) }
    }

    @Test("A number too large for a finite one is malformed", arguments: ["1e309", "-1e400", "1e99999999999999999999"])
    func refusesInfinity(text: String) throws {
        #expect(try Outcome { try ours([Double].self, "[\(text)]") } == .failure(pointer: "/0", reason: "is malformed"))
        // Where any value will do, it is told by its spelling.
        #expect(try ours([JSONValue].self, "[\(text)]") == [.string(text)])
        #expect(try Outcome { try ours([Float].self, "[1e39]") } == .failure(pointer: "/0", reason: "is malformed"))
    }

    @Test(
        "Escapes are resolved",
        arguments: [
            (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"), (#"\u0041\u00e9\u20AC"#, "Aé€"), (#"\ud83d\ude00x\uD83D\uDE00"#, "😀x😀"),
            (#"\u0000"#, "\u{0}"), (#"\udbff\udfff\ud800\udc00"#, "\u{10ffff}\u{10000}"), ("é😀", "é😀"), ("", ""),
            (#"1234567\n1234567\n"#, "1234567\n1234567\n"),
        ])
    func resolvesEscapes(spelled: String, text: String) throws {
        #expect(try ours([String].self, #"["\#(spelled)"]"#) == [text])
        #expect(try ours([String: Int].self, #"{"\#(spelled)":1}"#) == [text: 1])
        #expect(try ours(JSONValue.self, #"{"\#(spelled)":"\#(spelled)"}"#) == .object([text: .string(text)]))
    }

    @Test("A member is found by its name's characters, however they are spelled") func findsEscapedNames() throws {
        struct Person: Codable, Equatable { var name: String, città: String, nick: String? }
        let person = Person(name: "a", città: "b", nick: nil)
        #expect(try ours(Person.self, #"{"n\u0061me":"a","citt\u00e0":"b"}"#) == person)
        #expect(try ours(Person.self, #"{"città":"b","\u006e\u0061\u006d\u0065":"a","nic":"x"}"#) == person)
        // The same character, but other bytes.
        #expect(throws: DecodingError.self) { try ours(Person.self, #"{"name":"a","citta\u0300":"b"}"#) }
    }

    @Test("64 levels are read, 65 are not", arguments: [("[", "]"), (#"{"a":"#, "}")]) func limitsDepth(opening: String, closing: String)
        throws
    {
        func nested(_ levels: Int) -> String {
            String(repeating: opening, count: levels) + "1" + String(repeating: closing, count: levels)
        }
        _ = try ours(JSONValue.self, nested(64))
        #expect {
            try ours(JSONValue.self, nested(65))
        } throws: { error in
            guard case DecodingError.dataCorrupted(let context)? = error as? DecodingError else { return false }
            return (context.underlyingError as? JSONSyntaxError)?.limit == .jsonDepth
        }
        // Far beyond any stack.
        #expect(throws: DecodingError.self) { try ours(JSONValue.self, String(repeating: opening, count: 1_000_000)) }
    }

    @Test(
        "An error points at the member",
        arguments: [
            (#"{"street":"a"}"#, "/lines", "is missing"), (#"{"street":1,"lines":[]}"#, "/street", "must be a string"),
            (#"{"street":null,"lines":[]}"#, "/street", "must not be null"),
            (#"{"street":"a","lines":["b",2]}"#, "/lines/1", "must be a string"),
            (#"{"street":"a","lines":[],"number":1.5}"#, "/number", "is malformed"), (#"{"street":"a","lines":[}"#, "", "is malformed"),
            (#"[]"#, "", "must be an object"),
            (#"{"street":"a","lines":{}}"#, "/lines", "must be an array"),
        ])
    func pointsAtMembers(text: String, pointer: String, reason: String) throws {
        #expect(try Outcome { try ours(Address.self, text) } == .failure(pointer: pointer, reason: reason))
        #expect(
            try Outcome { try ours([String: [Address]].self, #"{"b":[],"a":[{"street":"","lines":[]},\#(text)]}"#) }
                == .failure(pointer: text.contains("[}") ? "" : "/a/1" + pointer, reason: reason))
    }

    @Test("Containers can be nested, held and asked in any order") func servesContainers() throws {
        struct Odd: Decodable, Equatable {
            enum Keys: String, CodingKey { case a, b, list, inner, absent }
            var values: [Int] = []
            var names: [String] = []

            init(from decoder: any Decoder) throws {
                let outer = try decoder.container(keyedBy: Keys.self)
                let inner = try outer.nestedContainer(keyedBy: Keys.self, forKey: .inner)
                var list = try outer.nestedUnkeyedContainer(forKey: .list)
                values.append(try inner.decode(Int.self, forKey: .b))
                values.append(try outer.decode(Int.self, forKey: .b))
                while !list.isAtEnd {
                    if try list.decodeNil() { values.append(-1) } else { values.append(try list.decode(Int.self)) }
                }
                values.append(try inner.decode(Int.self, forKey: .a))
                values.append(try Int(from: outer.superDecoder(forKey: .a)))
                values.append(list.currentIndex)
                names = inner.allKeys.map(\.stringValue)
                if outer.contains(.absent) || inner.contains(.list) { names.append("?") }
            }
        }
        let odd = try ours(Odd.self, #"{"list":[7,null,8],"inner":{"b":1,"a":2,"x":[[]]},"b":3,"a":4}"#)
        #expect(odd.values == [1, 3, 7, -1, 8, 2, 4, 3])
        #expect(odd.names == ["b", "a"])
    }

    @Test("A list that is asked for more than it has says so") func endsLists() throws {
        struct Pair: Decodable, Equatable {
            var first: Int, second: Int
            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                (first, second) = (try list.decode(Int.self), try list.decode(Int.self))
            }
        }
        #expect(try Outcome { try ours([Pair].self, "[[1,2],[3]]") } == .failure(pointer: "/1/1", reason: "must not be null"))
    }
}

extension SeededGenerator {
    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0...(depth < 4 ? 7 : 5), using: &self) {
        case 0: .null
        case 1: .bool(.random(using: &self))
        case 2: .integer(.random(in: .min ... .max, using: &self))
        case 3: .number(Double(Int.random(in: -999...999, using: &self)) + 0.125)
        case 4, 5: .string(text())
        case 6: .array((0..<Int.random(in: 0...4, using: &self)).map { _ in value(depth: depth + 1) })
        default:
            .object(
                Dictionary((0..<Int.random(in: 0...4, using: &self)).map { _ in (text(), value(depth: depth + 1)) }) { first, _ in first })
        }
    }

    private mutating func text() -> String {
        String((0..<Int.random(in: 0...12, using: &self)).compactMap { _ in "abcxyz \"\\/éü€😀\n\t\u{1}".randomElement(using: &self) })
    }

    private mutating func address() -> JSONValue {
        var address: [String: JSONValue] = ["street": .string(text()), "lines": .array([.string(text()), .string(text())])]
        if Bool.random(using: &self) { address["number"] = 12 }
        return .object(address)
    }

    fileprivate mutating func everything() -> JSONValue {
        var members: [String: JSONValue] = [
            "text": .string(text()), "flag": .bool(.random(using: &self)), "int": .integer(.random(in: .min ... .max, using: &self)),
            "int8": -128, "int16": 32_767, "int32": -1, "int64": .integer(.max), "uint": 7, "uint8": 255, "uint16": 65_535,
            "uint32": .integer(4_294_967_295), "uint64": 1, "double": .number(.random(in: -1e9...1e9, using: &self)), "float": .number(0.5),
            "colour": "dark-green", "id": "01890a5d-ac96-774b-bcce-b302099a8057", "address": address(),
            "addresses": [address(), address()], "byName": ["é": address(), "b": address()], "byNumber": ["7": "seven", "-1": "minus"],
            "grid": [[1, .null, .number(2.5)], []], "any": value(depth: 1),
        ]
        let optional: [String: JSONValue] = [
            "note": .string(text()), "count": 3, "ratio": 2, "single": .number(1.25), "isOpen": true, "small": 9, "other": "red",
            "moreAddresses": [address()],
        ]
        for (name, value) in optional.sorted(by: { $0.key < $1.key }) {
            switch Int.random(in: 0...2, using: &self) {
            case 0: members[name] = value
            case 1: members[name] = .null
            default: break
            }
        }
        return .object(members)
    }

    /// The document with one value in it replaced, or one member left out.
    mutating func disturbed(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(var members):
            guard let name = members.keys.sorted().randomElement(using: &self), let member = members[name] else { return .null }
            switch Int.random(in: 0...3, using: &self) {
            case 0: members[name] = nil
            case 1: members[name] = self.value(depth: 3)
            default: members[name] = disturbed(member)
            }
            return .object(members)
        case .array(var items):
            guard let index = items.indices.randomElement(using: &self) else { return .object([:]) }
            items[index] = disturbed(items[index])
            return .array(items)
        default: return self.value(depth: 2)
        }
    }

    /// The document with members in random order, white space here and there, and some characters escaped.
    mutating func spelled(_ value: JSONValue) -> String {
        let space = ["", "", "", " ", "\n\t"].randomElement(using: &self) ?? ""
        switch value {
        case .object(let members):
            let ordered = members.sorted { $0.key < $1.key }.shuffled(using: &self)
            return "{\(space)\(ordered.map { "\(spelled($0.key)):\(spelled($0.value))" }.joined(separator: ","))\(space)}"
        case .array(let items): return "[\(space)\(items.map { spelled($0) }.joined(separator: ",\(space)"))]\(space)"
        case .string(let text): return spelled(text) + space
        case .integer(let number): return "\(space)\(number)\(space)"
        case .number(let number): return "\(space)\(number)\(space)"
        case .bool(let flag): return "\(flag)"
        case .null: return "null"
        }
    }

    private mutating func spelled(_ text: String) -> String {
        let characters = text.unicodeScalars.map { scalar -> String in
            if scalar == "\"" || scalar == "\\" { return "\\\(scalar)" }
            guard scalar.value < 0x20 || Int.random(in: 0..<8, using: &self) == 0 else { return String(scalar) }
            return String(scalar).utf16.map {
                "\\u" + String(repeating: "0", count: 4 - String($0, radix: 16).count) + String($0, radix: 16)
            }
            .joined()
        }
        return "\"\(characters.joined())\""
    }
}
