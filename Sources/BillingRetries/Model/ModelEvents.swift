package import HindsightCore

/// What a model of the register is there for.
package enum ModelRole: String, Codable, Sendable, Hashable, CaseIterable {
    /// Decides wherever a policy asks a model.
    case champion
    /// Decides in the arms of an experiment whose policies name it.
    case challenger
    /// Is asked beside the champion, and its answers are recorded; it decides nothing.
    case shadow
}

package enum ModelEvent: BillingEvent, Equatable {
    case trained(ModelTrained)
    case promoted(ModelPromoted)
    case rolledBack(ModelRolledBack)
    case trainingRequested(TrainingRequested)
    case retrainingScheduled(RetrainingScheduled)
    case trainingFailed(TrainingFailed)
    case promotionProposed(PromotionProposed)

    package static let codec = EventCodec<ModelEvent>([
        .kind(ModelEvent.trained), .kind(ModelEvent.promoted), .kind(ModelEvent.rolledBack), .kind(ModelEvent.trainingRequested),
        .kind(ModelEvent.retrainingScheduled),
        .kind(ModelEvent.trainingFailed), .kind(ModelEvent.promotionProposed),
    ])

    package var content: any BillingPayload {
        switch self {
        case .trained(let payload): payload
        case .promoted(let payload): payload
        case .rolledBack(let payload): payload
        case .trainingRequested(let payload): payload
        case .retrainingScheduled(let payload): payload
        case .trainingFailed(let payload): payload
        case .promotionProposed(let payload): payload
        }
    }
}

/// A model was learned from the log and lies beside it under its digest; it decides nothing before it is promoted.
package struct ModelTrained: BillingPayload {
    package static let type: EventType = "billing-retries.model-trained"
    package let model: String
    /// SHA-256 of the artifact's file.
    package let digest: ModelDigest
    /// Learned from what the log held at this position.
    package let trainedThrough: Position
    /// What happened before it was learned from; what came after it judged the model.
    package let cut: Timestamp
    /// Charges learned from, and judged on.
    package let rows: Int
    package let heldOutRows: Int
    /// On rows of other customers, after the cut.
    package let measures: PredictionMeasures
    /// On the same rows, by the rate of the payer's segment; `nil` in events of earlier programs.
    package let segmentMeasures: PredictionMeasures?
    /// The champion of then, and how it did on those rows that it has not learned from; `nil` if there was none, or it was not compared.
    package let champion: ModelDigest?
    package let championMeasures: PredictionMeasures?
    /// With the champion, else with the segment's rate; `nil` in events of earlier programs.
    package let comparison: ModelComparison?
    package let at: Timestamp
    package var links: [Link] { [] }

    /// Whether it did better than the champion of then, or than the segment's rate where there was none.
    package var isBetter: Bool {
        if let comparison { return comparison.verdict == .better }
        return championMeasures.map { measures.logLoss < $0.logLoss } ?? true
    }

    package init(
        model: String, digest: ModelDigest, trainedThrough: Position, cut: Timestamp, rows: Int, heldOutRows: Int,
        measures: PredictionMeasures, segmentMeasures: PredictionMeasures? = nil, champion: ModelDigest? = nil,
        championMeasures: PredictionMeasures? = nil, comparison: ModelComparison? = nil, at: Timestamp
    ) {
        self.model = model
        self.digest = digest
        self.trainedThrough = trainedThrough
        self.cut = cut
        self.rows = rows
        self.heldOutRows = heldOutRows
        self.measures = measures
        self.segmentMeasures = segmentMeasures
        self.champion = champion
        self.championMeasures = championMeasures
        self.comparison = comparison
        self.at = at
    }
}

/// A person has given a model a role; predictions from here on are its.
package struct ModelPromoted: BillingPayload {
    package static let type: EventType = "billing-retries.model-promoted"
    package let model: String
    package let role: ModelRole
    package let digest: ModelDigest
    /// The model that had the role; `nil` if none had.
    package let previous: ModelDigest?
    package let reason: String
    package let at: Timestamp
    package var links: [Link] { [] }
}

/// The model that had the role before has it again, or none has: then the rules decide.
package struct ModelRolledBack: BillingPayload {
    package static let type: EventType = "billing-retries.model-rolled-back"
    package let model: String
    package let role: ModelRole
    package let from: ModelDigest
    /// `nil` for the rules.
    package let to: ModelDigest?
    package let reason: String
    package let at: Timestamp
    package var links: [Link] { [] }
}

/// Somebody wants a model to be trained now.
package struct TrainingRequested: BillingPayload {
    package static let type: EventType = "billing-retries.training-requested"
    package let model: String
    package let at: Timestamp
    package var links: [Link] { [] }
}

/// From now on a model is trained so often, and one that does better than the champion is asked beside it for a while.
package struct RetrainingScheduled: BillingPayload {
    package static let type: EventType = "billing-retries.retraining-scheduled"
    package let model: String
    /// 0 ends it.
    package let everyDays: Int
    package let shadowDays: Int
    package let at: Timestamp
    package var links: [Link] { [] }
}

/// There was no new model, and why.
package struct TrainingFailed: BillingPayload {
    package static let type: EventType = "billing-retries.training-failed"
    package let model: String
    package let account: String
    package let at: Timestamp
    package var links: [Link] { [] }
}

/// A model has done better than the champion and was its shadow for as long as was wanted: a person may promote it.
package struct PromotionProposed: BillingPayload {
    package static let type: EventType = "billing-retries.promotion-proposed"
    package let model: String
    package let digest: ModelDigest
    package let champion: ModelDigest?
    package let shadow: ShadowRecord
    package let at: Timestamp
    package var links: [Link] { [] }
}

/// What a shadow did beside the champion while it was one.
package struct ShadowRecord: Sendable, Hashable, Codable {
    /// To questions that the champion answered.
    package let answers: Int
    /// Questions that it was asked and could not answer.
    package let failures: Int
    /// How often it would have taken the champion's window.
    package let sameWindow: Int
    /// Means of the chance that each gave its own plan; `nil` without answers.
    package let planChance: Double?
    package let championPlanChance: Double?

    package init(answers: Int, failures: Int, sameWindow: Int, planChance: Double?, championPlanChance: Double?) {
        self.answers = answers
        self.failures = failures
        self.sameWindow = sameWindow
        self.planChance = planChance
        self.championPlanChance = championPlanChance
    }
}
