package import HindsightCore

/// What operators do to the engine, in the streams of what they did it to.
package enum OperatorAct: DomainEvent {
    case projectionRebuilt(ProjectionRebuilt)
    case logAttested(LogAttested)
    case payloadErased(PayloadErased)

    package static let codec = EventCodec<OperatorAct>([
        .kind(OperatorAct.projectionRebuilt), .kind(OperatorAct.logAttested), .kind(OperatorAct.payloadErased),
    ])

    package var payload: any EventPayload {
        switch self {
        case .projectionRebuilt(let payload): payload
        case .logAttested(let payload): payload
        case .payloadErased(let payload): payload
        }
    }
}

/// A read model was folded anew from the whole log; stream `projection-<name>`.
package struct ProjectionRebuilt: EventPayload {
    package static let type: EventType = "hindsight.projection-rebuilt"
    package let projection: String
    package let version: Int
    package let position: Position
    package let digest: String
    /// Of the rows before; `nil` if there were none of this version.
    package let previousDigest: String?
}
