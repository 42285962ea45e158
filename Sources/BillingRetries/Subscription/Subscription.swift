package import HindsightCore

/// Renews a plan period by period until it is cancelled or falls to the free tier.
package enum Subscription: Decider {
    package enum Command: Sendable {
        case start(SubscriptionStarted)
        /// Begins the next period, if it is due; puts it off by a day while an earlier invoice is open.
        case renew(openInvoice: String? = nil, at: Timestamp)
        case changeMethod(to: String, at: Timestamp)
        case cancel(reason: String?, at: Timestamp)
        case downgrade(invoice: String, at: Timestamp)
    }

    package typealias Event = SubscriptionEvent

    package enum State: Sendable {
        case none
        case active(Active)
        /// Nothing renews any more.
        case ended(Active)
    }

    package struct Active: Sendable {
        package let terms: SubscriptionStarted
        package fileprivate(set) var method: String
        /// How many renewals there were.
        package fileprivate(set) var period = 0
        package fileprivate(set) var periodEndsAt: Timestamp
        /// When the renewal that was put off is due; `nil` if none is.
        package fileprivate(set) var deferredUntil: Timestamp?

        /// The invoice of the period that runs; `nil` before the first renewal.
        package var lastInvoice: String? { period > 0 ? Subscription.invoice(period, of: terms.subscription) : nil }
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case alreadyStarted
        case unknown
        case ended
        case badIdentifier(field: String)
        case unknownTimeZone(String)
        case nothingToPay
        case periodLongOver
        case badAmount(MoneyError)
        case sameMethod

        package var description: String {
            switch self {
            case .alreadyStarted: "the subscription has started before"
            case .unknown: "there is no such subscription"
            case .ended: "the subscription has ended"
            case .badIdentifier(let field): "\(field): an id is 1 to \(Identifier.maximumBytes) bytes without spaces or control characters"
            case .unknownTimeZone(let name): "timeZone: \(name) is no IANA time zone"
            case .periodLongOver: "periodEndsAt: the period after it is over as well: name the end of the last one that is paid for"
            case .nothingToPay: "amountMinor: a paid plan costs at least 1"
            case .badAmount(let error): error.description
            case .sameMethod: "newMethod: is the present payment method"
            }
        }
    }

    package static let freePlan = "free"
    package static let initialState = State.none

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [Event] {
        switch (command, state) {
        case (.start(let started), .none):
            try check(started)
            return [.started(started)]
        case (.start, .active), (.start, .ended): throw .alreadyStarted
        case (_, .none): throw .unknown
        case (.renew(let openInvoice, let now), .active(let active)):
            guard active.periodEndsAt <= now else { return [] }
            if let openInvoice {
                return [
                    .renewalDeferred(
                        RenewalDeferred(
                            subscription: active.terms.subscription, invoice: openInvoice, until: now.advanced(by: .days(1)), at: now))
                ]
            }
            return [.renewed(try renewal(of: active, at: now))]
        case (.renew, .ended): return []
        case (.changeMethod(let method, let now), .active(let active)), (.changeMethod(let method, let now), .ended(let active)):
            guard Identifier.isWellFormed(method) else { throw .badIdentifier(field: "newMethod") }
            guard method != active.method else { throw .sameMethod }
            return [
                .methodChanged(
                    SubscriptionMethodChanged(
                        subscription: active.terms.subscription, oldMethod: active.method, newMethod: method, at: now))
            ]
        case (.cancel(let reason, let now), .active(let active)):
            return [.cancelled(SubscriptionCancelled(subscription: active.terms.subscription, reason: reason, at: now))]
        case (.cancel, .ended): throw .ended
        case (.downgrade(let invoice, let now), .active(let active)):
            let terms = active.terms
            return [
                .downgraded(
                    SubscriptionDowngraded(
                        subscription: terms.subscription, invoice: invoice, fromPlan: terms.plan, toPlan: freePlan, at: now))
            ]
        case (.downgrade, .ended): return []
        }
    }

    private static func check(_ started: SubscriptionStarted) throws(Rejection) {
        for (field, id) in [
            ("subscription", started.subscription), ("customer", started.customer), ("paymentMethod", started.paymentMethod),
            ("plan", started.plan),
        ] {
            guard Identifier.isWellFormed(id) else { throw .badIdentifier(field: field) }
        }
        guard CustomerZone.isStandardName(started.timeZone), let zone = CustomerZone(started.timeZone) else {
            throw .unknownTimeZone(started.timeZone)
        }
        guard zone.instant(of: zone.local(started.periodEndsAt).adding(months: started.period.months)) > started.at else {
            throw .periodLongOver
        }
        do {
            guard try Money(amountMinor: started.amountMinor, currency: started.currency).amountMinor > 0 else {
                throw Rejection.nothingToPay
            }
        } catch let error as MoneyError {
            throw .badAmount(error)
        } catch {
            throw .nothingToPay
        }
    }

    private static func invoice(_ period: Int, of subscription: String) -> String { "\(subscription).\(period)" }

    private static func renewal(of active: Active, at now: Timestamp) throws(Rejection) -> SubscriptionRenewed {
        let terms = active.terms
        guard let zone = CustomerZone(terms.timeZone) else { throw .unknownTimeZone(terms.timeZone) }
        let period = active.period + 1
        // Counted from the first end, so that a 31st comes back after a February.
        let end = zone.instant(of: zone.local(terms.periodEndsAt).adding(months: period * terms.period.months))
        return SubscriptionRenewed(
            subscription: terms.subscription, invoice: invoice(period, of: terms.subscription), period: period,
            startsAt: active.periodEndsAt,
            ends: ResolvedTime(end, in: zone), at: now)
    }

    package static func evolve(_ state: inout State, with event: Event) {
        switch (event, state) {
        case (.started(let started), _):
            state = .active(Active(terms: started, method: started.paymentMethod, periodEndsAt: started.periodEndsAt))
        case (.renewed(let renewed), .active(var active)):
            (active.period, active.deferredUntil) = (renewed.period, nil)
            active.periodEndsAt = renewed.ends.instant
            state = .active(active)
        case (.renewalDeferred(let deferred), .active(var active)):
            active.deferredUntil = deferred.until
            state = .active(active)
        case (.methodChanged(let changed), .active(var active)):
            active.method = changed.newMethod
            state = .active(active)
        case (.methodChanged(let changed), .ended(var active)):
            active.method = changed.newMethod
            state = .ended(active)
        case (.cancelled, .active(let active)), (.downgraded, .active(let active)): state = .ended(active)
        case (.renewed, .none), (.renewed, .ended), (.renewalDeferred, .none), (.renewalDeferred, .ended), (.methodChanged, .none),
            (.cancelled, .none),
            (.cancelled, .ended),
            (.downgraded, .none), (.downgraded, .ended):
            break
        }
    }
}

extension Subscription.State {
    /// As it was started; `nil` before.
    package var terms: SubscriptionStarted? {
        switch self {
        case .none: nil
        case .active(let active), .ended(let active): active.terms
        }
    }
}
