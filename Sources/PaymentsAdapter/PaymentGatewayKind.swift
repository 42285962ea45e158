package import HindsightCore

/// Which protocol a payment gateway speaks.
package enum PaymentGatewayKind: String, Sendable, Hashable, CaseIterable {
    case simulated, stripe

    /// Where it is unless somebody says otherwise; `nil`: somebody has to.
    package var usualURL: String? {
        switch self {
        case .simulated: nil
        case .stripe: "https://api.stripe.com"
        }
    }

    /// Opens connections to a gateway of this kind for as long as `body` runs.
    ///
    /// - Throws: ``GatewayError``; what `body` throws.
    package func withConnection<Result: Sendable>(
        to url: String, credentials: GatewayCredentials?, _ body: @Sendable (any EffectPerformer) async throws -> Result
    ) async throws -> Result {
        switch self {
        case .simulated:
            return try await SimulatedGateway.withConnection(to: url, credentials: credentials) { try await body($0) }
        case .stripe:
            guard let credentials else { throw GatewayError.noSecretKey }
            return try await StripeGateway.withConnection(to: url, credentials: credentials) { try await body($0) }
        }
    }
}
