import CustomerMDM
import Testing

@Suite("E-mail addresses") struct EmailAddressTests {
    @Test(
        "Slips are mended",
        arguments: [
            StandardCase("Petr.Volkov@Mail.RU ", "petr.volkov@mail.ru"),
            StandardCase("petr.volkov @ mail.ru", "petr.volkov@mail.ru"),
            StandardCase("petr.volkov@mail,ru", "petr.volkov@mail.ru"),
            StandardCase("mailto:petr.volkov@mail.ru.", "petr.volkov@mail.ru"),
            StandardCase("PETR.VOLKOV@MIAL.RU", "petr.volkov@mail.ru", nil, .misspeltDomain),
            StandardCase("volkov77@yandex.rru", "volkov77@yandex.ru", nil, .misspeltDomain),
            StandardCase("volkov77@yadnex.ru", "volkov77@yandex.ru", nil, .misspeltDomain),
            StandardCase("volkov77@gmial.con", "volkov77@gmail.com", nil, .misspeltDomain),
            StandardCase("pеtr@mail.ru", "petr@mail.ru", nil, .lookAlikes),
        ])
    func mended(_ item: StandardCase) { item.check(.email) }

    @Test(
        "Spellings that a provider delivers to one mailbox are one",
        arguments: [
            StandardCase("p.e.t.r.volkov+bank@googlemail.com", "petrvolkov@gmail.com"),
            StandardCase("petrvolkov@gmail.com", "petrvolkov@gmail.com"),
            StandardCase("petr-volkov@ya.ru", "petr.volkov@yandex.ru"), StandardCase("petr.volkov@yandex.com", "petr.volkov@yandex.ru"),
            StandardCase("petr-volkov@mail.ru", "petr-volkov@mail.ru"),
        ])
    func mailboxes(_ item: StandardCase) { item.check(.email) }

    @Test(
        "Domains of others stay", arguments: ["a.petrov@mil.ru", "a.petrov@mai.ru", "a.petrov@mail.com", "ivan@почта.рф", "a@example.com"])
    func domains(typed: String) { StandardCase(typed, typed).check(.email) }

    @Test("An address on the other layout is typed again") func layout() {
        StandardCase("djkrjd@ьфшд.кг", "djkrjd@mail.ru", nil, .keyboardLayout).check(.email)
        StandardCase("мщдлщм@нфтвучюкг", "volkov@yandex.ru", nil, .keyboardLayout).check(.email)
    }

    @Test(
        "What is no person's address",
        arguments: [
            StandardCase("нет", nil, nil, .placeholder), StandardCase("no@mail.ru", nil, nil, .fake),
            StandardCase("volkov.mail.ru", nil, nil, .unreadable),
            StandardCase("volkov@mail", nil, nil, .unreadable), StandardCase("info@romashka.ru", "info@romashka.ru", nil, .sharedMailbox),
            StandardCase("volkov@mail.ru; volkova@mail.ru", "volkov@mail.ru", nil, .severalValues),
            StandardCase("volkov@mail.ru, volkova@mail.ru", "volkov@mail.ru", nil, .severalValues), StandardCase("", nil),
        ])
    func others(_ item: StandardCase) { item.check(.email) }
}
