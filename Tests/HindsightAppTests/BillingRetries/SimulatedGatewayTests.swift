import BillingRetries
import Foundation
import HindsightCore
import PaymentsAdapter
import Testing

@Suite("Simulated gateway's adapter", .serialized) struct SimulatedGatewayTests {
    private func intent(_ key: String, amountMinor: Int64 = 900) throws -> EffectIntent {
        let now = try #require(Timestamp("2026-01-05T09:00:00Z"))
        return EffectIntent(
            saga: "collect", instance: "i1", kind: "charge", key: key, attempt: 1,
            request: [
                "invoice": "i1", "attempt": 1, "customer": "c1", "paymentMethod": "pm-1", "amountMinor": .integer(amountMinor),
                "currency": "EUR", "at": .string(now.description),
            ], deadline: now)
    }

    @Test("A charge that went through is an approval, and repeating the key charges nothing more")
    func approval() async throws {
        let gateway = try await GatewayProcess(
            seed: 1, options: ["--failure-rate", "0", "--drop-rate", "0", "--drop-before-rate", "0", "--pending-rate", "0"])
        let intent = try intent("i1:1")
        let (absent, first, again, lookUp) = try await SimulatedGateway.withConnection(to: gateway.url) { adapter in
            (await adapter.lookUp(intent), await adapter.perform(intent), await adapter.perform(intent), await adapter.lookUp(intent))
        }
        #expect(absent == .absent)
        guard case .succeeded(let result) = first else { throw GatewayProcess.Failure(reason: "\(first)") }
        #expect(ChargeAnswer(result)?.status == .approved)
        #expect(again == first)
        #expect(lookUp == .settled(first))
        #expect(try gateway.witness().actsByKey == ["i1:1": 1])
        try gateway.end()
    }

    @Test("A lost answer is indeterminate, and the look-up settles it", arguments: ["--drop-rate", "--pending-rate"])
    func lostAnswer(option: String) async throws {
        var options = ["--failure-rate", "0", "--drop-rate", "0", "--drop-before-rate", "0", "--pending-rate", "0"]
        if let index = options.firstIndex(of: option) { options[index + 1] = "1000" }
        let gateway = try await GatewayProcess(seed: 1, options: options)
        let intent = try intent("i1:1")
        let (first, lookUp) = try await SimulatedGateway.withConnection(to: gateway.url) { adapter in
            (await adapter.perform(intent), await adapter.lookUp(intent))
        }
        guard case .indeterminate = first, case .settled(.succeeded) = lookUp else {
            throw GatewayProcess.Failure(reason: "\(first), \(lookUp)")
        }
        try gateway.end()
    }

    @Test(
        "The gateway says itself how long it keeps keys, and whether it repeats errors",
        arguments: [
            ([], Peer.Keys.honoured(for: nil), false), (["--key-hours", "24"], .honoured(for: .hours(24)), false),
            (["--repeats-errors"], .honoured(for: nil), true),
        ] as [([String], Peer.Keys, Bool)])
    func promises(options: [String], keys: Peer.Keys, replaysFailures: Bool) async throws {
        let gateway = try await GatewayProcess(seed: 1, options: options)
        let peer = try await SimulatedGateway.withConnection(to: gateway.url) { $0.peer(of: "charge") }
        #expect(peer.keys == keys && peer.replaysFailures == replaysFailures)
        try gateway.end()
    }

    @Test("A connection that is cut before acting leaves nothing to find")
    func cutBeforeActing() async throws {
        let gateway = try await GatewayProcess(seed: 1, options: ["--drop-rate", "0", "--drop-before-rate", "1000"])
        let intent = try intent("i1:1")
        let (first, lookUp) = try await SimulatedGateway.withConnection(to: gateway.url) { adapter in
            (await adapter.perform(intent), await adapter.lookUp(intent))
        }
        guard case .indeterminate = first else { throw GatewayProcess.Failure(reason: "\(first)") }
        #expect(lookUp == .absent)
        try gateway.end()
    }

    @Test("A request that the gateway refuses is a definite no without a verdict of the issuer")
    func refused() async throws {
        let gateway = try await GatewayProcess(seed: 1, options: ["--drop-rate", "0", "--drop-before-rate", "0"])
        let (intent, otherBytes) = (try intent("i1:1"), try intent("i1:1", amountMinor: 901))
        let answer = try await SimulatedGateway.withConnection(to: gateway.url) { adapter in
            _ = await adapter.perform(intent)
            return await adapter.perform(otherBytes)
        }
        #expect(answer == .refused(reason: "the gateway refused the request: 422 key_reused"))
        try gateway.end()
    }

    @Test("The token comes from a file, is sent, and shows in no description")
    func credentials() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "gateway-token-\(UUID().uuidString).json")
        try Data(#"{"token":"s3cret-t0ken"}"#.utf8).write(to: file)
        let gateway = try await GatewayProcess(
            seed: 1, options: ["--credentials", file.path, "--drop-rate", "0", "--drop-before-rate", "0"])
        let credentials = try GatewayCredentials(file: file.path)
        #expect(!"\(credentials) \(String(reflecting: credentials))".contains("s3cret"))
        let intent = try intent("i1:1")
        let without = try await SimulatedGateway.withConnection(to: gateway.url) { await $0.perform(intent) }
        let with = try await SimulatedGateway.withConnection(to: gateway.url, credentials: credentials) { await $0.lookUp(intent) }
        #expect(without == .refused(reason: "the gateway refused the request: 401 unauthorized"))
        #expect(with == .absent)
        #expect(throws: GatewayError.unreadableCredentials(path: "/nowhere", reason: "it can't be read")) {
            try GatewayCredentials(file: "/nowhere")
        }
        try gateway.end()
        try FileManager.default.removeItem(at: file)
    }
}
