import BillingRetries
import Foundation
package import HindsightCore
import HindsightRuntime
import PaymentsAdapter

/// Takes a gateway's webhooks for what they are good for: a hint that there is news of a charge.
///
/// The body is never believed. Where the saga waits to look the charge up, it does so now instead of in minutes, hours or days; everything
/// else leads to nothing, so webhooks may come late, twice, in any order, or not at all.
package struct GatewayWebhooks: Sendable {
    package enum Outcome: String, Sendable, Encodable {
        /// The charge is looked up now.
        case woken
        /// The event was taken before.
        case known
        /// Nothing waits for news of it.
        case idle
    }

    /// `simulated` or `stripe`.
    package var gateway: String { verifier.gateway.rawValue }
    /// The header with the signature.
    package var header: String { verifier.headerName }
    private let verifier: WebhookVerifier
    private let log: any EventLog
    private let clock: any WallClock

    /// `nil` where no secret is configured that webhooks would be signed with.
    ///
    /// - Throws: `GatewayError` for a file that holds no secret.
    init?(_ gateway: Configuration.Gateway?, log: any EventLog, clock: any WallClock) throws {
        guard let gateway, let secret = gateway.webhookSecret else { return nil }
        verifier = try WebhookVerifier(gateway: gateway.kind, secretFile: secret)
        self.log = log
        self.clock = clock
    }

    /// - Parameters:
    ///   - signature: The value of the gateway's header.
    ///   - body: As it came.
    ///   - instant: Of the wall clock: gateways know no other.
    /// - Throws: ``RefusedWebhook`` for what the gateway has not sent, or not now.
    package func take(_ body: [UInt8], signature: String?, at instant: Timestamp) async throws -> Outcome {
        let hint: WebhookHint?
        do {
            hint = try verifier.hint(header: signature, body: body, at: instant)
        } catch {
            if case .unreadable = error { throw RefusedWebhook(header: nil, description: "\(error)") }
            throw RefusedWebhook(header: header, description: "\(error)")
        }
        guard let hint, Identifier.isWellFormed(hint.invoice) else { return .idle }
        let id = EventID.version5(namespace: Self.namespace, name: "\(hint.gateway.rawValue) \(hint.eventID)")
        guard try await log.position(of: id) == nil else { return .known }
        do {
            let receipt = try await CommandHandler(log: log, clock: clock, identities: OneIdentity(id: id))
                .decide(metadata: EventMetadata(actor: "gateway:\(hint.gateway.rawValue)")) { batch in try await wake(hint, in: batch) }
            return receipt == nil ? .idle : .woken
        } catch EventLogError.idempotencyConflict {
            // The same webhook came twice at once.
            return .known
        }
    }

    /// Lets the saga look the charge up now, if it waits to. A saga that is parked over anything else stays so.
    private func wake(_ hint: WebhookHint, in batch: DecisionBatch) async throws {
        let invoice = try await batch.state(of: Invoice.self, on: BillingRetries.invoice(hint.invoice))
        guard case .charging(let charge, isUnknown: true) = invoice.open?.phase, charge.attempt == hint.attempt else { return }
        let saga = try StreamName("saga-\(PaymentSaga.name):\(hint.invoice)")
        let standing = try await batch.state(of: SagaControl.self, on: saga).standing
        let effect = EffectReference(kind: PaymentSaga.chargeEffect, key: charge.key)
        guard standing.openEffect(effect)?.phase == .unknown, standing.parkedOver == nil || standing.parkedOver == "\(effect)" else {
            return
        }
        let reason = "webhook \(hint.eventID) says that there is news of attempt \(hint.attempt)"
        try await batch.decide(SagaControl.self, .retry(reason: reason, at: batch.now), on: saga)
    }

    /// The namespace of these ids, drawn once.
    private static let namespace = UUID(
        uuid: (0x1f, 0x63, 0xd0, 0x8e, 0x29, 0x4b, 0x4c, 0x37, 0x8e, 0x15, 0xa4, 0x70, 0x5b, 0xd9, 0x32, 0x6c))
}

/// A webhook that is not taken, and why.
package struct RefusedWebhook: Error, Sendable, Equatable, CustomStringConvertible {
    /// The header at fault; `nil` for the body.
    package let header: String?
    package let description: String
}

/// The one id that a webhook's event leads to, so that it is known when it comes again.
private struct OneIdentity: IdentitySource {
    let id: EventID

    func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID { id }
}
