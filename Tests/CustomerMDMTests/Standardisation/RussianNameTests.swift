import CustomerMDM
import Testing

@Suite("Russian given names") struct RussianGivenNameTests {
    @Test(
        "A name is the same however it is typed",
        arguments: [
            StandardCase("Артём", "артем", ["артем"]),
            StandardCase(" АРТЕМ ", "артем", ["артем"]),
            StandardCase("Арте\u{308}м", "артем", ["артем"]),
            StandardCase("Aртем", "артем", ["артем"], .lookAlikes),
            StandardCase("HИKИTA", "никита", ["никита"], .lookAlikes),
            StandardCase("BEPA", "вера", ["вера"], .lookAlikes),
            StandardCase("Ник0лай", "николай", ["николай"], .lookAlikes),
            StandardCase("fhntv", "артем", ["артем"], .keyboardLayout),
            StandardCase("<jhbc", "борис", ["борис"], .keyboardLayout),
            StandardCase("K.,JDM", "любовь", ["любовь"], .keyboardLayout),
            StandardCase("Ukt,", "глеб", ["глеб"], .keyboardLayout),
            StandardCase("Artem", "артем", ["артем"], .transliterated),
            StandardCase("Artyom", "артем", ["артем"], .transliterated),
            StandardCase("Liubov", "любовь", ["любовь"], .transliterated),
            StandardCase("Yuriy", "юрий", ["юрий"], .transliterated),
            StandardCase("Iurii", "юрий", ["юрий"], .transliterated),
            StandardCase("Evgenij", "евгений", ["евгений"], .transliterated),
            StandardCase("Alexander", "александр", ["александр"], .transliterated),
            StandardCase("Ірина", "ирина", nil, .foreignLetters),
        ])
    func spellings(_ item: StandardCase) { item.check(.russianGivenName) }

    @Test(
        "A short form stands for a set of names",
        arguments: [
            StandardCase("Саша", "саша", ["александр", "александра"], .shortForm),
            StandardCase("Женя", "женя", ["евгений", "евгения"], .shortForm),
            StandardCase("Cfif", "саша", ["александр", "александра"], [.shortForm, .keyboardLayout]),
            StandardCase("Slava", "слава", nil, [.shortForm, .transliterated]),
            StandardCase("Наталия", "наталия", ["наталья"], .shortForm),
        ])
    func shortForms(_ item: StandardCase) { item.check(.russianGivenName) }

    @Test("A name in its own right that stands for another one means both") func ambiguity() {
        StandardCase("Оксана", "оксана", ["ксения", "оксана"]).check(.russianGivenName)
        StandardCase("Егор", "егор", ["георгий", "егор"]).check(.russianGivenName)
    }

    @Test(
        "An unknown name may be a slip of the finger for the names one slip away; a known one is what it is",
        arguments: [("Матвнй", ["матвей"]), ("Ана", ["анна"]), ("Аанстасия", ["анастасия"]), ("Мария", []), ("Ли", []), ("Ивaн", [])])
    func slips(typed: String, names: [String]) throws {
        let standardised = Standardiser.russianGivenName.standardise(typed)
        guard case .name(let name)? = standardised.form else {
            Issue.record("\(typed) is a name")
            return
        }
        #expect(name.corrections.map(\.text) == names)
        #expect(standardised.flags.contains(.misspelt) == !names.isEmpty)
    }

    @Test("A name that we don't know stands for itself, and its parts for theirs") func unknown() {
        StandardCase("Аэлита", "аэлита", ["аэлита"]).check(.russianGivenName)
        StandardCase("Анна-Мария", "анна-мария", ["анна", "анна-мария", "мария"]).check(.russianGivenName)
        StandardCase("Анна Мария", "анна-мария", ["анна", "анна-мария", "мария"]).check(.russianGivenName)
    }

    @Test("The gender is known of a name that only one has", arguments: [("Пётр", Gender.male), ("Настя", .female), ("Саша", nil)])
    func genders(typed: String, gender: Gender?) throws {
        guard case .name(let name) = try #require(Standardiser.russianGivenName.standardise(typed).form) else {
            Issue.record("is no name")
            return
        }
        #expect(name.gender == gender)
    }

    @Test("Nothing is not a name", arguments: ["", "  ", "-", "."]) func empty(typed: String) {
        StandardCase(typed, nil).check(.russianGivenName)
    }

    @Test("Words for nothing are missing", arguments: ["нет", "Не указано", "NULL", "N/A", "ХХХ"]) func placeholders(typed: String) {
        StandardCase(typed, nil, nil, .placeholder).check(.russianGivenName)
    }
}

