import HindsightApp
import HindsightCore
import HindsightRuntime

/// What a call asks for that leads something back: where to, why, and whether it is only to be shown.
struct RollbackBody: Sendable {
    let to: Position
    let reason: String?
    let isPreview: Bool
    /// Of the preview.
    let digest: String?

    private static let schema = BodySchema(
        [
            "to": ["type": "string"], "reason": BodySchema.reason, "preview": ["type": "boolean"], "digest": ["type": "string"],
        ], required: ["to"])

    /// - Returns: What is asked for, and the body as it came.
    static func read(_ call: Call, _ log: any EventLog) async throws -> (asked: RollbackBody, body: JSONValue) {
        let body = try await call.json(schema)
        guard let moment = body["to"]?.stringValue.flatMap({ Moment($0) }) else {
            throw Problem.body("/to", "must be an instant like 2026-01-31T12:00:00Z, or position:42")
        }
        let to: Position
        do {
            to = try await moment.position(in: log)
        } catch {
            throw trouble(error, with: moment)
        }
        let asked = RollbackBody(
            to: to, reason: body["reason"]?.stringValue, isPreview: body["preview"] == true, digest: body["digest"]?.stringValue)
        return (asked, body)
    }

    /// What is wrong with the moment to go back to; trouble with the log as it is.
    private static func trouble(_ error: EventLogError, with moment: Moment) -> any Error {
        switch error {
        case .instantNotPast: Problem.body("/to", "\(moment) is not past")
        case .invalid(_, let reason): Problem.body("/to", "\(moment): \(reason)")
        default: error
        }
    }

    /// The reason, which only a preview can do without.
    var givenReason: String {
        get throws(Problem) {
            guard let reason else { throw .body("/reason", "is missing") }
            return reason
        }
    }
}
