package import HindsightCore

/// What the guard has to know about a card before it lets anybody charge it.
package struct CardRecord: Sendable, Hashable {
    /// `nil` until the gateway has named it.
    package var network: CardNetwork?
    /// When the card was tried, oldest first, by any invoice; at least those of the last 30 days.
    package var tries: [Timestamp]
    /// Why the card must not be tried at all; only another card helps.
    package var block: CardBlock?
    /// The issuer has asked for the payer in person for this invoice.
    package var requiresAuthentication: Bool
    /// The earliest instant that the last decline allows.
    package var notBefore: Floor?

    package struct Floor: Sendable, Hashable {
        package let instant: Timestamp
        package let rule: String

        package init(instant: Timestamp, rule: String) {
            self.instant = instant
            self.rule = rule
        }
    }

    package init(
        network: CardNetwork? = nil, tries: [Timestamp] = [], block: CardBlock? = nil, requiresAuthentication: Bool = false,
        notBefore: Floor? = nil
    ) {
        self.network = network
        self.tries = tries
        self.block = block
        self.requiresAuthentication = requiresAuthentication
        self.notBefore = notBefore
    }
}

/// The rule that closed a card for ever, and the answer that it was read from.
package struct CardBlock: Sendable, Hashable, Codable {
    package let rule: String
    package let code: String?
    package let advice: String?

    /// Why an invoice fails that finds the card closed.
    package var reason: DeclineReason {
        let reason = DeclineReason(code: code)
        return reason.needsPayer ? reason : .deadCard
    }
}

/// The networks' rules, applied: nothing is charged without its clearance.
package struct NetworkGuard: Sendable {
    package let rules: NetworkRules

    package init(_ rules: NetworkRules = .current) { self.rules = rules }

    package enum Opening: Sendable, Hashable {
        /// The card may be tried from this instant on; the rule is the one that set it, if any did.
        case from(Timestamp, rule: String?)
        /// Not until the payment method changes.
        case closed(rule: String)
    }

    package enum Verdict: Sendable {
        case cleared(Clearance)
        case refused(rule: String, opensAt: Timestamp?)
    }

    /// Proof that the guard let a charge of a card pass at an instant. Only the guard makes one, and a charge can't be requested without.
    package struct Clearance: Sendable, Hashable, Codable {
        package let rules: String
        /// Earlier tries of the card in the 30 days before.
        package let triesInMonth: Int
        /// Earlier tries of the card in the 24 hours before.
        package let triesInDay: Int

        fileprivate init(rules: String, triesInMonth: Int, triesInDay: Int) {
            self.rules = rules
            self.triesInMonth = triesInMonth
            self.triesInDay = triesInDay
        }
    }

    /// The first instant at or after `instant` at which the card may be tried, if it is not tried in between.
    package func opening(of card: CardRecord, at instant: Timestamp) -> Opening {
        if let block = card.block { return .closed(rule: block.rule) }
        if card.requiresAuthentication { return .closed(rule: "authentication-required") }
        var (opensAt, reason): (Timestamp, String?) = (instant, nil)
        if let floor = card.notBefore, floor.instant > opensAt { (opensAt, reason) = (floor.instant, floor.rule) }
        // One limit may push the instant past another's, and the rules in force may change on the way, never back in time.
        while let (later, rule) = limitExceeded(by: card, at: opensAt) { (opensAt, reason) = (later, rule) }
        return .from(opensAt, rule: reason)
    }

    package func verdict(on card: CardRecord, at instant: Timestamp) -> Verdict {
        switch opening(of: card, at: instant) {
        case .closed(let rule): return .refused(rule: rule, opensAt: nil)
        case .from(let opensAt, let rule):
            if opensAt > instant { return .refused(rule: rule ?? "limit", opensAt: opensAt) }
            return .cleared(
                Clearance(
                    rules: rules.version(at: instant), triesInMonth: tries(of: card, withinHours: 30 * 24, before: instant).count,
                    triesInDay: tries(of: card, withinHours: 24, before: instant).count))
        }
    }

    /// What a decline forbids for ever, if anything does.
    ///
    /// - Parameter isFinal: The gateway itself calls the decline final.
    package func block(network: CardNetwork, code: String?, advice: String?, isFinal: Bool, at instant: Timestamp) -> CardBlock? {
        for rule in rules.inForce(at: instant, for: network) {
            switch rule.content {
            case .neverRetryCodes(let codes):
                if let code, codes.contains(code) { return CardBlock(rule: rule.id, code: code, advice: advice) }
            case .neverRetryAdvice(let advices):
                if let advice, advices.contains(advice) { return CardBlock(rule: rule.id, code: code, advice: advice) }
            case .tries, .waitAfterAdvice: break
            }
        }
        return isFinal ? CardBlock(rule: "gateway-final", code: code, advice: advice) : nil
    }

    /// The earliest next try that a decline allows, by the network's advice or the gateway's word, whichever is later.
    package func floor(network: CardNetwork, advice: String?, notBefore: Timestamp?, at instant: Timestamp) -> CardRecord.Floor? {
        var floors = notBefore.map { [CardRecord.Floor(instant: $0, rule: "gateway-not-before")] } ?? []
        for rule in rules.inForce(at: instant, for: network) {
            if case .waitAfterAdvice(let hours) = rule.content, let advice, let wait = hours[advice] {
                floors.append(CardRecord.Floor(instant: instant.advanced(by: .hours(wait)), rule: rule.id))
            }
        }
        return floors.max { $0.instant < $1.instant }
    }

    private func limitExceeded(by card: CardRecord, at instant: Timestamp) -> (opensAt: Timestamp, rule: String)? {
        for rule in rules.inForce(at: instant, for: card.network) {
            guard case .tries(let limit, let hours) = rule.content else { continue }
            let recent = tries(of: card, withinHours: hours, before: instant)
            guard recent.count >= limit else { continue }
            return (recent[recent.count - limit].advanced(by: .hours(hours)), rule.id)
        }
        return nil
    }

    /// Tries less than `hours` before the instant: a try leaves the count exactly `hours` later.
    private func tries(of card: CardRecord, withinHours hours: Int, before instant: Timestamp) -> [Timestamp] {
        card.tries.filter { instant < $0.advanced(by: .hours(hours)) }
    }
}
