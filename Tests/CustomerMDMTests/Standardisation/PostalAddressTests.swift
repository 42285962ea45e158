import CustomerMDM
import Testing

@Suite("Addresses") struct PostalAddressTests {
    @Test(
        "An address is the same in any spelling and order",
        arguments: [
            "г Москва, ул Лесная, д 7, кв 21", "Москва, Лесная ул, дом 7, квартира 21", "г. Москва, улица Лесная, д. 7, -21",
            "МОСКВА, ЛЕСНАЯ УЛ., Д.7, КВ.21", "127055, Россия, г. Москва, ул. Лесная, 7-21", "Москва, Лесная, 7, 21", "мск лесная д7 кв21",
            "г Mocквa, ул Лесная, д 7, кв 21, эт 3", "Московская обл, г Москва, ул Лесная, д 7, кв 21",
            "Moskva, ul. Lesnaya, d. 7, kv. 21", "MOCKBA, ул Лесная, д 7, кв 21",
            "Московская область г. Москва Тверской р-н ул. Лесная 7 кв. 21",
        ])
    func spellings(typed: String) throws {
        #expect(try #require(Standardiser.russianAddress.standardise(typed).form).text.text == "f:21 h:7 лесная москва")
    }

    @Test(
        "Numbers belong to what they number",
        arguments: [
            StandardCase("Тула, 8 Марта ул, д 78, кв 3", "f:3 h:78 s:8 марта тула"),
            StandardCase("Тула, ул 8 Марта, 78-3", "f:3 h:78 s:8 марта тула"),
            StandardCase("Самара, 40-летия Победы ул, 4 корп. 1, кв 122", "b:1 f:122 h:4 s:40 победы самара"),
            StandardCase("Самара, ул 40 лет Победы, д 4/1, -122", "b:1 f:122 h:4 s:40 победы самара"),
            StandardCase("Омск, 1-я Линия, д 12А, кв 5", "f:5 h:12а s:1 линия омск"),
            StandardCase("Омск, Линия 1-я, дом 12 а", "h:12а s:1 линия омск"),
            StandardCase("СПб, Мира пр-т, д 44к2 стр 3, кв 8", "b:2 f:8 h:44 мира петербург"),
            StandardCase("Санкт-Петербург, пр. Мира, 44/2, 8", "b:2 f:8 h:44 мира петербург"),
        ])
    func numbers(_ item: StandardCase) { item.check(.russianAddress) }

    @Test("Other houses are other places") func houses() throws {
        func address(_ typed: String) throws -> PostalAddress {
            guard case .address(let address) = try #require(Standardiser.russianAddress.standardise(typed).form) else {
                throw Unexpected.form
            }
            return address
        }
        let home = try address("Тула, ул 8 Марта, д 78, кв 3")
        #expect(home.hasOtherNumber(than: try address("Тула, ул 8 Марта, д 80, кв 3")))
        #expect(home.hasOtherNumber(than: try address("Тула, ул 8 Марта, д 78, кв 4")))
        #expect(!home.hasOtherNumber(than: try address("Тула, 8 Марта, д 78")))
        #expect(home.shared(with: try address("Тула, 8 Марта, д 78")) == 4)
        #expect(home.count == 5)
    }

    @Test(
        "English addresses",
        arguments: [
            StandardCase("12 Stanley St", "h:12 stanley"), StandardCase("stanley street 12", "h:12 stanley"),
            StandardCase("Unit 3, 12 Stanley Street", "f:3 h:12 stanley"), StandardCase("3/12 Stanley St.", "f:3 h:12 stanley"),
            StandardCase("O'Connor Cct", "oconnor"), StandardCase("The Avenue", "avenue the"),
            StandardCase("rustenburg sth", "rustenburg south"),
            StandardCase("Mt Pleasant", "mount pleasant"), StandardCase("unknown", nil, nil, .placeholder),
        ])
    func english(_ item: StandardCase) { item.check(.englishAddress) }

    private enum Unexpected: Error { case form }
}
