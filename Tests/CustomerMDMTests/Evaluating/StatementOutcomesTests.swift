import CustomerMDM
import HindsightCore
import HindsightTesting
import Testing

/// One card after another says something, and the outcomes follow.
private struct Teller {
    var outcomes: StatementOutcomes
    private let rules: CardDecider.Rules
    private var events: [CardID: [CardEvent]] = [:]
    private var statements = 0
    private let card = People.card("CRM:7")

    init(policy: MatchingPolicy = .current) {
        rules = CardDecider.Rules(profile: People.profile, policy: policy)
        let cards = Dictionary(uniqueKeysWithValues: (1...9).map { ($0, People.card("CRM:7")) })
        outcomes = StatementOutcomes(of: cards, profile: People.profile)
    }

    mutating func say(_ values: [String: String]) throws {
        statements += 1
        let statement = CardDecider.Statement(card: card, values: values, matching: .batch)
        try decide(.state(statement, rules, turnsIntoAnother: false), of: statements)
    }

    /// A steward decides what waits, or a policy while another statement is taken in.
    mutating func answer(_ verdict: Verdict, during statement: Int? = nil) throws {
        let state = CardDecider.state(after: events[card] ?? [])
        let review = try #require(state.held ?? state.refused).review
        try decide(
            verdict == .accept
                ? .acceptChange(review: review, reason: "seen", rules) : .refuseChange(review: review, reason: "seen", rules),
            of: statement)
    }

    private mutating func decide(_ command: CardDecider.Command, of statement: Int?) throws {
        for event in try CardDecider.decide(command, given: CardDecider.state(after: events[card] ?? [])) {
            events[card, default: []].append(event)
            outcomes.follow(event, of: statement)
        }
    }

    var all: [StatementOutcome] { (1...max(1, statements)).map { outcomes[$0] } }
}

@Suite("What became of statements") struct StatementOutcomesTests {
    private let peter = People.peter

    @Test("Said once, said again, said in another spelling") func spelling() throws {
        var teller = Teller()
        try teller.say(peter)
        try teller.say(peter)
        try teller.say(peter.with("surname", "ВОЛКОВ").with("passport", "46 07 № 445566"))
        try teller.say(peter.with("surname", "Волкоф"))
        #expect(teller.all == [.received, .nothing, .spelling, .spelling])
    }

    @Test("What is not watched, and what was missing, is taken over") func takenOver() throws {
        var teller = Teller()
        try teller.say(peter.with("passport", nil))
        try teller.say(peter.with("passport", nil).with("mobilePhone", "+7 903 111-11-11"))
        try teller.say(peter)
        #expect(teller.all == [.received, .takenOver, .takenOver])
    }

    @Test("A life event opens a past value, and its way back withdraws it") func past() throws {
        var teller = Teller()
        try teller.say(peter)
        try teller.say(peter.with("surname", "Заречный"))
        try teller.say(peter)
        #expect(teller.all == [.received, .pastOpened, .pastWithdrawn])
    }

    @Test("One past value opened and another withdrawn count as opened") func bothWays() throws {
        var teller = Teller()
        try teller.say(peter)
        try teller.say(peter.with("surname", "Заречный"))
        try teller.say(peter.with("passport", "4610 998877"))
        #expect(teller.all == [.received, .pastOpened, .pastOpened])
    }

    @Test("Under the rules of 2014 another name is taken over without a trace") func formerly() throws {
        var teller = Teller(policy: try #require(MatchingPolicy.named("2014")))
        try teller.say(peter)
        try teller.say(peter.with("surname", "Заречный"))
        try teller.say(peter.with("birthDate", "02.05.1989"))
        #expect(teller.all == [.received, .takenOver, .takenOver])
    }

    @Test("A held change waits until somebody decides") func held() throws {
        let other = peter.with("surname", "Заречный").with("patronymic", "Олегович")
        var teller = Teller()
        try teller.say(peter)
        try teller.say(other)
        #expect(teller.all == [.received, .held])
        try teller.answer(.refuse)
        #expect(teller.all == [.received, .heldRefused])
        try teller.say(other)
        #expect(teller.all == [.received, .heldRefused, .nothing])
        // Accepted after all: the past values that it leaves make no life event of it.
        try teller.answer(.accept)
        #expect(teller.all == [.received, .heldAccepted, .nothing])
    }

    @Test("A policy that accepts at once leaves a held change that was accepted") func policy() throws {
        var teller = Teller()
        try teller.say(peter)
        try teller.say(peter.with("surname", "Заречный").with("patronymic", "Олегович"))
        try teller.answer(.accept, during: 2)
        #expect(teller.all == [.received, .heldAccepted])
    }

    @Test("A source that goes back takes its change back, and one that goes on leaves another") func withdrawn() throws {
        var teller = Teller()
        try teller.say(peter)
        try teller.say(peter.with("birthDate", "02.05.1989"))
        try teller.say(peter.with("birthDate", "02.05.1999"))
        #expect(teller.all == [.received, .heldWithdrawn, .held])
        try teller.say(peter)
        #expect(teller.all == [.received, .heldWithdrawn, .heldWithdrawn, .tookBack])
    }

    @Test("What was refused stays refused when the source goes back") func refused() throws {
        var teller = Teller()
        try teller.say(peter)
        try teller.say(peter.with("birthDate", "02.05.1989"))
        try teller.answer(.refuse)
        try teller.say(peter)
        #expect(teller.all == [.received, .heldRefused, .tookBack])
    }

    @Test("What a statement decides for another card by the way is not its own outcome") func byTheWay() throws {
        let (one, other) = (People.card("CRM:7"), People.card("IB:7"))
        var outcomes = StatementOutcomes(of: [1: one, 2: one, 3: other], profile: People.profile)
        let golden = GoldenID(foundedBy: one)
        let changes = [AttributeChange(attribute: "birthDate", from: "02.05.1979", to: "02.05.1989")]
        outcomes.follow(
            .received(CardReceived(card: one, golden: golden, revision: 1, matching: .batch, values: peter)), of: 1)
        outcomes.follow(
            .changeHeld(
                ChangeHeld(
                    card: one, golden: golden, revision: 2, matching: .batch, review: "r", reasons: [.fixedAttribute], changes: changes)),
            of: 2)
        outcomes.follow(.received(CardReceived(card: other, golden: golden, revision: 1, matching: .batch, values: peter)), of: 3)
        outcomes.follow(
            .changeAccepted(
                ChangeAccepted(card: one, golden: golden, revision: 2, review: "r", changes: changes, reason: "policy: confirmed")), of: 3)
        outcomes.follow(.pastValueOpened(PastValueOpened(card: one, attribute: "surname", value: "Волков", revision: 2)), of: 3)
        #expect((1...3).map { outcomes[$0] } == [.received, .heldAccepted, .received])
    }
}
