import CustomerMDM
import Testing

@Suite("Names in each other's place") struct SwappedNamesTests {
    @Test(
        "Both have to be there: one name that is somebody's other name says nothing",
        arguments: [
            (["jack", "campbell"], ["campbell", "jack"], Level.variant, Level.variant),
            (["jack", "campbell"], ["campbel", "jack"], .similar, .similar),
            (["jack", "campbell"], ["campbell", "thomas"], .different, .different),
            (["jack", "campbell"], ["campbell", ""], .different, .missing),
            (["jack", "campbell"], ["jack", "campbell"], .exact, .exact),
        ])
    func swapped(one: [String], other: [String], givenName: Level, surname: Level) throws {
        let profile = try Profile.named("english-person")
        func card(_ id: String, _ names: [String]) -> MatchCard {
            MatchCard(
                id: People.card(id), golden: GoldenID(foundedBy: People.card(id)),
                current: ["givenName": names[0], "surname": names[1]].filter { !$0.value.isEmpty }, profile: profile)
        }
        let levels = ComparisonVector(card("A:1", one), card("B:2", other), profile: profile).named(profile)
        #expect(levels["givenName"] ?? .missing == givenName && levels["surname"] ?? .missing == surname, "\(levels)")
    }

    @Test("A comparison that swaps its own attribute is refused with its line") func ownAttribute() throws {
        let text = try Profile.named("english-person").text.replacing("swappedWith: givenName", with: "swappedWith: surname")
        let error = #expect(throws: ProfileError.self) { try Profile(yaml: text) }
        #expect(error?.path == "/comparisons/surname/swappedWith" && error?.line != nil, "\(String(describing: error))")
    }
}
