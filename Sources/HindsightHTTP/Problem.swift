package import CustomerMDM
package import HTTPTypes
package import HindsightApp
package import HindsightCore

/// What an answer says when a request could not be done: RFC 9457, `application/problem+json`.
///
/// The one place of this module that knows statuses.
package struct Problem: Error, Sendable, Equatable {
    package var kind: Kind
    /// What is wrong in this request; never anything secret or personal.
    package var detail: String
    /// The header, query parameter or path part at fault.
    package var field: String?
    /// The place in the body, as a JSON pointer.
    package var pointer: String?
    package var expectedVersion: ExpectedVersion?
    package var actualVersion: StreamVersion?
    package var position: Position?
    /// In seconds.
    package var retryAfter: Int?
    /// Of a streamed body: 1, 2, 3…
    package var line: Int?
    /// Where more than one thing is wrong: pointer and detail of each.
    package var violations: [Violation] = []
    /// How a review was decided by whoever was first.
    package var decision: ReviewDecision?
    /// What happened to a golden record since the preview.
    package var changes: [GoldenHistory.Entry] = []
    /// What the path could be asked with, for a method that it can't.
    package var allowed: [HTTPRequest.Method] = []

    package struct Violation: Sendable, Equatable {
        package let pointer: String
        package let detail: String
    }

    package init(_ kind: Kind, _ detail: String, field: String? = nil, pointer: String? = nil) {
        self.kind = kind
        self.detail = detail
        self.field = field
        self.pointer = pointer
    }

    /// Bad input outside the body.
    package static func field(_ field: String, _ reason: String) -> Problem {
        Problem(.invalidRequest, "\(field): \(reason)", field: field)
    }

    /// Bad input in the body.
    package static func body(_ pointer: String, _ reason: String) -> Problem {
        Problem(.invalidRequest, pointer.isEmpty ? "the body: \(reason)" : "\(pointer): \(reason)", pointer: pointer)
    }

    package static func unknown(_ what: String) -> Problem { Problem(.unknownResource, what) }

    /// The same problem of what stands at `pointer` in a larger body.
    package func below(_ pointer: String) -> Problem {
        var problem = self
        guard let inner = problem.pointer else { return self }
        problem.pointer = pointer + inner
        if inner.isEmpty {
            problem.detail = "\(pointer): \(detail)"
        } else if detail.hasPrefix(inner) {
            problem.detail = pointer + detail
        }
        return problem
    }

    /// As the body of an answer, or a line of a streamed one.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "type": .string("/problems/\(kind.slug)"), "title": .string(kind.title), "status": .integer(Int64(kind.status.code)),
            "detail": .string(detail),
        ]
        if let field { members["field"] = .string(field) }
        if let pointer { members["pointer"] = .string(pointer) }
        switch expectedVersion {
        case .exactly(let version): members["expectedVersion"] = .integer(version)
        case .some(let expected): members["expectedVersion"] = .string(expected.description)
        case nil: break
        }
        if let actualVersion { members["actualVersion"] = .integer(actualVersion) }
        if let position { members["position"] = .integer(position) }
        if let retryAfter { members["retryAfter"] = .integer(Int64(retryAfter)) }
        if let line { members["line"] = .integer(Int64(line)) }
        if !violations.isEmpty {
            members["problems"] = .array(violations.map { ["pointer": .string($0.pointer), "detail": .string($0.detail)] })
        }
        if let decision {
            members["decision"] = Self.known([
                "status": .string(decision.status.rawValue), "by": decision.by.map(JSONValue.string),
                "at": .string(decision.at.description), "position": .integer(decision.position),
            ])
        }
        if !changes.isEmpty {
            members["changes"] = .array(
                changes.map { change in
                    Self.known([
                        "position": .integer(change.position), "change": .string(change.change.rawValue),
                        "card": change.card.map { .string($0.description) }, "actor": change.actor.map(JSONValue.string),
                        "recordedAt": .string(change.recordedAt.description),
                    ])
                })
        }
        return .object(members)
    }

    private static func known(_ members: [String: JSONValue?]) -> JSONValue { .object(members.compactMapValues(\.self)) }
}

