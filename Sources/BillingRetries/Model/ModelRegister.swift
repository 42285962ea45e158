package import HindsightCore

/// The models that were trained, and which of them has which role, in the stream `model-<name>`.
package enum ModelRegister: Decider {
    package enum Command: Sendable {
        case record(ModelTrained)
        case promote(ModelDigest, to: ModelRole, reason: String, at: Timestamp)
        /// Gives the role back to the model that had it before; to none after the first.
        case rollBack(ModelRole, reason: String, at: Timestamp)
        case requestTraining(at: Timestamp)
        case scheduleRetraining(everyDays: Int, shadowDays: Int, at: Timestamp)
        case recordFailure(account: String, at: Timestamp)
        /// After a shadow's time; nothing if another model has its role by then, or it is the champion already.
        case propose(ModelDigest, ShadowRecord, at: Timestamp)
    }

    package typealias Event = ModelEvent

    package struct State: Sendable {
        /// Oldest first.
        package fileprivate(set) var trained: [ModelTrained] = []
        /// Who had each role, the present one last.
        fileprivate var holders: [ModelRole: [ModelDigest]] = [:]
        /// `nil` where nobody has scheduled any, or it was ended.
        package fileprivate(set) var retraining: RetrainingScheduled?
        /// The model that a person may promote; `nil` if none was proposed since the last promotion, or it is no shadow any more.
        package fileprivate(set) var proposal: PromotionProposed?

        package init() {}

        package func holder(of role: ModelRole) -> ModelDigest? { holders[role]?.last }

        package func roles(of digest: ModelDigest) -> [ModelRole] { ModelRole.allCases.filter { holder(of: $0) == digest } }
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case unknownModel(ModelDigest)
        case hasRole(ModelRole)
        case nothingToRollBack(ModelRole)
        case needsReason
        case badDays(field: String, Int)

        package var description: String {
            switch self {
            case .unknownModel(let digest):
                "model: \(digest) was never trained in this log; see `hindsight billing models` for those that were"
            case .hasRole(let role): "model: is the \(role.rawValue) already"
            case .nothingToRollBack(let role): "role: no model is the \(role.rawValue), so there is nothing to roll back"
            case .needsReason: "reason: is missing: say why"
            case .badDays(let field, let days): "\(field): \(days) is not 0 to 365"
            }
        }
    }

    /// The name of the register that ranks retries.
    package static let retries = "retries"
    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [Event] {
        switch command {
        case .record(let trained): return state.trained.contains { $0.digest == trained.digest } ? [] : [.trained(trained)]
        case .promote(let digest, let role, let reason, let now):
            guard let trained = state.trained.last(where: { $0.digest == digest }) else { throw .unknownModel(digest) }
            guard state.holder(of: role) != digest else { throw .hasRole(role) }
            try check(reason)
            return [
                .promoted(
                    ModelPromoted(
                        model: trained.model, role: role, digest: digest, previous: state.holder(of: role), reason: reason, at: now))
            ]
        case .scheduleRetraining(let everyDays, let shadowDays, let now):
            for (field, days) in [("everyDays", everyDays), ("shadowDays", shadowDays)] where !(0...365).contains(days) {
                throw .badDays(field: field, days)
            }
            if let present = state.retraining, present.everyDays == everyDays, present.shadowDays == shadowDays { return [] }
            if state.retraining == nil, everyDays == 0 { return [] }
            return [.retrainingScheduled(RetrainingScheduled(model: retries, everyDays: everyDays, shadowDays: shadowDays, at: now))]
        case .requestTraining(let now): return [.trainingRequested(TrainingRequested(model: retries, at: now))]
        case .recordFailure(let account, let now): return [.trainingFailed(TrainingFailed(model: retries, account: account, at: now))]
        case .propose(let digest, let shadow, let now):
            guard state.holder(of: .shadow) == digest, state.holder(of: .champion) != digest, state.proposal?.digest != digest else {
                return []
            }
            return [
                .promotionProposed(
                    PromotionProposed(
                        model: retries, digest: digest, champion: state.holder(of: .champion), shadow: shadow, at: now))
            ]
        case .rollBack(let role, let reason, let now):
            guard let holders = state.holders[role], let present = holders.last, let model = state.trained.last?.model else {
                throw .nothingToRollBack(role)
            }
            try check(reason)
            return [
                .rolledBack(
                    ModelRolledBack(
                        model: model, role: role, from: present, to: holders.dropLast().last, reason: reason, at: now))
            ]
        }
    }

    private static func check(_ reason: String) throws(Rejection) {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw .needsReason }
    }

    package static func evolve(_ state: inout State, with event: Event) {
        switch event {
        case .trained(let trained): state.trained.append(trained)
        case .promoted(let promoted):
            state.holders[promoted.role, default: []].append(promoted.digest)
            // A person has decided, or another model is the shadow by now.
            if promoted.role == .champion || promoted.role == .shadow { state.proposal = nil }
        case .retrainingScheduled(let scheduled): state.retraining = scheduled.everyDays > 0 ? scheduled : nil
        case .trainingRequested, .trainingFailed: break
        case .promotionProposed(let proposed): state.proposal = proposed
        case .rolledBack(let back):
            state.holders[back.role]?.removeLast()
            if back.role == .shadow, state.proposal?.digest == back.from { state.proposal = nil }
        }
    }
}
