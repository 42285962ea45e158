import HindsightCore
import JWTKit

extension VerificationKey {
    /// Reads a key as RFC 7517 writes it, with the members of RFC 7518 (`oct`, `RSA`, `EC`) and RFC 8037 (`OKP`).
    ///
    /// - Throws: What is wrong with it and what to do; never a value of a member.
    init(jwk: [String: JSONValue]) throws(KeyFlaw) {
        let (key, type) = try VerificationKey.read(jwk)
        if !key.isSecret, let name = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].first(where: { jwk[$0] != nil }) {
            throw KeyFlaw("is a private key (it has \(name)): put the public key in its place, a server only checks signatures")
        }
        if let algorithm = jwk["alg"], algorithm.stringValue != key.algorithm.rawValue {
            throw KeyFlaw("its alg does not fit its kty: write \(key.algorithm.rawValue) for \(type), or leave alg out")
        }
        if let use = jwk["use"], use.stringValue != "sig" {
            throw KeyFlaw("its use is not sig: only keys for signatures belong in this file")
        }
        if let operations = jwk["key_ops"], operations.arrayValue?.contains("verify") != true {
            throw KeyFlaw("its key_ops do not have verify: only keys that check signatures belong in this file")
        }
        self = key
    }

    private static func read(_ jwk: [String: JSONValue]) throws(KeyFlaw) -> (key: VerificationKey, type: String) {
        switch jwk["kty"]?.stringValue {
        case "oct": (.secret(try secret(jwk)), "oct")
        case "RSA": (.rsa(try rsa(jwk)), "RSA")
        case "EC": (.p256(try p256(jwk)), "EC")
        case "OKP": (.ed25519(try ed25519(jwk)), "OKP")
        default: throw KeyFlaw("its kty is none of oct, RSA, EC and OKP: take it out, or write what it is")
        }
    }

    /// RFC 7518, section 3.2: a key of at least the size of the hash.
    private static let leastSecretBytes = 32
    /// RFC 7518, section 3.3.
    private static let leastModulusBits = 2048

    private static func secret(_ jwk: [String: JSONValue]) throws(KeyFlaw) -> HMACKey {
        let bytes = try bytes("k", of: jwk)
        guard bytes.count >= leastSecretBytes else {
            throw KeyFlaw(
                "its secret has \(bytes.count) bytes, and HS256 needs \(leastSecretBytes): "
                    + "`openssl rand -base64 32 | tr '+/' '-_' | tr -d =` makes one")
        }
        return HMACKey(from: bytes)
    }

    private static func rsa(_ jwk: [String: JSONValue]) throws(KeyFlaw) -> Insecure.RSA.PublicKey {
        let significant = try bytes("n", of: jwk).drop { $0 == 0 }
        let bits = significant.count * 8 - (significant.first?.leadingZeroBitCount ?? 0)
        guard bits >= leastModulusBits else {
            throw KeyFlaw("its modulus has \(bits) bits, and RS256 needs \(leastModulusBits): make a longer key")
        }
        _ = try bytes("e", of: jwk)
        return try made("n and e are") {
            try Insecure.RSA.PublicKey(modulus: try text("n", of: jwk), exponent: try text("e", of: jwk))
        }
    }

    private static func p256(_ jwk: [String: JSONValue]) throws(KeyFlaw) -> ES256PublicKey {
        guard jwk["crv"]?.stringValue == "P-256" else { throw KeyFlaw("its crv is not P-256, the only curve for EC here: make such a key") }
        for name in ["x", "y"] { try check32Bytes(name, of: jwk) }
        return try made("x and y are") { try ES256PublicKey(parameters: (x: try text("x", of: jwk), y: try text("y", of: jwk))) }
    }

    private static func ed25519(_ jwk: [String: JSONValue]) throws(KeyFlaw) -> EdDSA.PublicKey {
        guard jwk["crv"]?.stringValue == "Ed25519" else {
            throw KeyFlaw("its crv is not Ed25519, the only curve for OKP here: make such a key")
        }
        try check32Bytes("x", of: jwk)
        return try made("x is") { try EdDSA.PublicKey(x: try text("x", of: jwk), curve: .ed25519) }
    }

    /// Lets JWTKit look at the numbers: the point has to be on its curve, the exponent odd and neither 1 nor huge.
    private static func made<Key>(_ subject: String, _ make: () throws -> Key) throws(KeyFlaw) -> Key {
        do {
            return try make()
        } catch {
            throw KeyFlaw("\(subject) no public key: export it again")
        }
    }

    private static func check32Bytes(_ name: String, of jwk: [String: JSONValue]) throws(KeyFlaw) {
        guard try bytes(name, of: jwk).count == 32 else { throw KeyFlaw("its \(name) has not 32 bytes: export the key again") }
    }

    private static func bytes(_ name: String, of jwk: [String: JSONValue]) throws(KeyFlaw) -> [UInt8] {
        guard let bytes = Base64URL.decode(try text(name, of: jwk).utf8) else {
            throw KeyFlaw("its \(name) is not base64url: `-` and `_` in place of `+` and `/`, and no `=` at the end")
        }
        return bytes
    }

    private static func text(_ name: String, of jwk: [String: JSONValue]) throws(KeyFlaw) -> String {
        guard let text = jwk[name]?.stringValue else { throw KeyFlaw("has no \(name): export the key again") }
        return text
    }
}
