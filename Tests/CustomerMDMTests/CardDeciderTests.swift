import CustomerMDM
import HindsightCore
import HindsightTesting
import Testing

@Suite("A card's changes") struct CardDeciderTests {
    private let card = People.card("CRM:7")
    private var golden: GoldenID { GoldenID(foundedBy: card) }
    private var received: CardEvent {
        .received(CardReceived(card: card, golden: golden, revision: 1, matching: .batch, values: People.peter))
    }

    private func statement(_ values: [String: String]) -> CardDecider.Statement {
        CardDecider.Statement(card: card, values: values, matching: .batch)
    }

    private func state(_ values: [String: String], isAnother: Bool = false, policy: MatchingPolicy = .current) -> CardDecider.Command {
        .state(statement(values), CardDecider.Rules(profile: People.profile, policy: policy), turnsIntoAnother: isAnother)
    }

    /// Decides one statement after another.
    private func history(_ statements: [[String: String]], isAnother: Bool = false) throws -> [CardEvent] {
        var events: [CardEvent] = []
        for values in statements {
            events += try CardDecider.decide(state(values, isAnother: isAnother), given: CardDecider.state(after: events))
        }
        return events
    }

    @Test("A card that comes in founds a golden record whose id follows from it") func founding() throws {
        try Scenario(CardDecider.self).when(state(People.peter)).then(received)
        #expect(golden.description.count == 11)
    }

    @Test("Saying the same twice changes nothing") func repeated() throws {
        try Scenario(CardDecider.self).given(received).when(state(People.peter)).then()
    }

    @Test("One changed name part is a life event, and the old value becomes a past value") func lifeEvent() throws {
        let changed = People.peter.with("surname", "Заречный")
        try Scenario(CardDecider.self).given(received).when(state(changed)).then(
            .changed(
                CardChanged(
                    card: card, golden: golden, revision: 2, matching: .batch,
                    changes: [AttributeChange(attribute: "surname", from: "Волков", to: "Заречный")])),
            .pastValueOpened(
                PastValueOpened(card: card, attribute: "surname", value: "Волков", revision: 2, profile: People.profile.reference)))
    }