extension Problem {
    /// A kind of problem, documented at `/problems/<slug>`.
    package enum Kind: String, Sendable, CaseIterable {
        case invalidRequest = "invalid-request"
        case unauthenticated
        case forbidden
        case ownedByDomain = "owned-by-domain"
        case notFound = "not-found"
        case unknownStream = "unknown-stream"
        case unknownResource = "unknown-resource"
        case methodNotAllowed = "method-not-allowed"
        case notAcceptable = "not-acceptable"
        case idConflict = "id-conflict"
        case rejected
        case notConfigured = "not-configured"
        case inProgress = "in-progress"
        case versionConflict = "version-conflict"
        case conditionFailed = "condition-failed"
        case tooLarge = "too-large"
        case unsupportedMediaType = "unsupported-media-type"
        case idempotencyKeyReused = "idempotency-key-reused"
        case internalError = "internal"
        case logDamaged = "log-damaged"
        case unavailable
        case outcomeUnknown = "outcome-unknown"

        package var slug: String { rawValue }

        package var status: HTTPResponse.Status {
            switch self {
            case .invalidRequest: .badRequest
            case .unauthenticated: .unauthorized
            case .forbidden, .ownedByDomain: .forbidden
            case .notFound, .unknownStream, .unknownResource: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .notAcceptable: .notAcceptable
            case .idConflict, .rejected, .notConfigured, .inProgress: .conflict
            case .versionConflict, .conditionFailed: .preconditionFailed
            case .tooLarge: .contentTooLarge
            case .unsupportedMediaType: .unsupportedMediaType
            case .idempotencyKeyReused: .unprocessableContent
            case .internalError, .logDamaged: .internalServerError
            case .unavailable, .outcomeUnknown: .serviceUnavailable
            }
        }

        package var title: String {
            switch self {
            case .invalidRequest: "The request is not valid"
            case .unauthenticated: "A valid token is needed"
            case .forbidden: "The role is missing"
            case .ownedByDomain: "Only the engine or a domain writes this"
            case .notFound: "There is no such route"
            case .unknownStream: "There is no such stream"
            case .unknownResource: "There is no such thing"
            case .methodNotAllowed: "The method is not for this route"
            case .notAcceptable: "No such form of the answer"
            case .idConflict: "An event id is taken"
            case .rejected: "The domain says no"
            case .notConfigured: "Something that this needs is not configured"
            case .inProgress: "It is being done already"
            case .versionConflict: "The stream is at another version"
            case .conditionFailed: "An event contradicts the condition"
            case .tooLarge: "Too large"
            case .unsupportedMediaType: "No such form of the body"
            case .idempotencyKeyReused: "The idempotency key stands for another request"
            case .internalError: "The server failed"
            case .logDamaged: "The log is damaged"
            case .unavailable: "Nothing was stored"
            case .outcomeUnknown: "The outcome is unknown"
            }
        }

        /// What it means and what to do: the text at `/problems/<slug>`.
        package var explanation: String {
            switch self {
            case .invalidRequest:
                """
                A header, a query parameter, a part of the path or a member of the body is missing, malformed or unknown. Nothing was done.

                `field` names the header, parameter or part of the path; `pointer` is the place in the body as a JSON pointer, and of a
                missing member the place where it belongs; `problems` lists them where there are several. Correct it and send it again.
                """
            case .unauthenticated:
                """
                The request needs `Authorization: Bearer <JWT>`. The token is missing, malformed, expired, not valid yet, or was not signed
                by a key that the server knows. Get a new one from whoever issues them; its header must name the key in `kid`.
                """
            case .forbidden:
                "The token is valid, and none of its `roles` may make this call. `openapi.yaml` lists the roles of each call as `x-roles`."
            case .ownedByDomain:
                """
                The event or stream belongs to the engine or to a built-in domain, which decides what it records there. State the fact that
                leads to it through the domain's own call, or choose another category or prefix for an event of your own.
                """
            case .notFound: "No call of the API has this path. `openapi.yaml` lists all of them."
            case .unknownStream: "The stream has no event, or had none at the time that `at` names. Streams begin with their first event."
            case .unknownResource: "What the path names does not exist, or did not exist at the time that `at` names."
            case .methodNotAllowed: "The path exists, and can't be asked with this method. The `Allow` header lists those that it can."
            case .notAcceptable: "The answer exists in none of the forms that the `Accept` header asks for. `openapi.yaml` lists the forms."
            case .idConflict:
                """
                An id of an event in the request is in the log already: with other content, in another stream, in another order, or beside
                ids that are new. Nothing was stored. `position` says where it stands. Send exactly the same events again to repeat an
                append, and new ids for new events.
                """
            case .rejected:
                "The domain has understood the wish, and its rules don't allow it as things stand. `detail` is its word. Nothing was stored."
            case .notConfigured:
                "The call is valid, and needs a peer, a key or a clock that this server was not given. `hindsight config` lists what it was."
            case .inProgress: "The same work is under way. Its progress stands in the resource; ask again when it has ended."
            case .versionConflict:
                """
                The stream is not at the version that the request expects; `actualVersion` is the one it is at. Nothing was stored. Read the
                stream again, decide again, and send the new decision with new event ids.
                """
            case .conditionFailed:
                """
                An event that the condition excludes lies after its position; `position` is the first. Nothing was stored. Query again,
                decide again.
                """
            case .tooLarge: "The body, an event or a batch is over its limit, which `detail` names. Nothing was stored. Send less at once."
            case .unsupportedMediaType: "The body is in a form that this call does not read. `openapi.yaml` lists the forms."
            case .idempotencyKeyReused:
                "The `Idempotency-Key` was used before by the same caller, for the same call, with another body. Use a new key."
            case .internalError:
                "The server met an error that it does not know. Its log has the reason under the same request id. Nothing is half done."
            case .logDamaged:
                "What is stored contradicts itself. Stop writing, keep the files, and run `hindsight log verify` and `hindsight log check`."
            case .unavailable:
                "The server can't do it now, and nothing was stored. Repeat it with the same event ids, after `Retry-After` seconds."
            case .outcomeUnknown:
                "Nobody knows whether the batch was stored. Repeat it with the same event ids: then it is stored once, whatever happened."
            }
        }
    }
}
