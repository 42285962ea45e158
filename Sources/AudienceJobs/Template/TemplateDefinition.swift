package import HindsightCore

/// What a template's file says: a notebook, the form it wants filled in, and the file it makes.
package struct TemplateDefinition: Codable, Sendable, Equatable {
    package var name: TemplateName
    package var kind: JobKind
    package var noteId: String
    package var variables: VariablesParagraph
    package var parametersAs: ParametersAs
    /// In which the parameter paragraph is written.
    package var interpreter: String
    /// A JSON Schema of an object; each property is a variable of the notebook.
    package var parameters: JSONValue
    package var artifact: ArtifactPlan
    /// What a job costs when it is done by hand; ``usualManualHours`` for `nil`.
    package var manualHours: Double?
    /// How it counts without making a file; `nil` if it can't.
    package var preview: PreviewPlan?

    /// Between half an hour and four hours, this on average.
    package static let usualManualHours = 2.0

    /// The paragraph with the defaults, by id or by title.
    package struct VariablesParagraph: Codable, Sendable, Equatable {
        package var id: String?
        package var title: String?
    }

    /// How the form's values reach the notebook's variables: either way as one document, which no value can leave.
    package enum ParametersAs: String, Codable, Sendable {
        /// In the text of a paragraph that is inserted after the one with the defaults.
        case variables
        /// In a dynamic form of that paragraph, where an analyst sees it and can run it again with another one.
        case forms
    }

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case name, kind, noteId, variables, parametersAs, interpreter, parameters, artifact, manualHours, preview
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(TemplateName.self, forKey: .name)
        kind = try container.decodeIfPresent(JobKind.self, forKey: .kind) ?? .audience
        noteId = try container.decode(String.self, forKey: .noteId)
        variables = try container.decode(VariablesParagraph.self, forKey: .variables)
        parametersAs = try container.decodeIfPresent(ParametersAs.self, forKey: .parametersAs) ?? .variables
        interpreter = try container.decodeIfPresent(String.self, forKey: .interpreter) ?? "python"
        parameters = try container.decode(JSONValue.self, forKey: .parameters)
        artifact = try container.decode(ArtifactPlan.self, forKey: .artifact)
        manualHours = try container.decodeIfPresent(Double.self, forKey: .manualHours)
        preview = try container.decodeIfPresent(PreviewPlan.self, forKey: .preview)
    }
}

package enum JobKind: String, Codable, Sendable {
    case audience, report
}

/// The file that a notebook makes, and what must be true of it.
package struct ArtifactPlan: Codable, Sendable, Equatable {
    /// Below the shared directory; `{job}` and `{<parameter>}` stand for values.
    package var path: String
    /// The word before the JSON that the last paragraph prints; without it the file only has to exist and hold something.
    package var result: String?
    /// The column that no two rows share.
    package var unique: String?
    /// A file of client ids below the shared directory, none of which may be in the artifact.
    package var optOuts: String?
}

extension TemplateDefinition {
    /// Reads a definition; every problem names its place in the file.
    package init(_ source: JSONValue) throws(TemplateProblem) {
        do {
            self = try JSON.decode(TemplateDefinition.self, from: JSON.encode(source))
        } catch let error as DecodingError {
            let (pointer, reason) = error.pointerAndReason
            throw TemplateProblem(pointer: pointer, reason: reason)
        } catch {
            throw TemplateProblem(pointer: "", reason: "cannot be read")
        }
        let known = Set(CodingKeys.allCases.map(\.rawValue))
        for name in (source.objectValue ?? [:]).keys.sorted() where !known.contains(name) {
            throw TemplateProblem(pointer: "/\(name)", reason: "is not known here")
        }
        try check()
    }

    private func check() throws(TemplateProblem) {
        guard (variables.id == nil) != (variables.title == nil) else {
            throw TemplateProblem(pointer: "/variables", reason: "names one paragraph, by id or by title")
        }
        guard interpreter == "python" else { throw TemplateProblem(pointer: "/interpreter", reason: "must be python") }
        do {
            _ = try JSONSchema(parameters)
        } catch {
            throw TemplateProblem(pointer: "/parameters", reason: "\(error)")
        }
        guard parameters["type"] == "object", parameters["additionalProperties"] == false else {
            throw TemplateProblem(pointer: "/parameters", reason: "must be of type object with additionalProperties: false")
        }
        for name in (parameters["properties"]?.objectValue ?? [:]).keys.sorted() where !Self.isVariableName(name) {
            throw TemplateProblem(pointer: "/parameters/properties/\(name)", reason: "must be usable as a variable's name")
        }
        if let manualHours, !(manualHours > 0 && manualHours <= 100) {
            throw TemplateProblem(pointer: "/manualHours", reason: "must be more than 0 and at most 100")
        }
        if let preview {
            guard (preview.paragraph.id == nil) != (preview.paragraph.title == nil) else {
                throw TemplateProblem(pointer: "/preview/paragraph", reason: "names one paragraph, by id or by title")
            }
            guard !preview.result.isEmpty, !preview.result.contains(where: \.isWhitespace) else {
                throw TemplateProblem(pointer: "/preview/result", reason: "must be a word")
            }
        }
        guard artifact.path.contains("{job}") else {
            throw TemplateProblem(pointer: "/artifact/path", reason: "must hold {job}, so that no job can overwrite another's file")
        }
        guard Self.staysInside(artifact.path) else {
            throw TemplateProblem(pointer: "/artifact/path", reason: "must be a path below the shared directory")
        }
        if let optOuts = artifact.optOuts, !Self.staysInside(optOuts) {
            throw TemplateProblem(pointer: "/artifact/optOuts", reason: "must be a path below the shared directory")
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
