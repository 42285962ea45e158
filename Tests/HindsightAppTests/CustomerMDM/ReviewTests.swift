import CustomerMDM
import HindsightApp
import HindsightCore
import Testing

@Suite("How reviews are decided") struct ReviewTests {
    private func weakMatch(_ desk: Desk) async throws -> MatchReviews.Row {
        try await desk.say("CRM:1")
        try await desk.say("CRM:2", Desk.bare)
        return try #require(await desk.hub.reviews(kind: .weakMatch).first)
    }

    private func heldChange(_ desk: Desk) async throws -> MatchReviews.Row {
        try await desk.say("CRM:1")
        try await desk.say("CRM:1", Desk.person.merging(["birthDate": "02.05.1989"]) { $1 })
        return try #require(await desk.hub.reviews(kind: .suspiciousChange).first)
    }

    private func status(_ review: MatchReviews.Row, _ desk: Desk) async throws -> MatchReviews.Row.Status? {
        try await desk.hub.reviews(status: nil).first { $0.review == review.review }?.status
    }

    // MARK: - Two stewards

    @Test("Who comes second is told who decided what, and nothing of the first is lost") func second() async throws {
        let desk = try await Desk()
        let review = try await weakMatch(desk)
        try await desk.steward("olga") { try await $0.reject(review: review.review, reason: "father and son") }
        let head = await desk.head()
        for verdict in [Verdict.confirm, .reject] {
            let error = await #expect(throws: StewardError.self) {
                try await desk.steward("oleg") { hub in
                    if verdict == .confirm {
                        try await hub.confirm(review: review.review, reason: "same person")
                    } else {
                        try await hub.reject(review: review.review, reason: "me too")
                    }
                }
            }
            guard case .decidedBefore(let decision)? = error else { Issue.record("\(String(describing: error))"); return }
            #expect(decision.by == "olga" && decision.status == .rejected)
        }
        #expect(await desk.head() == head)
        #expect(try await status(review, desk) == .rejected)
        #expect(try await desk.people() == 2)
    }

    @Test("The same word again by the same steward changes nothing", arguments: [Verdict.confirm, .reject, .accept, .refuse])
    func again(_ verdict: Verdict) async throws {
        let desk = try await Desk()
        let review = verdict == .confirm || verdict == .reject ? try await weakMatch(desk) : try await heldChange(desk)
        var heads: [Position] = []
        for _ in 1...2 {
            try await desk.steward("olga") { try await Self.say(verdict, review, $0) }
            heads.append(await desk.head())
        }
        #expect(heads[0] == heads[1])
        let error = await #expect(throws: StewardError.self) {
            try await desk.steward("oleg") { try await Self.say(verdict, review, $0) }
        }
        guard case .decidedBefore(let decision)? = error else { Issue.record("\(String(describing: error))"); return }
        #expect(decision.by == "olga")
    }

    private static func say(_ verdict: Verdict, _ review: MatchReviews.Row, _ hub: CustomerHub) async throws {
        switch verdict {
        case .confirm: try await hub.confirm(review: review.review, reason: "seen")
        case .reject: try await hub.reject(review: review.review, reason: "seen")
        case .accept: try await hub.acceptChange(review: review.review, reason: "seen")
        case .refuse: try await hub.refuseChange(review: review.review, reason: "seen")
        }
    }

    @Test("A refusal gives way to a steward who says so expressly, and to nobody else") func overrule() async throws {
        let desk = try await Desk()
        let review = try await heldChange(desk)
        try await desk.steward("olga") { try await $0.refuseChange(review: review.review, reason: "mistyped") }
        await #expect(throws: StewardError.self) {
            try await desk.steward("oleg") { try await $0.acceptChange(review: review.review, reason: "passport seen") }
        }
        #expect(try await desk.hub.card(Desk.card("CRM:1"))?.accepted["birthDate"] == "02.05.1979")
        try await desk.steward("oleg") { try await $0.acceptChange(review: review.review, reason: "passport seen", overrules: true) }
        #expect(try await desk.hub.card(Desk.card("CRM:1"))?.accepted["birthDate"] == "02.05.1989")
        var analyses: [String] = []
        try await desk.log.replay(AnalysisEvent.codec, EventSelection(EventFilter(types: [AnalysisRequested.type]))) { event, _ in
            if case .requested(let request) = event { analyses.append(request.request) }
        }
        #expect(analyses == ["change:\(review.review)", "change:\(review.review):overruled"], "its group is looked at after either")
    }

    // MARK: - Blind

    @Test("Two who agree decide a blind review, and neither sees the score or the other's answer") func blind() async throws {
        let desk = try await Desk(blindReviews: 2)
        let review = try await weakMatch(desk)
        let open = try await desk.hub.shown(review, to: "olga")
        #expect(open.isBlind == true && open.needed == 2 && open.edges.isEmpty && open.partition.isEmpty && open.path.isEmpty)
        #expect(open.cards == review.cards)
        try await desk.steward("olga") { try await $0.confirm(review: review.review, reason: "same signature") }
        #expect(try await status(review, desk) == .open)
        #expect(try await desk.people() == 2)
        let now = try #require(await desk.hub.reviews().first)
        #expect(try await desk.hub.shown(now, to: "oleg").answers == [])
        #expect(try await desk.hub.shown(now, to: "olga").answers?.map(\.verdict) == [.confirm])
        await #expect(throws: StewardError.blind(review.review)) { try await desk.hub.why(Desk.card("CRM:1"), Desk.card("CRM:2")) }
        let graph = try #require(await desk.hub.graph(of: GoldenID(foundedBy: Desk.card("CRM:1"))))
        #expect(graph.edges.count == 1 && graph.edges.allSatisfy { $0.rule == nil && $0.weight == nil && $0.comparisons == nil })

        // Nobody answers twice, in whatever way he asks.
        let head = await desk.head()
        try await desk.steward("olga") { try await $0.confirm(review: review.review, reason: "again") }
        try await desk.steward("olga") { try await $0.confirm(Desk.card("CRM:1"), Desk.card("CRM:2"), reason: "again") }
        await #expect(throws: ReviewPanel.Rejection.saidOtherwise(.confirm)) {
            try await desk.steward("olga") { try await $0.reject(review: review.review, reason: "on second thoughts") }
        }
        #expect(await desk.head() == head)

        try await desk.steward("oleg") { try await $0.confirm(review: review.review, reason: "same face") }
        #expect(try await status(review, desk) == .confirmed)
        #expect(try await desk.people() == 1)
        let closed = try #require(await desk.hub.reviews(status: .confirmed).first)
        #expect(try await desk.hub.shown(closed, to: nil).answers?.map(\.by) == ["olga", "oleg"])
        #expect(try await !desk.hub.shown(closed, to: nil).edges.isEmpty)
        #expect(try await desk.hub.why(Desk.card("CRM:1"), Desk.card("CRM:2")).isSame)
    }

    @Test("Where two disagree a third decides", arguments: [Verdict.accept, .refuse]) func third(_ casting: Verdict) async throws {
        let desk = try await Desk(blindReviews: 2)
        let review = try await heldChange(desk)
        try await desk.steward("olga") { try await Self.say(.accept, review, $0) }
        try await desk.steward("oleg") { try await Self.say(.refuse, review, $0) }
        #expect(try await status(review, desk) == .open)
        try await desk.steward("anna") { try await Self.say(casting, review, $0) }
        #expect(try await status(review, desk) == (casting == .accept ? .accepted : .refused))
        #expect(try await desk.hub.card(Desk.card("CRM:1"))?.accepted["birthDate"] == (casting == .accept ? "02.05.1989" : "02.05.1979"))
        let head = await desk.head()
        let error = await #expect(throws: StewardError.self) {
            try await desk.steward("yuri") { try await Self.say(.refuse, review, $0) }
        }
        guard case .decidedBefore(let decision)? = error else { Issue.record("\(String(describing: error))"); return }
        #expect(decision.by == "anna")
        #expect(await desk.head() == head)
    }

    @Test("No other pair of the two records is a way around a blind case") func aroundBlind() async throws {
        let desk = try await Desk(blindReviews: 2)
        _ = try await weakMatch(desk)
        // One more card of the second record: a rule proposes it to the first one as well, on less, so that no case names the two.
        let passport = Desk.bare.merging(["passport": "4611 998877"]) { $1 }
        try await desk.say("CRM:2", passport)
        try await desk.say("ABS:3", passport.merging(["givenName": "Петя"]) { $1 })
        let clusters = try await desk.clusters()
        try #require(clusters["CRM:2"] == clusters["ABS:3"] && clusters["CRM:1"] != clusters["CRM:2"])
        let head = await desk.head()
        await #expect(throws: StewardError.self) {
            try await desk.steward("olga") { try await $0.confirm(Desk.card("CRM:1"), Desk.card("ABS:3"), reason: "seen") }
        }
        #expect(await desk.head() == head)
        #expect(try await desk.clusters() == clusters)
    }

    // MARK: - Policies

    private static let other = Desk.person.merging(["birthDate": "02.05.1989"]) { $1 }

    @Test("A change is taken over or refused at once where the policy says so", arguments: ["accept", "refuse"])
    func atOnce(_ rule: String) async throws {
        let desk = try await Desk(profile: Desk.profile(reviewPolicy: "fixed-attribute: \(rule)"))
        try await desk.say("CRM:1")
        let answer = try await desk.say("CRM:1", Self.other)
        #expect(answer.held == nil)
        #expect(try await desk.hub.card(Desk.card("CRM:1"))?.accepted["birthDate"] == (rule == "accept" ? "02.05.1989" : "02.05.1979"))
        let review = try #require(await desk.hub.reviews(status: nil).first)
        #expect(review.status == (rule == "accept" ? .accepted : .refused) && review.answer == "policy: \(rule)")
    }

    @Test("A change is taken over when enough other sources state the same, and so are theirs that waited") func confirmed() async throws {
        let desk = try await Desk(profile: Desk.profile(reviewPolicy: "fixed-attribute: { acceptWhenConfirmedBy: 2 }"))
        for card in ["CRM:1", "ABS:1", "IB:1", "IB:2"] { try await desk.say(card) }
        #expect(try await desk.people() == 1)
        #expect(try await desk.say("CRM:1", Self.other).held == ["birthDate"])
        #expect(try await desk.say("IB:1", Self.other).held == ["birthDate"])
        // Another card of a source that has spoken is no other source.
        #expect(try await desk.say("IB:2", Self.other).held == ["birthDate"])
        #expect(try await desk.say("ABS:1", Self.other).held == nil)
        #expect(try await desk.hub.reviews(kind: .suspiciousChange).isEmpty)
        for card in ["CRM:1", "ABS:1", "IB:1", "IB:2"] {
            #expect(try await desk.hub.card(Desk.card(card))?.accepted["birthDate"] == "02.05.1989", "\(card)")
        }
        let reasons = try await desk.hub.reviews(status: .accepted).compactMap(\.answer)
        #expect(reasons.count == 4 && reasons.allSatisfy { $0.hasPrefix("policy: acceptWhenConfirmedBy 2 (") })
    }

    @Test("A batch feed goes by the policy as a single call does") func ofPages() async throws {
        let desk = try await Desk(profile: Desk.profile(reviewPolicy: "fixed-attribute: accept"))
        try await desk.say("CRM:1")
        let statement = CardDecider.Statement(card: Desk.card("CRM:1"), values: Self.other, matching: .batch)
        let answers = try await desk.hub.answers(taking: [statement])
        #expect(answers.map(\.held) == [nil])
        #expect(try await desk.hub.card(Desk.card("CRM:1"))?.accepted["birthDate"] == "02.05.1989")
    }

    @Test("Of several reasons the strictest rule counts, and a policy that makes no sense is refused with its place") func policies() throws
    {
        let policy = ReviewPolicy([.fixedAttribute: .accept, .severalNameParts: .acceptWhenConfirmedBy(2)])
        #expect(policy.rule(for: [.fixedAttribute]) == .accept)
        #expect(policy.rule(for: [.fixedAttribute, .severalNameParts]) == .acceptWhenConfirmedBy(2))
        #expect(policy.rule(for: [.fixedAttribute, .givenNameOfAnother]) == .hold)
        for wrong in ["birthday: accept", "fixed-attribute: maybe", "fixed-attribute: { acceptWhenConfirmedBy: 0 }"] {
            #expect {
                try Desk.profile(reviewPolicy: wrong)
            } throws: { error in
                (error as? ProfileError)?.path.hasPrefix("/reviewPolicy") == true
            }
        }
    }
}
