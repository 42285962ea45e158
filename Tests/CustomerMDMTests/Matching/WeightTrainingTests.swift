import CustomerMDM
import HindsightCore
import HindsightTesting
import Testing

@Suite("Learnt weights") struct WeightTrainingTests {
    private static let surnames = (0..<400).map { number in
        let letters = Array("бвгдклмнпрст")
        return "\(letters[number % 12])о\(letters[number / 12 % 12])а\(letters[number / 144 % 12])ов"
    }
    private static let givenNames = ["Пётр", "Глеб", "Иван", "Олег", "Антон", "Борис", "Денис", "Роман", "Семён", "Тимур"]

    /// Invented people with one to three cards each, whose fields are misspelt or left out at known rates.
    private func cards(_ people: Int, _ random: inout SeededGenerator) -> [MatchCard] {
        func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
        var cards: [MatchCard] = []
        for person in 0..<people {
            // Every fifth is called by one of four surnames.
            let surname = Self.surnames[chance(0.2) ? person % 4 : Int.random(in: 4..<400, using: &random)]
            let values = [
                "surname": surname, "givenName": Self.givenNames[Int.random(in: 0..<10, using: &random)],
                "birthDate": "\(1_940 + person % 60)-0\(1 + person % 9)-1\(person / 60 % 10)",
                "passport": "45\(10 + person % 80) \(100_000 + person * 7)", "mobilePhone": "+7903\(1_000_000 + person * 13)",
            ]
            for number in 0..<Int.random(in: 1...3, using: &random) {
                var values = values
                if chance(0.1) { values["surname"] = surname + "и" }
                if chance(0.3) { values["passport"] = nil }
                if chance(0.2) { values["mobilePhone"] = "+7905\(1_000_000 + cards.count * 17)" }
                cards.append(People.match("S\(number):\(person)", values))
            }
        }
        return cards
    }

    @Test("Of cards without labels it learns how often fields of one person agree", arguments: 1...3 as ClosedRange<UInt64>)
    func learns(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        let trained = try WeightTraining.train(cards(3_000, &random), profile: People.profile)
        func odds(_ comparison: String, _ level: Level) throws -> TrainedWeights.LevelOdds {
            let found = trained.comparisons.first { $0.name == comparison }?.levels[level.rawValue]
            return try #require(found, "seed \(seed): \(comparison) \(level)")
        }
        let (surname, phone) = (try odds("surname", .exact), try odds("mobilePhone", .exact))
        // Both cards are spelt right, or both are misspelt: 0.9² + 0.1².
        #expect(abs(surname.m - 0.82) < 0.03, "seed \(seed): \(surname)")
        #expect(abs(phone.m - 0.64) < 0.05, "seed \(seed): \(phone)")
        let (givenName, passport, birthDate) = (
            try odds("givenName", .exact), try odds("passport", .exact), try odds("birthDate", .different)
        )
        #expect(abs(givenName.u - 0.1) < 0.01, "seed \(seed): \(givenName)")
        #expect(passport.weight > surname.weight && birthDate.weight < 0, "seed \(seed)")
        let share = try #require(trained.evidence).matchShare
        #expect(share > 0.9 && share <= 1, "seed \(seed): \(share)")
    }

    @Test("To share a common surname says less than to share a rare one") func frequencies() throws {
        var random = SeededGenerator(4)
        let cards = cards(3_000, &random)
        let profile = People.profile.weighted(by: try WeightTraining.train(cards, profile: People.profile))
        let index = try #require(profile.comparisons.firstIndex { $0.name == "surname" })
        func weight(_ surname: String) -> Int {
            let (one, other) = (People.match("A:1", ["surname": surname]), People.match("A:2", ["surname": surname]))
            return profile.weights(of: ComparisonVector(one, other, profile: profile), one, other)[index]
        }
        #expect(weight(Self.surnames[0]) + 2_000 < weight(Self.surnames[200]))
        #expect(weight("неслыханный") >= weight(Self.surnames[200]))
        #expect(profile.reference != People.profile.reference && profile.digest == People.profile.digest)
    }

