import AudienceJobs
import BillingRetries
import CustomerMDM
import HindsightApp
import HindsightCore
import HindsightRuntime

extension Problem {
    /// What an error of the layers below means to the client; `nil` for one that nobody expects.
    package init?(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as EventLogError: self.init(log: error)
        case let error as EventLineError: self = .body(error.pointer, error.reason)
        case let error as AppendRefusal: self.init(refusal: error)
        case let error as RefusedFact: self.init(refusal: error.refusal)
        case let error as NoSuchStream: self = Problem(.unknownStream, error.problem)
        case let error as NoSuchField: self = .unknown(error.problem)
        case let error as ReadModelError: self.init(readModel: error)
        case is AlreadyBuilding: self.init(.inProgress, "\(error)")
        case is NotBuilding, is NothingToRollBackTo: self.init(.rejected, "\(error)")
        case is NoSuchRow, is NoSuchRowField: self = .unknown("\(error)")
        case let error as DecodingError:
            let (pointer, reason) = error.pointerAndReason
            self = .body(pointer, error.moneyError?.reason ?? reason)
        default:
            guard let problem = Problem(domain: error) else { return nil }
            self = problem
        }
    }

    private init?(log error: EventLogError) {
        switch error {
        case .versionConflict(_, let expected, let actual):
            self.init(.versionConflict, "\(error)")
            (expectedVersion, actualVersion) = (expected, actual)
        case .conditionFailed(let position):
            self.init(.conditionFailed, "\(error)")
            self.position = position
        case .idempotencyConflict(_, let position, _):
            self.init(.idConflict, "\(error)")
            self.position = position
        case .limitExceeded(let limit, _):
            switch limit {
            case .eventBytes, .batchBytes: self.init(.tooLarge, "\(error)")
            case .batchEvents, .tagsPerEvent, .nameBytes, .typeBytes, .tagBytes, .jsonDepth: self.init(.invalidRequest, "\(error)")
            }
        case .invalid(let field, let reason): self = .field(field, reason)
        case .instantNotPast: self = .field("at", "\(error)")
        case .outcomeUnknown:
            self.init(.outcomeUnknown, "nobody knows whether it was stored: repeat it with the same event ids")
            retryAfter = 1
        case .unavailable, .clockBehind, .fenced:
            // The reason is the operator's, and may name files.
            self.init(.unavailable, "nothing was stored: repeat it with the same event ids")
            retryAfter = 1
        case .damaged: self.init(.logDamaged, "the log contradicts itself: an operator has to look at it")
        case .readOnly, .unsupportedFormat: return nil
        }
    }

    private init(refusal: AppendRefusal) {
        let pointer = refusal.pointer
        switch refusal {
        case .engineEvent, .engineStream, .foreignPrefix, .decision: self.init(.ownedByDomain, "\(refusal)")
        case .unknownType, .unknownVersion, .brokenSchema: self.init(.invalidRequest, "\(refusal)")
        case .refused: self.init(.rejected, "\(refusal)")
        }
        self.pointer = pointer
    }

    private init?(readModel error: ReadModelError) {
        switch error {
        case .unknownProjection(let name): self = .unknown("there is no projection \(name)")
        case .overtaken:
            self.init(.unavailable, "another process is bringing the read models up to date: try again")
            retryAfter = 1
        case .behind(let projection, let position, let wanted, _):
            // The reason is the operator's, and may name files.
            self.init(.unavailable, "the read model \(projection) stands at position \(position) and not at \(wanted): try again")
            retryAfter = 1
        case .tooManyEvents: self = .field("occurred", "\(error)")
        case .foreignRow(let projection):
            self.init(.unavailable, "the read model \(projection) is folded anew: try again")
            retryAfter = 1
        case .unavailable, .damaged: return nil
        }
    }

    /// A domain's no, and what it was asked about and doesn't know.
    private init?(domain error: any Error) {
        switch error {
        case let problems as FormProblems:
            guard let first = problems.violations.first else { return nil }
            self = .body(first.pointer, first.message)
            violations = problems.violations.map { Violation(pointer: $0.pointer, detail: $0.message) }
        case let error as StewardError: self.init(steward: error)
        case let error as RollbackError:
            switch error {
            case .unknown: self = .unknown("\(error)")
            case .nothingThen, .outdatedPreview: self.init(.rejected, "\(error)")
            }
        case let error as AudienceError:
            switch error {
            case .unknownJob: self = .unknown("\(error)")
            case .unknownTemplate: self = .body("/template", "\(error)")
            case .parked: self.init(.rejected, "\(error)")
            }
        case CardDecider.Rejection.unknownAttribute(let name):
            self = .body("/attributes/\(name.escapedForPointer)", "there is no such attribute")
        case SeparationDecider.Rejection.needsReason, Job.Rejection.needsReason: self = .body("/reason", "is missing")
        case CardDecider.Rejection.unknownCard, SeparationDecider.Rejection.unknown, ReviewDecider.Rejection.unknown:
            self = .unknown("\(error)")
        case is NoSuchSaga, is UnknownSaga: self = .unknown("there is no saga of this id: /v1/sagas lists them")
        case let error as UnusableResult: self = .body("/result" + error.pointer, "\(error)")
        case is UnknownDefinition, is NoSuchPolicy: self = .unknown("\(error)")
        case Invoice.Rejection.badIdentifier(let field): self = .body("/\(field)", "\(error)")
        case Subscription.Rejection.unknown, Invoice.Rejection.unknown, Offer.Rejection.notDeclared: self = .unknown("\(error)")
        case let error as Subscription.Rejection: self.init(subscription: error)
        case let error as Payer.Rejection: self.init(payer: error)
        case let error as ExperimentRegister.Rejection: self.init(.rejected, "\(error)", pointer: error.pointer)
        case is HoldOutNeeded: self.init(.rejected, "\(error)", pointer: "/model")
        case let error as UnknownArmPolicy: self.init(.rejected, "\(error)", pointer: "/arms/\(error.arm)/policy")
        case let error as ModelRegister.Rejection: self.init(.rejected, "\(error)", pointer: error.pointer)
        case let error as ModelArtifactError: self.init(artifact: error)
        case let error as ForecastError:
            switch error {
            case .notRecorded: self = .unknown("\(error)")
            case .badNumber(let field, let reason): self = .body("/\(field)", reason)
            case .badSignals(let rejection): self.init(payer: rejection, under: "/signals", refusingTheFuture: .rejected)
            case .otherType: self.init(.rejected, "\(error)", pointer: "/customerType")
            case .farAway: self.init(.rejected, "\(error)", pointer: "/now")
            }
        case let error as PredictionFailure: self.init(.rejected, "\(error)")
        case let error as RefusedWebhook:
            self = error.header.map { Problem(.invalidRequest, "\(error)", field: $0) } ?? .body("", "\(error)")
        case is StatementMismatch: self.init(.idempotencyKeyReused, "\(error)", field: "Idempotency-Key")
        case is Invoice.Rejection, is PaymentMethod.Rejection, is PolicyBook.Rejection, is Offer.Rejection,
            is Template.Rejection, is Job.Rejection, is CardDecider.Rejection, is PairDecider.Rejection, is ReviewDecider.Rejection,
            is ReviewPanel.Rejection,
            is SeparationDecider.Rejection, is GoldenDecider.Rejection, is SagaControl.Rejection, is CancellationRefused,
            is SkippingRefused,
            is UnknownSignal, is NothingToCompare, is NoPolicies, is LackingDefinition:
            self.init(.rejected, "\(error)")
        default: return nil
        }
    }

    private init(steward error: StewardError) {
        switch error {
        case .unknownCard, .unknownGolden, .unknownReview: self = .unknown("\(error)")
        case .wrongReview, .nothingToDo, .notMember, .blind: self.init(.rejected, "\(error)")
        case .decidedBefore(let decision):
            self.init(.rejected, "\(error)")
            position = decision.position
            self.decision = decision
        case .outdatedPreview(let changes):
            self.init(.rejected, "\(error)")
            position = changes.last?.position
            self.changes = changes
        case .needsReason: self = .body("/reason", "is missing")
        }
    }

    private init(subscription error: Subscription.Rejection) {
        switch error {
        case .badIdentifier(let field): self = .body("/\(field)", "\(error)")
        case .unknownTimeZone: self = .body("/timeZone", "\(error)")
        case .periodLongOver: self.init(.rejected, "\(error)", pointer: "/periodEndsAt")
        case .nothingToPay, .badAmount: self = .body("/amountMinor", "\(error)")
        case .alreadyStarted, .unknown, .ended, .sameMethod: self.init(.rejected, "\(error)")
        }
    }

    private init(artifact error: ModelArtifactError) {
        // The path is the operator's.
        let isMissing = if case .missing = error { true } else { false }
        let missing = "its file is not there: restore it from a backup, or train again"
        self.init(.rejected, "model: \(isMissing ? missing : "\(error)")", pointer: "/model")
    }

    /// - Parameters:
    ///   - path: The pointer to the signals.
    ///   - kind: What a snapshot of an instant to come is where its form is not at fault.
    private init(payer error: Payer.Rejection, under path: String = "", refusingTheFuture kind: Kind = .invalidRequest) {
        let member =
            switch error {
            case .badIdentifier(let field): field
            case .fromTheFuture, .outdated: "takenAt"
            case .badCountry: "country"
            case .badUsage(let field, _): "usage.\(field)"
            }
        let kind =
            switch error {
            case .outdated: Kind.rejected
            case .fromTheFuture: kind
            case .badIdentifier, .badCountry, .badUsage: Kind.invalidRequest
            }
        self.init(
            kind, "\(error)", pointer: path + "/" + member.split(separator: ".").joined(separator: "/"))
    }
}

extension DecodingError {
    /// What the domain says of an amount or currency; a value is named in it that is no secret.
    fileprivate var moneyError: MoneyError? {
        guard case .dataCorrupted(let context) = self else { return nil }
        return context.underlyingError as? MoneyError
    }
}

extension ExperimentRegister.Rejection {
    /// The member of the body that it is about.
    fileprivate var pointer: String {
        switch self {
        case .sharesDoNotSum: "/arms"
        case .badHoldOut, .holdOutTooSmall: "/holdOutPermille"
        case .emptySegment(let field): "/segment/\(field)"
        case .badIdentifier(let field): "/\(field)"
        case .leadsToItself: "/otherwise"
        }
    }
}

extension ModelRegister.Rejection {
    /// The member of the body that it is about.
    fileprivate var pointer: String {
        switch self {
        case .unknownModel, .hasRole: "/model"
        case .nothingToRollBack: "/role"
        case .needsReason: "/reason"
        case .badDays(let field, _): "/\(field)"
        }
    }
}
