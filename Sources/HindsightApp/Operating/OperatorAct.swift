package import HindsightCore

/// What operators do to the engine, in the streams of what they did it to.
package enum OperatorAct: DomainEvent {
    case projectionRebuilt(ProjectionRebuilt)
    case projectionVerified(ProjectionVerified)
    case projectionRebuildCancelled(ProjectionRebuildCancelled)
    case projectionRolledBack(ProjectionRolledBack)
    case projectionResumed(ProjectionResumed)
    case logAttested(LogAttested)
    case payloadErased(PayloadErased)

    package static let codec = EventCodec<OperatorAct>([
        .kind(OperatorAct.projectionRebuilt), .kind(OperatorAct.projectionVerified), .kind(OperatorAct.projectionRebuildCancelled),
        .kind(OperatorAct.projectionRolledBack), .kind(OperatorAct.projectionResumed), .kind(OperatorAct.logAttested),
        .kind(OperatorAct.payloadErased),
    ])

    package var payload: any EventPayload {
        switch self {
        case .projectionRebuilt(let payload): payload
        case .projectionVerified(let payload): payload
        case .projectionRebuildCancelled(let payload): payload
        case .projectionRolledBack(let payload): payload
        case .projectionResumed(let payload): payload
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

/// The rows that serve were compared with what the log says.
package struct ProjectionVerified: EventPayload {
    package static let type: EventType = "hindsight.projection-verified"
    package let projection: String
    package let version: Int
    package let position: Position
    /// As the log has them.
    package let rows: Int
    /// Served otherwise, or not at all, or though there should be none.
    package let differing: Int
}

/// A rebuild was ended before it was done.
package struct ProjectionRebuildCancelled: EventPayload {
    package static let type: EventType = "hindsight.projection-rebuild-cancelled"
    package let projection: String
    /// How far it was.
    package let position: Position
}

/// The rows that served before the last rebuild serve again.
package struct ProjectionRolledBack: EventPayload {
    package static let type: EventType = "hindsight.projection-rolled-back"
    package let projection: String
    /// How far they had been folded; the rest followed.
    package let position: Position
}

/// Events that were parked have been folded.
package struct ProjectionResumed: EventPayload {
    package static let type: EventType = "hindsight.projection-resumed"
    package let projection: String
    /// How many streams go on.
    package let streams: Int
    package let stillParked: Int
}
