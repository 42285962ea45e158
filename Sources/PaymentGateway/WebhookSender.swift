import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Sends events to the receiver of webhooks, as providers do: at least once, late, and in no certain order.
struct WebhookSender: Sendable {
    private struct Event: Encodable {
        struct Content: Encodable {
            let id, idempotencyKey, invoice: String
            let attempt: Int
        }
        let id, type: String
        let charge: Content
    }

    private let plan: WebhookPlan
    private let store: ChargeStore

    init(_ plan: WebhookPlan, store: ChargeStore) {
        self.plan = plan
        self.store = store
    }

    /// Tells of every charge in the stream, until the task is cancelled.
    func run(_ charges: AsyncStream<Charge>) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            var waiting: Charge?
            for await charge in charges {
                if waiting == nil, plan.draw.permille("webhook overtaken", charge.id) < plan.reorderedPermille {
                    waiting = charge
                    continue
                }
                let overtaken = waiting
                waiting = nil
                group.addTask {
                    try await tell(of: charge)
                    if let overtaken { try await tell(of: overtaken) }
                }
            }
        }
    }

    private func tell(of charge: Charge) async throws {
        let order = charge.order
        let event = Event(
            id: "evt_" + plan.draw.digest("event", [charge.id]).prefix(12).hexadecimal, type: "charge.\(charge.verdict.outcome.rawValue)",
            charge: .init(id: charge.id, idempotencyKey: order.key, invoice: order.invoice, attempt: order.attempt))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = try encoder.encode(event)
        if charge.verdict.settlesLater == true || plan.draw.permille("webhook late", charge.id) < plan.latePermille {
            try await Task.sleep(for: plan.lateness)
        }
        var delivery = 1
        func send() async throws -> Bool {
            let status = await post(body)
            try Task.checkCancellation()
            try await store.recordDelivery(.init(event: event.id, key: order.key, delivery: delivery, status: status))
            delivery += 1
            return status.map { (200...299).contains($0) } ?? false
        }
        var wasTaken = try await send()
        for wait in WebhookPlan.waits where !wasTaken {
            try await Task.sleep(for: wait)
            wasTaken = try await send()
        }
        if plan.draw.permille("webhook twice", charge.id) < plan.duplicatePermille { _ = try await send() }
    }

    /// The answer's status, or `nil` if none came.
    private func post(_ body: Data) async -> Int? {
        var request = HTTPClientRequest(url: plan.address)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(
            name: WebhookPlan.signatureHeader, value: plan.signature(of: body, atSeconds: Int(Date().timeIntervalSince1970)))
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            return Int(try await HTTPClient.shared.execute(request, timeout: .seconds(10)).status.code)
        } catch {
            return nil
        }
    }
}
