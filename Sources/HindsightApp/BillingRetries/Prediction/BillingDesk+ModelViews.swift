package import BillingRetries
package import HindsightCore

extension BillingDesk {
    /// A trained model: how it did, what it is there for, and who decided so.
    package struct ModelView: Sendable, Equatable, Encodable {
        /// A person's decision about it.
        package struct Decision: Sendable, Equatable, Encodable {
            package enum Act: String, Sendable, Encodable {
                case promoted
                /// It lost the role again.
                case rolledBack = "rolled-back"
            }
            package let act: Act
            package let role: ModelRole
            package let at: Timestamp
            package let by: String?
            package let reason: String
        }

        package let model: ModelDigest
        /// The name of its register.
        package let register: String
        package let trainedAt: Timestamp
        package let trainedThrough: Position
        package let cut: Timestamp
        package let rows: Int
        package let heldOutRows: Int
        package let measures: PredictionMeasures
        package let segmentMeasures: PredictionMeasures?
        /// The champion of then, on those charges that it had not learned from.
        package let champion: ModelDigest?
        package let championMeasures: PredictionMeasures?
        package let comparison: ModelComparison?
        /// What it did as a shadow, once it is up to a person to promote it.
        package fileprivate(set) var proposedAfter: ShadowRecord?
        /// What it is there for now; empty for a model that decides nothing.
        package fileprivate(set) var roles: [ModelRole] = []
        /// Oldest first.
        package fileprivate(set) var decisions: [Decision] = []

        init(_ trained: ModelTrained) {
            model = trained.digest
            register = trained.model
            trainedAt = trained.at
            trainedThrough = trained.trainedThrough
            cut = trained.cut
            rows = trained.rows
            heldOutRows = trained.heldOutRows
            measures = trained.measures
            segmentMeasures = trained.segmentMeasures
            champion = trained.champion
            championMeasures = trained.championMeasures
            comparison = trained.comparison
        }
    }

    /// The models that rank retries, as the log knew them, the newest first.
    package func modelViews(at position: Position) async throws -> [ModelView] {
        var register = ModelRegister.initialState
        var views: [ModelDigest: ModelView] = [:]
        let filter = EventFilter(stream: try BillingRetries.model(ModelRegister.retries))
        for try await recorded in log.events(EventSelection(filter, until: position)) {
            guard let event = try ModelEvent.codec.decode(recorded) else { continue }
            ModelRegister.evolve(&register, with: event)
            let actor = try recorded.metadata.decoded(as: EventMetadata.self).actor
            switch event {
            case .trained(let trained): views[trained.digest] = ModelView(trained)
            case .promoted(let promoted):
                views[promoted.digest]?.decisions.append(
                    ModelView.Decision(act: .promoted, role: promoted.role, at: promoted.at, by: actor, reason: promoted.reason))
            case .promotionProposed, .trainingRequested, .retrainingScheduled, .trainingFailed: break
            case .rolledBack(let back):
                views[back.from]?.decisions.append(
                    ModelView.Decision(act: .rolledBack, role: back.role, at: back.at, by: actor, reason: back.reason))
            }
        }
        return register.trained.reversed().compactMap { trained in
            var view = views[trained.digest]
            view?.roles = register.roles(of: trained.digest)
            if let proposal = register.proposal, proposal.digest == trained.digest { view?.proposedAfter = proposal.shadow }
            return view
        }
    }
}
