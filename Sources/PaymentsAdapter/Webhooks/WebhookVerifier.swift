import Crypto
import FoundationEssentials
package import HindsightCore

/// Tells genuine webhooks of a gateway from others, and reads which attempt they are about.
///
/// Both gateways sign alike: HMAC-SHA256 over `<unix seconds>.<the body's bytes>`, in a header `t=<unix seconds>,v1=<hexadecimal digits>`.
/// While a secret is being replaced there may be several `v1`, and several secrets here: one that fits is enough. Schemes other than `v1`
/// don't count. Stripe's key is the endpoint's secret as it is shown, `whsec_` included (docs.stripe.com/webhooks, "Verify webhook
/// signatures manually"; stripe-ruby's `Stripe::Webhook::Signature`, read 2026-11-28).
package struct WebhookVerifier: Sendable {
    private static let shortestSecret = 16
    /// More than any rotation needs: each costs an HMAC over the body for each secret.
    private static let mostSignatures = 8

    package let gateway: PaymentGatewayKind
    private let keys: [SymmetricKey]
    private let tolerance: Duration

    /// - Parameters:
    ///   - secrets: One, or during a rotation the old and the new one; 16 bytes each at least.
    ///   - tolerance: How far the time of a signature may be from now.
    package init(gateway: PaymentGatewayKind, secrets: [[UInt8]], tolerance: Duration = .seconds(300)) throws(GatewayError) {
        guard !secrets.isEmpty else { throw .badWebhookSecret(reason: "there is none") }
        for secret in secrets where secret.count < Self.shortestSecret {
            throw .badWebhookSecret(reason: "each has to have \(Self.shortestSecret) bytes or more")
        }
        self.gateway = gateway
        self.tolerance = tolerance
        keys = secrets.map { SymmetricKey(data: $0) }
    }

    /// - Parameter path: A file with the secret; during a rotation with two or more, one on each line.
    package init(gateway: PaymentGatewayKind, secretFile path: String) throws(GatewayError) {
        let bytes: [UInt8]
        do {
            bytes = Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw .unreadableCredentials(path: path, reason: "it can't be read")
        }
        let ends: Set<UInt8> = [UInt8(ascii: "\n"), UInt8(ascii: "\r")]
        do {
            try self.init(gateway: gateway, secrets: bytes.split { ends.contains($0) }.map(Array.init))
        } catch {
            throw .unreadableCredentials(path: path, reason: "\(error)")
        }
    }

    /// The header that carries the signature.
    package var headerName: String {
        switch gateway {
        case .simulated: "Gateway-Signature"
        case .stripe: "Stripe-Signature"
        }
    }

    /// Checks a webhook and reads what it is about.
    ///
    /// - Parameters:
    ///   - header: The value of ``headerName``.
    ///   - body: The bytes as they came, before anybody parsed them.
    ///   - now: By the clock on the wall: gateways know no other.
    /// - Returns: `nil` for a genuine event that concerns no attempt of ours.
    package func hint(header: String?, body: [UInt8], at now: Timestamp) throws(WebhookRefusal) -> WebhookHint? {
        try verify(header, of: body, at: now)
        let event: JSONValue
        do {
            event = try JSON.decode(JSONValue.self, from: body)
        } catch {
            throw .unreadable(reason: "it is no JSON")
        }
        guard let id = event["id"]?.stringValue, (1...255).contains(id.utf8.count) else {
            throw .unreadable(reason: "it has no id of 1 to 255 bytes")
        }
        switch gateway {
        case .simulated:
            guard let charge = event["charge"], let invoice = charge["invoice"]?.stringValue,
                let attempt = charge["attempt"]?.integerValue
            else { throw .unreadable(reason: "its charge lacks invoice or attempt") }
            return WebhookHint(
                eventID: id, gateway: .simulated, invoice: invoice, attempt: Int(attempt), charge: charge["id"]?.stringValue)
        case .stripe: return Self.hintOfStripe(event, id: id)
        }
    }

    private func verify(_ header: String?, of body: [UInt8], at now: Timestamp) throws(WebhookRefusal) {
        guard let header else { throw .unsigned(header: headerName) }
        var (seconds, codes): (Substring?, [[UInt8]]) = (nil, [])
        for part in header.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { throw .malformed(header: headerName) }
            switch pair[0] {
            case "t":
                guard seconds == nil else { throw .malformed(header: headerName) }
                seconds = pair[1]
            case "v1":
                guard let code = [UInt8](hexadecimal: pair[1]), codes.count < Self.mostSignatures else {
                    throw .malformed(header: headerName)
                }
                codes.append(code)
            default: break
            }
        }
        guard let seconds, (1...12).contains(seconds.utf8.count), seconds.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let signed = Int64(seconds), !codes.isEmpty
        else { throw .malformed(header: headerName) }
        let signedData = Array("\(seconds).".utf8) + body
        // The comparison itself takes the same time wherever the first wrong byte is.
        guard
            keys.contains(where: { key in
                codes.contains { HMAC<SHA256>.isValidAuthenticationCode($0, authenticating: signedData, using: key) }
            })
        else { throw .forged }
        let age = now.secondsSince1970 - signed
        guard abs(age) <= tolerance.components.seconds else { throw .outOfTime(ageSeconds: age) }
    }

    /// A payment, or the charge of one: it has the payment's metadata from when it was made.
    private static func hintOfStripe(_ event: JSONValue, id: String) -> WebhookHint? {
        guard let object = event["data"]?["object"], let metadata = object["metadata"],
            let invoice = metadata[StripeMetadata.invoice]?.stringValue,
            let attempt = metadata[StripeMetadata.attempt]?.stringValue.flatMap({ Int($0) })
        else { return nil }
        switch object["object"]?.stringValue {
        case "payment_intent":
            return WebhookHint(eventID: id, gateway: .stripe, invoice: invoice, attempt: attempt, charge: object["id"]?.stringValue)
        case "charge":
            return WebhookHint(
                eventID: id, gateway: .stripe, invoice: invoice, attempt: attempt, charge: object["payment_intent"]?.stringValue)
        default: return nil
        }
    }
}

extension WebhookVerifier: CustomStringConvertible, CustomReflectable {
    package var description: String { "webhook verifier" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
