import CustomerMDM
import HindsightCore
import Testing

@Suite("Why an event of customer MDM came about") struct ExplanationTests {
    private static let golden = GoldenID(foundedBy: People.card("CRM:1"))

    private func words(_ event: CustomerEvent) -> String {
        let explanation = CustomerMDM.explanation(of: event)
        let lost = explanation.lost.map { "\($0.value) (\($0.reason))" }.joined(separator: "; ")
        return "\(explanation.by ?? "—") | \(explanation.reason ?? "—") | \(lost)"
    }

    @Test("A change that is held names its review, the reasons, and the values that wait") func held() {
        let held = ChangeHeld(
            card: People.card("CRM:1"), golden: Self.golden, revision: 2, matching: .online, review: "abc", reasons: [.fixedAttribute],
            changes: [
                AttributeChange(attribute: "birthDate", from: "02.05.1979", to: "02.05.1989"),
                AttributeChange(attribute: "gender", from: "М", to: nil),
            ])
        #expect(
            words(.card(.changeHeld(held)))
                == "source CRM | the change waits in review abc: fixed-attribute | 02.05.1989 (birthDate waits in review abc); "
                + "no gender (gender waits in review abc)")
    }

    @Test("A merge names its rules and what it absorbed, and a card's move its cause and where it was") func merge() {
        let other = GoldenID(foundedBy: People.card("IB:2"))
        let edge = Edge(
            a: People.card("CRM:1"), b: People.card("IB:2"), kind: .strong, rule: "same-passport", weight: 1, levels: [:], evidence: "e")
        let merged = GoldenMerged(
            golden: Self.golden, absorbed: [other], members: [People.card("CRM:1"), People.card("IB:2")], edges: [edge], request: "IB:2#1",
            analysedThrough: 2)
        #expect(words(.golden(.merged(merged))) == "rules same-passport | IB:2#1 | \(other) (became part of \(Self.golden))")
        let assigned = CardAssigned(card: People.card("IB:2"), from: other, to: Self.golden, because: .merge, request: "IB:2#1")
        #expect(words(.card(.assigned(assigned))) == "merge | IB:2#1 | \(other) (merge)")
    }

    @Test("A steward's word is a steward's, with the reason given") func stewards() {
        let closed = SeparationClosed(separation: "s", left: [People.card("CRM:1")], right: [People.card("IB:2")], reason: "one person")
        #expect(words(.separation(.closed(closed))) == "steward | one person | separation s (one person)")
        let accepted = ChangeAccepted(
            card: People.card("CRM:1"), golden: Self.golden, revision: 2, review: "abc", changes: [], reason: "passport seen")
        let followed = ChangeRefused(card: People.card("CRM:1"), golden: Self.golden, revision: 2, review: "abc", reason: "policy: refuse")
        #expect(words(.card(.changeRefused(followed))) == "review policy, review abc | policy: refuse | ")
        #expect(words(.card(.changeAccepted(accepted))) == "steward, review abc | passport seen | ")
    }
}
