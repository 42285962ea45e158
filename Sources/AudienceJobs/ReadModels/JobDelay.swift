package import HindsightCore

/// Why a job that is at work does not go on now, to somebody who has never seen the notebook or the log.
package struct JobDelay: Codable, Sendable, Equatable {
    package enum Cause: String, Codable, Sendable, CaseIterable {
        /// The notebook can't be reached, or can take nothing now.
        case notebookAway = "notebook-away"
        /// It was asked for something, and has not said what became of it.
        case answerMissing = "answer-missing"
        /// The file, or the directory that it is in, can't be read.
        case fileMissing = "file-missing"
        /// The list of those who have opted out is not there.
        case optOutsMissing = "opt-outs-missing"
        case paused
        /// Only an operator can lead it on.
        case parked
    }

    package let cause: Cause
    /// In a manager's words.
    package let reason: String
    package let since: Timestamp

    package init(_ cause: Cause, since: Timestamp) {
        self.cause = cause
        self.since = since
        reason = cause.words
    }

    /// What keeps an effect waiting, that surely was not done or of which nobody knows yet.
    ///
    /// - Parameter reason: That was recorded of its last try.
    package init(effect kind: String, isKnownUndone: Bool, reason: String?, since: Timestamp) {
        switch (RunEffect(rawValue: kind), isKnownUndone) {
        case (.checkArtifact, _) where reason == ArtifactPlan.optOutsMissing: self.init(.optOutsMissing, since: since)
        case (.checkArtifact, _): self.init(.fileMissing, since: since)
        case (_, true): self.init(.notebookAway, since: since)
        case (_, false): self.init(.answerMissing, since: since)
        }
    }
}

extension JobDelay.Cause {
    fileprivate var words: String {
        switch self {
        case .notebookAway: "The notebook can't be reached; the job goes on by itself when it is back."
        case .answerMissing:
            "The notebook has not said what became of the last step. The job keeps asking, and goes on by itself when it knows."
        case .fileMissing:
            "The file with the clients, or what it is held against, can't be read. The job goes on by itself when both can. If it takes "
                + "long, please ask whoever runs this service."
        case .optOutsMissing:
            "The list of those who do not want to be addressed is not there, and without it no client may be addressed. The job goes on by "
                + "itself when the list is there. If it takes long, please ask whoever runs this service."
        case .paused: "An operator has paused the job, and will let it go on."
        case .parked: "The job has come to something that it can't settle by itself. It waits for an operator; nothing is lost."
        }
    }
}
