import CustomerMDM
import Testing

@Suite("Review load") struct ReviewLoadTests {
    private let card = People.card("CRM:7")
    private var golden: GoldenID { GoldenID(foundedBy: card) }

    private func held(_ review: String) -> CardEvent {
        .changeHeld(
            ChangeHeld(card: card, golden: golden, revision: 2, matching: .batch, review: review, reasons: [.fixedAttribute], changes: []))
    }

    private func opened(_ review: String, _ kind: ReviewKind) -> ReviewEvent {
        .opened(ReviewOpened(review: review, kind: kind, cards: [card], edges: [], conflicts: [], path: [], partition: []))
    }

    @Test("Cases are counted as they open, and as long as nobody has closed them") func counted() {
        var load = ReviewLoad()
        load.follow(.received(CardReceived(card: card, golden: golden, revision: 1, matching: .batch, values: People.peter)))
        load.follow(.changed(CardChanged(card: card, golden: golden, revision: 2, matching: .batch, changes: [])))
        for review in ["a", "b", "c", "d"] { load.follow(held(review)) }
        load.follow(.changeWithdrawn(ChangeWithdrawn(card: card, golden: golden, revision: 3, review: "a")))
        load.follow(.changeAccepted(ChangeAccepted(card: card, golden: golden, revision: 3, review: "b", changes: [], reason: "x")))
        load.follow(.changeRefused(ChangeRefused(card: card, golden: golden, revision: 3, review: "c", reason: "x")))
        for review in ["e", "f", "g"] { load.follow(opened(review, .weakMatch)) }
        load.follow(opened("h", .blockedGroup))
        load.follow(.answered(ReviewAnswered(review: "e", verdict: .confirm, by: "s", reason: "x", needed: 2)))
        load.follow(.confirmed(ReviewConfirmed(review: "f", cards: [card], reason: "x")))
        load.follow(.rejected(ReviewRejected(review: "g", cards: [card], reason: "x")))
        load.follow(.superseded(ReviewSuperseded(review: "h", cards: [card], reason: "x")))
        let report = load.report
        #expect(report.updates == 2 && report.opened == 8 && report.open == 2 && report.casesPer1000Updates == 4_000)
        #expect(report.kinds.map(\.kind) == [.weakMatch, .suspiciousChange, .blockedGroup])
        #expect(report.kinds.map(\.opened) == [3, 4, 1])
        #expect(report.kinds.map(\.open) == [1, 1, 0])
    }

    @Test("Without updates there is no load by them") func nothing() {
        #expect(ReviewLoad().report.casesPer1000Updates == nil)
    }
}
