import CustomerMDM
import Testing

@Suite("English names") struct EnglishNameTests {
    @Test(
        "A surname is the same in any case, with signs or without",
        arguments: [
            StandardCase("O'Brien", "obrien", ["obrien"]), StandardCase("O’BRIEN", "obrien", ["obrien"]),
            StandardCase("rolli ns", "rollins", ["rollins"]),
            StandardCase("van der Berg", "vanderberg", ["vanderberg"]), StandardCase("Müller", "muller", ["muller"], .foreignLetters),
            StandardCase("Smith-Jones", "smith-jones", ["jones", "smith", "smithjones"]), StandardCase("unknown", nil, nil, .placeholder),
        ])
    func surnames(_ item: StandardCase) { item.check(.englishSurname) }

    @Test(
        "A nickname stands for a set of names",
        arguments: [
            StandardCase("Bill", "bill", ["william"], .shortForm), StandardCase("ALEX", "alex", ["alexander", "alexandra"], .shortForm),
            StandardCase("Harry", "harry", ["harold", "harrison", "harry", "henry"]), StandardCase("jo hn", "john", ["john"]),
            StandardCase("Mary Ann", "mary-ann", ["ann", "anne", "mary", "maryann"]), StandardCase("Mikayla", "mikayla", ["mikayla"]),
            StandardCase("José", "jose", ["jose"], .foreignLetters), StandardCase("J.", "j.", ["j."], .initial),
        ])
    func givenNames(_ item: StandardCase) { item.check(.englishGivenName) }

    @Test(
        "A sound is for blocking only",
        arguments: [
            ("Robert", "R163"), ("Rupert", "R163"), ("Ashcraft", "A261"), ("Tymczak", "T522"), ("Pfister", "P236"), ("Lee", "L000"),
        ])
    func sounds(typed: String, sound: String) throws {
        guard case .name(let name) = try #require(Standardiser.englishSurname.standardise(typed).form) else {
            Issue.record("is no name")
            return
        }
        #expect(name.sound?.text == sound)
        #expect(!name.canonical.contains { $0.text == sound })
    }
}
