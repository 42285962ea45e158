package import HindsightCore

extension TemplateDefinition {
    /// Reads a definition; every problem names its place in the file.
    package init(_ source: JSONValue) throws(TemplateProblem) {
        try Self.checkWords(in: source)
        do {
            self = try JSON.decode(TemplateDefinition.self, from: JSON.encode(source))
        } catch let error as DecodingError {
            let (pointer, reason) = error.pointerAndReason
            throw TemplateProblem(pointer: pointer, reason: reason)
        } catch {
            throw TemplateProblem(pointer: "", reason: "cannot be read")
        }
        try Self.checkNames(in: source)
        try check()
    }

    /// Refuses a word that is none of those to choose from, and names them.
    private static func checkWords(in source: JSONValue) throws(TemplateProblem) {
        let choices = [("kind", JobKind.allCases.map(\.rawValue)), ("parametersAs", ParametersAs.allCases.map(\.rawValue))]
        for (member, words) in choices {
            guard let word = source[member]?.stringValue, !words.contains(word) else { continue }
            throw TemplateProblem(pointer: "/\(member)", reason: "must be \(words.joined(separator: " or "))")
        }
        if let name = source["name"]?.stringValue, TemplateName(name) == nil {
            throw TemplateProblem(pointer: "/name", reason: "can't be a name: \(TemplateName.rule)")
        }
    }

    /// Refuses what nobody reads: a misspelt member would be left out without a word.
    private static func checkNames(in source: JSONValue) throws(TemplateProblem) {
        let paragraph = ["id", "title"]
        let known = [
            "": CodingKeys.allCases.map(\.rawValue), "/variables": paragraph, "/artifact": ["path", "result", "unique", "optOuts"],
            "/preview": ["paragraph", "result"], "/preview/paragraph": paragraph,
        ]
        for (pointer, names) in known.sorted(by: { $0.key < $1.key }) {
            let members = pointer.split(separator: "/").reduce(source) { value, name in value[String(name)] ?? .null }
            for name in (members.objectValue ?? [:]).keys.sorted() where !names.contains(name) {
                throw TemplateProblem(
                    pointer: "\(pointer)/\(name)", reason: "is not known here: \(names.sorted().joined(separator: ", ")) are")
            }
        }
    }

    private func check() throws(TemplateProblem) {
        guard (variables.id == nil) != (variables.title == nil) else {
            throw TemplateProblem(pointer: "/variables", reason: "names one paragraph, by id or by title")
        }
        let contradiction: JSONSchema.Contradiction?
        guard interpreter == "python" else { throw TemplateProblem(pointer: "/interpreter", reason: "must be python") }
        do {
            contradiction = try JSONSchema(parameters).contradictions().first
        } catch {
            throw TemplateProblem(pointer: "/parameters", reason: "\(error)")
        }
        guard parameters["type"] == "object", parameters["additionalProperties"] == false else {
            throw TemplateProblem(pointer: "/parameters", reason: "must be of type object with additionalProperties: false")
        }
        for name in (parameters["properties"]?.objectValue ?? [:]).keys.sorted() where !Self.isVariableName(name) {
            throw TemplateProblem(pointer: "/parameters/properties/\(name)", reason: "must be usable as a variable's name")
        }
        // What no form can satisfy would refuse every form, and a default that does not fit comes back as the manager's mistake.
        if let contradiction {
            throw TemplateProblem(pointer: "/parameters" + contradiction.pointer, reason: contradiction.reason)
        }
        if let manualHours, !(manualHours > 0 && manualHours <= 100) {
            throw TemplateProblem(pointer: "/manualHours", reason: "must be more than 0 and at most 100")
        }
        if let preview {
            guard (preview.paragraph.id == nil) != (preview.paragraph.title == nil) else {
                throw TemplateProblem(pointer: "/preview/paragraph", reason: "names one paragraph, by id or by title")
            }
            try Self.checkWord(preview.result, at: "/preview/result")
        }
        try checkArtifact()
    }

    private func checkArtifact() throws(TemplateProblem) {
        guard artifact.path.contains("{job}") else {
            throw TemplateProblem(pointer: "/artifact/path", reason: "must hold {job}, so that no job can overwrite another's file")
        }
        guard Self.staysInside(artifact.path) else {
            throw TemplateProblem(pointer: "/artifact/path", reason: "must be a path below the shared directory")
        }
        for name in artifact.placeholders where name != ArtifactPlan.jobPlaceholder {
            guard parameters["required"]?.arrayValue?.contains(.string(name)) == true, parameters["properties"]?[name] != nil else {
                throw TemplateProblem(
                    pointer: "/artifact/path", reason: "holds {\(name)}: beside {job} it takes parameters that every form has to fill in")
            }
        }
        if let optOuts = artifact.optOuts, !Self.staysInside(optOuts) {
            throw TemplateProblem(pointer: "/artifact/optOuts", reason: "must be a path below the shared directory")
        }
        if let result = artifact.result { try Self.checkWord(result, at: "/artifact/result") }
        if let unique = artifact.unique, unique.allSatisfy(\.isWhitespace) {
            throw TemplateProblem(pointer: "/artifact/unique", reason: "must be the name of a column")
        }
    }

    /// What a report is found by is followed by a space.
    private static func checkWord(_ word: String, at pointer: String) throws(TemplateProblem) {
        guard !word.isEmpty, !word.contains(where: \.isWhitespace) else {
            throw TemplateProblem(pointer: pointer, reason: "must be one word, without a space in it")
        }
    }

    /// Whether a relative path can't lead out of the directory it starts from.
    package static func staysInside(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !path.isEmpty && !path.contains("\u{0}") && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    /// A name that Python takes and that is not one of the notebook's own. A leading `_` is kept for the parameter paragraph.
    private static func isVariableName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic else { return false }
        let isPlain = name.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_")
        }
        return isPlain && !reserved.contains(name)
    }

    private static let reserved: Set<String> = [
        "job_id", "output_name", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
        "except",
        "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try",
        "while", "with", "yield", "False", "None", "True",
    ]
}

/// What is wrong with a template's file, and where.
package struct TemplateProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// JSON pointer into the file.
    package let pointer: String
    package let reason: String

    package init(pointer: String, reason: String) {
        self.pointer = pointer
        self.reason = reason
    }

    package var description: String { "\(pointer.isEmpty ? "the template" : pointer) \(reason)" }
}
