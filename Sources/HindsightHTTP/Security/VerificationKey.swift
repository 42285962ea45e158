import JWTKit

/// How a token may be signed, as `alg` names it.
package enum TokenAlgorithm: String, CaseIterable, Sendable {
    case hs256 = "HS256"
    case rs256 = "RS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}

/// One key that tells whether a signature is good, for the one algorithm that goes with it.
enum VerificationKey: Sendable {
    case secret(HMACKey)
    case rsa(Insecure.RSA.PublicKey)
    case p256(ES256PublicKey)
    case ed25519(EdDSA.PublicKey)

    var algorithm: TokenAlgorithm {
        switch self {
        case .secret: .hs256
        case .rsa: .rs256
        case .p256: .es256
        case .ed25519: .edDSA
        }
    }

    var isSecret: Bool { if case .secret = self { true } else { false } }

    /// Whether this key made the signature.
    ///
    /// A collection of JWTKit checks no token as a whole here: it takes the key that was added first for a `kid` which it does not know,
    /// lets the token choose the algorithm of a key that has none, never compares `alg` with the algorithm that it uses, and reads padded
    /// and ambiguous base64. So it holds this one key, and is asked for its algorithm alone.
    func made(_ signature: [UInt8], of bytes: [UInt8]) async -> Bool {
        let keys = JWTKeyCollection()
        do {
            switch self {
            case .secret(let key): await keys.add(hmac: key, digestAlgorithm: .sha256)
            case .rsa(let key): await keys.add(rsa: key, digestAlgorithm: .sha256)
            case .p256(let key): await keys.add(ecdsa: key)
            case .ed25519(let key): await keys.add(eddsa: key)
            }
            return try await keys.getKey().verify(signature, signs: bytes)
        } catch {
            // Bytes that are no signature of this algorithm at all, such as too few of them.
            return false
        }
    }
}
