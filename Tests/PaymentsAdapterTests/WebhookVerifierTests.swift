import Crypto
import Foundation
import HindsightCore
import PaymentPeers
import PaymentsAdapter
import Testing

@Suite("Webhooks of gateways") struct WebhookVerifierTests {
    private static let secret = "whsec_0123456789abcdef"
    private static let now = Timestamp(microsecondsSince1970: 1_780_000_000_000_000)
    private static let stripeBody = """
        {"id":"evt_1","object":"event","api_version":"2024-12-18.acacia","created":1780000000,"type":"payment_intent.succeeded",
         "data":{"object":{"id":"pi_1","object":"payment_intent","status":"succeeded","metadata":{"invoice":"in-1","attempt":"3","key":"in-1:3"}}}}
        """

    private func code(_ body: String, _ seconds: Int64 = 1_780_000_000, secret: String = secret) -> String {
        let key = SymmetricKey(data: Data(secret.utf8))
        return HMAC<SHA256>.authenticationCode(for: Data("\(seconds).\(body)".utf8), using: key)
            .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private func verifier(_ gateway: PaymentGatewayKind = .stripe, _ secrets: String...) throws -> WebhookVerifier {
        try WebhookVerifier(gateway: gateway, secrets: (secrets.isEmpty ? [Self.secret] : secrets).map { Array($0.utf8) })
    }

    private func hint(_ header: String?, body: String = stripeBody, at now: Timestamp = now) throws -> WebhookHint? {
        try verifier().hint(header: header, body: Array(body.utf8), at: now)
    }

    @Test("A genuine webhook names the event and the attempt") func genuine() throws {
        let hint = try hint("t=1780000000,v1=\(code(Self.stripeBody)),v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39")
        #expect(hint == WebhookHint(eventID: "evt_1", gateway: .stripe, invoice: "in-1", attempt: 3, charge: "pi_1"))
    }

    @Test("A known signature: the bytes as they came, over the seconds and a dot") func vector() throws {
        // Computed by OpenSSL: printf '1780000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_0123456789abcdef
        let header = "t=1780000000,v1=296a08483ed25ff46662a30a651215201d500679c1bb3376e671110c38209997"
        #expect(try hint(header, body: #"{"id":"evt_1"}"#) == nil)
        #expect(throws: WebhookRefusal.forged) { try hint(header, body: #"{ "id":"evt_1"}"#) }
    }

    @Test("While a secret is being replaced, one of several signatures or secrets is enough") func rotation() throws {
        let (old, new) = ("whsec_old_0123456789", "whsec_new_0123456789")
        let body = Array(Self.stripeBody.utf8)
        let both = "t=1780000000,v1=\(code(Self.stripeBody, secret: new)),v1=\(code(Self.stripeBody, secret: old))"
        for secrets in [[old], [new]] {
            let verifier = try WebhookVerifier(gateway: .stripe, secrets: secrets.map { Array($0.utf8) })
            #expect(try verifier.hint(header: both, body: body, at: Self.now)?.eventID == "evt_1")
        }
        let header = "t=1780000000,v1=\(code(Self.stripeBody, secret: old))"
        #expect(try verifier(.stripe, new, old).hint(header: header, body: body, at: Self.now)?.eventID == "evt_1")
        #expect(throws: WebhookRefusal.forged) { try verifier(.stripe, new).hint(header: header, body: body, at: Self.now) }
    }

    @Test("Another body, secret or time is forged") func forged() throws {
        let genuine = code(Self.stripeBody)
        #expect(throws: WebhookRefusal.forged) { try hint("t=1780000000,v1=\(genuine)", body: Self.stripeBody + " ") }
        #expect(throws: WebhookRefusal.forged) { try hint("t=1780000001,v1=\(genuine)") }
        #expect(throws: WebhookRefusal.forged) { try hint("t=1780000000,v1=\(code(Self.stripeBody, secret: "another_secret_000"))") }
        #expect(throws: WebhookRefusal.forged) { try hint("t=1780000000,v1=\(genuine.dropLast(2))") }
    }

    @Test(
        "Outside of the replay window it is refused, on both sides",
        arguments: [(300, nil), (301, 301), (-300, nil), (-301, -301)] as [(Int64, Int64?)])
    func window(age: Int64, refusedWith: Int64?) throws {
        let now = Timestamp(microsecondsSince1970: (1_780_000_000 + age) * 1_000_000)
        let header = "t=1780000000,v1=\(code(Self.stripeBody))"
        if let refusedWith {
            #expect(throws: WebhookRefusal.outOfTime(ageSeconds: refusedWith)) { try hint(header, at: now) }
        } else {
            #expect(try hint(header, at: now) != nil)
        }
    }

    @Test(
        "A header of another form is refused by name",
        arguments: [
            "", "t=1780000000", "v1=00", "t=,v1=00", "t=-1,v1=00", "t=1780000000,v1=0", "t=1780000000,v1=xy", "t=1,t=2,v1=00", "nonsense",
            "t=99999999999999999999,v1=00", "t=1780000000," + Array(repeating: "v1=00", count: 9).joined(separator: ","),
        ])
    func malformed(header: String) {
        #expect(throws: WebhookRefusal.malformed(header: "Stripe-Signature")) { try hint(header) }
    }

    @Test("Without a signature nothing is taken") func unsigned() {
        #expect(throws: WebhookRefusal.unsigned(header: "Stripe-Signature")) { try hint(nil) }
    }

    @Test("Genuine events about other things are none of ours, and unreadable ones are refused") func others() throws {
        func signed(_ body: String) throws -> WebhookHint? { try hint("t=1780000000,v1=\(code(body))", body: body) }
        #expect(
            try signed(#"{"id":"evt_2","type":"customer.created","data":{"object":{"id":"cus_1","object":"customer","metadata":{}}}}"#)
                == nil)
        let metadata = #""metadata":{"invoice":"in-1","attempt":"1"}"#
        #expect(try signed(#"{"id":"evt_3","data":{"object":{"id":"re_1","object":"refund",\#(metadata)}}}"#) == nil)
        let ofCharge = try signed(#"{"id":"evt_4","data":{"object":{"id":"ch_1","object":"charge","payment_intent":"pi_9",\#(metadata)}}}"#)
        #expect(ofCharge == WebhookHint(eventID: "evt_4", gateway: .stripe, invoice: "in-1", attempt: 1, charge: "pi_9"))
        #expect(throws: WebhookRefusal.unreadable(reason: "it is no JSON")) { try signed("hello") }
        #expect(throws: WebhookRefusal.unreadable(reason: "it has no id of 1 to 255 bytes")) { try signed(#"{"id":7}"#) }
    }

    @Test("Secrets come from a file, one or during a rotation several, and show nowhere") func secretFile() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "webhook-secret-\(UUID().uuidString)")
        try Data("whsec_new_0123456789\n\(Self.secret)\n".utf8).write(to: file)
        let verifier = try WebhookVerifier(gateway: .stripe, secretFile: file.path)
        let header = "t=1780000000,v1=\(code(Self.stripeBody))"
        #expect(try verifier.hint(header: header, body: Array(Self.stripeBody.utf8), at: Self.now)?.eventID == "evt_1")
        #expect(!"\(verifier) \(String(reflecting: verifier))".contains("whsec"))
        try Data("short\n".utf8).write(to: file)
        #expect(
            throws: GatewayError.unreadableCredentials(
                path: file.path, reason: "the secret of webhooks: each has to have 16 bytes or more")
        ) { try WebhookVerifier(gateway: .stripe, secretFile: file.path) }
        try FileManager.default.removeItem(at: file)
    }

    @Test(
        "The simulated gateway's own webhooks are genuine, and name the attempt",
        .enabled(if: StripePeerProcess.python != nil, "needs python3"))
    func simulatedGateway() async throws {
        let receiver = try StripePeerProcess.ours()
        let folder = FileManager.default.temporaryDirectory.appending(path: "gateway-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let secret = folder.appending(path: "secret")
        try Data("\(Self.secret)\n".utf8).write(to: secret)
        let gateway = try SimulatedGatewayProcess(
            state: folder.appending(path: "state").path,
            [
                "--drop-rate", "0", "--drop-before-rate", "0", "--pending-rate", "0", "--failure-rate", "0",
                "--webhook-url", "\(receiver.url)/received", "--webhook-secret", secret.path,
            ])
        let outcome = try await SimulatedGateway.withConnection(to: gateway.url) {
            await $0.perform(chargeIntent("in-7:2", invoice: "in-7", attempt: 2))
        }
        guard case .succeeded(let result) = outcome else { throw StripePeerProcess.Failure(reason: "\(outcome)") }
        let (signature, body) = try receiver.webhook()
        let verifier = try verifier(.simulated)
        #expect(verifier.headerName == "Gateway-Signature")
        let now = Timestamp(microsecondsSince1970: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let hint = try #require(try verifier.hint(header: signature, body: body, at: now))
        #expect(hint.invoice == "in-7" && hint.attempt == 2 && hint.charge == result["charge"]?.stringValue)
        try FileManager.default.removeItem(at: folder)
    }
}
