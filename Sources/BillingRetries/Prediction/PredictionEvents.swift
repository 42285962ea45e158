package import HindsightCore

/// A predictor is to be asked; the invoice waits for its answer, or for its failure.
package struct PredictionRequested: BillingPayload {
    package static let type: EventType = "billing-retries.prediction-requested"
    package enum Purpose: String, Codable, Sendable, Hashable {
        /// When a renewal is charged first.
        case firstCharge = "first-charge"
        case retry
    }
    package let invoice: String
    /// 1, 2, 3… among the predictions of this invoice.
    package let number: Int
    /// The attempt that it will be.
    package let attempt: Int
    package let purpose: Purpose
    /// The model that decides.
    package let model: ModelDigest
    /// The model that is asked beside it, without deciding.
    package let shadow: ModelDigest?
    /// Of which instant the snapshot is that the question was made of.
    package let snapshotTakenAt: Timestamp
    package let question: WindowQuestion
    package let recovery: RecoveryTerms?
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

/// A predictor has ranked the windows.
package struct PredictionMade: BillingPayload {
    package static let type: EventType = "billing-retries.prediction-made"
    package let invoice: String
    package let number: Int
    package let attempt: Int
    package let answer: PredictionAnswer
    /// Of the model that was asked beside it.
    package let shadow: PredictionAnswer?
    /// Why that model could not say.
    package let shadowFailure: PredictionFailure?
    package let recovery: RecoveryTerms?
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

/// No model could say: the rules decide.
package struct PredictionFailed: BillingPayload {
    package static let type: EventType = "billing-retries.prediction-failed"
    package let invoice: String
    package let attempt: Int
    package let failure: PredictionFailure
    /// `nil` where no model could be named.
    package let model: ModelDigest?
    package let recovery: RecoveryTerms?
    package let at: Timestamp
    package var links: [Link] { [.invoice(invoice)] }
}

/// Why the rules decide in a model's place.
package struct PredictionFailure: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    package enum Reason: String, Codable, Sendable, Hashable, CaseIterable {
        case noSnapshot = "no-snapshot"
        case staleSnapshot = "stale-snapshot"
        /// No model has the role that the policy names.
        case noModel = "no-model"
        case modelMissing = "model-missing"
        case modelMismatch = "model-mismatch"
        case tooSlow = "too-slow"
        /// The issuer's answer is one that nobody has learned from.
        case unknownCode = "unknown-code"
        /// Nothing that a model could say: only the payer can help, or nobody knows the customer.
        case notAsked = "not-asked"
        case failed
    }

    package let reason: Reason
    /// In words, for whoever looks into it.
    package let account: String

    package init(_ reason: Reason, _ account: String) {
        self.reason = reason
        self.account = account
    }

    package var description: String { "\(reason.rawValue): \(account)" }
}

/// What a question to the models brought.
package struct PredictionAnswers: Sendable, Hashable {
    package let answer: PredictionAnswer
    /// Of the model that was asked beside it; `nil` where none was.
    package let shadow: Result<PredictionAnswer, PredictionFailure>?

    package init(_ answer: PredictionAnswer, shadow: Result<PredictionAnswer, PredictionFailure>? = nil) {
        self.answer = answer
        self.shadow = shadow
    }
}

/// A ranking as it is recorded: its best windows, and what the decision needs of it.
package struct PredictionAnswer: Sendable, Hashable, Codable {
    package let model: ModelDigest
    package let featureDigest: String
    /// The best windows, best first.
    package let top: [RankedWindow]
    /// How many were ranked.
    package let windows: Int
    package let chosen: RankedWindow?
    package let rule: RankedWindow?
    package let planChance: Double
    package let microseconds: Int?

    /// So many of the windows are recorded.
    package static let recordedWindows = 5

    package init(_ ranking: WindowRanking, by model: ModelDigest, took time: Duration? = nil) {
        self.model = model
        featureDigest = ranking.featureDigest
        top = Array(ranking.windows.prefix(Self.recordedWindows))
        windows = ranking.windows.count
        chosen = ranking.chosen
        rule = ranking.rule
        planChance = ranking.planChance
        microseconds = time.map { Int($0.microseconds) }
    }
}
