import Foundation
import Testing

@Suite("Payment gateway's webhooks") struct WebhookTests {
    private static let secret = "whsec_0123456789abcdef"
    private static let oldSecret = "whsec_old_0123456789"

    private func gateway(_ folder: URL, to url: String, _ options: String...) async throws -> RunningGateway {
        let (secret, old) = (folder.appending(path: "secret"), folder.appending(path: "old-secret"))
        try Data("\(Self.secret)\n".utf8).write(to: secret)
        try Data("\(Self.oldSecret)\n".utf8).write(to: old)
        return try await RunningGateway(
            state: folder.appending(path: "state"),
            [
                "--drop-rate", "0", "--drop-before-rate", "0", "--failure-rate", "0", "--pending-rate", "0", "--webhook-url", url,
                "--webhook-secret", secret.path, "--webhook-old-secret", old.path,
            ] + options)
    }

    @Test("An event is signed with each secret over its bytes, and names the charge") func signs() async throws {
        try await withReceiver { url, webhooks in
            try await withFolder { folder in
                let gateway = try await gateway(folder, to: url)
                _ = try await gateway.charge("k-1")
                let webhook = try #require(await webhooks.next())
                #expect(webhook.isSigned(with: Self.secret) && webhook.isSigned(with: Self.oldSecret))
                #expect(!webhook.isSigned(with: "whsec_of_somebody_else"))
                let event = try webhook.event
                #expect(event.type == "charge.approved" && event.key == "k-1")
            }
        }
    }

    @Test("An event that was not taken comes again under the same id") func repeats() async throws {
        try await withReceiver(refusals: 1) { url, webhooks in
            try await withFolder { folder in
                let gateway = try await gateway(folder, to: url)
                _ = try await gateway.charge("k-1")
                let (first, second) = (try #require(await webhooks.next()), try #require(await webhooks.next()))
                #expect(try first.event.id == second.event.id)
                #expect(first.body == second.body)
            }
        }
    }

    @Test("An event may come twice, though it was taken") func duplicates() async throws {
        try await withReceiver { url, webhooks in
            try await withFolder { folder in
                let gateway = try await gateway(folder, to: url, "--webhook-duplicate-rate", "1000")
                _ = try await gateway.charge("k-1")
                let (first, second) = (try #require(await webhooks.next()), try #require(await webhooks.next()))
                #expect(try first.event.id == second.event.id)
            }
        }
    }

    @Test("An event may be overtaken by the next one") func reorders() async throws {
        try await withReceiver { url, webhooks in
            try await withFolder { folder in
                let gateway = try await gateway(folder, to: url, "--webhook-reorder-rate", "1000")
                _ = try await gateway.charge("k-1")
                _ = try await gateway.charge("k-2", invoice: "inv-2")
                let (first, second) = (try #require(await webhooks.next()), try #require(await webhooks.next()))
                #expect(try [first.event.key, second.event.key] == ["k-2", "k-1"])
            }
        }
    }

    @Test("A charge that is pending is told of late, with its outcome") func tellsLate() async throws {
        try await withReceiver { url, webhooks in
            try await withFolder { folder in
                let gateway = try await gateway(folder, to: url, "--pending-rate", "1000", "--webhook-lateness", "300")
                #expect(try await gateway.charge("k-1").status == 202)
                #expect(try await gateway.charge("k-1").isReplay)
                let event = try #require(await webhooks.next()).event
                #expect(event.type == "charge.approved" && event.key == "k-1")
            }
        }
    }

    @Test("Where nobody listens the gateway goes on, and its journal tells that no answer came") func nobodyListens() async throws {
        try await withFolder { folder in
            let gateway = try await gateway(folder, to: "http://127.0.0.1:1/hooks")
            _ = try await gateway.charge("k-1")
            var deliveries: [[String: String]] = []
            while deliveries.isEmpty {
                #expect(try await gateway.charge("k-1").status == 200)
                deliveries = try gateway.journal().filter { $0["kind"] == "webhook" }
            }
            #expect(deliveries[0]["key"] == "k-1" && deliveries[0]["status"] == nil)
        }
    }
}
