import CustomerMDM
import Testing

@Suite("Card arrangement") struct CardArrangementTests {
    struct NameCase: Sendable, CustomTestStringConvertible {
        let typed: [String]
        let arranged: [String?]
        let flags: StandardisationFlags

        init(_ typed: [String], _ arranged: [String?], _ flags: StandardisationFlags = .moved) {
            (self.typed, self.arranged, self.flags) = (typed, arranged, flags)
        }

        var testDescription: String { typed.joined(separator: " | ") }
    }

    @Test(
        "The parts of a Russian name come into their places",
        arguments: [
            NameCase(["Волков", "Пётр", "Ильич"], ["Волков", "Пётр", "Ильич"], []),
            NameCase(["Волков Пётр Ильич", "", ""], ["Волков", "Пётр", "Ильич"]),
            NameCase(["Пётр Ильич Волков", "", ""], ["Волков", "Пётр", "Ильич"]),
            NameCase(["", "Волков Пётр Ильич", ""], ["Волков", "Пётр", "Ильич"]),
            NameCase(["Абрамович Роман Аркадьевич", "", ""], ["Абрамович", "Роман", "Аркадьевич"]),
            NameCase(["Волков П.И.", "", ""], ["Волков", "П.", "И."]),
            NameCase(["Пётр Волков", "", ""], ["Волков", "Пётр", nil]),
            NameCase(["Гасанов Али Мамед оглы", "", ""], ["Гасанов", "Али", "Мамед оглы"]),
            NameCase(["Djkrjd Gtnh Bkmbx", "", ""], ["Djkrjd", "Gtnh", "Bkmbx"]),
            NameCase(["Мария", "Волкова", "Ильинична"], ["Волкова", "Мария", "Ильинична"]),
            NameCase(["Fquekm", "Воронская", ""], ["Воронская", "Fquekm", nil]),
            NameCase(["Ваалерия", "Кузьмова", "Ильинична"], ["Кузьмова", "Ваалерия", "Ильинична"]),
            NameCase(["Волков", "Ильич", "Пётр"], ["Волков", "Пётр", "Ильич"]),
            NameCase(["Волков", "Пётр Ильич", ""], ["Волков", "Пётр", "Ильич"]),
            NameCase(["ИП Волков", "Пётр", "Ильич"], ["Волков", "Пётр", "Ильич"], .junkWord),
            NameCase(["НЕ ЗВОНИТЬ Волков", "Пётр", ""], ["Волков", "Пётр", nil], .junkWord),
            NameCase(["Волков", "Пётр (умер)", "Ильич"], ["Волков", "Пётр", "Ильич"], .junkWord),
            NameCase(["ИП Андрей", "Волков", "Ильич"], ["Волков", "Андрей", "Ильич"], [.junkWord, .moved]),
            NameCase(["Роман", "Михаил", "Ильич"], ["Роман", "Михаил", "Ильич"], []),
        ])
    func russian(_ item: NameCase) { check(item, People.profile, ["surname", "givenName", "patronymic"]) }

    @Test(
        "The parts of an English name come into their places",
        arguments: [
            NameCase(["Smith, John", ""], ["Smith,", "John"]), NameCase(["John Smith", ""], ["Smith", "John"]),
            NameCase(["Dr Smith", "John"], ["Smith", "John"], .junkWord), NameCase(["Smith Jr.", "John"], ["Smith", "John"], .junkWord),
            NameCase(["James", "Kayne"], ["James", "Kayne"], []), NameCase(["van der Berg", "John"], ["van der Berg", "John"], []),
        ])
    func english(_ item: NameCase) throws { check(item, try Profile.named("english-person"), ["surname", "givenName"]) }

    private func check(_ item: NameCase, _ profile: Profile, _ attributes: [String]) {
        let values = Dictionary(uniqueKeysWithValues: zip(attributes, item.typed)).filter { !$0.value.isEmpty }
        let result = profile.arrangement.arranged(values)
        #expect(attributes.map { result.values[$0] } == item.arranged)
        #expect(result.flags == item.flags)
    }

    @Test("Other values stay as they are") func others() {
        let values = ["surname": "ИП Волков", "address": "Тула, ул Мира, д 1", "email": "ИП Волков"]
        let arranged = People.profile.arrangement.arranged(values).values
        #expect(arranged["address"] == values["address"] && arranged["email"] == values["email"])
    }
}
