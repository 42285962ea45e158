import HindsightCore
import Testing

@Suite("JSON Schema") struct JSONSchemaTests {
    private func violations(of value: JSONValue, against schema: JSONValue) throws -> [String] {
        try JSONSchema(schema).validate(value).map { "\($0.pointer): \($0.message)" }
    }

    @Test("names the types a value may have") func types() throws {
        #expect(try violations(of: 1, against: ["type": "string"]) == [": the value must be a string"])
        #expect(try violations(of: "x", against: ["type": ["integer", "null"]]) == [": the value must be an integer or null"])
        #expect(try violations(of: .null, against: ["type": ["integer", "null"]]) == [])
        #expect(try violations(of: .number(2.0), against: ["type": "integer"]) == [])
        #expect(try violations(of: .number(2.5), against: ["type": "integer"]) == [": the value must be an integer"])
        #expect(try violations(of: 2, against: ["type": "number"]) == [])
    }

    @Test("names missing, unknown and wrong members by their own pointer") func members() throws {
        let schema: JSONValue = [
            "type": "object", "required": ["from", "to"], "additionalProperties": false,
            "properties": [
                "from": ["type": "string", "format": "date"], "to": ["type": "string", "format": "date"], "a/b~c": ["type": "null"],
            ],
        ]
        #expect(
            try violations(of: ["from": "2026-02-30", "colour": 1, "a/b~c": 1], against: schema) == [
                "/to: to is missing", "/a~1b~0c: a/b~c must be null", "/colour: colour is not known here",
                "/from: from must be a date like 2026-01-31",
            ])
        #expect(try violations(of: ["from": "2024-02-29", "to": "2026-12-31"], against: schema) == [])
    }

    @Test("checks members that are not named by the schema for them") func additionalProperties() throws {
        let schema: JSONValue = ["additionalProperties": ["type": "boolean"]]
        #expect(try violations(of: ["a": true, "b": 1], against: schema) == ["/b: b must be a boolean"])
    }

    @Test("checks items, their number and that none stands twice") func items() throws {
        let schema: JSONValue = [
            "type": "object",
            "properties": [
                "mcc": ["type": "array", "items": ["type": "integer", "minimum": 1], "minItems": 2, "maxItems": 3, "uniqueItems": true]
            ],
        ]
        #expect(try violations(of: ["mcc": [5411]], against: schema) == ["/mcc: mcc must have at least 2 items"])
        #expect(try violations(of: ["mcc": [1, 2, 3, 4]], against: schema) == ["/mcc: mcc must have at most 3 items"])
        #expect(try violations(of: ["mcc": [1, .number(1.0)]], against: schema) == ["/mcc: mcc must not hold an item twice"])
        #expect(
            try violations(of: ["mcc": [0, "x"]], against: schema)
                == ["/mcc/0: mcc[0] must be at least 1", "/mcc/1: mcc[1] must be an integer"])
    }

    @Test("bounds numbers, exclusively where the schema says so", arguments: [("minimum", [4], 5), ("exclusiveMinimum", [5, 4], 6)])
    func lowerBounds(keyword: String, refused: [Int64], admitted: Int64) throws {
        for number in refused { #expect(try violations(of: .integer(number), against: .object([keyword: 5])).count == 1) }
        #expect(try violations(of: .integer(admitted), against: .object([keyword: 5])) == [])
        #expect(try violations(of: .number(Double(admitted) + 0.5), against: .object([keyword: 5])) == [])
    }

    @Test("bounds numbers from above", arguments: [("maximum", [6], 5), ("exclusiveMaximum", [5, 6], 4)])
    func upperBounds(keyword: String, refused: [Int64], admitted: Int64) throws {
        for number in refused { #expect(try violations(of: .integer(number), against: .object([keyword: 5])).count == 1) }
        #expect(try violations(of: .integer(admitted), against: .object([keyword: 5])) == [])
        #expect(try violations(of: 4, against: ["exclusiveMaximum": .number(4.5)]) == [])
    }

    @Test("counts code points, not bytes") func lengths() throws {
        let schema: JSONValue = ["minLength": 2, "maxLength": 3]
        #expect(try violations(of: "яя", against: schema) == [])
        #expect(try violations(of: "👍", against: schema) == [": the value must have at least 2 characters"])
        #expect(try violations(of: "abcd", against: schema) == [": the value must have at most 3 characters"])
    }

    @Test(
        "takes for white space what ECMA-262 does",
        arguments: [("\u{85}", true), ("\u{FEFF}", false), ("\u{A0}", false), (" ", false), ("a", true)])
    func spaces(text: String, isVisible: Bool) throws {
        let expected = [": the value must match \\S"]
        #expect(try violations(of: .string(text), against: ["pattern": "\\S"]) == (isVisible ? [] : expected))
        let inClass = [": the value must match ^[^\\s\\x00-\\x1f]+$"]
        #expect(try violations(of: .string(text), against: ["pattern": "^[^\\s\\x00-\\x1f]+$"]) == (isVisible ? [] : inClass))
    }

    @Test("searches for a pattern anywhere, and anchors where it is anchored") func patterns() throws {
        #expect(try violations(of: "xx42", against: ["pattern": "[0-9]{2}"]) == [])
        #expect(try violations(of: "job-7", against: ["pattern": "^[a-z]+-[0-9]+$"]) == [])
        #expect(try violations(of: "job-7\n", against: ["pattern": "^[a-z]+-[0-9]+$"]) == [": the value must match ^[a-z]+-[0-9]+$"])
        #expect(try violations(of: "ООО", against: ["pattern": "^[А-Я]+$"]) == [])
    }

    @Test("compares numbers of an enumeration by value") func enumerations() throws {
        #expect(try violations(of: .number(1.0), against: ["enum": [1, 2]]) == [])
        #expect(try violations(of: "c", against: ["enum": ["a", "b"]]) == [#": the value must be one of "a", "b""#])
        #expect(try violations(of: 2, against: ["const": 1]) == [": the value must be 1"])
    }

    @Test("admits an instant with an offset") func instants() throws {
        let schema: JSONValue = ["format": "date-time"]
        #expect(try violations(of: "2026-01-31T12:00:00+03:00", against: schema) == [])
        #expect(try violations(of: "2026-01-31", against: schema) == [": the value must be an instant like 2026-01-31T12:00:00Z"])
    }

    @Test("never repeats a value in a message") func discretion() throws {
        let secret = "4276 5500 1234 5678"
        let schema: JSONValue = [
            "properties": ["card": ["type": "integer"], "pan": ["maxLength": 3, "pattern": "^x$", "enum": ["x"], "format": "date"]]
        ]
        let messages = try violations(of: ["card": .string(secret), "pan": .string(secret)], against: schema)
        #expect(messages.count == 5)
        #expect(messages.allSatisfy { !$0.contains("4276") })
    }

    @Test("refuses keywords outside the subset, each by its place") func unsupportedKeywords() {
        #expect(throws: JSONSchemaError.unsupportedKeywords(["/oneOf", "/properties/a/multipleOf"])) {
            try JSONSchema(["oneOf": [], "properties": ["a": ["multipleOf": 2]]])
        }
    }

    @Test("admits annotations, those of others included") func annotations() throws {
        let schema: JSONValue = ["$schema": "x", "title": "t", "description": "d", "default": 1, "examples": [1], "x-personal": true]
        #expect(try violations(of: 1, against: schema) == [])
    }

    @Test(
        "refuses a malformed keyword by its place",
        arguments: [
            (["type": "text"], "/type"), (["required": [1]], "/required"), (["items": ["pattern": "("]], "/items/pattern"),
            (["minLength": -1], "/minLength"), (["format": "uuid"], "/format"), (["properties": ["a": 1]], "/properties/a"),
        ] as [(JSONValue, String)])
    func malformedKeywords(schema: JSONValue, pointer: String) throws {
        do {
            _ = try JSONSchema(schema)
            Issue.record("the schema was accepted")
        } catch {
            guard case .malformed(pointer, _) = error else { throw error }
        }
    }
}
