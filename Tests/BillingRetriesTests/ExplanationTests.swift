import BillingRetries
import HindsightCore
import Testing

@Suite("Why an event of billing came about") struct ExplanationTests {
    private func words(_ event: InvoiceEvent) -> String {
        let explanation = BillingRetries.explanation(of: event)
        let lost = explanation.lost.map { "\($0.value) (\($0.reason))" }.joined(separator: "; ")
        return "\(explanation.by ?? "—") | \(explanation.reason ?? "—") | \(lost)"
    }

    private func explained(_ answer: ChargeAnswer, due: String = "01-05T08:00", zone: String = "Europe/Berlin") throws -> [String] {
        var story = try Story(opened: .sample(timeZone: zone, dueAt: try at(due)))
        try story.attempt(at: try at(due))
        try story.answer(answer, at: try at(due))
        return story.history.map(words)
    }

    @Test("Each step to a retry names who chose it: the plan, the gateway, the policy's rule") func steps() throws {
        let words = try explained(.declined("51"))
        #expect(words.count == 5)
        #expect(words[0] == "subscription s1 | the price of period 1 is due | ")
        #expect(words[1] == "plan | its window had come, and the network rules of 2026-11-21 let it pass | ")
        #expect(words[2] == "gateway | insufficient-funds, code 51 | ")
        #expect(words[3] == "— | the first charge failed: insufficient-funds | ")
        #expect(words[4] == "policy reason-rules 1, rule insufficient-funds | attempt 2 by rules | ")
    }

    @Test("A proposal loses to a rule of the network") func network() throws {
        let words = try explained(.declined("51", .mastercard, advice: "28"))
        #expect(
            words.last
                == "policy reason-rules 1, rule insufficient-funds | attempt 2 by rules | 2026-01-09T09:00:00Z "
                + "(network rule mastercard-advice-wait allows none before 2026-01-11T08:00:00Z)")
    }

    @Test("A proposal loses to the hours in which one may charge") func hours() throws {
        let words = try explained(.declined("91"), due: "01-05T20:00")
        #expect(
            words.last
                == "policy reason-rules 1, rule issuer-fault | attempt 2 by rules | 2026-01-05T23:00:00Z "
                + "(not between 7 and 22 o'clock in Europe/Berlin)")
    }

    @Test("A retry that the policy withholds, and one that the network forbids, say why") func withheld() throws {
        #expect(try explained(.declined("54")).contains("policy reason-rules 1, rule expired-card | only the payer can help | "))
        let dead = try explained(.declined("43"))
        let refusal = try #require(dead.first { $0.hasPrefix("network rules") })
        #expect(refusal.hasSuffix("forbidden until the payment method changes | attempt 2 (forbidden until the payment method changes)"))
    }

    @Test("A restored policy names the version that holds again, and the one that gave way") func policy() {
        let now = Timestamp(microsecondsSince1970: 0)
        let restored = PolicyRestored(policy: RetryPolicy.reasonRules.numbered(3), restores: 1, reason: "too often", at: now)
        let explanation = BillingRetries.explanation(of: .restored(restored))
        #expect(explanation.by == "version 1" && explanation.reason == "too often")
        #expect(explanation.lost.map(\.value) == ["version 2"])
    }

    @Test("An event of the log is explained by its type; another domain's is not") func recorded() throws {
        func recorded(_ type: EventType, _ data: JSONText?) throws -> RecordedEvent {
            RecordedEvent(
                position: 1, stream: try BillingRetries.method("m1"), version: 1,
                id: .version7(at: try at("01-05T08:00"), entropy: Array(repeating: 0, count: 10)),
                type: type, schemaVersion: 1, recordedAt: try at("01-05T08:00"), occurredAt: try at("01-05T08:00"), data: data,
                metadata: .empty,
                tags: [], encoding: 0, salt: nil, commitment: .genesis, digest: .genesis)
        }
        let data = try JSONText(encoding: MethodRegistered(method: "m1", customer: "c1", at: try at("01-05T08:00")))
        #expect(try BillingRetries.explanation(of: recorded(MethodRegistered.type, data)) != nil)
        #expect(try BillingRetries.explanation(of: recorded(MethodRegistered.type, nil)) == nil)
        #expect(try BillingRetries.explanation(of: recorded("my.own", data)) == nil)
    }
}
