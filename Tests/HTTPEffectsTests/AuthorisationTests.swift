import Foundation
import HTTPEffects
import HindsightCore
import HindsightTesting
import Testing

@Suite("HTTP effects: authorisation") struct AuthorisationTests {
    static let secret = "whsec-0123456789abcdef"
    static let files = [
        "token.json": #"{"token":"s3cret-token"}"#, "secret.txt": secret + "\n",
        "headers.json": #"{"Authorization":"Bearer s3cret-token"}"#, "guess.json": #"{"Authorization":"Bearer guess"}"#,
    ]

    @Test("A peer that demands a token and a signature gets both") func authorises() async throws {
        let peer = try TestPeer("--credentials", "token.json", "--signing-secret", "secret.txt", files: Self.files)
        try await peer.withPerformer { settings in
            settings.headers = try SecretHeaders(file: peer.path(of: "headers.json"))
            settings.signature = try WebhookSignature(secretFile: peer.path(of: "secret.txt"))
        } _: { performer in
            #expect(await performer.perform(TestPeer.intent("k-1")) == .succeeded(["act": 1, "kind": "charge", "key": "k-1"]))
            #expect(await performer.lookUp(TestPeer.intent("k-1")) == .settled(.succeeded(["act": 1, "kind": "charge", "key": "k-1"])))
        }
    }

    @Test("A wrong token, a wrong secret or none says nothing about the effect", arguments: ["token", "secret", "neither"])
    func isNotAuthorised(_ wrong: String) async throws {
        let peer = try TestPeer("--credentials", "token.json", "--signing-secret", "secret.txt", files: Self.files)
        try await peer.withPerformer { settings in
            guard wrong != "neither" else { return }
            settings.headers = try SecretHeaders(file: peer.path(of: wrong == "token" ? "guess.json" : "headers.json"))
            let secret = wrong == "secret" ? "whsec-fedcba9876543210" : Self.secret
            settings.signature = try WebhookSignature(secret: Array(secret.utf8))
        } _: { performer in
            #expect(await performer.perform(TestPeer.intent("k-1")) == .indeterminate(reason: "peer answered with status 401"))
        }
        #expect(try peer.journal.requests.isEmpty)
    }

    @Test("A webhook is done when its status says so, whatever its body") func succeedsByStatus() async throws {
        let peer = try TestPeer()
        try await peer.control("faults", #"{"fault":"broken-body"}"#)
        try await peer.withPerformer({ $0.success = .byStatus }) { performer in
            #expect(await performer.perform(TestPeer.intent("k-1")) == .succeeded([:]))
        }
    }

    @Test("Kinds and keys travel unchanged, whatever stands in them") func encodes() async throws {
        let peer = try TestPeer()
        try await peer.withPerformer { performer in
            for (kind, key) in [("a/b?c#d%2F", "order/7?x=1&y=%20+"), ("größe", "k")] {
                guard case .succeeded(let result) = await performer.perform(TestPeer.intent(key, kind: kind)) else {
                    Issue.record("\(kind) was not done")
                    continue
                }
                #expect(result == ["act": 1, "kind": .string(kind), "key": .string(key)])
                #expect(await performer.lookUp(TestPeer.intent(key, kind: kind)) == .settled(.succeeded(result)))
            }
        }
    }

    @Test(
        "An address that effects can't go to is refused",
        arguments: ["", "peer.example", "ftp://peer.example", "https://", "https://u:p@peer.example", "https://peer.example/?a=b"])
    func refusesBase(_ base: String) async throws {
        await #expect(throws: HTTPEffectsError.self) {
            try await HTTPEffectPerformer.withConnections(.init(base: base, peer: Peer(name: "peer")), clock: FixedClock()) { _ in }
        }
    }

    private struct FixedClock: WallClock { func now() -> Timestamp { Timestamp(microsecondsSince1970: 0) } }

