import CustomerMDM
import Testing

@Suite("Profile") struct ProfileTests {
    @Test("The shipped profile is sound") func shipped() throws {
        let profile = try Profile.named("russian-bank")
        #expect(profile.guards == [profile.index(of: "ibId")])
        #expect(profile.maximumOnlineCards == 64 && profile.maximumOnlineEdges == 512)
    }

    @Test("Every shipped profile is sound", arguments: Profile.shipped.keys.sorted()) func sound(name: String) throws {
        #expect(try Profile.named(name).name == name)
    }

    @Test("A profile's digest tells its standardisers' versions") func digests() throws {
        let (russian, english) = (try Profile.named("russian-bank"), try Profile.named("english-person"))
        #expect(russian.digest != english.digest)
        #expect(Set(Standardiser.all.map(\.name)).count == Standardiser.all.count)
        for standardiser in Standardiser.all {
            #expect(standardiser.version >= 1)
            #expect(Standardiser.named(standardiser.name) == standardiser)
        }
    }

    @Test(
        "A mistake in a profile is named with its place",
        arguments: [
            ("guards: [ibId]", "guards: [ibID]", "/guards"),
            ("comparison: givenName }", "comparison: givenNames }", "/conflicts"),
            ("keys:", "schlüssel:", "/keys"),
            ("measure: tokens", "measure: token", "measure"),
            ("standardiser: snils", "standardiser: snil", "standardiser snil"),
            ("junkWords: [", "junkWords: [[", "line "),
            ("weight: 28000", "weight: 9000000000000000000", "/strong/full-name-and-birth-date/weight"),
            ("exact: 8000,", "exact: 9000000000000000000,", "/comparisons/surname/weights"),
            ("name: name-and-contact", "name: name-and-contact\n    unopposed: true", "/weak/name-and-contact/unopposed"),
        ])
    func mistakes(right: String, wrong: String, place: String) throws {
        let text = try Profile.named("russian-bank").text
        let broken = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.replacing(right, with: wrong) }.joined(separator: "\n")
        #expect {
            try Profile(yaml: broken)
        } throws: { error in
            "\(error)".contains(place)
        }
    }
}
