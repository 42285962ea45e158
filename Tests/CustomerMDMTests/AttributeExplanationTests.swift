import CustomerMDM
import HindsightCore
import Testing

@Suite("Why an attribute has its value") struct AttributeExplanationTests {
    /// Cards of one golden record, told of hour by hour.
    private struct Story {
        static let golden = GoldenID(foundedBy: People.card("CRM:1"))
        let attribute: String
        let profile: Profile
        private(set) var rows: [CardID: CustomerCards.Row] = [:]
        private(set) var history: AttributeHistory
        private var states: [CardID: CardDecider.State] = [:]
        private var position: Position = 0

        init(of attribute: String, profile: Profile = People.profile) throws {
            self.attribute = attribute
            self.profile = profile
            history = try #require(AttributeHistory(of: attribute, golden: Self.golden, profile: profile))
        }

        /// - Parameter value: `nil` leaves the attribute out.
        mutating func say(_ text: String, _ value: String?, hour: Int) throws {
            let card = People.card(text)
            let isNew = rows[card] == nil
            var values = ["surname": "Волков"]
            values[attribute] = value
            let statement = CardDecider.Statement(card: card, values: values, matching: .online, occurredAt: Self.instant(hour))
            try send(card, .state(statement, CardDecider.Rules(profile: profile, policy: .current), turnsIntoAnother: false), hour: hour)
            guard isNew, GoldenID(foundedBy: card) != Self.golden else { return }
            try send(card, .assign(from: GoldenID(foundedBy: card), to: Self.golden, because: .merge, request: "r"), hour: hour)
        }

        mutating func send(_ card: CardID, _ command: CardDecider.Command, hour: Int) throws {
            for event in try CardDecider.decide(command, given: states[card] ?? CardDecider.initialState) {
                CardDecider.evolve(&states[card, default: CardDecider.initialState], with: event)
                position += 1
                let recorded = RecordedEvent(
                    position: position, stream: try MDMStream.card(card), version: position,
                    id: .version7(at: Self.instant(hour), entropy: Array(repeating: UInt8(position), count: 10)),
                    type: type(of: event.payload).type, schemaVersion: 1, recordedAt: Self.instant(hour),
                    occurredAt: event.occurredAt ?? Self.instant(hour), data: nil, metadata: .empty, tags: [], encoding: 0, salt: nil,
                    commitment: .genesis, digest: .genesis)
                let event = Recorded(CustomerEvent.card(event), from: recorded)
                CustomerCards(profile: profile).apply(event, key: card.description, to: &rows[card])
                history.follow(event, type: recorded.type)
            }
        }

        static func instant(_ hour: Int) -> Timestamp { Timestamp(microsecondsSince1970: 1_700_000_000_000_000).advanced(by: .hours(hour)) }

        var explanation: AttributeExplanation {
            get throws {
                try #require(
                    GoldenRecord.explain(attribute: attribute, of: rows.values.filter { $0.golden == Self.golden }, profile: profile))
            }
        }

        var losers: [String] {
            get throws { try explanation.losers.map { "\($0.card) \($0.value) \($0.reason.rawValue)" } }
        }