    @Test("The same cards give the same weights, in any order, and as JSON") func repeats() throws {
        var random = SeededGenerator(5)
        let cards = cards(500, &random)
        let trained = try WeightTraining.train(cards, profile: People.profile)
        #expect(try WeightTraining.train(cards, profile: People.profile) == trained)
        #expect(try JSON.decode(TrainedWeights.self, from: JSON.encode(trained)) == trained)
        #expect(try !JSON.line(trained).contains("ов"), "of values there are digests")
    }

    @Test("Weights hold for the profile that they were learnt for, wherever the log is opened") func recorded() throws {
        let model =
            #"{"comparisons":[{"output_column_name":"surname","comparison_levels":[{"m_probability":0.5,"u_probability":0.25}]}]}"#
        let weights = try SplinkModel(Array(model.utf8), for: People.profile).weights
        func settings(_ digest: String) throws -> SettingsDecider.State {
            var state = SettingsDecider.initialState
            let events =
                try SettingsDecider.decide(.useProfile(People.profile), given: state)
                + SettingsDecider.decide(
                    .useWeights(WeightsTrained(profile: digest, origin: .splink, weights: weights, through: 1)), given: state)
            for event in events { SettingsDecider.evolve(&state, with: event) }
            return state
        }
        #expect(try settings(People.profile.digest).recordedProfile()?.comparisons.first?.weights[.exact] == 1_000)
        #expect(try settings("another").recordedProfile() == People.profile)
    }

    @Test("Too few cards are told, with how many it takes") func tooFew() {
        let cards = [People.match("CRM:1", People.peter), People.match("IB:2", People.peter)]
        #expect(throws: WeightTraining.Failure.tooFewPairs(strong: 1, wanted: 50)) {
            try WeightTraining.train(cards, profile: People.profile)
        }
    }

    @Test("The weights of a model that Splink has saved take the place of the profile's") func splink() throws {
        let model = """
            {"link_type": "dedupe_only", "comparisons": [
              {"output_column_name": "surname", "comparison_levels": [
                {"sql_condition": "null", "is_null_level": true},
                {"sql_condition": "exact", "m_probability": 0.8, "u_probability": 0.003125},
                {"sql_condition": "0.9", "m_probability": 0.125, "u_probability": 0.00390625},
                {"sql_condition": "ELSE", "m_probability": 0.0625, "u_probability": 1.0}]},
              {"output_column_name": "birth_date", "comparison_levels": [
                {"sql_condition": "exact", "m_probability": 0.5, "u_probability": 0.5}, {"sql_condition": "ELSE"}]},
              {"output_column_name": "shoe_size", "comparison_levels": []}]}
            """
        let splink = try SplinkModel(Array(model.utf8), for: People.profile)
        #expect(splink.unused == ["shoe_size"] && splink.shortened.isEmpty)
        let profile = People.profile.weighted(by: splink.weights)
        func weights(_ name: String) throws -> [Int] {
            let comparison = try #require(profile.comparisons.first { $0.name == name })
            return [.exact, .variant, .similar, .different].map { comparison.weights[$0] }
        }
        #expect(try weights("surname") == [8_000, 6_500, 5_000, -4_000])
        #expect(try weights("birthDate") == [0, 0, 6_000, -8_000])
        #expect(throws: SplinkModel.Failure.nothingInCommon(of: ["shoe_size"], with: People.profile.comparisons.map(\.name))) {
            try SplinkModel(
                Array(#"{"comparisons":[{"output_column_name":"shoe_size","comparison_levels":[]}]}"#.utf8), for: People.profile)
        }
        let odd = #"{"comparisons":[{"output_column_name":"inn","comparison_levels":[{"m_probability":1e14,"u_probability":0.5}]}]}"#
        #expect(throws: SplinkModel.Failure.noProbability(1e14, column: "inn")) { try SplinkModel(Array(odd.utf8), for: People.profile) }
        #expect(throws: SplinkModel.Failure.self) { try SplinkModel(Array("{}".utf8), for: People.profile) }
    }
}
