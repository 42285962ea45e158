import CustomerMDM
import HindsightCore
import Testing

/// Cards in memory: every other card is a candidate.
private struct Cards: CandidateSource {
    var units: [MatchUnit]
    /// Candidates that are named whatever the units hold.
    var named: [MatchCard] = []

    init(_ cards: [[MatchCard]], separations: [CardID: [CardSeparation]] = [:], words: [CardID: [StewardsWord]] = [:]) {
        units = cards.enumerated().map { index, members in
            MatchUnit(
                golden: members[0].golden, founded: Position(index + 1),
                members: members.map {
                    MatchUnit.Member(card: $0, separations: separations[$0.id] ?? [], words: words[$0.id] ?? [], reviews: [])
                })
        }
    }

    func unit(_ golden: GoldenID) -> MatchUnit? { units.first { $0.golden == golden } }
    func golden(of card: CardID) -> GoldenID? {
        (units.first { $0.cards.contains(card) })?.golden ?? named.first { $0.id == card }?.golden
    }
    func candidates(for card: MatchCard) -> (cards: [MatchCard], narrowedKeys: [String]) {
        ((named.isEmpty ? units.flatMap(\.members).map(\.card) : named).filter { $0.id != card.id }, [])
    }

    func analysis(_ seed: String, policy: MatchingPolicy = .current, bounds: MatchGroup.Bounds? = nil) async throws -> GroupAnalysis {
        let group = try await MatchGroup.gather(
            around: [People.card(seed)], from: self, profile: People.profile, bounds: bounds, nearestOnly: !policy.analysesWholeGroup)
        return GroupAnalysis(of: group, through: 9, profile: People.profile, policy: policy)
    }
}

@Suite("Whole-group analysis") struct GroupAnalysisTests {
    private func separation(_ left: [String], _ right: [String], kind: SeparationKind = .split) -> [CardID: [CardSeparation]] {
        var found: [CardID: [CardSeparation]] = [:]
        for card in left { found[People.card(card)] = [CardSeparation(separation: "s", kind: kind, against: right.map(People.card))] }
        for card in right { found[People.card(card)] = [CardSeparation(separation: "s", kind: kind, against: left.map(People.card))] }
        return found
    }

    @Test("A clean group is one merge into its oldest golden record") func clean() async throws {
        let cards = Cards([
            [People.match("CRM:1", People.peter)], [People.match("IB:2", People.peter.with("passport", nil))],
            [People.match("ABS:3", People.peter.with("mobilePhone", nil))],
        ])
        let analysis = try await cards.analysis("IB:2")
        let merge = try #require(analysis.merge)
        #expect(merge.golden == GoldenID(foundedBy: People.card("CRM:1")))
        #expect(merge.members == ["ABS:3", "CRM:1", "IB:2"].map(People.card) && merge.edges.count == 2)
        #expect(analysis.reviews.isEmpty)
    }

    @Test("Cards that are dropped or moved while the group is gathered are left out of it") func changing() async throws {
        var cards = Cards([
            [People.match("CRM:1", People.peter)], [People.match("IB:2", People.gleb.with("passport", "4607 445566"))],
            [People.match("ABS:3", People.peter)], [People.match("APP:4", People.peter)],
        ])
        // Named as candidates still, although their golden records have been emptied, or hold somebody else, by now.
        cards.named = cards.units.flatMap(\.members).map(\.card)
        cards.units[2] = MatchUnit(golden: cards.units[2].golden, founded: 3, members: [])
        cards.units[3] = MatchUnit(golden: cards.units[3].golden, founded: 4, members: cards.units[1].members)
        cards.units[1] = MatchUnit(golden: cards.units[1].golden, founded: 2, members: [])
        let group = try await MatchGroup.gather(around: ["CRM:1", "ABS:3"].map(People.card), from: cards, profile: People.profile)
        #expect(group.units.map(\.cards) == [[People.card("CRM:1")]])
        #expect(try await cards.analysis("CRM:1").merge == nil)
    }

    @Test("Twins who share all but the given name are not even proposed") func twins() async throws {
        let analysis = try await Cards([[People.match("CRM:1", People.peter)], [People.match("CRM:2", People.gleb)]]).analysis("CRM:1")
        #expect(analysis.merge == nil && analysis.reviews.isEmpty)
    }

