/// Tells from a bearer token who is calling.
///
/// A token is a signed JWT (RFC 7519) whose header names one key of the set, and the algorithm of that key. The signature is checked before
/// anything that the token claims is read.
package final class TokenVerifier: Sendable {
    /// A longer token is refused before it is looked at.
    private static let mostBytes = 8192

    private let keys: any KeySource
    private let issuer: String?
    private let audience: [String]?
    private let now: @Sendable () -> Double
    private let verified: VerifiedTokens

    /// - Parameters:
    ///   - keys: A ``KeySet``, or a ``KeySetFile`` that follows its file.
    ///   - expectedIssuer: What `iss` has to be; `nil` to take any or none.
    ///   - expectedAudience: Of these `aud` has to be one, or to contain one; `nil` to take any or none.
    ///   - remembered: How many good tokens are remembered, so that their signatures are not checked again.
    ///   - now: The machine's clock, in seconds since 1970: `exp`, `nbf` and `iat` are instants of the world.
    package init(
        keys: some KeySource, expectedIssuer: String? = nil, expectedAudience: [String]? = nil, remembered: Int = 10_000,
        now: @escaping @Sendable () -> Double
    ) {
        (self.keys, issuer, audience, self.now) = (keys, expectedIssuer, expectedAudience, now)
        verified = VerifiedTokens(capacity: remembered)
    }

    /// How many tokens are remembered now.
    package var rememberedCount: Int { verified.count }

    /// Says who the token speaks for.
    ///
    /// - Parameter token: What stands after `Bearer ` in the header field.
    /// - Throws: Why it is not taken.
    package func verify(_ token: String) async throws(TokenRefusal) -> Caller {
        guard token.utf8.count <= Self.mostBytes else { throw .malformed(.length) }
        let name = VerifiedTokens.name(token)
        let current = keys.current()
        let claims: TokenClaims
        if let known = verified.claims(of: name, under: current) {
            claims = known
        } else {
            claims = try await read(token, name, current)
        }
        try claims.validity.check(at: now())
        return claims.caller
    }

    private func read(_ token: String, _ name: VerifiedTokens.Name, _ current: KeySet) async throws(TokenRefusal) -> TokenClaims {
        let presented = try PresentedToken(token)
        var keySet = current
        if keySet.key(presented.keyID) == nil { keySet = keys.lookAgain() }
        guard let key = keySet.key(presented.keyID) else { throw .unknownKey }
        // Before any arithmetic: neither `none` nor another algorithm over the same key ever gets to a signature.
        guard presented.algorithm == key.algorithm.rawValue else { throw .wrongAlgorithm }
        guard await key.made(presented.signature, of: presented.signedBytes) else { throw .badSignature }
        let claims = try TokenClaims(payload: presented.payload, issuer: issuer, audience: audience)
        verified.keep(claims, of: name, under: keySet)
        return claims
    }
}
