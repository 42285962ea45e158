import HindsightCore

/// The keys that tokens may be signed with, by their ids: a JWK Set (RFC 7517).
///
/// A set without keys is a good one. It refuses everybody, which is what taking the last key away is for.
package struct KeySet: Sendable {
    /// Tells one reading of a file from the next: what was found out with the keys of one holds for no other.
    final class Identity: Sendable {}

    let identity = Identity()
    private let keys: [String: VerificationKey]

    /// Reads a file of at most 1 MiB.
    ///
    /// - Throws: ``KeySetError`` if it cannot be read or is no such set, if one key of it cannot be used, and if others may write it, or
    ///   read a secret in it.
    package static func read(_ path: String) throws(KeySetError) -> KeySet {
        try KeySet(try KeySetContent.read(path))
    }

    init(_ content: KeySetContent) throws(KeySetError) {
        func failure(_ reason: String, key: String? = nil) -> KeySetError { KeySetError(path: content.path, key: key, reason: reason) }
        guard content.mode & 0o002 == 0 else {
            throw failure("everybody may write this file and let themselves in: look at what it holds, then `chmod o-w` it")
        }
        let set: [String: JSONValue]
        do {
            set = try [String: JSONValue](strictly: content.bytes)
        } catch {
            throw failure("is no JSON (\((error as? JSONSyntaxError)?.description ?? "a number is too large")): write a JWK Set (RFC 7517)")
        }
        guard let list = set["keys"]?.arrayValue else { throw failure("has no array \"keys\": write a JWK Set (RFC 7517)") }
        var keys: [String: VerificationKey] = [:]
        for (index, value) in list.enumerated() {
            let place = "key \(index + 1)"
            guard let jwk = value.objectValue else { throw failure("is no object", key: place) }
            guard let id = jwk["kid"]?.stringValue, KeySet.isKeyID(id) else {
                throw failure("give it a kid, a string of 1 to \(mostIDBytes) bytes without control characters", key: place)
            }
            let name = "\(place) (kid \"\(id)\")"
            guard keys[id] == nil else { throw failure("a key before it has the same kid: give it another", key: name) }
            do { keys[id] = try VerificationKey(jwk: jwk) } catch { throw failure(error.reason, key: name) }
        }
        guard content.mode & 0o077 == 0 || !keys.values.contains(where: \.isSecret) else {
            let octal = String(content.mode & 0o777, radix: 8)
            throw failure("others may use the secret in this file (mode \(octal)): `chmod 600` it, or make a new secret")
        }
        self.keys = keys
    }

    /// In byte order.
    package var keyIDs: [String] { keys.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    package var count: Int { keys.count }

    func key(_ id: String) -> VerificationKey? { keys[id] }

    private static func isKeyID(_ id: String) -> Bool {
        (1...mostIDBytes).contains(id.utf8.count) && !id.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}

private let mostIDBytes = 255

extension KeySet: CustomStringConvertible, CustomReflectable {
    /// The ids alone: no print shows a key.
    package var description: String { "keys \(keyIDs)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
