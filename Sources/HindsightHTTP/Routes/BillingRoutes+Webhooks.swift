import HTTPTypes
import HindsightApp
import HindsightCore
import HindsightRuntime

extension BillingRoutes {
    private struct Taken: Encodable {
        let outcome: GatewayWebhooks.Outcome
    }

    /// News of a gateway, which has no token: its signature over the body's bytes says who it is.
    @Sendable func takeWebhook(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let name = try call.parameter("gateway")
        guard ["simulated", "stripe"].contains(name) else {
            throw Problem.unknown("there is no such gateway: webhooks come from simulated or stripe")
        }
        guard let webhooks = live.webhooks, webhooks.gateway == name else {
            throw Problem(
                .notConfigured,
                "webhooks of \(name) are not taken: set billing.gateway.kind, and billing.gateway.webhookSecret to a file with their secret"
            )
        }
        guard let header = HTTPField.Name(webhooks.header) else { preconditionFailure("\(webhooks.header) is the name of a header") }
        let signature = try call.header(header)
        let outcome = try await webhooks.take(try await call.body(), signature: signature, at: SystemClock().now())
        return try Answer.json(Taken(outcome: outcome))
    }
}