@Suite("Russian surnames") struct RussianSurnameTests {
    @Test(
        "Spouses, brothers and sisters share a stem",
        arguments: [
            ("Иванова", "Иванов"), ("Покровская", "Покровский"), ("Синицына", "Синицын"), ("Донская", "Донской"), ("Толстая", "Толстой"),
            ("Белая", "Белый"), ("Васильева", "VASILEV"), ("Соловьёва", "Cjkjdmtd"), ("Цветаева", "Tsvetaev"), ("Мельникова", "Melnikov"),
            ("Римская-Корсакова", "Римский-Корсаков"), ("Щербакова", "Shcherbakov"), ("Эйдина", "Eidin"),
        ])
    func stems(feminine: String, masculine: String) throws {
        let (one, other) = (Standardiser.russianSurname.standardise(feminine), Standardiser.russianSurname.standardise(masculine))
        #expect(try #require(one.form).alternatives == #require(other.form).alternatives)
    }

    @Test(
        "A surname that both genders share is its own stem", arguments: ["шевченко", "живаго", "черных", "пак", "сервантес", "ли"])
    func indeclinable(typed: String) { StandardCase(typed, typed, [typed]).check(.russianSurname) }

    @Test(
        "A surname is the same however it is typed",
        arguments: [
            StandardCase("КОЗЛОВ", "козлов", ["козлов"]),
            StandardCase("Kyзнецoвa", "кузнецова", ["кузнецов"], .lookAlikes),
            StandardCase("Gtnhcrbq", "петрский", ["петрск"], .keyboardLayout),
            StandardCase("Djhjyjdf", "воронова", ["воронов"], .keyboardLayout),
            StandardCase("<tkcrfz", "белская", ["белск"], .keyboardLayout),
            StandardCase("Kj,fyjd", "лобанов", ["лобанов"], .keyboardLayout),
            StandardCase("Khlebnikova", "хлебникова", ["хлебников"], .transliterated),
            StandardCase("Dobrovolsky", "доброволский", ["доброволск"], .transliterated),
            StandardCase("Иванова (Петрова)", "иванова (петрова)", ["иванов", "петров"], .formerName),
            StandardCase("Салтыков Щедрин", "салтыков-щедрин", ["салтыков", "салтыков-щедрин", "щедрин"]),
        ])
    func spellings(_ item: StandardCase) { item.check(.russianSurname) }
}

@Suite("Patronymics") struct PatronymicTests {
    @Test(
        "A patronymic names the father",
        arguments: [
            StandardCase("Ильич", "ильич", ["илья"]), StandardCase("Ильинична", "ильинична", ["илья"]),
            StandardCase("Васильевна", "васильевна", ["василий"]), StandardCase("Георгиевич", "георгиевич", ["георгий", "егор"]),
            StandardCase("Данилович", "данилович", ["даниил"]), StandardCase("Данииловна", "данииловна", ["даниил"]),
            StandardCase("Львовна", "львовна", ["лев"]), StandardCase("Яковлевич", "яковлевич", ["яков"]),
            StandardCase("Никитична", "никитична", ["никита"]), StandardCase("Игоревич", "игоревич", ["игорь"]),
            StandardCase("Иваныч", "иваныч", ["иван"]), StandardCase("Палыч", "палыч", ["павел"]),
            StandardCase("Fylhttdyf", "андреевна", ["андрей"], .keyboardLayout),
            StandardCase("Ilinichna", "ильинична", ["илья"], .transliterated),
            StandardCase("Cтaниcлaвoвич", "станиславович", ["станислав"], .lookAlikes),
            StandardCase("Кристобалевич", "кристобалевич", ["кристобалй"]),
            StandardCase("Хосеович", "хосеович", ["хосе"]),
        ])
    func fathers(_ item: StandardCase) { item.check(.russianPatronymic) }

    @Test(
        "Son and daughter of, in any spelling",
        arguments: [
            ("Мамед оглы", "мамед оглы", Gender.male), ("Мамедоглы", "мамед оглы", .male), ("МАМЕД-ОГЛЫ", "мамед оглы", .male),
            ("Гусейн кызы", "гусейн кызы", .female), ("Гусейн Гызы", "гусейн кызы", .female), ("Асан уулу", "асан оглы", .male),
        ])
    func kinship(typed: String, text: String, gender: Gender) throws {
        let form = try #require(Standardiser.russianPatronymic.standardise(typed).form)
        #expect(form.text.text == text)
        guard case .name(let name) = form else {
            Issue.record("is no name")
            return
        }
        #expect(name.gender == gender)
    }

    @Test("A patronymic tells the gender", arguments: [("Ильич", Gender.male), ("Петровна", .female), ("Аедреевич", .male)])
    func genders(typed: String, gender: Gender) throws {
        guard case .name(let name) = try #require(Standardiser.russianPatronymic.standardise(typed).form) else {
            Issue.record("is no name")
            return
        }
        #expect(name.gender == gender)
    }

    @Test("An initial keeps its point, so that it is never taken for a name") func initials() {
        StandardCase("И.", "и.", ["и."], .initial).check(.russianPatronymic)
        StandardCase("и", "и.", ["и."], .initial).check(.russianPatronymic)
    }

    @Test("None is missing", arguments: ["без отчества", "б/о", "отсутствует"]) func none(typed: String) {
        StandardCase(typed, nil, nil, .placeholder).check(.russianPatronymic)
    }
}
