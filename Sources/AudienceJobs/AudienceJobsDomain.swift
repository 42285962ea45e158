package import HindsightCore

/// Audience and report jobs: from a manager's form to a checked file.
package enum AudienceJobsDomain {
    /// Before the first `.` of every event type of the domain.
    static let typePrefix = "audience-jobs."

    /// What the domain owns in the log. Services state no facts here: every event of the domain is a decision.
    package static let domain = Domain(
        name: "audience-jobs", categories: [JobID.category, OfferID.category, TemplateName.category],
        refusal: { facts, _, _ in
            facts.first.map { Domain.Refusal(reason: "\($0.type) is decided by the audience jobs themselves") }
        })
}