        /// What the record had to say, step by step.
        var values: [String] { history.steps.map { $0.value?.value ?? "—" } }
    }

    @Test("The newest value wins, and names the card and the event that gave it") func newest() throws {
        var story = try Story(of: "email")
        try story.say("CRM:1", "old@example.com", hour: 0)
        try story.say("IB:2", "new@example.com", hour: 1)
        try story.say("ABS:3", "NEW@example.com", hour: 0)
        let explanation = try story.explanation
        #expect(explanation.value?.value == "new@example.com" && explanation.value?.card.description == "IB:2")
        #expect(explanation.value?.event == story.rows[People.card("IB:2")]?.values["email"]?.event)
        #expect(explanation.rule == .newest)
        #expect(explanation.agreeing.map(\.description) == ["ABS:3"])
        #expect(try story.losers == ["CRM:1 old@example.com older"])
        #expect(explanation.losers.first?.event == story.rows[People.card("CRM:1")]?.values["email"]?.event)
    }

    @Test(
        "A longer, a more frequent and a more trusted value win by their rules",
        arguments: [
            ("address", "longest", "shorter"), ("inn", "mostFrequent", "less-frequent"), ("email", "mostTrusted", "less-trusted"),
        ])
    func rules(attribute: String, rule: String, reason: String) throws {
        let text = People.profile.text.replacing("standard: newest", with: "standard: mostTrusted")
        var story = try Story(of: attribute, profile: Profile(yaml: text))
        let values = [
            "address": ("Москва, ул. Ленина, д. 1, кв. 2", "Москва"), "inn": ("500100732259", "7707083893"),
            "email": ("a@example.com", "b@example.com"),
        ]
        let (winner, loser) = try #require(values[attribute])
        try story.say("CRM:1", winner, hour: 0)
        if attribute == "inn" { try story.say("CRM:4", winner, hour: 0) }
        try story.say("LOAN:2", loser, hour: 1)
        let explanation = try story.explanation
        #expect(explanation.rule.rawValue == rule && explanation.value?.value == winner)
        #expect(try story.losers == ["LOAN:2 \(loser) \(reason)"])
    }

    @Test("What is as good as the winner loses by the card's id") func ties() throws {
        var story = try Story(of: "email")
        try story.say("CRM:1", "a@example.com", hour: 0)
        try story.say("CRM:2", "b@example.com", hour: 0)
        #expect(try story.explanation.value?.card.description == "CRM:1")
        #expect(try story.losers == ["CRM:2 b@example.com later-card"])
    }

    @Test("Values without a chance are named: placeholders, dropped cards, changes that wait or were refused, past and closed ones")
    func withoutAChance() throws {
        var story = try Story(of: "birthDate")
        try story.say("CRM:1", "02.05.1979", hour: 0)
        try story.say("IB:2", "01.01.1900", hour: 1)
        try story.say("ABS:3", "03.03.1993", hour: 2)
        try story.send(People.card("ABS:3"), .drop(occurredAt: nil), hour: 3)
        try story.say("CRM:1", "02.05.1989", hour: 4)
        #expect(try story.losers == ["ABS:3 03.03.1993 dropped", "CRM:1 02.05.1989 held", "IB:2 01.01.1900 placeholder"])
        let review = try #require(try story.explanation.losers.first { $0.reason == .held }?.review)
        try story.send(People.card("CRM:1"), .refuseChange(review: review, reason: "mistyped", People.rules), hour: 5)
        #expect(try story.losers.contains("CRM:1 02.05.1989 refused"))
        #expect(try story.explanation.value?.value == "02.05.1979")

        var surnames = try Story(of: "passport")
        try surnames.say("CRM:1", "4607 445566", hour: 0)
        try surnames.say("CRM:1", "4608 112233", hour: 1)
        #expect(try surnames.losers == ["CRM:1 4607 445566 past"])
        let past = PastValue(attribute: "passport", value: "4607 445566")
        try surnames.send(People.card("CRM:1"), .closePastValue(past, reason: "somebody else's", People.rules), hour: 2)
        #expect(try surnames.losers == ["CRM:1 4607 445566 closed"])
    }

    @Test("An attribute that no card states is explained without a value, and an unknown one not at all") func nothing() throws {
        var story = try Story(of: "email")
        try story.say("CRM:1", nil, hour: 0)
        #expect(try story.explanation.value == nil && story.explanation.losers.isEmpty && story.history.steps.isEmpty)
        #expect(story.history.beginning == nil && story.history.before == nil)
        #expect(GoldenRecord.explain(attribute: "shoeSize", of: Array(story.rows.values), profile: People.profile) == nil)
        #expect(AttributeHistory(of: "shoeSize", golden: Story.golden, profile: People.profile) == nil)
    }

    @Test("The chain tells what each event made of the attribute, merges and drops included") func chain() throws {
        var story = try Story(of: "email")
        try story.say("CRM:1", "a@example.com", hour: 0)
        try story.say("IB:2", "b@example.com", hour: 1)
        try story.say("IB:3", "B@example.com", hour: 2)
        #expect(story.values == ["a@example.com", "b@example.com", "B@example.com"])
        #expect(story.history.steps.map(\.type) == [CardReceived.type, CardAssigned.type, CardAssigned.type])
        #expect(story.history.steps.map(\.by) == ["source CRM", "merge", "merge"])
        #expect(story.history.before?.value?.value == "a@example.com", "the same value of another card is no change")
        #expect(story.history.beginning?.recordedAt == Story.instant(1))
        try story.send(People.card("IB:3"), .drop(occurredAt: nil), hour: 3)
        try story.say("IB:2", nil, hour: 4)
        #expect(story.values.suffix(2) == ["b@example.com", "a@example.com"])
        try story.send(People.card("CRM:1"), .drop(occurredAt: nil), hour: 5)
        #expect(story.values.last == "—" && story.history.before?.value?.value == "a@example.com")
        #expect(story.history.beginning == nil)
    }
}
