import AudienceJobs
import BillingRetries
package import CustomerMDM
package import HindsightCore

/// Everything that ships with this program: the one place that names all domains, their projections, sagas and events.
package enum BuiltIn {
    package static let domains: [Domain] = [AudienceJobsDomain.domain, BillingRetries.domain, CustomerMDM.domain]

    /// - Parameter profile: By which customer cards are matched in this log.
    package static func projections(_ profile: Profile) -> [any Projection] {
        [SagaBoard()] + AudienceBoard.projections + [InvoiceBoard(), BillingMetrics()] + CustomerHub.projections(profile)
    }

    package static let sagas: [SagaDescription] = [
        SagaDescription(NotebookRunSaga.self) { _ in nil },
        SagaDescription(RenewalSaga.self) { _ in nil },
        SagaDescription(PaymentSaga.self) { _ in nil },
        // Whoever has answered a notice waits for what becomes of the invoice.
        SagaDescription(SimulatedPayers.self) { _ in "the end of the invoice" },
        SagaDescription(MergeSaga.self) { _ in nil },
        SagaDescription(UnmergeSaga.self) { _ in nil },
    ]

    /// Every kind of event that built-in code writes into streams of its own.
    package static let eventKinds: [EventKind] =
        EventKind.all(of: SagaLifecycle.self) + EventKind.all(of: OperatorAct.self)
        + EventKind.all(of: JobEvent.self) + EventKind.all(of: OfferEvent.self) + EventKind.all(of: TemplateEvent.self)
        + EventKind.all(of: SubscriptionEvent.self) + EventKind.all(of: InvoiceEvent.self) + EventKind.all(of: PaymentMethodEvent.self)
        + EventKind.all(of: PolicyEvent.self) + EventKind.all(of: ExperimentEvent.self)
        + EventKind.all(of: CustomerEvent.self)

    /// Categories of the engine's own streams.
    package static let engineCategories: Set<String> = ["saga", "timer", "projection", "log"]
}
