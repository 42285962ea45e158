/// Why a job did not go on, for statistics and for the sentence that a manager reads.
package enum FailureCause: String, Codable, Sendable, CaseIterable {
    case templateNoteMissing = "template-note-missing"
    case templateNoteChanged = "template-note-changed"
    case notOurNote = "not-our-note"
    /// Again and again, without a reason that we can see.
    case cloneRefused = "clone-refused"
    /// Half of a clone, which somebody has used.
    case cloneIncomplete = "clone-incomplete"
    case notAllowed = "not-allowed"
    case loginRefused = "login-refused"
    case unsupportedVersion = "unsupported-version"
    case permissionsDiffer = "permissions-differ"
    case parametersChanged = "parameters-changed"
    case noteMissing = "note-missing"
    case paragraphError = "paragraph-error"
    case paragraphAborted = "paragraph-aborted"
    /// A name that an earlier paragraph had made is unknown.
    case namesLost = "names-lost"
    case interpreterDied = "interpreter-died"
    /// Our user is not among those who may use it.
    case interpreterRefused = "interpreter-refused"
    case timeLimit = "time-limit"
    case noResult = "no-result"
    case artifactMissing = "artifact-missing"
    case artifactOutside = "artifact-outside"
    case artifactForeign = "artifact-foreign"
    case artifactHeader = "artifact-header"
    case artifactEmpty = "artifact-empty"
    case artifactRows = "artifact-rows"
    case artifactChecksum = "artifact-checksum"
    case artifactMalformed = "artifact-malformed"
    case artifactDuplicates = "artifact-duplicates"
    case artifactOptOuts = "artifact-opt-outs"
    case noCount = "no-count"
    case stepSkipped = "step-skipped"
    /// A person found out that a step was not done.
    case foundUndone = "found-undone"
    case offerRefused = "offer-refused"
    /// Of a paragraph alone: the job ends as cancelled.
    case cancelled
    case stopIgnored = "stop-ignored"
    /// Of a paragraph alone: the job waits for its turn again.
    case sessionTaken = "session-taken"

    /// What happened and what helps, to somebody who has never seen the notebook.
    func reason(paragraph: String?) -> String {
        let step = paragraph.map { "The step “\($0)”" } ?? "A step"
        return switch self {
        case .templateNoteMissing: "The template's notebook is not there. Please ask an analyst."
        case .templateNoteChanged:
            "The template's notebook was changed after it was registered. Please ask an analyst to register it again."
        case .notOurNote: "Another notebook stands in the job's place. Please ask an analyst to move it."
        case .cloneRefused:
            "The notebook server keeps refusing to copy the template. Perhaps a notebook that this service may not see stands in the job's "
                + "place. Please ask an analyst to look at it."
        case .cloneIncomplete:
            "The notebook server was stopped while it copied the template, and somebody has worked in the half copy that stands in the job's "
                + "place. Please ask an analyst to move it, and retry."
        case .loginRefused:
            "The notebook server wants another name and password than this service gives it. Please ask whoever runs this service to set them."
        case .unsupportedVersion:
            "The notebook server has a version that this service does not know. Please ask whoever runs this service."
        case .notAllowed: "The notebook server does not let this service work with the notebook. Please ask an analyst for the rights."
        case .permissionsDiffer: "The notebook server did not keep the rights that were set for the job's notebook."
        case .parametersChanged: "Somebody changed the form's values in the job's notebook. Please start the job anew."
        case .noteMissing: "The job's notebook was removed. Please start the job anew."
        case .paragraphError: "\(step) ended with an error. An analyst finds the details in the job's notebook."
        case .paragraphAborted: "\(step) was stopped from outside, again and again."
        case .namesLost, .interpreterDied: "\(step) lost what the steps before had worked out, again and again."
        case .interpreterRefused:
            "\(step) may not be run by this service: the notebook server keeps its interpreter for others. Please ask whoever runs the "
                + "notebook server to admit this service, and retry."
        case .timeLimit: "\(step) took longer than it may."
        case .noResult: "The notebook did not report the file that it made."
        case .artifactMissing: "The file with the clients was not made."
        case .artifactOutside: "The file with the clients lies outside the shared directory."
        case .artifactForeign: "The notebook reported the file of another job."
        case .artifactHeader: "The file with the clients has no column with the client."
        case .artifactEmpty: "No client fits the form."
        case .artifactRows: "The file with the clients has another number of rows than the notebook reported."
        case .artifactChecksum: "The file with the clients was changed after the notebook had made it."
        case .artifactMalformed: "The file with the clients is not a well-formed table."
        case .artifactDuplicates: "A client stands in the file more than once."
        case .artifactOptOuts: "The file holds clients who do not want to be addressed."
        case .noCount: "The notebook did not report how many clients there are."
        case .stepSkipped: "An operator left out what the job can't do without."
        case .foundUndone: "An operator found that the notebook has not done what the job needs. Please retry the job."
        case .offerRefused: "The offer did not take the audience."
        case .cancelled: "\(step) was stopped, because the job was cancelled."
        case .stopIgnored:
            "\(step) did not stop when it was told to, and may still be running. Please ask an analyst to stop it in the job's notebook."
        case .sessionTaken: "\(step) found another job in the notebook's session."
        }
    }
}
