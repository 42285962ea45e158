import CustomerMDM
import Testing

@Suite("Golden records against labels") struct MatchingQualityTests {
    private func golden(_ card: String) -> GoldenID { GoldenID(foundedBy: People.card(card)) }

    private func labelled(_ card: String, _ person: String, _ tags: String..., twins: String? = nil) -> LabelledCard {
        LabelledCard(card: People.card(card), person: person, tags: tags, twinGroup: twins)
    }

    /// Which golden record, by its founder, holds the cards.
    private func places(_ records: [String: [String]]) -> [CardID: GoldenID] {
        var places: [CardID: GoldenID] = [:]
        for (founder, cards) in records { for card in cards { places[People.card(card)] = golden(founder) } }
        return places
    }

    @Test("A slice holds the whole of the people with the tag, and plain those without one") func slices() throws {
        let cards = [
            labelled("CRM:1", "p", "maiden", "household"), labelled("IB:1", "p"), labelled("ABS:1", "p"), labelled("CRM:2", "q"),
        ]
        let quality = MatchingQuality(of: cards, in: places(["CRM:1": ["CRM:1", "IB:1"], "ABS:1": ["ABS:1"], "CRM:2": ["CRM:2"]]))
        #expect(quality.slices.map(\.tag) == ["household", "maiden", "plain"])
        let maiden = try #require(quality.slices.first { $0.tag == "maiden" }).measures
        #expect(maiden.records == 3 && maiden.clusters == 2 && maiden.trueClusters == 1 && maiden.merges == 1)
        let plain = try #require(quality.slices.first { $0.tag == "plain" }).measures
        #expect(plain == quality.whole && plain.records == 4)
    }

    @Test("Each two twins in one golden record are a pair, told with the cards of both") func twins() {
        let cards = [
            labelled("CRM:1", "p", twins: "t"), labelled("IB:1", "p", twins: "t"), labelled("CRM:2", "q", twins: "t"),
            labelled("CRM:3", "r", twins: "t"), labelled("CRM:4", "x", twins: "u"), labelled("CRM:5", "y", twins: "u"),
            // No twin of anybody: a centaur, and no glued pair.
            labelled("CRM:6", "z"),
        ]
        let quality = MatchingQuality(
            of: cards,
            in: places(["CRM:1": ["CRM:1", "CRM:2", "CRM:6"], "IB:1": ["IB:1", "CRM:3"], "CRM:4": ["CRM:4"], "CRM:5": ["CRM:5"]]))
        #expect(quality.twins.groups == 2 && quality.twins.groupsGlued == 1 && quality.twins.pairsGlued == 2)
        #expect(quality.twins.glued.map(\.goldens) == [[golden("CRM:1")], [golden("IB:1")]])
        #expect(
            quality.twins.glued.map(\.cards) == [[["CRM:1"], ["CRM:2"]], [["IB:1"], ["CRM:3"]]].map { $0.map { $0.map(People.card) } })
        #expect(quality.whole.centaurs == 2)
    }

    @Test("Two twins who meet in two golden records are one pair") func twice() {
        let cards = [
            labelled("CRM:1", "p", twins: "t"), labelled("IB:1", "p", twins: "t"), labelled("CRM:2", "q", twins: "t"),
            labelled("IB:2", "q", twins: "t"),
        ]
        let quality = MatchingQuality(of: cards, in: places(["CRM:1": ["CRM:1", "CRM:2"], "IB:1": ["IB:1", "IB:2"]]))
        #expect(quality.twins.pairsGlued == 1)
        #expect(quality.twins.glued.first?.goldens == [golden("CRM:1"), golden("IB:1")].sorted())
        #expect(quality.twins.glued.first?.cards == [["CRM:1", "IB:1"], ["CRM:2", "IB:2"]].map { $0.map(People.card) })
    }

    @Test("A card that is in no golden record is one by itself, and one that nobody labelled is left out") func unknown() {
        let cards = [labelled("CRM:1", "p", twins: "t"), labelled("IB:1", "p", twins: "t"), labelled("IB:2", "q", twins: "t")]
        let quality = MatchingQuality(of: cards, in: places(["CRM:1": ["CRM:1", "ABS:9"]]))
        #expect(quality.unknownCards == 2 && quality.unlabelledCards == 1)
        #expect(quality.whole.records == 3 && quality.whole.clusters == 3 && quality.whole.merges == 1)
        #expect(quality.twins.pairsGlued == 0)
    }
}
