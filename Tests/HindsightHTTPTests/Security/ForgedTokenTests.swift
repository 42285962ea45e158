import Foundation
import HindsightHTTP
import HindsightTesting
import JWTKit
import Testing

@Suite("Forged tokens") struct ForgedTokenTests {
    private let clock = SettableClock()

    /// A server that knows a key of each kind.
    private func verifier() async throws -> TokenVerifier {
        TokenVerifier(keys: try await KeySetFolder.keySetOfAll(), now: clock.now)
    }

    private func refusal(_ token: String) async throws -> TokenRefusal? { try await verifier().refusal(token) }

    // MARK: - Algorithms

    @Test("A token without a signature is refused, however it spells none", arguments: ["none", "None", "NONE", "nOnE", ""])
    func unsigned(algorithm: String) async throws {
        for signer in try await TokenSigner.all() {
            let token = try await signer.token(header: signer.header(algorithm: algorithm))
            #expect(try await refusal(token) == .wrongAlgorithm, "with a good signature all the same")
            let bare = token.prefix(through: try #require(token.lastIndex(of: ".")))
            #expect(try await refusal(String(bare)) == .wrongAlgorithm)
        }
    }

    @Test("A public RSA key is no secret: HS256 with it is refused") func confusedKey() async throws {
        let key = try Insecure.RSA.PublicKey(modulus: TokenSigner.Example.n, exponent: "AQAB")
        let secrets: [[UInt8]] = [
            Array(key.pemRepresentation.utf8), Array((key.pemRepresentation + "\n").utf8), Array(key.derRepresentation),
            Array(try key.getKeyPrimitives().modulus), Array(TokenSigner.Example.n.utf8),
        ]
        for secret in secrets {
            let forger = try await TokenSigner.forger("rs", secret: secret)
            #expect(try await refusal(try await forger.token()) == .wrongAlgorithm)
            let renamed = try await forger.token(header: forger.header(algorithm: "RS256"))
            #expect(try await refusal(renamed) == .badSignature)
            let asSecret = try await forger.token(header: forger.header(keyID: "hs"))
            #expect(try await refusal(asSecret) == .badSignature)
        }
    }

    @Test("A public key of the other kinds is no secret either") func confusedPoint() async throws {
        for (keyID, text) in [("es", TokenSigner.Example.x), ("ed", TokenSigner.Example.ed25519)] {
            let forger = try await TokenSigner.forger(keyID, secret: Array(try Data(base64URL: text)))
            #expect(try await refusal(try await forger.token()) == .wrongAlgorithm)
        }
    }

    @Test("Other sizes and paddings of a known key are refused, under their own name and under the right one") func otherSizes()
        async throws
    {
        let secret = Array(try Data(base64URL: TokenSigner.Example.secret))
        let forged: [(TokenSigner, String)] = [
            (try await .forger("hs", secret: secret, digest: .sha384), "HS384"),
            (try await .forger("hs", secret: secret, digest: .sha512), "HS512"), (try await .rs256(digest: .sha384), "RS384"),
            (try await .rs256(digest: .sha512), "RS512"), (try await .rs256(isPSS: true), "PS256"),
            (try await .rs256(digest: .sha512, isPSS: true), "PS512"),
        ]
        for (signer, algorithm) in forged {
            #expect(try await refusal(try await signer.token(header: signer.header(algorithm: algorithm))) == .wrongAlgorithm)
            #expect(try await refusal(try await signer.token()) == .badSignature)
        }
    }

    @Test("The name of an algorithm is spelled in one way", arguments: ["rs256", "RS256 ", "RS-256", "RS256\\u0000", "Rs256"])
    func spelling(algorithm: String) async throws {
        let signer = try await TokenSigner.rs256()
        #expect(try await refusal(try await signer.token(header: signer.header(algorithm: algorithm))) == .wrongAlgorithm)
    }

    // MARK: - Keys

    @Test("A key that nobody knows signs nothing", arguments: ["", "hs ", "HS", "hs\\u0000", "../hs", "0"]) func unknownKey(keyID: String)
        async throws
    {
        let signer = try await TokenSigner.hs256()
        #expect(try await refusal(try await signer.token(header: signer.header(keyID: keyID))) == .unknownKey)
    }

    @Test("A token that names no key is refused, though only one key would fit", arguments: ["", #","kid":null"#, #","kid":7"#])
    func noKey(keyID: String) async throws {
        let signer = try await TokenSigner.hs256()
        let verifier = TokenVerifier(keys: try KeySetFolder.keySet(signer), now: clock.now)
        #expect(await verifier.refusal(try await signer.token(header: #"{"alg":"HS256"\#(keyID)}"#)) == .malformed(.keyID))
    }

    @Test("A good key's signature under the name of another good key is refused") func swappedKeys() async throws {
        let mine = try await TokenSigner.hs256("mine", secret: Data(repeating: 1, count: 32).base64URL)
        let yours = try await TokenSigner.hs256("yours", secret: Data(repeating: 2, count: 32).base64URL)
        let verifier = TokenVerifier(keys: try KeySetFolder.keySet(mine, yours), now: clock.now)
        #expect(await verifier.refusal(try await mine.token(header: yours.header())) == .badSignature)
        #expect(await verifier.refusal(try await mine.token()) == nil)
    }

    @Test("A key that the token brings along counts for nothing") func embeddedKey() async throws {
        let stranger = try await TokenSigner.hs256("hs", secret: Data(repeating: 7, count: 32).base64URL)
        for more in [
            #","jwk":\#(stranger.jwk)"#, #","jku":"https://example.com/keys.json""#, #","x5u":"https://example.com/c.pem""#,
            #","x5c":["MA"]"#,
        ] {
            #expect(try await refusal(try await stranger.token(header: stranger.header(more: more))) == .badSignature)
        }
    }

    // MARK: - Headers

    @Test(
        "A header that two readers could take for two is refused",
        arguments: [
            #"{"alg":"HS256","kid":"hs","alg":"none"}"#, #"{"alg":"none","kid":"hs","alg":"HS256"}"#,
            #"{"alg":"HS256","kid":"hs","kid":"rs"}"#, #"{"alg":"HS256","kid":"hs","\u0061lg":"none"}"#,
            #"{"alg":"HS256","kid":"hs","x":{"y":1,"y":2}}"#, #"{"alg":"HS256","kid":"hs"}{}"#, #"{"alg":"HS256","kid":"hs",}"#,
            #"[{"alg":"HS256","kid":"hs"}]"#, #""HS256""#, "", "{", #"{'alg':'HS256','kid':'hs'}"#, #"{"alg":"HS256","kid":"\ud800"}"#,
            "\u{feff}{\"alg\":\"HS256\",\"kid\":\"hs\"}",
        ]) func oddHeaders(header: String) async throws
    {
        #expect(try await refusal(try await TokenSigner.hs256().token(header: header)) == .malformed(.header))
    }

    @Test("A header that is no UTF-8 is refused") func notUTF8() async throws {
        let header = Data(#"{"alg":"HS256","kid":"hs","x":""#.utf8) + [0xff] + Data(#""}"#.utf8)
        let token = try await TokenSigner.hs256().token(header: header, payload: Data(Claims().text.utf8))
        #expect(try await refusal(token) == .malformed(.header))
    }

    @Test("A header of a thousand levels is refused") func deepHeader() async throws {
        let signer = try await TokenSigner.hs256()
        let deep = #","x":"# + String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000)
        #expect(try await refusal(try await signer.token(header: signer.header(more: deep))) == .malformed(.header))
    }

    @Test(
        "Extensions and other kinds of token are refused",
        arguments: [
            (#","crit":["b64"],"b64":false"#, TokenRefusal.Flaw.critical), (#","crit":[]"#, .critical), (#","crit":null"#, .critical),
            (#","typ":"JOSE""#, .type), (#","typ":"dpop+jwt""#, .type), (#","typ":"""#, .type), (#","typ":null"#, .type),
            (#","typ":7"#, .type),
        ]) func extensions(more: String, expected: TokenRefusal.Flaw) async throws
    {
        let signer = try await TokenSigner.edDSA()
        #expect(try await refusal(try await signer.token(header: signer.header(more: more))) == .malformed(expected))
    }

    @Test("An algorithm that is missing or no text is refused", arguments: ["", #""alg":null,"#, #""alg":["HS256"],"#])
    func noAlgorithm(member: String) async throws {
        #expect(try await refusal(try await TokenSigner.hs256().token(header: #"{\#(member)"kid":"hs"}"#)) == .malformed(.algorithm))
    }

    @Test(
        "A payload is one JSON object, each member once",
        arguments: ["", "null", "[]", "7", "{", #"{"sub":"olga","exp":1700003600,"sub":"eve"}"#])
    func oddPayloads(payload: String) async throws {
        #expect(try await refusal(try await TokenSigner.hs256().token(payload: payload)) == .malformed(.payload))
    }

    // MARK: - Text

    @Test("A token has three parts") func parts() async throws {
        let token = try await TokenSigner.es256().token(Claims())
        let parts = token.split(separator: ".").map(String.init)
        for text in ["", ".", parts[0], parts[0] + "." + parts[1], token + ".", token + "." + parts[2], "." + token] {
            #expect(try await refusal(text) == .malformed(.parts), "\(text)")
        }
        #expect(try await refusal("..") == .malformed(.header))
        #expect(try await refusal("." + parts[1] + "." + parts[2]) == .malformed(.header))
    }

    @Test("Only base64url is read, and without padding", arguments: ["=", "==", "+", "/", " ", "\n", "\0", "%", "é", "!", "\u{2028}"])
    func encoding(text: String) async throws {
        let token = try await TokenSigner.hs256().token(Claims())
        let parts = token.split(separator: ".").map(String.init)
        #expect(try await refusal(token + text) == .malformed(.encoding))
        #expect(try await refusal(text + token) == .malformed(.encoding))
        #expect(try await refusal("\(parts[0]).\(parts[1])\(text).\(parts[2])") == .malformed(.encoding))
        #expect(try await refusal("\(parts[0])\(text).\(parts[1]).\(parts[2])") == .malformed(.encoding))
    }

    @Test("One signature has one spelling", arguments: TokenAlgorithm.allCases) func oneSpelling(algorithm: TokenAlgorithm) async throws {
        let token = try await TokenSigner.named(algorithm.rawValue).token(Claims())
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let good = alphabet.filter { $0 == token.last }
        #expect(good.count == 1)
        for last in alphabet where last != token.last { #expect(try await refusal(token.dropLast() + String(last)) != nil) }
    }

    @Test("A token of more than 8 KiB is refused, however good") func tooLong() async throws {
        let signer = try await TokenSigner.hs256()
        let verifier = try await verifier()
        func token(padding: Int) async throws -> String {
            try await signer.token(payload: #"{"sub":"olga","exp":1700003600,"x":"\#(String(repeating: "x", count: padding))"}"#)
        }
        let short = try await token(padding: 6000)
        let room = (8192 - short.utf8.count) / 4 * 3
        let longest = try await token(padding: 6000 + room)
        #expect((8189...8192).contains(longest.utf8.count))
        #expect(await verifier.refusal(longest) == nil)
        #expect(await verifier.refusal(try await token(padding: 6000 + room + 3)) == .malformed(.length))
        #expect(await verifier.refusal(String(repeating: "A", count: 5_000_000)) == .malformed(.length))
    }

    // MARK: - Signatures

    @Test("A payload that was changed is refused", arguments: TokenAlgorithm.allCases) func changedPayload(algorithm: TokenAlgorithm)
        async throws
    {
        let token = try await TokenSigner.named(algorithm.rawValue).token(Claims())
        let parts = token.split(separator: ".")
        let payload = Data(Claims(sub: "eve", roles: Role.allCases.map(\.rawValue)).text.utf8).base64URL
        #expect(try await refusal("\(parts[0]).\(payload).\(parts[2])") == .badSignature)
        #expect(try await refusal("\(parts[0])..\(parts[2])") == .badSignature)
    }

    @Test("A signature that was changed, cut, lengthened or taken from another token is refused", arguments: TokenAlgorithm.allCases)
    func changedSignature(algorithm: TokenAlgorithm) async throws {
        let signer = try await TokenSigner.named(algorithm.rawValue)
        let token = try await signer.token(Claims())
        let other = try await signer.token(Claims(sub: "eve"))
        let parts = token.split(separator: ".").map(String.init)
        let signature = try Data(base64URL: parts[2])
        var flipped = signature
        flipped[0] ^= 1
        let zeros = Data(repeating: 0, count: signature.count)
        for bad in [
            flipped, signature.dropLast(), signature.dropFirst(), signature + [0], [0] + signature, signature + signature, zeros, Data(),
            Data([0]), Data(repeating: 0xff, count: signature.count), Data(repeating: 1, count: 4000),
            try Data(base64URL: String(other.split(separator: ".")[2])),
        ] {
            #expect(try await refusal("\(parts[0]).\(parts[1]).\(Data(bad).base64URL)") == .badSignature)
        }
    }

    // MARK: - Chance

    @Test("No flipped bit of a good token makes another good token", arguments: 0..<64) func flippedBits(seed: UInt64) async throws {
        var chance = SeededGenerator(seed)
        let verifier = try await verifier()
        for signer in try await TokenSigner.all() {
            let token = Array(try await signer.token(Claims()).utf8)
            for _ in 0..<12 {
                var changed = token
                for _ in 0..<Int.random(in: 1...3, using: &chance) {
                    changed[Int.random(in: 0..<changed.count, using: &chance)] ^= 1 << UInt8.random(in: 0..<8, using: &chance)
                }
                guard changed != token else { continue }
                let text = String(decoding: changed, as: UTF8.self)
                #expect(await verifier.refusal(text) != nil, "seed \(seed): \(text)")
            }
        }
    }

    @Test("No flipped byte inside the parts of a good token makes another good token", arguments: 0..<64) func flippedBytes(seed: UInt64)
        async throws
    {
        var chance = SeededGenerator(seed)
        let verifier = try await verifier()
        for signer in try await TokenSigner.all() {
            let parts = try await signer.token(Claims()).split(separator: ".").map { try Data(base64URL: String($0)) }
            for _ in 0..<12 {
                var changed = parts
                let part = Int.random(in: 0..<3, using: &chance)
                changed[part][Int.random(in: 0..<changed[part].count, using: &chance)] ^= UInt8.random(in: 1...255, using: &chance)
                let text = changed.map(\.base64URL).joined(separator: ".")
                #expect(await verifier.refusal(text) != nil, "seed \(seed): \(text)")
            }
        }
    }

    @Test("No text of chance is a token, and none stops the server", arguments: 0..<32) func chanceTexts(seed: UInt64) async throws {
        var chance = SeededGenerator(seed)
        let verifier = try await verifier()
        let pieces = ["{", "}", "[", "\"", ":", ",", "\"alg\"", "\"kid\"", "\"hs\"", "\"HS256\"", "\\u", "null", "1e9", "\u{0}", "é", " "]
        for _ in 0..<40 {
            let parts = (0..<Int.random(in: 1...4, using: &chance)).map { _ in
                let text = (0..<Int.random(in: 0...12, using: &chance)).compactMap { _ in pieces.randomElement(using: &chance) }.joined()
                return Bool.random(using: &chance) ? Data(text.utf8).base64URL : text
            }
            let text = parts.joined(separator: ".")
            #expect(await verifier.refusal(text) != nil, "seed \(seed): \(text)")
        }
    }

    @Test("What a refused caller is told fits a header field and names no key") func descriptions() {
        let refusals =
            TokenRefusal.Flaw.allCases.map(TokenRefusal.malformed) + [
                .unknownKey, .wrongAlgorithm, .badSignature, .expired, .notYetValid, .missingClaim("exp"), .wrongClaim("aud"),
            ]
        for refusal in refusals {
            #expect(
                refusal.description.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        }
        #expect(Set(refusals.map(\.description)).count == refusals.count)
    }
}
