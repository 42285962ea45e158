package import HindsightCore

/// The domain that collects renewals: it never charges twice, and never against the networks' rules.
package enum BillingRetries {
    package static let name = "billing-retries"

    package static let subscriptions = category("subscription")
    package static let invoices = category("invoice")
    package static let methods = category("method")
    package static let policies = category("policy")
    package static let experiments = category("experiment")
    package static let models = category("model")
    package static let payers = category("payer")

    package static let domain = Domain(
        name: name, categories: [subscriptions, invoices, methods, policies, experiments, models, payers],
        refusal: { facts, stream, log in try await refusal(of: facts, on: stream, in: log) })

    package static func subscription(_ id: String) throws(EventLogError) -> StreamName {
        try StreamName(category: subscriptions, id: id)
    }
    package static func invoice(_ id: String) throws(EventLogError) -> StreamName { try StreamName(category: invoices, id: id) }
    package static func method(_ id: String) throws(EventLogError) -> StreamName { try StreamName(category: methods, id: id) }
    package static func policy(_ name: String) throws(EventLogError) -> StreamName { try StreamName(category: policies, id: name) }
    package static func experiment(_ name: String) throws(EventLogError) -> StreamName {
        try StreamName(category: experiments, id: name)
    }

    package static func model(_ name: String) throws(EventLogError) -> StreamName { try StreamName(category: models, id: name) }
    package static func payer(_ customer: String) throws(EventLogError) -> StreamName { try StreamName(category: payers, id: customer) }

    private static func category(_ name: String) -> HindsightCore.Category {
        do {
            return try HindsightCore.Category(name)
        } catch {
            preconditionFailure("\(name) is a well-formed category")
        }
    }
}
