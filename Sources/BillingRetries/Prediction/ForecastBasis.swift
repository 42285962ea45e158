package import HindsightCore

/// What a prediction would be based on, as the log has it now.
package struct ForecastBasis: Sendable {
    package let snapshot: SnapshotRecorded?
    package let register: ModelRegister.State
    /// Of the subscription; empty where nobody has looked.
    package let plan: String

    package init(snapshot: SnapshotRecorded?, register: ModelRegister.State, plan: String = "") {
        self.snapshot = snapshot
        self.register = register
        self.plan = plan
    }

    /// Without snapshot and model: the rules decide.
    package static let none = ForecastBasis(snapshot: nil, register: ModelRegister.initialState)

    /// The model that decides and the snapshot that it may read.
    ///
    /// - Parameter code: The issuer's last answer; `nil` before the first.
    package func ready(for terms: ModelTerms, after code: String?, at now: Timestamp) throws(PredictionFailure) -> (
        model: ModelDigest, snapshot: SnapshotRecorded
    ) {
        guard let model = register.holder(of: terms.role) else {
            throw PredictionFailure(.noModel, "no model is the \(terms.role.rawValue)")
        }
        guard let snapshot else { throw PredictionFailure(.noSnapshot, "nobody has stated signals of this customer") }
        guard now <= snapshot.signals.takenAt.advanced(by: ModelTerms.snapshotLife) else {
            throw PredictionFailure(.staleSnapshot, "the newest snapshot is of \(snapshot.signals.takenAt)")
        }
        if let code, !DeclineReason.isKnown(code) { throw PredictionFailure(.unknownCode, "code \(code)") }
        return (model, snapshot)
    }

    /// Who pays, from the snapshot and the invoice.
    package func traits(of invoice: InvoiceOpened) -> PayerTraits {
        PayerTraits(of: invoice, as: snapshot?.signals, plan: plan)
    }
}

extension PayerTraits {
    /// - Parameter signals: What was stated of the customer by then; `nil` where nothing was.
    package init(of invoice: InvoiceOpened, as signals: PayerSignals?, plan: String) {
        self.init(
            country: signals?.country, timeZone: invoice.timeZone, customerType: invoice.customerType, plan: plan,
            amountMinor: invoice.amountMinor, currency: invoice.currency, issuer: signals?.card?.issuer, network: signals?.card?.network,
            funding: signals?.card?.funding)
    }
}

extension DecisionBatch {
    /// What a prediction for this invoice would be based on.
    nonisolated(nonsending) func forecastBasis(of invoice: InvoiceOpened) async throws -> ForecastBasis {
        let newest = try await newest(PayerEvent.self, among: [SnapshotRecorded.type], on: BillingRetries.payer(invoice.customer))
        let snapshot: SnapshotRecorded? = if case .snapshotRecorded(let recorded)? = newest { recorded } else { nil }
        let register = try await state(of: ModelRegister.self, on: BillingRetries.model(ModelRegister.retries))
        let subscription = try await state(of: Subscription.self, on: BillingRetries.subscription(invoice.subscription))
        return ForecastBasis(snapshot: snapshot, register: register, plan: subscription.terms?.plan ?? "")
    }
}
