import CustomerMDM
import HindsightCore
import HindsightRuntime

extension CustomerHub {
    /// How far back a preview is looked for.
    private static let maximumSteps = 32

    /// What happened to a golden record since a preview was made, for a steward who has to look again.
    ///
    /// The preview is found by its digest among the plans that the record's past would have given. Where it isn't found, the last change
    /// stands for all.
    ///
    /// - Parameter plan: Makes the plan as of a position.
    private func changes(
        of golden: GoldenID, since digest: String, plan: (Position) async throws -> UnmergePlan
    ) async throws -> [GoldenHistory.Entry] {
        let entries = try await history(of: golden, limit: .max - 1).history
        // The newest first: a preview is minutes old as a rule.
        for (index, entry) in entries.enumerated().reversed().prefix(Self.maximumSteps) {
            do {
                if try await plan(entry.position - 1).signed().digest == digest { return Array(entries[index...]) }
            } catch is StewardError {
                // There was nothing to take apart then, so it was no preview of that moment.
                continue
            }
        }
        return Array(entries.suffix(1))
    }

    /// The plan as of now; refused with what changed if it isn't the one of the preview.
    ///
    /// - Parameter digest: Of the preview; `nil` takes what is there now.
    func currentPlan(
        of golden: GoldenID, digest: String?, plan: (Position?) async throws -> UnmergePlan
    ) async throws -> UnmergePlan {
        guard let digest else { return try await plan(nil).signed() }
        do {
            let current = try await plan(nil).signed()
            if current.digest == digest { return current }
        } catch StewardError.notMember, StewardError.nothingToDo {
            // What was shown can't be done any more: what changed says why.
        }
        throw StewardError.outdatedPreview(changes: try await changes(of: golden, since: digest, plan: plan))
    }
}
