import HindsightHTTP
import Testing

@Suite("Token verifier") struct TokenVerifierTests {
    private let clock = SettableClock()

    private func verifier(_ signer: TokenSigner, issuer: String? = nil, audience: String? = nil) throws -> TokenVerifier {
        TokenVerifier(
            keys: try KeySetFolder.keySet(signer), expectedIssuer: issuer, expectedAudience: audience.map { ["other", $0] }, now: clock.now)
    }

    private func refusal(_ payload: String, issuer: String? = nil, audience: String? = nil) async throws -> TokenRefusal? {
        let signer = try await TokenSigner.edDSA()
        let verifier = try verifier(signer, issuer: issuer, audience: audience)
        return await verifier.refusal(try await signer.token(payload: payload))
    }

    // MARK: - Good tokens

    @Test("A good token says who calls and what they may do", arguments: TokenAlgorithm.allCases) func good(algorithm: TokenAlgorithm)
        async throws
    {
        let signer = try await TokenSigner.named(algorithm.rawValue)
        let verifier = TokenVerifier(keys: try await KeySetFolder.keySetOfAll(), now: clock.now)
        let token = try await signer.token(Claims())
        let expected = Caller(subject: "olga", roles: [.auditor, .operator])
        #expect(try await verifier.verify(token) == expected)
        #expect(try await verifier.verify(token) == expected, "and a second time, when it is remembered")
    }

    /// Made with Python's `cryptography` 48.0.0 from the same keys, so that JWTKit is not its own witness.
    @Test(
        "A token that another library signed is as good",
        arguments: [
            "eyJhbGciOiAiSFMyNTYiLCAia2lkIjogImhzIiwgInR5cCI6ICJhdCtqd3QifQ.eyJzdWIiOiAib2xnYSIsICJleHAiOiAxNzAwMDAzNjAwLCAiaWF0IjogMTcwMDA"
                + "wMDAwMCwgInJvbGVzIjogWyJhdWRpdG9yIiwgImRyaXZlciJdfQ.IVn9oQOGm4pXduLKgsF0-L1i_ql36NetYHnIRITUVB0",
            "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogInJzIiwgInR5cCI6ICJhdCtqd3QifQ.eyJzdWIiOiAib2xnYSIsICJleHAiOiAxNzAwMDAzNjAwLCAiaWF0IjogMTcwMDA"
                + "wMDAwMCwgInJvbGVzIjogWyJhdWRpdG9yIiwgImRyaXZlciJdfQ.Bt48Ns2S_0t7HzKLs6AvuNMmBFMH1X00Gz5dNInzkZyKKq96fMfK3pslWZ1suoGYa6k9Hhl5t"
                + "o1-df6dKoPcAxI4C5SWbLrEOKVRoH0R5iH3hG0ecgvCqWuiagCulujcQkTw8DZej1GHiBKrhBZkSjjQhJ-_ih58xJ23djfxbMolPPA3O-9aYV4-S9Cwpn8crrfH47l"
                + "yWi7H4mKB3Q83Hj-KFSbP3t_3okCJuQADLphP8oRq97KPjjU9U-IHgp-5LQte_jzofGfsBcl2teQGQ7MIT04cKVSN7AGiLbdYny4THdGSaTAGuvOAkz_Swx8380YMI"
                + "GkSmvlMKO1CDB935w",
            "eyJhbGciOiAiRVMyNTYiLCAia2lkIjogImVzIiwgInR5cCI6ICJhdCtqd3QifQ.eyJzdWIiOiAib2xnYSIsICJleHAiOiAxNzAwMDAzNjAwLCAiaWF0IjogMTcwMDA"
                + "wMDAwMCwgInJvbGVzIjogWyJhdWRpdG9yIiwgImRyaXZlciJdfQ.vvOdc5Bhhp73bRxpefPlsIn3NOwcpy5wJoLm_8LAicJSffrgzakSmt9NEX8X7Y5GonBIvh6T22"
                + "mORX9Byp_Y0w",
            "eyJhbGciOiAiRWREU0EiLCAia2lkIjogImVkIiwgInR5cCI6ICJhdCtqd3QifQ.eyJzdWIiOiAib2xnYSIsICJleHAiOiAxNzAwMDAzNjAwLCAiaWF0IjogMTcwMDA"
                + "wMDAwMCwgInJvbGVzIjogWyJhdWRpdG9yIiwgImRyaXZlciJdfQ.ndvUE9G2ZGXpuI_QD99VrGTk6BZQxto4LLTqV-Hia6WbWkd3JHQKn5gAs03ib16q_zt9vG3k31O"
                + "Jkna8s0uhCQ",
        ]) func foreign(token: String) async throws
    {
        let verifier = TokenVerifier(keys: try await KeySetFolder.keySetOfAll(), now: clock.now)
        #expect(try await verifier.verify(token) == Caller(subject: "olga", roles: [.auditor]))
    }

