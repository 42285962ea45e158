import AudienceJobs
import HindsightCore
import Testing

@Suite("A template's file") struct TemplateDefinitionTests {
    /// What is said of the definition with the member at `pointer` changed; `nil` if it is taken.
    private func problem(_ pointer: String, _ value: JSONValue) throws -> String? {
        let names = pointer.split(separator: "/").map(String.init)
        do {
            _ = try TemplateDefinition(Self.changed(Facts.definition, names[...], value))
            return nil
        } catch {
            return error.description
        }
    }

    private static func changed(_ source: JSONValue, _ names: ArraySlice<String>, _ value: JSONValue) -> JSONValue {
        guard let name = names.first else { return value }
        var members = source.objectValue ?? [:]
        members[name] = changed(members[name] ?? [:], names.dropFirst(), value)
        return .object(members)
    }

    @Test("may name its report by a word of any alphabet, and by one word only") func resultWords() throws {
        let counts: JSONValue = ["title": "Clients"]
        #expect(try problem("/artifact/result", "ИТОГ") == nil)
        #expect(try problem("/preview", ["paragraph": counts, "result": "СЧЁТ"]) == nil)
        for word in ["two words", "", " ", "tab\there", "line\n", "no\u{a0}break"] {
            #expect(try problem("/artifact/result", .string(word)) == "/artifact/result must be one word, without a space in it")
            #expect(
                try problem("/preview", ["paragraph": counts, "result": .string(word)])
                    == "/preview/result must be one word, without a space in it")
        }
    }

    @Test("names a column where it names one") func columns() throws {
        #expect(try problem("/artifact/unique", "client id") == nil)
        for column in ["", "  "] {
            #expect(try problem("/artifact/unique", .string(column)) == "/artifact/unique must be the name of a column")
        }
    }

    @Test("holds nothing that nobody reads, at any depth")
    func unknownMembers() throws {
        #expect(try problem("/bogus", 1)?.hasPrefix("/bogus is not known here: artifact, ") == true)
        #expect(try problem("/artifact/bogus", "x") == "/artifact/bogus is not known here: optOuts, path, result, unique are")
        #expect(try problem("/variables/text", "x") == "/variables/text is not known here: id, title are")
        #expect(
            try problem("/preview", ["paragraph": ["title": "Clients"], "result": "N", "rows": 1])
                == "/preview/rows is not known here: paragraph, result are")
        #expect(
            try problem("/preview", ["paragraph": ["title": "Clients", "index": 1], "result": "N"])
                == "/preview/paragraph/index is not known here: id, title are")
    }

    @Test("names the words that it may choose from") func choices() throws {
        #expect(try problem("/kind", "report") == nil)
        #expect(try problem("/kind", "poster") == "/kind must be audience or report")
        #expect(try problem("/parametersAs", "tables") == "/parametersAs must be variables or forms")
        #expect(try problem("/noteId", 7) == "/noteId must be a string")
    }

    @Test(
        "wants no form that nobody could fill in",
        arguments: [
            (["type": "string", "minLength": 5, "maxLength": 2], "/minLength is more than maxLength"),
            (["type": "array", "minItems": 2, "maxItems": 1], "/minItems is more than maxItems"),
            (["type": "integer", "minimum": 2, "maximum": 1], "/minimum is more than maximum"),
            (["type": "number", "exclusiveMinimum": 2, "maximum": 2], "/exclusiveMinimum leaves nothing up to maximum"),
            (["type": "number", "minimum": 2, "exclusiveMaximum": 2], "/minimum leaves nothing below exclusiveMaximum"),
            (
                ["type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2],
                "/exclusiveMinimum leaves no whole number below exclusiveMaximum"
            ),
            (["type": "string", "default": 5], "/default does not fit its schema: the value must be a string"),
            (["type": "integer", "minimum": 3, "examples": [4, 2]], "/examples/1 does not fit its schema: the value must be at least 3"),
            (["type": "string", "enum": ["a", 1]], "/enum/1 does not fit its schema: the value must be a string"),
            (
                ["type": "string", "enum": ["a", "b"], "const": "c"],
                "/const does not fit its schema: the value must be one of \"a\", \"b\""
            ),
            (
                ["type": "array", "items": ["type": "string", "maxLength": 1, "default": "ab"]],
                "/items/default does not fit its schema: the value must have at most 1 characters"
            ),
        ] as [(JSONValue, String)])
    func impossibleForms(schema: JSONValue, complaint: String) throws {
        #expect(try problem("/parameters/properties/city", schema) == "/parameters/properties/city\(complaint)")
    }

    @Test("requires what a form can hold") func requiredGhosts() throws {
        #expect(
            try problem("/parameters/required", ["mcc", "ghost"])
                == "/parameters/required/1 names ghost, which is none of the properties, and others are not admitted")
        #expect(
            try problem("/parameters/properties/mcc", false)
                == "/parameters/required/0 names mcc, which no value may hold")
        let nested: JSONValue = ["type": "object", "required": ["from"], "properties": ["to": ["type": "string"]]]
        #expect(try problem("/parameters/properties/city", nested) == nil)
        #expect(try problem("/parameters/default", ["mcc": [1]]) == nil)
        #expect(
            try problem("/parameters/default", ["city": "x"])
                == "/parameters/default does not fit its schema: mcc is missing")
    }

    @Test("names its file after the job, and after parameters that no form can leave out") func placeholders() throws {
        let parameters = Facts.definition["parameters"] ?? [:]
        #expect(try problem("/artifact/path", "{job}-{mcc}.csv") == nil)
        for name in ["nope", "city", "", "Job"] {
            #expect(
                try problem("/artifact/path", .string("{\(name)}/{job}.csv"))
                    == "/artifact/path holds {\(name)}: beside {job} it takes parameters that every form has to fill in")
        }
        // Required, and still no property.
        let ghost = Self.changed(parameters, ["required"], ["mcc", "ghost"])
        let definition = Self.changed(Facts.definition, ["parameters"], ghost)
        #expect(throws: TemplateProblem.self) {
            try TemplateDefinition(Self.changed(definition, ["artifact", "path"], "{ghost}/{job}.csv"))
        }
    }
}
