import HindsightCore

/// A token as a request brings it, taken apart: a JWS in compact form (RFC 7515). Nothing of it is true yet.
struct PresentedToken {
    let keyID: String
    /// As the header spells it: any text.
    let algorithm: String
    /// Header and payload as they were signed.
    let signedBytes: [UInt8]
    let payload: [UInt8]
    let signature: [UInt8]

    /// Keys that the header brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) are not looked at.
    init(_ token: String) throws(TokenRefusal) {
        let bytes = Array(token.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed(.parts) }
        guard let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2])
        else { throw .malformed(.encoding) }
        signedBytes = Array(bytes[..<parts[1].endIndex])
        (self.payload, self.signature) = (payload, signature)

        let members: [String: JSONValue]
        do { members = try [String: JSONValue](strictly: header) } catch { throw .malformed(.header) }
        // An extension that must be understood, such as a payload that is not base64url (RFC 7797), would change what was signed.
        guard members["crit"] == nil else { throw .malformed(.critical) }
        if let type = members["typ"] {
            guard let type = type.stringValue?.lowercased(), type == "jwt" || type == "at+jwt" else { throw .malformed(.type) }
        }
        guard let algorithm = members["alg"]?.stringValue else { throw .malformed(.algorithm) }
        guard let keyID = members["kid"]?.stringValue else { throw .malformed(.keyID) }
        (self.algorithm, self.keyID) = (algorithm, keyID)
    }
}
