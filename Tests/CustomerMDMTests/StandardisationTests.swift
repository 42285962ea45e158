import CustomerMDM
import Testing

@Suite("Standardisation") struct StandardisationTests {
    @Test(
        "Five spellings of a day are one date",
        arguments: ["14.03.1986", "14/03/1986", "1986-03-14", "14-03-1986", "19860314"])
    func dates(text: String) {
        #expect(Standardiser.date.standardise(text)?.exact == "19860314")
    }

    @Test("A default birth date is missing") func defaultDate() throws {
        let profile = try Profile.named("russian-bank")
        let birthDate = try #require(profile.attributes.first { $0.name == "birthDate" })
        #expect(birthDate.standardForm(of: "01.01.1900") == nil)
        #expect(birthDate.standardForm(of: "02.01.1900") != nil)
    }

    @Test(
        "A phone has one number however it is typed",
        arguments: ["+7 916 111-22-33", "8(916)1112233", "79161112233", "9161112233"])
    func phones(text: String) {
        #expect(Standardiser.russianPhone.standardise(text)?.exact == "+79161112233")
    }

    @Test(
        "A name is the same in any case, script, layout and with ё or е",
        arguments: ["Артём", "АРТЕМ", "Aртем", "fhntv", "Artem"])
    func names(text: String) {
        #expect(Standardiser.russianGivenName.standardise(text)?.exact == "артем")
    }

    @Test("A short form stands for a set of names") func shortForms() throws {
        let sasha = try #require(Standardiser.russianGivenName.standardise("Саша"))
        #expect(Set(sasha.alternatives).isSuperset(of: ["александр", "александра"]))
    }

    @Test("Spouses share the stem of their surname", arguments: [("Иванова", "Иванов"), ("Покровская", "Покровский")])
    func stems(feminine: String, masculine: String) {
        #expect(
            Standardiser.russianSurname.standardise(feminine)?.alternatives
                == Standardiser.russianSurname.standardise(masculine)?.alternatives)
    }

    @Test("A checksum tells a number from a typing mistake") func checksums() {
        #expect(Standardiser.snils.standardise("112-233-445 95")?.isChecked == true)
        #expect(Standardiser.snils.standardise("112-233-445 96")?.isChecked == false)
        #expect(Standardiser.inn.standardise("500100732259")?.isChecked == true)
        #expect(Standardiser.inn.standardise("500100732258")?.isChecked == false)
    }

    @Test("An address is the same in any spelling and order")
    func addresses() {
        let forms = [
            "г Москва, ул Лесная, д 7, кв 21", "Москва, Лесная ул, дом 7, квартира 21", "г. Москва, улица Лесная, д. 7, -21",
        ].map { Standardiser.russianAddress.standardise($0)?.exact }
        #expect(Set(forms).count == 1)
    }

    @Test("A whole name in one field, a swapped one and junk words come into place") func arrangement() throws {
        let profile = try Profile.named("russian-bank")
        func arranged(_ surname: String, _ givenName: String, _ patronymic: String) -> [String?] {
            let values = CardArrangement.arranged(
                ["surname": surname, "givenName": givenName, "patronymic": patronymic].filter { !$0.value.isEmpty }, by: profile)
            return ["surname", "givenName", "patronymic"].map { values[$0] }
        }
        #expect(arranged("Волков Пётр Ильич", "", "") == ["Волков", "Пётр", "Ильич"])
        #expect(arranged("Мария", "Волкова", "Ильинична") == ["Волкова", "Мария", "Ильинична"])
        #expect(arranged("ИП Волков", "Пётр", "Ильич") == ["Волков", "Пётр", "Ильич"])
    }
}

@Suite("Profile") struct ProfileTests {
    @Test("The shipped profile is sound") func shipped() throws {
        let profile = try Profile.named("russian-bank")
        #expect(profile.guards == [profile.index(of: "ibId")])
        #expect(profile.maximumOnlineCards == 64 && profile.maximumOnlineEdges == 512)
    }

    @Test(
        "A mistake in a profile is named with its place",
        arguments: [
            ("guards: [ibId]", "guards: [ibID]", "/guards"),
            ("comparison: givenName }", "comparison: givenNames }", "/conflicts"),
            ("keys:", "schlüssel:", "/keys"),
            ("measure: tokens", "measure: token", "measure"),
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