    @Test("A conflict between two cards without an edge stops the whole group, and the case shows the way between them")
    func missingEdge() async throws {
        // A card without birth date and patronymic, known under both names, leads from one brother to the other.
        let bridge = ["surname": "Волков", "givenName": "Пётр", "mobilePhone": "+7 903 222-33-44", "passport": "4607 445567"]
        var between = People.match("LOAN:3", bridge)
        between = MatchCard(
            id: between.id, golden: between.golden, current: bridge, past: [("givenName", "Глеб")], profile: People.profile)
        let cards = Cards([[People.match("CRM:1", People.peter)], [People.match("CRM:2", People.gleb)], [between]])
        let analysis = try await cards.analysis("LOAN:3")
        #expect(analysis.merge == nil)
        let review = try #require(analysis.reviews.first)
        #expect(review.kind == .blockedGroup)
        #expect(review.path == ["CRM:1", "LOAN:3", "CRM:2"].map(People.card))
        #expect(review.partition.count == 2 && review.conflicts.first?.kind == .conflict)
        #expect(try await cards.analysis("LOAN:3", policy: .y2018).merge != nil, "the nearest edges alone had joined them")
    }

    @Test("Two internet-bank ids in one group block it for review") func guarded() async throws {
        let cards = Cards([
            [People.match("IB:1", People.peter.with("ibId", "IB-1"))], [People.match("IB:2", People.peter.with("ibId", "IB-2"))],
        ])
        let analysis = try await cards.analysis("IB:1")
        #expect(analysis.merge == nil && analysis.reviews.first?.conflicts.first?.kind == .guard)
    }

    @Test("A held card waits for its review, and the others of its group come together without it") func held() async throws {
        let cards = Cards([
            [People.match("CRM:1", People.peter, isHeld: true)], [People.match("CRM:2", People.peter)],
            [People.match("IB:3", People.peter)],
        ])
        #expect(try await cards.analysis("CRM:2").merge?.members == ["CRM:2", "IB:3"].map(People.card))
        let ofHeld = try await cards.analysis("CRM:1")
        #expect(ofHeld.merge == nil && ofHeld.reviews.isEmpty, "the suspicious change itself is the question")
    }

    @Test("What hangs together only by a held card does not come together") func heldBridge() async throws {
        let bridge = People.peter.with("mobilePhone", "+7 903 555-66-77")
        let cards = Cards([
            [People.match("CRM:1", People.peter.with("birthDate", nil).with("passport", nil))],
            [People.match("CRM:2", bridge, isHeld: true)],
            [People.match("CRM:3", bridge.with("passport", nil))],
        ])
        #expect(try await cards.analysis("CRM:1").merge == nil)
        #expect(try await cards.analysis("CRM:3").merge == nil)
    }

    // MARK: - Namesakes born on one day

    private static let bare = ["surname", "givenName", "patronymic", "birthDate"].reduce(into: [String: String]()) { values, name in
        values[name] = People.peter[name]
    }
    private static let namesake = bare.merging(["passport": "4510 998877", "mobilePhone": "+7 905 111-22-33"]) { $1 }

    @Test("A full name with its birth date joins alone where nothing is against it") func fullName() async throws {
        let cards = Cards([[People.match("CRM:1", People.peter)], [People.match("INSUR:2", Self.bare)]])
        #expect(try await cards.analysis("INSUR:2").merge?.edges.map(\.rule) == ["full-name-and-birth-date"])
    }

    @Test("Namesakes born on one day who have papers of their own stay apart") func namesakes() async throws {
        let analysis = try await Cards([[People.match("CRM:1", People.peter)], [People.match("CRM:2", Self.namesake)]]).analysis("CRM:1")
        #expect(analysis.merge == nil)
    }

    @Test("So they do where the card that tells them apart is another one of the record") func namesakesByRecord() async throws {
        let cards = Cards([
            [People.match("CRM:1", People.peter)],
            [People.match("CRM:2", Self.namesake), People.match("IB:3", Self.bare, in: "CRM:2")],
        ])
        let analysis = try await cards.analysis("IB:3")
        #expect(analysis.merge == nil && analysis.reviews.allSatisfy { $0.kind == .weakMatch })
    }

