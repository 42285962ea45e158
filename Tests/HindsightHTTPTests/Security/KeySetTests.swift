import Foundation
import HindsightHTTP
import Testing

@Suite("Key set") struct KeySetTests {
    private typealias Example = TokenSigner.Example
    private let folder: KeySetFolder

    init() throws { folder = try KeySetFolder() }

    private func error(mode: Int = 0o600) throws -> KeySetError {
        try #require(throws: KeySetError.self) { try KeySet.read(folder.path) }
    }

    /// Why a file with this one key is refused.
    private func reason(_ jwk: String) throws -> String {
        try folder.write([jwk])
        let error = try error()
        #expect(error.path == folder.path)
        #expect(error.description.hasPrefix("\(folder.path): "))
        for material in [Example.secret, Example.n, Example.d, Example.x, Example.y, Example.ed25519] {
            #expect(!error.description.contains(material.prefix(8)), "a message with a key in it")
        }
        return "\(error.key ?? ""): \(error.reason)"
    }

    @Test("Keys of all four kinds are read, with their public members and others that mean nothing here") func all() async throws {
        let more = #","use":"sig","key_ops":["verify"],"x5t":"abc","note":{"by":"olga"}"#
        try folder.write(try await TokenSigner.all().map { $0.jwk.dropLast() + more + #","alg":"\#($0.algorithm)"}"# })
        let keys = try KeySet.read(folder.path)
        #expect(keys.keyIDs == ["ed", "es", "hs", "rs"])
        #expect(keys.count == 4)
    }

    @Test("A set may be empty: it refuses everybody") func empty() async throws {
        try folder.write([])
        let verifier = TokenVerifier(keys: try KeySet.read(folder.path), now: SettableClock().now)
        #expect(await verifier.refusal(try await TokenSigner.hs256().token(Claims())) == .unknownKey)
    }

    @Test("No print of a set shows a key") func prints() async throws {
        let signers = try await TokenSigner.all()
        try folder.write(signers.map(\.jwk))
        let keys = try KeySet.read(folder.path)
        var text = "\(keys) \(String(reflecting: keys)) \(String(describing: [keys]))"
        dump(keys, to: &text)
        dump(TokenVerifier(keys: keys, now: SettableClock().now), to: &text)
        #expect(text.contains("hs"))
        for material in signers.flatMap(\.material) { #expect(!text.contains(material.prefix(8))) }
        #expect(!text.contains("35, 53"), "the bytes of the secret")
    }

    // MARK: - Keys that are refused

    @Test(
        "An oct key has at least 32 bytes in base64url",
        arguments: [
            (#""k":"\#(Data(repeating: 7, count: 31).base64URL)""#, "31 bytes, and HS256 needs 32"), (#""k":"""#, "0 bytes"),
            (#""alg":"HS256""#, "has no k"), (#""k":7"#, "has no k"), (#""k":"\#(TokenSigner.Example.secret)=""#, "k is not base64url"),
            (#""k":"\#(String(repeating: "+", count: 48))""#, "k is not base64url"),
            (#""k":"\#(String(repeating: "A", count: 45))""#, "k is not base64url"),
        ]) func secrets(members: String, expected: String) throws
    {
        #expect(try reason(#"{"kid":"a","kty":"oct",\#(members)}"#).hasPrefix("key 1 (kid \"a\"): "))
        #expect(try reason(#"{"kid":"a","kty":"oct",\#(members)}"#).contains(expected))
    }

    @Test("A secret of 32 bytes is enough") func shortestSecret() throws {
        try folder.write([#"{"kid":"a","kty":"oct","k":"\#(Data(repeating: 7, count: 32).base64URL)"}"#])
        #expect(try KeySet.read(folder.path).keyIDs == ["a"])
    }

    @Test("An RSA key has at least 2048 bits", arguments: [(128, 0xff, 1024), (256, 0x7f, 2047), (257, 0, 2047), (1, 3, 2)])
    func shortModulus(bytes: Int, first: UInt8, bits: Int) throws {
        var modulus = Data(repeating: 0x7f, count: bytes)
        modulus[0] = first
        modulus[bytes - 1] |= 1
        #expect(try reason(#"{"kid":"a","kty":"RSA","n":"\#(modulus.base64URL)","e":"AQAB"}"#).contains("its modulus has \(bits) bits"))
    }

    @Test("An exponent that protects nothing is refused", arguments: ["", "AQ", "AA", "Ag", "AQAA", "_____w8", "-_8"]) func exponents(
        exponent: String
    ) throws {
        // The last is 64,511, and good.
        let jwk = #"{"kid":"a","kty":"RSA","n":"\#(Example.n)","e":"\#(exponent)"}"#
        guard exponent != "-_8" else {
            try folder.write([jwk])
            return #expect(try KeySet.read(folder.path).count == 1)
        }
        #expect(try reason(jwk).contains("n and e are no public key"))
    }

    @Test("RSA needs both of its members", arguments: [#""e":"AQAB""#, #""n":"\#(TokenSigner.Example.n)""#, #""n":"","e":"AQAB""#])
    func partsOfRSA(members: String) throws {
        let reason = try reason(#"{"kid":"a","kty":"RSA",\#(members)}"#)
        #expect(reason.contains("has no ") || reason.contains("has 0 bits"))
    }

    @Test(
        "An EC key is a point of P-256",
        arguments: [
            (#""crv":"P-384","x":"\#(TokenSigner.Example.x)","y":"\#(TokenSigner.Example.y)""#, "crv is not P-256"),
            (#""crv":"secp256k1","x":"\#(TokenSigner.Example.x)","y":"\#(TokenSigner.Example.y)""#, "crv is not P-256"),
            (#""x":"\#(TokenSigner.Example.x)","y":"\#(TokenSigner.Example.y)""#, "crv is not P-256"),
            (#""crv":"P-256","x":"\#(TokenSigner.Example.x)""#, "has no y"),
            (#""crv":"P-256","x":"\#(TokenSigner.Example.x)","y":"\#(TokenSigner.Example.x)""#, "x and y are no public key"),
            (#""crv":"P-256","x":"\#(TokenSigner.Example.y)","y":"\#(TokenSigner.Example.x)""#, "x and y are no public key"),
            (#""crv":"P-256","x":"AAAA","y":"\#(TokenSigner.Example.y)""#, "x has not 32 bytes"),
        ]) func points(members: String, expected: String) throws
    {
        #expect(try reason(#"{"kid":"a","kty":"EC",\#(members)}"#).contains(expected))
    }

    @Test(
        "An OKP key is of Ed25519",
        arguments: [
            (#""crv":"X25519","x":"\#(TokenSigner.Example.ed25519)""#, "crv is not Ed25519"),
            (#""crv":"Ed448","x":"\#(TokenSigner.Example.ed25519)""#, "crv is not Ed25519"),
            (#""crv":"Ed25519","x":"AAAA""#, "x has not 32 bytes"), (#""crv":"Ed25519""#, "has no x"),
        ]) func edwards(members: String, expected: String) throws
    {
        #expect(try reason(#"{"kid":"a","kty":"OKP",\#(members)}"#).contains(expected))
    }

    @Test("A private key is refused, whatever part of it is there", arguments: ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
    func privateKeys(member: String) async throws {
        for signer in [try await TokenSigner.rs256(), try await .es256(), try await .edDSA()] {
            for value in ["\"\(Example.d)\"", "null"] {
                let reason = try reason(signer.jwk.dropLast() + #","\#(member)":\#(value)}"#)
                #expect(reason.contains("is a private key (it has \(member))"))
            }
        }
    }

    @Test("A key is for signatures", arguments: [#""use":"enc""#, #""use":null"#, #""key_ops":["sign"]"#, #""key_ops":"verify""#])
    func uses(member: String) async throws {
        #expect(try reason(try await TokenSigner.es256().jwk.dropLast() + ",\(member)}").contains("belong in this file"))
    }

    @Test(
        "alg fits kty",
        arguments: ["none", "HS256", "HS384", "RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519", "dir", "", "hs256"])
    func algorithms(algorithm: String) async throws {
        for signer in try await TokenSigner.all() where signer.algorithm != algorithm {
            let reason = try reason(signer.jwk.dropLast() + #","alg":"\#(algorithm)"}"#)
            #expect(reason.contains("alg does not fit its kty: write \(signer.algorithm)"))
        }
    }

    @Test("alg is text") func algorithmIsText() async throws {
        #expect(try reason(try await TokenSigner.hs256().jwk.dropLast() + #","alg":null}"#).contains("alg does not fit"))
    }

    @Test("Other kinds of key are refused", arguments: [#""kty":"AKP","#, #""kty":"rsa","#, #""kty":7,"#, ""]) func types(member: String)
        throws
    {
        #expect(try reason(#"{\#(member)"kid":"a"}"#).contains("kty is none of oct, RSA, EC and OKP"))
    }

    // MARK: - Ids

    @Test("Every key has an id", arguments: ["", #""kid":"","#, #""kid":null,"#, #""kid":7,"#, #""kid":"a\nb","#, #""kid":"a\u009b","#])
    func ids(member: String) async throws {
        #expect(try reason(#"{\#(member)\#(try await TokenSigner.es256().publicMembers)}"#).hasPrefix("key 1: give it a kid"))
    }

    @Test("An id has at most 255 bytes") func longID() async throws {
        try folder.write([try await TokenSigner.es256(String(repeating: "k", count: 255)).jwk])
        #expect(try KeySet.read(folder.path).count == 1)
        #expect(try reason(try await TokenSigner.es256(String(repeating: "k", count: 256)).jwk).hasPrefix("key 1: give it a kid"))
    }

    @Test("No two keys have one id") func sameID() async throws {
        try folder.write(try await .hs256("a"), try await .es256("b"), try await .edDSA("a"))
        #expect(try error().description == "\(folder.path): key 3 (kid \"a\"): a key before it has the same kid: give it another")
    }

    // MARK: - Files

    @Test(
        "What is no JWK Set is refused",
        arguments: [
            ("", "is no JSON"), ("[]", "is no JSON"), ("{", "is no JSON"), ("-----BEGIN PUBLIC KEY-----", "is no JSON"),
            ("{\"keys\":[]}\u{0}", "is no JSON"), (#"{"keys":[],"keys":[]}"#, "duplicate member"),
            ("{}", "no array \"keys\""), (#"{"keys":null}"#, "no array \"keys\""), (#"{"keys":{}}"#, "no array \"keys\""),
            (#"{"kty":"oct"}"#, "no array \"keys\""), (#"{"keys":[7]}"#, "key 1: is no object"),
            (#"{"keys":[{"kid":"a","kid":"b"}]}"#, "duplicate member"),
        ]) func otherFiles(text: String, expected: String) throws
    {
        try folder.write(text: text)
        #expect(try error().description.contains(expected))
    }

    @Test("A file that is missing, a folder or a pipe is refused and waited for by nobody") func noFile() throws {
        #expect(try error().description == "\(folder.path): cannot be opened: No such file or directory")
        #expect(mkfifo(folder.path, 0o600) == 0)
        #expect(try error().description.contains("is no file"))
        try folder.remove()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
        #expect(try error().description.contains("is no file"))
    }

    @Test("A file has at most 1 MiB") func size() async throws {
        let set = #"{"keys":[\#(try await TokenSigner.hs256().jwk)]}"#
        try folder.write(text: set + String(repeating: " ", count: (1 << 20) - set.utf8.count))
        #expect(try KeySet.read(folder.path).count == 1)
        try folder.write(text: set + String(repeating: " ", count: (1 << 20) - set.utf8.count + 1))
        #expect(try error().description.contains("is longer than 1048576 bytes"))
    }

    @Test("A file with a secret in it is its owner's alone", arguments: [0o640, 0o604, 0o660, 0o610, 0o601, 0o644]) func openSecret(
        mode: Int
    )
        async throws
    {
        try folder.write(try await .es256(), try await .hs256(), mode: mode)
        let error = try error()
        #expect(error.reason.contains("mode \(String(mode, radix: 8))"))
        #expect(error.reason.contains("`chmod 600`"))
        try folder.setMode(0o400)
        #expect(try KeySet.read(folder.path).count == 2)
    }

    @Test("A file of public keys may be read by all, but not written by all") func openKeys() async throws {
        try folder.write(try await .es256(), try await .rs256(), try await .edDSA(), mode: 0o664)
        #expect(try KeySet.read(folder.path).count == 3)
        try folder.setMode(0o646)
        #expect(try error().reason.contains("everybody may write this file"))
    }
}