    @Test(
        "A suspicious change waits, and the accepted values go on counting",
        arguments: [
            (["surname": "Заречный", "patronymic": "Олегович"], false, HoldReason.severalNameParts),
            (["givenName": "Глеб"], true, .givenNameOfAnother),
            (["birthDate": "02.05.1989"], false, .fixedAttribute),
            (["gender": "Ж"], false, .fixedAttribute),
        ])
    func held(change: [String: String], isAnother: Bool, reason: HoldReason) throws {
        let stated = People.peter.merging(change) { $1 }
        let events = try CardDecider.decide(state(stated, isAnother: isAnother), given: CardDecider.state(after: [received]))
        guard case .changeHeld(let held) = try #require(events.first), events.count == 1 else {
            Issue.record("expected a held change, got \(events)")
            return
        }
        #expect(held.reasons == [reason] && held.profile == People.profile.reference)
        let state = CardDecider.state(after: [received] + events)
        #expect(state.accepted == People.peter && state.stated == stated)
    }

    @Test("A lone given name that is nobody else's is a life event") func loneGivenName() throws {
        let events = try history([People.peter, People.peter.with("givenName", "Глеб")])
        #expect(CardDecider.state(after: events).accepted["givenName"] == "Глеб")
    }

    @Test("Another spelling is no change of a name") func spelling() throws {
        let events = try history([People.peter, People.peter.with("givenName", "ПЕТЯ").with("surname", "Волкоф")])
        let state = CardDecider.state(after: events)
        #expect(state.held == nil && state.openPastValues.isEmpty)
    }

    @Test("A value that goes to another and back leaves no past value") func reverted() throws {
        let events = try history([People.peter, People.peter.with("surname", "Заречный"), People.peter])
        #expect(CardDecider.state(after: events).openPastValues.isEmpty)
    }

    @Test("A held change that goes back is withdrawn without a trace in the past values") func withdrawn() throws {
        let events = try history([People.peter, People.peter.with("givenName", "Глеб"), People.peter], isAnother: true)
        guard case .changeWithdrawn = try #require(events.last) else {
            Issue.record("expected a withdrawn change, got \(events)")
            return
        }
        let state = CardDecider.state(after: events)
        #expect(state.held == nil && state.openPastValues.isEmpty && state.accepted == People.peter)
    }

    @Test("What a steward refused stays refused when the source repeats it") func refused() throws {
        let other = People.peter.with("birthDate", "02.05.1989")
        var events = try history([People.peter, other])
        let review = try #require(CardDecider.state(after: events).held?.review)
        events += try CardDecider.decide(
            .refuseChange(review: review, reason: "a clerk's mistake", People.rules), given: CardDecider.state(after: events))
        try Scenario(CardDecider.self).given(events).when(state(other.with("gender", "муж"))).then()
        #expect(CardDecider.state(after: events).accepted == People.peter)
    }

    @Test(
        "What the review policy decides names its profile, and a steward's word does not",
        arguments: [("policy: accept", true), ("papers seen", false)])
    func deciding(reason: String, isPolicy: Bool) throws {
        let state = CardDecider.state(after: try history([People.peter, People.peter.with("birthDate", "02.05.1989")]))
        let review = try #require(state.held?.review)
        let accepted = try CardDecider.decide(.acceptChange(review: review, reason: reason, People.rules), given: state)
        let refused = try CardDecider.decide(.refuseChange(review: review, reason: reason, People.rules), given: state)
        guard case .changeAccepted(let yes)? = accepted.first, case .changeRefused(let no)? = refused.first else {
            Issue.record("expected a yes and a no, got \(accepted) and \(refused)")
            return
        }
        let profile = isPolicy ? People.profile.reference : nil
        #expect(yes.profile == profile && no.profile == profile)
    }

    @Test("An accepted change counts, and what it replaced becomes past") func accepted() throws {
        var events = try history([People.peter, People.peter.with("surname", "Заречный").with("patronymic", "Олегович")])
        let review = try #require(CardDecider.state(after: events).held?.review)
        events += try CardDecider.decide(
            .acceptChange(review: review, reason: "papers seen", People.rules), given: CardDecider.state(after: events))
        let state = CardDecider.state(after: events)
        #expect(state.accepted["surname"] == "Заречный" && state.held == nil)
        #expect(Set(state.openPastValues.map(\.value)) == ["Волков", "Ильич"])
    }

    @Test("Names that stood in each other's place, and were put right, leave no past values") func swappedNames() throws {
        let swapped = People.peter.with("surname", "Пётр").with("givenName", "Волков")
        let events = try history([swapped, People.peter])
        #expect(CardDecider.state(after: events).openPastValues.isEmpty)
        // What changes afterwards was there in its own place.
        let renamed = CardDecider.state(after: try history([swapped, People.peter, People.peter.with("surname", "Заречный")]))
        #expect(renamed.openPastValues.map(\.attribute) == ["surname"] && renamed.openPastValues.map(\.value) == ["Волков"])
    }

    @Test("A closed past value is never opened again, however it is spelt") func tombstone() throws {
        var events = try history([People.peter])
        events += try CardDecider.decide(
            .closePastValue(PastValue(attribute: "surname", value: "ВОЛКОВ"), reason: "never his", People.rules),
            given: CardDecider.state(after: events))
        events += try CardDecider.decide(state(People.peter.with("surname", "Заречный")), given: CardDecider.state(after: events))
        #expect(CardDecider.state(after: events).openPastValues.isEmpty)
        try Scenario(CardDecider.self).given(events).when(.initialisePastValues(People.rules)).then()
    }

    @Test("A card that moved meanwhile is not moved again") func moved() throws {
        let elsewhere = GoldenID(foundedBy: People.card("CRM:8"))
        try Scenario(CardDecider.self).given(received)
            .when(.assign(from: elsewhere, to: golden, because: .merge, request: "r")).then()
        try Scenario(CardDecider.self).given(received)
            .when(.assign(from: elsewhere, to: GoldenID(foundedBy: People.card("CRM:9")), because: .merge, request: "r"))
            .thenRejected(.movedMeanwhile(card, expected: elsewhere, actual: golden))
    }

    @Test("Past-value initialisation twice appends nothing the second time", arguments: 0..<60)
    func initialisationTwice(seed: Int) throws {
        var random = SeededGenerator(UInt64(seed))
        let surnames = ["Волков", "Заречный", "Тихонов", "волков", "Заречныи"]
        let passports = ["4607 445566", "4611 998877", "5202 123123"]
        var values = People.peter
        var events: [CardEvent] = []
        for _ in 0..<Int.random(in: 1...9, using: &random) {
            values["surname"] = surnames[Int.random(in: surnames.indices, using: &random)]
            values["passport"] = passports[Int.random(in: passports.indices, using: &random)]
            let policy = Int.random(in: 0..<2, using: &random) == 0 ? MatchingPolicy.current : .y2014
            events += try CardDecider.decide(state(values, policy: policy), given: CardDecider.state(after: events))
            if Int.random(in: 0..<4, using: &random) == 0 {
                events += try CardDecider.decide(
                    .closePastValue(
                        PastValue(attribute: "surname", value: surnames[Int.random(in: 0..<3, using: &random)]), reason: "closed",
                        People.rules),
                    given: CardDecider.state(after: events))
            }
        }
        events += try CardDecider.decide(.initialisePastValues(People.rules), given: CardDecider.state(after: events))
        let state = CardDecider.state(after: events)
        #expect(try CardDecider.decide(.initialisePastValues(People.rules), given: state) == [])
        for tombstone in state.tombstones {
            #expect(!state.openPastValues.contains { $0.attribute == "surname" && $0.value.lowercased() == tombstone.value.lowercased() })
        }
    }
}
