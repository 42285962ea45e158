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

    package static let codec = EventCodec<ModelEvent>([
        .kind(ModelEvent.trained), .kind(ModelEvent.promoted), .kind(ModelEvent.rolledBack),
    ])

    package var content: any BillingPayload {
        switch self {
        case .trained(let payload): payload
        case .promoted(let payload): payload
        case .rolledBack(let payload): payload
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
    package let at: Timestamp
    package var links: [Link] { [] }

    package init(
        model: String, digest: ModelDigest, trainedThrough: Position, cut: Timestamp, rows: Int, heldOutRows: Int,
        measures: PredictionMeasures, at: Timestamp
    ) {
        self.model = model
        self.digest = digest
        self.trainedThrough = trainedThrough
        self.cut = cut
        self.rows = rows
        self.heldOutRows = heldOutRows
        self.measures = measures
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
