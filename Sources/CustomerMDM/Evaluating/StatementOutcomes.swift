/// Finds what became of single statements, by following the events of all cards from the first on.
///
/// Which events a statement led to is for the caller to know; statements are numbered as he likes.
package struct StatementOutcomes: Sendable {
    private let profile: Profile
    private let cards: [Int: CardID]
    private var states: [CardID: CardDecider.State] = [:]
    private var outcomes: [Int: StatementOutcome] = [:]
    /// The statement that is held under a review.
    private var held: [String: Int] = [:]

    /// - Parameters:
    ///   - cards: The card that each statement is about.
    ///   - profile: Tells spellings from other values.
    package init(of cards: [Int: CardID], profile: Profile) {
        self.cards = cards
        self.profile = profile
    }

    package subscript(statement: Int) -> StatementOutcome { outcomes[statement] ?? .nothing }

    /// - Parameter statement: What led to the event; `nil` for a steward's act and everything else.
    package mutating func follow(_ event: CardEvent, of statement: Int?) {
        // Another card's change may be decided by the way, when this statement confirms it.
        let own = statement.flatMap { cards[$0] == event.card ? $0 : nil }
        switch event {
        case .received: note(.received, of: own)
        case .changed(let changed): note(outcome(of: changed), of: own)
        case .changeHeld(let change):
            note(.held, of: own)
            held[change.review] = own
        case .changeWithdrawn(let change):
            note(.tookBack, of: own)
            note(.heldWithdrawn, of: held[change.review], unlessDecided: true)
        case .changeAccepted(let change): note(.heldAccepted, of: held[change.review])
        case .changeRefused(let change): note(.heldRefused, of: held[change.review])
        case .pastValueOpened: if let own, !self[own].isHeld { note(.pastOpened, of: own) }
        case .pastValueWithdrawn: if let own, !self[own].isHeld, self[own] != .pastOpened { note(.pastWithdrawn, of: own) }
        case .pastValueClosed, .dropped, .assigned: break
        }
        CardDecider.evolve(&states[event.card, default: CardDecider.initialState], with: event)
    }

    private mutating func note(_ outcome: StatementOutcome, of statement: Int?, unlessDecided: Bool = false) {
        guard let statement, !unlessDecided || self[statement] == .held else { return }
        outcomes[statement] = outcome
    }

    private func outcome(of changed: CardChanged) -> StatementOutcome {
        let before = states[changed.card]?.accepted ?? [:]
        let after = before.applying(changed.changes)
        let assessment = ChangeAssessment(from: before, to: after, profile: profile)
        guard assessment.changedNameParts.isEmpty, assessment.changedFixedAttributes.isEmpty else { return .takenOver }
        let watched = profile.attributes.filter { attribute in
            attribute.isWatched && before[attribute.name] != nil && after[attribute.name] != nil
                && before[attribute.name] != after[attribute.name]
        }
        guard !watched.isEmpty else { return .takenOver }
        let isSpelling = watched.allSatisfy { attribute in
            guard attribute.namePart == nil, let from = before[attribute.name].flatMap(attribute.standardForm),
                let to = after[attribute.name].flatMap(attribute.standardForm)
            else { return true }
            return attribute.saysTheSame(from, to)
        }
        return isSpelling ? .spelling : .takenOver
    }
}

extension Profile.Attribute {
    /// Whether a change of it means more than another value: it may be held, or leave a past value.
    fileprivate var isWatched: Bool { namePart != nil || keepsPastValues || isHeldWhenChanged }
}
