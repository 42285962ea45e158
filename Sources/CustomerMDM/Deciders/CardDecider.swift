package import HindsightCore

/// What becomes of one card: which statements of its source count, which wait, and where the card belongs.
package enum CardDecider: Decider {
    /// Profile and policy in force.
    package struct Rules: Sendable {
        package let profile: Profile
        package let policy: MatchingPolicy

        package init(profile: Profile, policy: MatchingPolicy) {
            (self.profile, self.policy) = (profile, policy)
        }

        /// The profile, where it is its review policy that decides; a steward's word is his own.
        fileprivate func reference(ofPolicy reason: String) -> String? { ReviewPolicy.isReason(reason) ? profile.reference : nil }
    }

    /// What a source says about a card.
    package struct Statement: Sendable {
        package let card: CardID
        /// Without missing ones.
        package let values: [String: String]
        package let matching: Matching
        package let occurredAt: Timestamp?

        /// Empty values are dropped: missing is never a value.
        package init(card: CardID, values: [String: String], matching: Matching, occurredAt: Timestamp? = nil) {
            self.card = card
            self.values = values.compactMapValues {
                let text = $0.trimmed
                return text.isEmpty ? nil : text
            }
            self.matching = matching
            self.occurredAt = occurredAt
        }
    }

    package enum Command: Sendable {
        /// - Parameter turnsIntoAnother: Whether the stated names and birth date are those of another living golden record.
        case state(Statement, Rules, turnsIntoAnother: Bool)
        case drop(occurredAt: Timestamp?)
        case acceptChange(review: String, reason: String, Rules)
        case refuseChange(review: String, reason: String, Rules)
        case initialisePastValues(Rules)
        case closePastValue(PastValue, reason: String, Rules)
        case assign(from: GoldenID, to: GoldenID, because: CardAssigned.Cause, request: String)
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case unknownCard
        case noSuchChange(review: String)
        case unknownAttribute(String)
        case movedMeanwhile(CardID, expected: GoldenID, actual: GoldenID)

        package var description: String {
            switch self {
            case .unknownCard: "there is no such card"
            case .noSuchChange(let review): "review \(review) waits for no change of this card any more"
            case .unknownAttribute(let name): "there is no attribute \(name)"
            case .movedMeanwhile(let card, let expected, let actual): "card \(card) is in \(actual), no longer in \(expected)"
            }
        }
    }

    /// A statement that a steward has to look at, or has refused.
    package struct Pending: Sendable, Equatable {
        package var review: String
        package var values: [String: String]
    }

    package struct State: Sendable, Equatable {
        package var card: CardID?
        package var golden: GoldenID?
        package var revision = 0
        package var isDropped = false
        /// The values that count.
        package var accepted: [String: String] = [:]
        package var held: Pending?
        package var refused: Pending?
        /// Accepted values, oldest first, those that count now last.
        package var history: [[String: String]] = []
        package var openPastValues: [PastValue] = []
        package var tombstones: [PastValue] = []

        /// The last statement of the source, whatever became of it.
        package var stated: [String: String] { held?.values ?? refused?.values ?? accepted }

        /// What each attribute was accepted as, oldest first, with every name in its own place: a given name that stood in the field of
        /// the surname was never a surname.
        package func histories(_ profile: Profile) -> [String: [String]] {
            var histories: [String: [String]] = [:]
            for values in history {
                for (attribute, value) in profile.arrangement.arranged(values).values where histories[attribute]?.last != value {
                    histories[attribute, default: []].append(value)
                }
            }
            return histories
        }
    }

    package static let initialState = State()

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [CardEvent] {
        if case .state(let statement, let rules, let turnsIntoAnother) = command {
            return decide(statement, rules, turnsIntoAnother: turnsIntoAnother, given: state)
        }
        guard let card = state.card, let golden = state.golden else { throw .unknownCard }
        switch command {
        case .state: return []
        case .drop(let occurredAt):
            guard !state.isDropped else { return [] }
            return [.dropped(CardDropped(card: card, golden: golden, revision: state.revision + 1, occurredAt: occurredAt))]
        case .acceptChange(let review, let reason, let rules):
            guard let pending = state.held ?? state.refused, pending.review == review else { throw .noSuchChange(review: review) }
            let changes = ChangeAssessment(from: state.accepted, to: pending.values, profile: rules.profile).changes
            return withPastValues(
                [
                    .changeAccepted(
                        ChangeAccepted(
                            card: card, golden: golden, revision: state.revision, review: review, changes: changes, reason: reason,
                            profile: rules.reference(ofPolicy: reason)))
                ], given: state, rules)
        case .refuseChange(let review, let reason, let rules):
            if state.refused?.review == review { return [] }
            guard state.held?.review == review else { throw .noSuchChange(review: review) }
            return [
                .changeRefused(
                    ChangeRefused(
                        card: card, golden: golden, revision: state.revision, review: review, reason: reason,
                        profile: rules.reference(ofPolicy: reason)))
            ]
        case .initialisePastValues(let rules):
            return pastValueEvents(of: state, rules)
        case .closePastValue(let past, let reason, let rules):
            guard let attribute = rules.profile.attributes.first(where: { $0.name == past.attribute }), attribute.keepsPastValues else {
                throw .unknownAttribute(past.attribute)
            }
            let isClosed = state.tombstones.contains { $0.attribute == past.attribute && attribute.isSame($0.value, past.value) }
            guard !isClosed else { return [] }
            return [
                .pastValueClosed(PastValueClosed(card: card, attribute: past.attribute, value: past.value, reason: reason))
            ]
        case .assign(let from, let to, let cause, let request):
            guard golden != to else { return [] }
            guard golden == from else { throw .movedMeanwhile(card, expected: from, actual: golden) }
            return [.assigned(CardAssigned(card: card, from: from, to: to, because: cause, request: request))]
        }
    }

    private static func decide(
        _ statement: Statement, _ rules: Rules, turnsIntoAnother: Bool, given state: State
    ) -> [CardEvent] {
        let revision = state.revision + 1
        guard let golden = state.golden else {
            return [
                .received(
                    CardReceived(
                        card: statement.card, golden: GoldenID(foundedBy: statement.card), revision: revision,
                        matching: statement.matching, values: statement.values, occurredAt: statement.occurredAt))
            ]
        }
        guard statement.values != state.stated || state.isDropped else { return [] }
        let assessment = ChangeAssessment(from: state.accepted, to: statement.values, profile: rules.profile)
        // What was refused stays refused, however often the source repeats it.
        if let refused = state.refused, assessment.saysTheSame(as: refused.values, profile: rules.profile), !state.isDropped { return [] }
        let reasons = assessment.reasonsToHold(rules.policy, turnsIntoAnother: turnsIntoAnother)
        if let held = state.held, !reasons.isEmpty, assessment.saysTheSame(as: held.values, profile: rules.profile), !state.isDropped {
            return []
        }
        var events: [CardEvent] = []
        if let pending = state.held ?? state.refused {
            events.append(
                .changeWithdrawn(
                    ChangeWithdrawn(
                        card: statement.card, golden: golden, revision: revision, review: pending.review, occurredAt: statement.occurredAt))
            )
        }
        if !reasons.isEmpty {
            events.append(
                .changeHeld(
                    ChangeHeld(
                        card: statement.card, golden: golden, revision: revision, matching: statement.matching,
                        review: Fingerprint.hex(["change", statement.card.description, String(revision)]), reasons: reasons,
                        changes: assessment.changes, occurredAt: statement.occurredAt, profile: rules.profile.reference)))
            return events
        }
        if !assessment.changes.isEmpty || state.isDropped {
            events.append(
                .changed(
                    CardChanged(
                        card: statement.card, golden: golden, revision: revision, matching: statement.matching,
                        changes: assessment.changes, occurredAt: statement.occurredAt)))
        }
        return withPastValues(events, given: state, rules)
    }

    // MARK: - Past values

    private static func withPastValues(_ events: [CardEvent], given state: State, _ rules: Rules) -> [CardEvent] {
        var after = state
        for event in events { evolve(&after, with: event) }
        return events + pastValueEvents(of: after, rules)
    }

    /// What leads from the open past values to those that the history shows; nothing where they are the same.
    private static func pastValueEvents(of state: State, _ rules: Rules) -> [CardEvent] {
        guard rules.policy.usesPastValues, let card = state.card else { return [] }
        var events: [CardEvent] = []
        let histories = state.histories(rules.profile)
        for attribute in rules.profile.attributes where attribute.keepsPastValues {
            let derived = PastValues.derived(
                from: histories[attribute.name] ?? [], of: attribute, forgetsReverted: rules.policy.forgetsRevertedValues)
            let closed = state.tombstones.filter { $0.attribute == attribute.name }
            let wanted = derived.filter { value in !closed.contains { attribute.isSame($0.value, value) } }
            let open = state.openPastValues.filter { $0.attribute == attribute.name }
            for value in open.map(\.value) where !wanted.contains(where: { attribute.isSame($0, value) }) {
                events.append(
                    .pastValueWithdrawn(
                        PastValueWithdrawn(
                            card: card, attribute: attribute.name, value: value, revision: state.revision, profile: rules.profile.reference)
                    ))
            }
            for value in wanted where !open.contains(where: { attribute.isSame($0.value, value) }) {
                events.append(
                    .pastValueOpened(
                        PastValueOpened(
                            card: card, attribute: attribute.name, value: value, revision: state.revision, profile: rules.profile.reference)
                    ))
            }
        }
        return events
    }

    package static func evolve(_ state: inout State, with event: CardEvent) {
        switch event {
        case .received(let received):
            state.card = received.card
            state.golden = received.golden
            state.revision = received.revision
            state.accept(received.values)
        case .changed(let changed):
            state.revision = changed.revision
            state.isDropped = false
            state.held = nil
            state.refused = nil
            state.accept(state.accepted.applying(changed.changes))
        case .changeHeld(let held):
            state.revision = held.revision
            state.isDropped = false
            state.refused = nil
            state.held = Pending(review: held.review, values: state.accepted.applying(held.changes))
        case .changeWithdrawn(let withdrawn):
            state.revision = withdrawn.revision
            state.isDropped = false
            state.held = nil
            state.refused = nil
        case .changeAccepted(let accepted):
            state.held = nil
            state.refused = nil
            state.accept(state.accepted.applying(accepted.changes))
        case .changeRefused:
            state.refused = state.held
            state.held = nil
        case .pastValueOpened(let opened):
            state.openPastValues.append(PastValue(attribute: opened.attribute, value: opened.value))
        case .pastValueWithdrawn(let withdrawn):
            state.openPastValues.removeAll { $0 == PastValue(attribute: withdrawn.attribute, value: withdrawn.value) }
        case .pastValueClosed(let closed):
            state.tombstones.append(PastValue(attribute: closed.attribute, value: closed.value))
        case .dropped(let dropped):
            state.revision = dropped.revision
            state.isDropped = true
        case .assigned(let assigned):
            state.golden = assigned.to
        }
    }
}

extension CardDecider.State {
    fileprivate mutating func accept(_ values: [String: String]) {
        if history.last != values { history.append(values) }
        accepted = values
    }
}

extension ChangeAssessment {
    /// Whether the statement differs from `pending` in nothing but spelling.
    fileprivate func saysTheSame(as pending: [String: String], profile: Profile) -> Bool {
        profile.attributes.allSatisfy { attribute in
            let (left, right) = (stated[attribute.name], pending[attribute.name])
            return left == right || attribute.isSame(left, right)
        }
    }
}

extension [String: String] {
    /// The values after the changes.
    package func applying(_ changes: [AttributeChange]) -> [String: String] {
        changes.reduce(into: self) { $0[$1.attribute] = $1.to }
    }
}

extension String {
    /// Without white space at both ends.
    package var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[first...last])
    }
}
