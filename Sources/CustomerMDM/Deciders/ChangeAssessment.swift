/// What a source's new statement about a card changes, and how suspicious that is.
package struct ChangeAssessment: Sendable, Equatable {
    package let changes: [AttributeChange]
    /// The statement itself.
    let stated: [String: String]
    /// Name parts that became another name, not another spelling.
    package let changedNameParts: [Profile.NamePart]
    /// Held attributes, such as the birth date, that now say something else.
    package let changedFixedAttributes: [String]

    package init(from accepted: [String: String], to stated: [String: String], profile: Profile) {
        self.stated = stated
        changes = profile.attributes.compactMap { attribute in
            let (from, to) = (accepted[attribute.name], stated[attribute.name])
            return from == to ? nil : AttributeChange(attribute: attribute.name, from: from, to: to)
        }
        let before = profile.arrangement.arranged(accepted).values
        let after = profile.arrangement.arranged(stated).values
        changedNameParts = profile.attributes.compactMap { attribute in
            guard let part = attribute.namePart, let from = before[attribute.name].flatMap(attribute.standardForm),
                let to = after[attribute.name].flatMap(attribute.standardForm)
            else { return nil }
            return Measure.name.level(from, to) == .different ? part : nil
        }
        changedFixedAttributes = profile.attributes.compactMap { attribute in
            guard attribute.isHeldWhenChanged, let from = accepted[attribute.name].flatMap(attribute.standardForm),
                let to = stated[attribute.name].flatMap(attribute.standardForm), from.isValid, to.isValid, from.text != to.text
            else { return nil }
            return attribute.name
        }
    }

    /// Whether it depends on other cards if the change is held: a lone given name may be another person's.
    package var isLoneGivenName: Bool { changedNameParts == [.givenName] }

    /// Why the change waits in review; empty where it is taken over.
    package func reasonsToHold(_ policy: MatchingPolicy, turnsIntoAnother: Bool) -> [HoldReason] {
        guard policy.holdsSuspiciousChanges else { return [] }
        var reasons: [HoldReason] = []
        if changedNameParts.count >= 2 { reasons.append(.severalNameParts) }
        if isLoneGivenName, turnsIntoAnother, policy.holdsGivenNameOfAnother { reasons.append(.givenNameOfAnother) }
        if !changedFixedAttributes.isEmpty { reasons.append(.fixedAttribute) }
        return reasons
    }
}
