import Foundation
import JWTKit

/// One who issues tokens: signs them with JWTKit, and writes the key for the server.
///
/// The keys are the published examples of RFC 7515, appendices A.1 to A.3, and RFC 8037, appendix A.
struct TokenSigner: Sendable {
    let keyID: String
    let algorithm: String
    /// The members of the key that go into the server's file, without `kid`.
    let publicMembers: String
    /// What must never be seen in a message.
    let material: [String]
    private let keys: JWTKeyCollection

    private init(
        _ keyID: String, _ algorithm: String, _ publicMembers: String, material: [String], add: (JWTKeyCollection) async throws -> Void
    ) async throws {
        (self.keyID, self.algorithm, self.publicMembers, self.material) = (keyID, algorithm, publicMembers, material)
        keys = JWTKeyCollection()
        try await add(keys)
    }

    var jwk: String { #"{"kid":"\#(keyID)",\#(publicMembers)}"# }

    /// A token as JWTKit writes it.
    func token(_ claims: Claims) async throws -> String { try await keys.sign(claims, kid: JWKIdentifier(string: keyID)) }

    /// A token with any header and payload.
    func token(header: String? = nil, payload: String = Claims().text) async throws -> String {
        try await token(header: Data((header ?? self.header()).utf8), payload: Data(payload.utf8))
    }

    func token(header: Data, payload: Data) async throws -> String {
        let signed = "\(header.base64URL).\(payload.base64URL)"
        return "\(signed).\(Data(try await keys.getKey().sign(Data(signed.utf8))).base64URL)"
    }

    func header(algorithm: String? = nil, keyID: String? = nil, more: String = "") -> String {
        #"{"alg":"\#(algorithm ?? self.algorithm)","kid":"\#(keyID ?? self.keyID)"\#(more)}"#
    }

    // MARK: - The four kinds

    static func all() async throws -> [TokenSigner] { [try await hs256(), try await rs256(), try await es256(), try await edDSA()] }

    static func named(_ algorithm: String) async throws -> TokenSigner {
        guard let signer = try await all().first(where: { $0.algorithm == algorithm }) else { throw NoSuchAlgorithm() }
        return signer
    }

    struct NoSuchAlgorithm: Error {}

    static func hs256(_ keyID: String = "hs", secret: String = Example.secret) async throws -> TokenSigner {
        try await TokenSigner(keyID, "HS256", #""kty":"oct","k":"\#(secret)""#, material: [secret]) {
            await $0.add(hmac: HMACKey(from: try Data(base64URL: secret)), digestAlgorithm: .sha256)
        }
    }

    /// Signs HS256 with whatever bytes, as a forger would.
    static func forger(_ keyID: String, secret: [UInt8], digest: DigestAlgorithm = .sha256) async throws -> TokenSigner {
        try await TokenSigner(keyID, "HS256", "", material: []) { await $0.add(hmac: HMACKey(from: secret), digestAlgorithm: digest) }
    }

    static func rs256(_ keyID: String = "rs", digest: DigestAlgorithm = .sha256, isPSS: Bool = false) async throws -> TokenSigner {
        let key = try Insecure.RSA.PrivateKey(
            modulus: Example.n, exponent: "AQAB", privateExponent: Example.d, prime1: Example.p, prime2: Example.q)
        return try await TokenSigner(
            keyID, "RS256", #""kty":"RSA","n":"\#(Example.n)","e":"AQAB""#, material: [Example.n]
        ) {
            if isPSS {
                await $0.add(pss: key, digestAlgorithm: digest)
            } else {
                await $0.add(rsa: key, digestAlgorithm: digest)
            }
        }
    }

    static func es256(_ keyID: String = "es") async throws -> TokenSigner {
        try await TokenSigner(
            keyID, "ES256", #""kty":"EC","crv":"P-256","x":"\#(Example.x)","y":"\#(Example.y)""#, material: [Example.x, Example.y]
        ) {
            await $0.add(ecdsa: try ES256PrivateKey(key: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"))
        }
    }

    static func edDSA(_ keyID: String = "ed") async throws -> TokenSigner {
        try await TokenSigner(keyID, "EdDSA", #""kty":"OKP","crv":"Ed25519","x":"\#(Example.ed25519)""#, material: [Example.ed25519]) {
            await $0.add(eddsa: try EdDSA.PrivateKey(d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", curve: .ed25519))
        }
    }

    enum Example {
        static let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
        static let n =
            "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_"
            + "YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxv"
            + "b3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
        static let d =
            "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn"
            + "2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juU"
            + "O1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ"
        static let p =
            "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc"
            + "1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc"
        static let q =
            "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfI"
            + "sRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"
        static let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
        static let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
        static let ed25519 = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    }
}

/// What a token claims; by itself a good one.
struct Claims: JWTPayload {
    var sub: String? = "olga"
    var exp: Double? = SettableClock.start + 3600
    var nbf: Double?
    var iat: Double? = SettableClock.start
    var roles: [String]? = ["auditor", "operator"]

    func verify(using algorithm: some JWTAlgorithm) {}

    var text: String {
        let roles = roles.map { #","roles":["# + $0.map { "\"\($0)\"" }.joined(separator: ",") + "]" } ?? ""
        return #"{"sub":"\#(sub ?? "")","exp":\#(exp ?? 0)\#(roles)}"#
    }
}

extension Data {
    var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    init(base64URL text: String) throws {
        struct NoBase64: Error {}
        let padded = text.replacing("-", with: "+").replacing("_", with: "/") + String(repeating: "=", count: (4 - text.count % 4) % 4)
        guard let data = Data(base64Encoded: padded) else { throw NoBase64() }
        self = data
    }
}