    @Test("A card that fits two namesakes goes to neither, and keeps neither from his own cards") func between() async throws {
        let cards = Cards([
            [People.match("CRM:1", People.peter)], [People.match("CRM:2", Self.namesake)], [People.match("INSUR:3", Self.bare)],
            [People.match("IB:4", People.peter)],
        ])
        let ofBare = try await cards.analysis("INSUR:3")
        #expect(ofBare.merge == nil && ofBare.reviews.allSatisfy { $0.kind == .weakMatch })
        let asked = ofBare.reviews.flatMap(\.cards).filter { $0 != People.card("INSUR:3") }
        #expect(Set(asked) == Set(["CRM:1", "CRM:2", "IB:4"].map(People.card)))
        #expect(try await cards.analysis("IB:4").merge?.members == ["CRM:1", "IB:4"].map(People.card))
    }

    @Test("Two slips in one given name are no two names") func slips() async throws {
        let names = ["Матвей", "Матвнй", "Матей"]
        let cards = Cards(names.enumerated().map { [People.match("CRM:\($0 + 1)", People.peter.with("givenName", $1))] })
        #expect(try await cards.analysis("CRM:1").merge?.members.count == 3)
    }

    @Test("Separated golden records stay apart, also where a member joined later") func separated() async throws {
        let parted = separation(["CRM:1"], ["CRM:2"])
        let later = People.match("CRM:3", People.peter, in: "CRM:2")
        let cards = Cards([[People.match("CRM:1", People.peter)], [People.match("CRM:2", People.peter), later]], separations: parted)
        let analysis = try await cards.analysis("CRM:3")
        #expect(analysis.merge == nil && analysis.reviews.isEmpty)
    }

    @Test("A card that fits both sides of a separation goes to neither until a steward confirms one") func confirmed() async throws {
        let parted = separation(["CRM:1"], ["CRM:2"])
        let units = [["CRM:1"], ["CRM:2"], ["LOAN:3"]].map { $0.map { People.match($0, People.peter) } }
        let undecided = try await Cards(units, separations: parted).analysis("LOAN:3")
        #expect(undecided.merge == nil && undecided.reviews.first?.conflicts.first?.kind == .separation)
        let word = StewardsWord(with: People.card("CRM:2"), isConfirmed: true, evidence: "", rule: "r")
        let back = StewardsWord(with: People.card("LOAN:3"), isConfirmed: true, evidence: "", rule: "r")
        let decided = try await Cards(
            units, separations: parted, words: [People.card("LOAN:3"): [word], People.card("CRM:2"): [back]]
        ).analysis("LOAN:3")
        #expect(decided.merge?.members == ["CRM:2", "LOAN:3"].map(People.card))
    }

    @Test("A weak rule only proposes, and a rejected pair comes back only with new evidence") func weak() async throws {
        let units = [[People.match("CRM:1", People.peter)], [People.match("CRM:2", Self.bare.with("surname", "Волкоф"))]]
        let analysis = try await Cards(units).analysis("CRM:1")
        #expect(analysis.merge == nil && analysis.reviews.map(\.kind) == [.weakMatch])
        let edge = try #require(analysis.reviews.first?.edges.first)

        func rejected(_ evidence: String) async throws -> GroupAnalysis {
            let words = [
                People.card("CRM:1"): [StewardsWord(with: People.card("CRM:2"), isConfirmed: false, evidence: evidence, rule: nil)],
                People.card("CRM:2"): [StewardsWord(with: People.card("CRM:1"), isConfirmed: false, evidence: evidence, rule: nil)],
            ]
            return try await Cards(units, separations: separation(["CRM:1"], ["CRM:2"], kind: .rejected), words: words).analysis("CRM:1")
        }
        #expect(try await rejected(edge.evidence).reviews.isEmpty)
        #expect(try await rejected("older").reviews.map(\.kind) == [.weakMatch])
    }

    @Test("A group over the bound goes to the queue") func bounded() async throws {
        let cards = Cards((1...9).map { [People.match("CRM:\($0)", People.peter)] })
        let bounds = MatchGroup.Bounds(cards: 4, edges: 512)
        #expect(try await cards.analysis("CRM:1", bounds: bounds).isDeferred)
        #expect(try await cards.analysis("CRM:1").merge?.members.count == 9)
    }

    @Test("Evidence and results hold no personal value") func noPersonalValues() async throws {
        let cards = Cards([
            [People.match("CRM:1", People.peter.with("ibId", "IB-1"))], [People.match("IB:2", People.peter.with("ibId", "IB-2"))],
        ])
        let text = try JSON.line(await cards.analysis("CRM:1"))
        for value in ["Волков", "волков", "Пётр", "петр", "4607", "9032223344", "1979", "IB-1"] { #expect(!text.contains(value)) }
    }
}