    @Test(
        "A file of headers that can't be used is refused without a word of its content",
        arguments: [
            "s3cret", #"["s3cret"]"#, #"{"Idempotency-Key":"s3cret"}"#, #"{"Authorization":"s3cret\r\nX: y"}"#, #"{"a b":"s3cret"}"#,
            #"{"Authorization":7}"#,
        ])
    func refusesHeaders(_ text: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "headers-\(UUID().uuidString).json")
        try Data(text.utf8).write(to: file)
        defer { _ = Result { try FileManager.default.removeItem(at: file) } }
        let error = #expect(throws: HTTPEffectsError.self) { try SecretHeaders(file: file.path) }
        #expect(error.map { "\($0)".contains(file.path) && !"\($0)".contains("s3cret") } == true)
    }
}

@Suite("Webhook signature") struct WebhookSignatureTests {
    private static let body = Array(#"{"amountMinor":999,"order":"o-7"}"#.utf8)
    private static let now = Timestamp("2026-01-01T00:00:00Z")!
    /// Computed with Python's `hmac` over `1767225600.` and the body.
    private static let header = "t=1767225600,v1=1bb40900f09422c9d5d03b0d117a48ef6777c3093a4efb2a2f64a5030c817235"

    private func signature() throws -> WebhookSignature { try WebhookSignature(secret: Array(AuthorisationTests.secret.utf8)) }

    @Test("It is HMAC-SHA256 over the time, a dot and the body") func signs() throws {
        #expect(try signature().sign(Self.body, at: Self.now) == Self.header)
        try signature().verify(Self.header, of: Self.body, at: Self.now)
    }

    @Test("It holds for five minutes in either direction", arguments: [-300, 300, -301, 301]) func ages(seconds: Int) throws {
        let result = Result { try signature().verify(Self.header, of: Self.body, at: Self.now.advanced(by: .seconds(seconds))) }
        switch result {
        case .success: #expect(abs(seconds) <= 300)
        case .failure(let error): #expect(abs(seconds) > 300 && error as? WebhookSignature.Refusal == .outOfTime)
        }
    }

    @Test("Another body, time or secret is a forgery") func findsForgeries() throws {
        #expect(throws: WebhookSignature.Refusal.forged) { try signature().verify(Self.header, of: Self.body + [32], at: Self.now) }
        let otherTime = Self.header.replacing("t=1767225600", with: "t=1767225601")
        #expect(throws: WebhookSignature.Refusal.forged) { try signature().verify(otherTime, of: Self.body, at: Self.now) }
        let other = try WebhookSignature(secret: Array("another secret of 16".utf8))
        #expect(throws: WebhookSignature.Refusal.forged) { try other.verify(Self.header, of: Self.body, at: Self.now) }
    }

    @Test("While a secret is replaced, either code will do") func rotates() throws {
        let other = try WebhookSignature(secret: Array("another secret of 16".utf8)).sign(Self.body, at: Self.now)
        try signature().verify("\(other),\(Self.header.dropFirst(13))", of: Self.body, at: Self.now)
    }

    @Test(
        "A header of another form is no signature",
        arguments: [
            "", "t=1", "v1=00", "t=1,v1=", "t=1,v1=0", "t=x,v1=00", "t=1,t=2,v1=00", "t=1,v0=00", "t=1,v1=00,", "t=-1,v1=00",
            "t=9999999999999999999,v1=00",
        ])
    func refusesMalformed(_ header: String) throws {
        #expect(throws: WebhookSignature.Refusal.self) { try signature().verify(header, of: Self.body, at: Self.now) }
    }

    @Test("A short secret is none, and a secret never shows") func hides() throws {
        #expect(throws: HTTPEffectsError.self) { try WebhookSignature(secret: Array("fifteen letters".utf8)) }
        let signature = try signature()
        var text = ""
        dump(signature, to: &text)
        #expect("\(signature)" == "webhook signature" && text == "- webhook signature\n")
    }
}
