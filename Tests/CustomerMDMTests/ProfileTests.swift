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

    /// A mistake in the shipped profile, the path that its error names, and what stands on the line that it names.
    struct Mistake: CustomTestStringConvertible, Sendable {
        let right: String
        let wrong: String
        let path: String
        let line: String

        init(_ right: String, _ wrong: String, path: String, line: String? = nil) {
            (self.right, self.wrong, self.path, self.line) = (right, wrong, path, line ?? wrong)
        }

        var testDescription: String { "\(right) → \(wrong)" }

        var text: String {
            get throws { try Profile.named("russian-bank").text.replacing(right, with: wrong) }
        }
    }

    @Test(
        "A mistake in a profile is named with its line and its place",
        arguments: [
            Mistake("guards: [ibId]", "guards: [ibID]", path: "/guards"),
            Mistake("comparison: givenName }", "comparison: givenNames }", path: "/conflicts/given names/comparison"),
            Mistake("standardiser: snils", "standardiser: snil", path: "/attributes/snils/standardiser"),
            Mistake("weight: 28000", "weight: 9000000000000000000", path: "/strong/full-name-and-birth-date/weight"),
            Mistake("exact: 8000,", "exact: 9000000000000000000,", path: "/comparisons/surname/weights/exact"),
            Mistake("similar: 4500, different: -4000", "close: 4500, different: -4000", path: "/comparisons/surname/weights/close"),
            Mistake(
                "name: name-and-contact", "name: name-and-contact\n    unopposed: true # here", path: "/weak/name-and-contact/unopposed",
                line: "# here"),
            Mistake("homePhone: missing", "homePhon: missing", path: "/strong/full-name-and-birth-date/all"),
            Mistake("name: email, parts", "name: phone, parts", path: "/keys", line: "name: phone, parts: [[email]]"),
            Mistake("namePart: patronymic", "namePart: surname", path: "/attributes/patronymic/namePart", line: "name: patronymic,"),
            Mistake("- { name: inn, parts: [[inn]] }", "- { name: inn, parts: [[]] }", path: "/keys/inn/parts"),
            Mistake("edges: 512", "edges: 1", path: "/online/edges"),
            Mistake("version: 2", "version: 0", path: "/version"),
            Mistake("birthDate: mostFrequent", "birthDay: mostFrequent", path: "/survivorship/attributes"),
            Mistake("likeness: { surname", "likeness: { lastName", path: "/likeness"),
            Mistake("issueDate: passportDate, ", "", path: "/conflicts/passports valid at once", line: "kind: validAtOnce"),
        ])
    func mistakes(_ mistake: Mistake) throws { try expectError(in: mistake.text, mistake.path, mistake.line) }

    @Test(
        "What cannot be read is named with its line and its place",
        arguments: [
            Mistake("measure: tokens", "measure: token", path: "/comparisons/11/measure"),
            Mistake("maximumCardsPerKey: 100", "maximumCardsPerKey: many", path: "/maximumCardsPerKey"),
            Mistake("days: 30", "days: a month", path: "/conflicts/5/days"),
            Mistake("all: { passport: variant", "all: { passport: sure", path: "/strong/0/all/passport"),
            Mistake("guards: [ibId]\n", "", path: "/guards", line: "name: russian-bank"),
            Mistake("name: gender, kind: different, comparison", "name: gender, comparison", path: "/conflicts/1/kind"),
            Mistake(
                "guards: [ibId]", "guards: [ibId]\nreviewPolicy:\n  birthday: accept", path: "/reviewPolicy/birthday", line: "birthday"),
            Mistake("junkWords: [", "junkWords: [[", path: "", line: "keys:"),
            Mistake("weak:", "strong:", path: "", line: "strong:"),
        ])
    func unreadable(_ mistake: Mistake) throws { try expectError(in: mistake.text, mistake.path, mistake.line) }

    @Test(
        "A member that no profile has is named with its line and its place",
        arguments: [
            Mistake("keys:", "schlüssel:", path: "/schlüssel"),
            Mistake("narrowedBy: [birthDate]", "narowedBy: [birthDate]", path: "/keys/fullName/narowedBy"),
            Mistake("unopposed: true", "isUnopposed: true", path: "/strong/full-name-and-birth-date/isUnopposed"),
            Mistake(
                "name: gender, standardiser: gender, held", "name: gender, standardiser: gender, hold", path: "/attributes/gender/hold"),
            Mistake("trustedSources:", "trusted:", path: "/survivorship/trusted"),
            Mistake("edges: 512 }", "edges: 512, people: 3 }", path: "/online/people"),
        ])
    func unknownMembers(_ mistake: Mistake) throws {
        try expectError(in: mistake.text, mistake.path, mistake.line)
        #expect {
            try Profile(yaml: mistake.text)
        } throws: { error in
            "\(error)".contains("there is no such member: ")
        }
    }

    @Test("A recorded profile is read though it has a member that no profile has") func recorded() throws {
        let text = try Profile.named("russian-bank").text + "\nowner: data office\n"
        #expect(try Profile(recorded: text).text == text)
        try expectError(in: text, "/owner", "owner: data office")
    }

    /// Expects an error with the path, on a line that holds `fragment`.
    private func expectError(in text: String, _ path: String, _ fragment: String) throws {
        let error = #expect(throws: ProfileError.self) { try Profile(yaml: text) }
        let found = try #require(error)
        #expect(found.path == path)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(found.line)
        #expect(lines.indices.contains(line - 1) && lines[line - 1].contains(fragment), "\(found)")
        #expect("\(found)".hasPrefix("profile: line \(line): \(path)"))
    }
}