    @Test("typ is JWT or at+jwt in any case, or left out", arguments: ["JWT", "jwt", "at+jwt", "AT+JWT", nil]) func types(type: String?)
        async throws
    {
        let signer = try await TokenSigner.es256()
        let more = type.map { #","typ":"\#($0)""# } ?? ""
        #expect(try await verifier(signer).verify(try await signer.token(header: signer.header(more: more))).subject == "olga")
    }

    // MARK: - Roles

    @Test("Every role has its name", arguments: Role.allCases) func role(role: Role) async throws {
        let signer = try await TokenSigner.edDSA()
        #expect(try await verifier(signer).verify(try await signer.token(Claims(roles: [role.rawValue]))).roles == [role])
    }

    @Test("Names of roles that mean nothing here give nothing", arguments: [nil, [], ["root", "Auditor", "auditor ", "*"]])
    func unknownRoles(roles: [String]?) async throws {
        let signer = try await TokenSigner.edDSA()
        #expect(try await verifier(signer).verify(try await signer.token(Claims(roles: roles))).roles == [])
    }

    @Test("Where no keys are configured, everybody may do everything and is nobody") func local() {
        #expect(Caller.local.roles == Set(Role.allCases))
        #expect(Caller.local.subject == nil)
    }

    @Test("Roles that are no array of strings are refused", arguments: [#""auditor""#, #"["auditor",1]"#, "null", #"{"auditor":true}"#])
    func badRoles(roles: String) async throws {
        #expect(try await refusal(#"{"sub":"olga","exp":1700000100,"roles":\#(roles)}"#) == .wrongClaim("roles"))
    }

    // MARK: - Times

    @Test("A token ends at the second its issuer said, remembered or not") func expires() async throws {
        let signer = try await TokenSigner.rs256()
        let verifier = try verifier(signer)
        let token = try await signer.token(Claims(exp: SettableClock.start + 10))
        clock.advance(by: 9.5)
        #expect(try await verifier.verify(token).subject == "olga")
        clock.advance(by: 0.5)
        #expect(await verifier.refusal(token) == .expired)
        let other = TokenVerifier(keys: try KeySetFolder.keySet(signer), now: clock.now)
        #expect(await other.refusal(token) == .expired)
    }

    @Test("A token counts from a minute before nbf and iat on", arguments: ["nbf", "iat"]) func begins(claim: String) async throws {
        let signer = try await TokenSigner.edDSA()
        let verifier = try verifier(signer)
        let token = try await signer.token(payload: #"{"sub":"olga","exp":1700003600,"\#(claim)":1700000100}"#)
        clock.advance(by: 39)
        #expect(await verifier.refusal(token) == .notYetValid)
        clock.advance(by: 1)
        #expect(await verifier.refusal(token) == nil)
    }

    @Test("A remembered token is not valid before its time when the clock is set back") func clockSetBack() async throws {
        let signer = try await TokenSigner.edDSA()
        let verifier = try verifier(signer)
        let token = try await signer.token(Claims(nbf: SettableClock.start))
        #expect(await verifier.refusal(token) == nil)
        clock.advance(by: -61)
        #expect(await verifier.refusal(token) == .notYetValid)
    }

    @Test(
        "A time may have a fraction or be far away",
        arguments: ["1700000000.5", "1.7000036e9", "99999999999999999999", "1e300"]) func oddTimes(exp: String) async throws
    {
        #expect(try await refusal(#"{"sub":"olga","exp":\#(exp)}"#) == nil)
    }

    @Test(
        "A time that has passed or is no number is refused",
        arguments: [
            ("0", TokenRefusal.expired), ("-1", .expired), ("-1e300", .expired), ("1699999999.9", .expired), ("1700000000", .expired),
            ("\"1700003600\"", .wrongClaim("exp")), ("null", .wrongClaim("exp")), ("true", .wrongClaim("exp")),
            ("[1700003600]", .wrongClaim("exp")), ("1e999", .wrongClaim("exp")), ("NaN", .malformed(.payload)),
        ]) func badTimes(exp: String, expected: TokenRefusal) async throws
    {
        #expect(try await refusal(#"{"sub":"olga","exp":\#(exp)}"#) == expected)
    }

    @Test("A token without an end is refused") func endless() async throws {
        #expect(try await refusal(#"{"sub":"olga"}"#) == .missingClaim("exp"))
    }

    // MARK: - Subject, issuer, audience

    @Test("The subject may have 255 bytes and any printable characters") func longSubject() async throws {
        #expect(try await refusal(#"{"exp":1700003600,"sub":"\#(String(repeating: "a", count: 255))"}"#) == nil)
        #expect(try await refusal(#"{"exp":1700003600,"sub":"Ольга “O’Neill” 🦉"}"#) == nil)
    }

    @Test(
        "A subject that names nobody, or breaks a line of a log, is refused",
        arguments: ["\"\"", "7", "null", #"["olga"]"#, #""a\nb""#, #""a\u0000""#, #""a\u007f""#, #""a\u0085""#])
    func badSubject(subject: String) async throws {
        #expect(try await refusal(#"{"exp":1700003600,"sub":\#(subject)}"#) == .wrongClaim("sub"))
    }

    @Test("A subject of 256 bytes is refused") func tooLongSubject() async throws {
        let subject = String(repeating: "a", count: 254) + "é"
        #expect(try await refusal(#"{"exp":1700003600,"sub":"\#(subject)"}"#) == .wrongClaim("sub"))
    }

    @Test("A token without a subject is refused") func noSubject() async throws {
        #expect(try await refusal(#"{"exp":1700003600}"#) == .missingClaim("sub"))
    }

    @Test(
        "The issuer counts where one is expected",
        arguments: [
            ("", TokenRefusal.missingClaim("iss")), (#","iss":"https://other""#, .wrongClaim("iss")), (#","iss":7"#, .wrongClaim("iss")),
            (#","iss":["https://us"]"#, .wrongClaim("iss")), (#","iss":"https://us""#, nil),
        ]) func issuer(claim: String, expected: TokenRefusal?) async throws
    {
        let payload = #"{"sub":"olga","exp":1700003600\#(claim)}"#
        #expect(try await refusal(payload, issuer: "https://us") == expected)
        #expect(try await refusal(payload) == nil)
    }

    @Test(
        "The audience counts where one is expected",
        arguments: [
            ("", TokenRefusal.missingClaim("aud")), (#","aud":"billing""#, .wrongClaim("aud")), (#","aud":[]"#, .wrongClaim("aud")),
            (#","aud":{"hindsight":1}"#, .wrongClaim("aud")), (#","aud":"hindsight2""#, .wrongClaim("aud")),
            (#","aud":"hindsight""#, nil), (#","aud":["billing","hindsight"]"#, nil),
        ]) func audience(claim: String, expected: TokenRefusal?) async throws
    {
        let payload = #"{"sub":"olga","exp":1700003600\#(claim)}"#
        #expect(try await refusal(payload, audience: "hindsight") == expected)
        #expect(try await refusal(payload) == nil)
    }

    @Test("A letter that only looks the same does not make the expected issuer") func composedIssuer() async throws {
        #expect(try await refusal(#"{"sub":"olga","exp":1700003600,"iss":"e\u0301"}"#, issuer: "\u{e9}") == .wrongClaim("iss"))
    }

    // MARK: - What is remembered

    @Test("No more good tokens are remembered than asked for, and bad ones never") func remembered() async throws {
        let signer = try await TokenSigner.hs256()
        let verifier = TokenVerifier(keys: try KeySetFolder.keySet(signer), remembered: 10, now: clock.now)
        for number in 0..<25 {
            let token = try await signer.token(Claims(sub: "client-\(number)"))
            #expect(try await verifier.verify(token).subject == "client-\(number)")
            #expect(await verifier.refusal(token + "A") != nil)
            #expect(verifier.rememberedCount <= 10)
        }
        #expect(verifier.rememberedCount >= 5)
    }

    @Test("Of many requests at once, each gets its own caller") func manyAtOnce() async throws {
        let signers = try await TokenSigner.all()
        let verifier = TokenVerifier(keys: try await KeySetFolder.keySetOfAll(), remembered: 16, now: clock.now)
        try await withThrowingTaskGroup { group in
            for number in 0..<400 {
                let name = "client-\(number % 24)"
                let token = try await signers[number % 24 % 4].token(Claims(sub: name))
                group.addTask { #expect(await verifier.caller(token)?.subject == name) }
            }
            try await group.waitForAll()
        }
    }
}

extension TokenVerifier {
    func outcome(_ token: String) async -> Result<Caller, TokenRefusal> {
        do throws(TokenRefusal) {
            return .success(try await verify(token))
        } catch {
            return .failure(error)
        }
    }

    func caller(_ token: String) async -> Caller? { if case .success(let caller) = await outcome(token) { caller } else { nil } }

    /// Why the token is not taken; `nil` if it is.
    func refusal(_ token: String) async -> TokenRefusal? { if case .failure(let refusal) = await outcome(token) { refusal } else { nil } }
}
