import HindsightCore

/// What a token with a good signature says (RFC 7519).
struct TokenClaims {
    let caller: Caller
    let validity: Validity

    /// When a token is valid, in seconds since 1970.
    struct Validity: Sendable, Equatable {
        let expires: Double
        /// The later of `nbf` and `iat`.
        let begins: Double

        /// For the clock of whoever issues tokens to be ahead of ours, so that a token is good as soon as it is made. There is none for `exp`:
        /// nobody waits for a token to end, and none lives longer than its issuer said.
        static let leeway = 60.0

        func check(at now: Double) throws(TokenRefusal) {
            guard now < expires else { throw .expired }
            guard begins <= now + Self.leeway else { throw .notYetValid }
        }
    }

    /// - Parameters:
    ///   - issuer: What `iss` has to be, if anything.
    ///   - audience: Of these `aud` has to be one, or to have one among its values, if anything.
    init(payload: [UInt8], issuer: String?, audience: [String]?) throws(TokenRefusal) {
        let members: [String: JSONValue]
        do { members = try [String: JSONValue](strictly: payload) } catch { throw .malformed(.payload) }
        if let issuer {
            guard let claim = members["iss"] else { throw .missingClaim("iss") }
            guard claim.isText(issuer) else { throw .wrongClaim("iss") }
        }
        if let audience {
            guard let claim = members["aud"] else { throw .missingClaim("aud") }
            guard (claim.arrayValue ?? [claim]).contains(where: { claim in audience.contains { claim.isText($0) } }) else {
                throw .wrongClaim("aud")
            }
        }
        guard let expires = try Self.time("exp", members) else { throw .missingClaim("exp") }
        let begins = [try Self.time("nbf", members), try Self.time("iat", members)].compactMap { $0 }.max()
        validity = Validity(expires: expires, begins: begins ?? -.infinity)
        caller = Caller(subject: try Self.subject(members), roles: try Self.roles(members))
    }

    private static func subject(_ members: [String: JSONValue]) throws(TokenRefusal) -> String {
        guard let claim = members["sub"] else { throw .missingClaim("sub") }
        guard let subject = claim.stringValue, (1...255).contains(subject.utf8.count),
            !subject.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw .wrongClaim("sub") }
        return subject
    }

    /// Names that mean nothing here are left out: an issuer serves other programs as well.
    private static func roles(_ members: [String: JSONValue]) throws(TokenRefusal) -> Set<Role> {
        guard let claim = members["roles"] else { return [] }
        guard let names = claim.arrayValue else { throw .wrongClaim("roles") }
        var roles: Set<Role> = []
        for name in names {
            guard let name = name.stringValue else { throw .wrongClaim("roles") }
            if let role = Role(rawValue: name) { roles.insert(role) }
        }
        return roles
    }

    private static func time(_ name: String, _ members: [String: JSONValue]) throws(TokenRefusal) -> Double? {
        switch members[name] {
        case nil: return nil
        case .integer(let seconds): return Double(seconds)
        case .number(let seconds): return seconds
        default: throw .wrongClaim(name)
        }
    }
}

extension JSONValue {
    /// Compared by bytes, as RFC 7519 wants it: Swift's `==` also takes other spellings of a character for the same.
    fileprivate func isText(_ text: String) -> Bool { stringValue?.utf8.elementsEqual(text.utf8) == true }
}
