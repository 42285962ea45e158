import AudienceJobs
import BillingRetries
package import CustomerMDM
package import HindsightCore

/// Everything that ships with this program: the one place that names all domains, their projections, sagas and events.
package enum BuiltIn {
    package static let domains: [Domain] = [AudienceJobsDomain.domain, BillingRetries.domain, CustomerMDM.domain]

    /// - Parameter profile: By which customer cards are matched in this log.
    package static func projections(_ profile: Profile) -> [any Projection] {
        [SagaBoard()] + AudienceBoard.projections + BillingBasis.projections + CustomerHub.projections(profile)
    }

    package static let sagas: [SagaDescription] = [
        SagaDescription(NotebookRunSaga.self, earlier: FirstNotebookRunSaga.self), SagaDescription(NoticeDelivery.self),
        SagaDescription(RenewalSaga.self, earlier: FirstRenewalSaga.self),
        SagaDescription(PaymentSaga.self, supposingPolicy: BillingDesk.supposingPolicy),
        SagaDescription(RetrainingSaga.self), SagaDescription(SimulatedPayers.self), SagaDescription(MergeSaga.self),
        SagaDescription(UnmergeSaga.self),
    ]

    /// Every kind of event that built-in code writes into streams of its own.
    package static let eventKinds: [EventKind] =
        EventKind.all(of: SagaLifecycle.self) + EventKind.all(of: OperatorAct.self)
        + EventKind.all(of: JobEvent.self) + EventKind.all(of: OfferEvent.self) + EventKind.all(of: TemplateEvent.self)
        + EventKind.all(of: SubscriptionEvent.self) + EventKind.all(of: InvoiceEvent.self) + EventKind.all(of: PaymentMethodEvent.self)
        + EventKind.all(of: PolicyEvent.self) + EventKind.all(of: ExperimentEvent.self)
        + EventKind.all(of: ModelEvent.self) + EventKind.all(of: PayerEvent.self)
        + EventKind.all(of: CustomerEvent.self) + EventKind.all(of: IngestEvent.self)

    /// What a domain's event says of why it happened; `nil` for events of no domain, and erased ones.
    package static func explanation(of event: RecordedEvent) throws -> EventExplanation? {
        if let known = try AudienceJobsDomain.explanation(of: event) { return EventExplanation(known) }
        if let known = try BillingRetries.explanation(of: event) { return EventExplanation(known) }
        if let known = try CustomerMDM.explanation(of: event) { return EventExplanation(known) }
        return nil
    }

    /// With which types of the engine's own events begin.
    package static let enginePrefix = "hindsight."

    /// Categories of the engine's own streams.
    package static let engineCategories: Set<String> = ["saga", "timer", "projection", "log"]
}

/// Who or what decided what an event tells, why, and what else it might have been.
package struct EventExplanation: Sendable, Equatable {
    package struct Lost: Sendable, Equatable, Encodable {
        package let value: String
        package let reason: String
    }

    package let by: String?
    package let reason: String?
    package let lost: [Lost]

    init(_ explanation: (by: String?, reason: String?, lost: [(value: String, reason: String)])) {
        by = explanation.by
        reason = explanation.reason
        lost = explanation.lost.map { Lost(value: $0.value, reason: $0.reason) }
    }
}
