/// How a template counts without making a file: its paragraphs run up to this one, which prints the number.
package struct PreviewPlan: Codable, Sendable, Equatable {
    /// The last paragraph that runs, by id or by title.
    package var paragraph: TemplateDefinition.VariablesParagraph
    /// The word before the JSON `{"job","rows"}` that it prints on a line of its own.
    package var result: String
}

/// The paragraph that ends a preview, as the template was registered.
package struct PreviewStep: Codable, Sendable, Equatable {
    package var paragraphId: String
    package var result: String

    /// `nil` unless exactly one paragraph fits after the one with the variables, and runs.
    init?(_ plan: PreviewPlan, in paragraphs: [NoteParagraph], after variables: String) {
        let fitting = paragraphs.drop { $0.id != variables }.dropFirst().filter { paragraph in
            paragraph.id == plan.paragraph.id || (plan.paragraph.title != nil && paragraph.title == plan.paragraph.title)
        }
        guard fitting.count == 1, fitting[0].runs else { return nil }
        (paragraphId, result) = (fitting[0].id, plan.result)
    }
}
