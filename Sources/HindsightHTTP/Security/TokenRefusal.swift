/// Why a token was not taken.
///
/// The description is for the caller. It is ASCII without quotes and backslashes, so that it fits a header field (RFC 6750, section 3), and
/// says nothing about the keys.
package enum TokenRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    case malformed(Flaw)
    case unknownKey
    case wrongAlgorithm
    case badSignature
    case expired
    case notYetValid
    case missingClaim(String)
    /// The claim is of another type than it should be, or has a value that is refused.
    case wrongClaim(String)

    /// What about a token is malformed.
    package enum Flaw: String, Sendable, CaseIterable {
        case length = "it is longer than 8192 bytes"
        case parts = "it has to be three parts with dots between them"
        case encoding = "its parts have to be base64url without padding"
        case header = "its header has to be a JSON object with each member once"
        case algorithm = "its header has no alg"
        case keyID = "its header has no kid"
        case type = "its typ is neither JWT nor at+jwt"
        case critical = "its header has crit, and no extension is known here"
        case payload = "its payload has to be a JSON object with each member once"
    }

    package var description: String {
        switch self {
        case .malformed(let flaw): "the token is malformed: \(flaw.rawValue)"
        case .unknownKey: "the token names a key that is not known here"
        case .wrongAlgorithm: "the token's alg is not the one of its key"
        case .badSignature: "the token's signature is not good"
        case .expired: "the token has expired"
        case .notYetValid: "the token is not valid yet"
        case .missingClaim(let name): "the token has no claim \(name)"
        case .wrongClaim(let name): "the token's claim \(name) is not accepted"
        }
    }
}
