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
    package enum ParametersAs: String, Codable, Sendable, CaseIterable {
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

package enum JobKind: String, Codable, Sendable, CaseIterable {
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

    /// What is recorded of a check that waits for the list. Never changed: read models know it by these words.
    package static let optOutsMissing = "the file of opted-out clients is not there"

    /// What stands between braces in the path, in its order.
    var placeholders: [String] {
        path.split(separator: "{", omittingEmptySubsequences: false).dropFirst().filter { $0.contains("}") }.map {
            String($0.prefix { $0 != "}" })
        }
    }

    /// The placeholder that every job fills in by itself.
    static let jobPlaceholder = "job"
}
