import HindsightCore
import HindsightTesting
import Testing

@Suite("JSON text") struct JSONTextTests {
    @Test(
        "White space outside strings is dropped, and every other byte is kept",
        arguments: [
            ("{}", "{}"), (" \t\r\n{ } \n", "{}"), (#"{ "b" : 1 , "a" : [ 1 , 2 ] }"#, #"{"b":1,"a":[1,2]}"#),
            (#"{"n":1.0,"m":1E+2,"o":-0,"p":1e-7,"q":123456789012345678901234567890}"#, nil), (#"{"a":" spaced  out "}"#, nil),
            (#"{"a":"\u0041\/\"\\\b\f\n\r\t","A":"A/"}"#, nil), (#"{"pair":"\ud83d\ude00","raw":"😀"}"#, nil),
            (#"{"é":"é","e\u0301":1,"ключ":null}"#, nil), (#"{"t":true,"f":false,"n":null,"e":[],"o":{}}"#, nil),
            (#"{"":""}"#, nil), ("{\"del\":\"\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10ffff}\"}", nil),
        ] as [(String, String?)])
    func compacts(text: String, compacted: String?) throws {
        #expect(try JSONText(object: text).bytes == Array((compacted ?? text).utf8))
    }

    @Test(
        "What is no JSON object is refused with a reason",
        arguments: [
            ("", "the top level must be an object"), ("[]", "the top level must be an object"), ("1", "the top level must be an object"),
            (#""a""#, "the top level must be an object"), ("null", "the top level must be an object"),
            ("\u{feff}{}", "the top level must be an object"), ("{", "a member name must be a string"),
            ("{}{}", "unexpected text after the object"), ("{},", "unexpected text after the object"),
            (#"{"a":1,}"#, "a member name must be a string"), (#"{"a" 1}"#, "expected ':'"), (#"{"a":1 "b":2}"#, "expected ',' or '}'"),
            (#"{a:1}"#, "a member name must be a string"), (#"{'a':1}"#, "a member name must be a string"),
            (#"{"a":[1 2]}"#, "expected ',' or ']'"), (#"{"a":[1,]}"#, "unexpected character"), (#"{"a":}"#, "unexpected character"),
            (#"{"a":"#, "the text ends inside a value"), (#"{"a":tru}"#, "unexpected character"), (#"{"a":True}"#, "unexpected character"),
            (#"{"a":NaN}"#, "unexpected character"), (#"{"a":Infinity}"#, "unexpected character"),
            (#"{"a":/**/1}"#, "unexpected character"),
            (#"{"a":01}"#, "a number has no leading zeros"), (#"{"a":-01}"#, "a number has no leading zeros"),
            (#"{"a":+1}"#, "unexpected character"), (#"{"a":.5}"#, "unexpected character"), (#"{"a":1.}"#, "expected a digit"),
            (#"{"a":1e}"#, "expected a digit"), (#"{"a":-}"#, "expected a digit"), (#"{"a":0x1}"#, "expected ',' or '}'"),
            (#"{"a":"b}"#, "the text ends inside a string"), ("{\"a\":\"\u{1}\"}", "a control character must be escaped"),
            ("{\"a\":\"\n\"}", "a control character must be escaped"), (#"{"a":"\x"}"#, "unknown escape"),
            (#"{"a":"\u12g4"}"#, "expected four hexadecimal digits"), (#"{"a":"\u123"}"#, "expected four hexadecimal digits"),
        ])
    func refuses(text: String, reason: String) {
        #expect {
            try JSONText(object: text)
        } throws: { ($0 as? JSONSyntaxError)?.reason == reason }
    }

    @Test(
        "A member that stands twice is refused, however its name is spelled",
        arguments: [
            #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#, #"{"\u00e9":1,"é":2}"#, #"{"😀":1,"\ud83d\ude00":2}"#, #"{"\/":1,"/":2}"#,
            #"{"\n":1,"\u000A":2}"#, #"{"":1,"":2}"#, #"{"deep":[{"a":{"b":1,"b":2}}]}"#,
        ])
    func refusesDuplicates(text: String) {
        #expect {
            try JSONText(object: text)
        } throws: { ($0 as? JSONSyntaxError)?.reason == "duplicate member" }
    }

    @Test(
        "Names that only look alike are different members",
        arguments: [#"{"a":1,"A":2}"#, "{\"\u{e9}\":1,\"e\u{301}\":2}", #"{"a":{"a":1}}"#])
    func acceptsLookalikes(text: String) throws {
        #expect(try JSONText(object: text).bytes == Array(text.utf8))
    }

    @Test(
        "A lone surrogate is refused",
        arguments: [#"\ud800"#, #"\udc00"#, #"\ud83dx"#, #"\ud83d\n"#, #"\ud83d\u0041"#, #"\ud83d\ud83d"#, #"\ude00\ud83d"#])
    func refusesLoneSurrogate(escape: String) {
        for text in [#"{"a":"\#(escape)"}"#, #"{"\#(escape)":1}"#] {
            #expect {
                try JSONText(object: text)
            } throws: { ($0 as? JSONSyntaxError)?.reason == "lone surrogate" }
        }
    }

    @Test(
        "Invalid UTF-8 is refused",
        arguments: [
            [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc3], [0xc3, 0x28], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xe2, 0x82],
            [0xe2, 0x28, 0xa1], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf],
            [0xf0, 0x9f, 0x98], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff], [0xfe],
        ] as [[UInt8]])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        #expect {
            try JSONText(object: Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8))
        } throws: { ($0 as? JSONSyntaxError)?.reason == "invalid UTF-8" }
    }

    @Test("64 levels are accepted, 65 are not", arguments: ["[", "{"]) func limitsDepth(bracket: String) throws {
        func nested(_ levels: Int) -> String {
            let (opening, closing) = bracket == "[" ? ("[", "]") : (#"{"a":"#, "}")
            let inner = levels - 2
            return #"{"a":"# + String(repeating: opening, count: inner) + (bracket == "[" ? "[]" : "{}")
                + String(repeating: closing, count: inner)
                + "}"
        }
        #expect(try JSONText(object: nested(64)).bytes == Array(nested(64).utf8))
        #expect {
            try JSONText(object: nested(65))
        } throws: { ($0 as? JSONSyntaxError)?.reason == "more than 64 levels" }
    }

    @Test("An envelope may have one level more than what it holds, and an error about depth names the limit") func admitsEnvelopes() throws
    {
        let data = String(repeating: #"{"a":"#, count: 64) + "1" + String(repeating: "}", count: 64)
        let line = #"{"data":\#(data)}"#
        #expect(try JSONText(object: line.utf8, maximumDepth: Limits.jsonDepth + 1).bytes == Array(line.utf8))
        #expect {
            try JSONText(object: line)
        } throws: { ($0 as? JSONSyntaxError)?.limit == .jsonDepth }
        #expect {
            try JSONText(object: #"{"data":"#)
        } throws: { ($0 as? JSONSyntaxError)?.limit == nil }
    }

    @Test("An error names the byte where it was noticed", arguments: [(#"{"é"1}"#, 5), (#"{"a":1,"a":2}"#, 10), ("{} x", 3)])
    func namesOffset(text: String, offset: Int) {
        #expect {
            try JSONText(object: text)
        } throws: { ($0 as? JSONSyntaxError)?.offset == offset }
    }

    @Test("Compacting twice changes nothing", arguments: 0..<50 as Range<UInt64>) func isStable(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        let text = "{" + random.members(depth: 0) + "}"
        let once = try JSONText(object: text)
        #expect(try JSONText(object: once.bytes) == once)
        #expect(try once.decoded(as: JSONValue.self) == JSONText(object: text).decoded(as: JSONValue.self))
    }
}

extension SeededGenerator {
    fileprivate mutating func space() -> String { [" ", "", "\n\t", ""].randomElement(using: &self) ?? "" }

    fileprivate mutating func members(depth: Int) -> String {
        (0..<Int.random(in: 0...4, using: &self)).map { index in
            #"\#(space())"m\#(index)"\#(space()):\#(value(depth: depth + 1))"#
        }.joined(separator: ",") + space()
    }

    private mutating func value(depth: Int) -> String {
        let text =
            switch Int.random(in: 0...(depth < 5 ? 5 : 3), using: &self) {
            case 0: String(Int64.random(in: .min ... .max, using: &self))
            case 1: #""é \" \u0000 x""#
            case 2: "null"
            case 3: "-1.5e-3"
            case 4: "[" + (0..<3).map { _ in value(depth: depth + 1) }.joined(separator: ",") + "]"
            default: "{" + members(depth: depth) + "}"
            }
        return space() + text + space()
    }
}
