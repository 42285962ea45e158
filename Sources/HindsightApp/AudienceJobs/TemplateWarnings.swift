package import AudienceJobs
import ZeppelinAdapter

/// What may keep the jobs of a template from their end, although its file is in order: it may be gone when the first of them is there.
package struct TemplateWarnings: Sendable {
    private let artifacts: ArtifactCheck

    /// - Parameter sharedDirectory: Where the audiences' files lie.
    package init(sharedDirectory: String) {
        artifacts = ArtifactCheck(sharedDirectory: sharedDirectory)
    }

    /// Empty for a template of which nothing is to be said.
    package func about(_ definition: TemplateDefinition) -> [TemplateProblem] {
        guard let optOuts = definition.artifact.optOuts, !artifacts.hasOptOuts(of: definition.artifact) else { return [] }
        return [
            TemplateProblem(
                pointer: "/artifact/optOuts",
                reason: "names \(optOuts), which is not in the shared directory: jobs wait for it at the check of their file")
        ]
    }
}
