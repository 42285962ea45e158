import CustomerMDM
import Testing

@Suite("Document numbers") struct DocumentNumberTests {
    @Test(
        "A passport has one number however it is typed",
        arguments: ["4607 445566", "46 07 445566", "46 07 № 445566", "серия 4607 номер 445566", "4607445566", "46О7 445566"])
    func passports(typed: String) {
        StandardCase(typed, "4607445566", nil, typed.contains("О") ? .lookAlikes : []).check(.russianPassport)
    }

    @Test(
        "Other passports",
        arguments: [
            StandardCase("VII-МЮ № 123456", "VII-МЮ-123456"), StandardCase("ХIV МЮ 123456", "XIV-МЮ-123456"),
            StandardCase("4607 44556", "460744556", nil, .incomplete, isValid: false),
            StandardCase("4607 4455667", "46074455667", nil, [], isValid: false),
            StandardCase("0000 000000", nil, nil, .fake), StandardCase("1234 567890", nil, nil, .fake),
            StandardCase("нет", nil, nil, .placeholder), StandardCase("утерян", nil, nil, .unreadable), StandardCase(" ", nil),
        ])
    func others(_ item: StandardCase) { item.check(.russianPassport) }

    @Test(
        "A checksum tells an insurance number from a typing mistake",
        arguments: [
            StandardCase("112-233-445 95", "11223344595"), StandardCase("11223344595", "11223344595"),
            StandardCase("112-233-445 96", "11223344596", nil, .wrongChecksum, isValid: false),
            StandardCase("112-233-445 9", "1122334459", nil, .incomplete, isValid: false),
            StandardCase("000-000-000 00", nil, nil, .fake), StandardCase("отказ", nil, nil, .unreadable),
        ])
    func snils(_ item: StandardCase) { item.check(.snils) }

    @Test("Zeros that a spreadsheet dropped come back where the checksum agrees") func zeros() {
        StandardCase("5601234011", "05601234011", nil, .restoredZeros).check(.snils)
        StandardCase("5601234012", "5601234012", nil, .incomplete, isValid: false).check(.snils)
    }

    @Test(
        "A tax number of a person has two checksums",
        arguments: [
            StandardCase("500100732259", "500100732259"), StandardCase("5001 0073 2259", "500100732259"),
            StandardCase("500100732258", "500100732258", nil, .wrongChecksum, isValid: false),
            StandardCase("500100732269", "500100732269", nil, .wrongChecksum, isValid: false),
            StandardCase("7707083893", "7707083893", nil, .ofOrganisation, isValid: false),
            StandardCase("000000000000", nil, nil, .fake),
        ])
    func inn(_ item: StandardCase) { item.check(.inn) }

    @Test("Only a checksum that agrees vouches for a number") func checked() {
        #expect(Standardiser.snils.standardise("112-233-445 95").form?.isChecked == true)
        #expect(Standardiser.snils.standardise("112-233-445 96").form?.isChecked == false)
        #expect(Standardiser.russianPassport.standardise("4607 445566").form?.isChecked == false)
    }
}

@Suite("Phones") struct PhoneTests {
    @Test(
        "A phone has one number however it is typed",
        arguments: [
            "+7 916 111-22-33", "8(916)1112233", "79161112233", "9161112233", "8.916.111.22.33", "моб. +7(916)111 22 33", "+７９１６１１１２２３３",
        ])
    func spellings(typed: String) { StandardCase(typed, "+79161112233").check(.russianPhone) }

    @Test(
        "What is no phone of a person is missing",
        arguments: [
            StandardCase("+79999999999", nil, nil, .fake), StandardCase("8 900 000-00-00", nil, nil, .fake),
            StandardCase("81234567890", nil, nil, .fake), StandardCase("8 916 555-55-55", nil, nil, .fake),
            StandardCase("8 800 555-35-35", nil, nil, .ofOrganisation), StandardCase("111-22-33", nil, nil, .incomplete),
            StandardCase("нет", nil, nil, .placeholder), StandardCase("позвонить", nil, nil, .unreadable),
            StandardCase("-", nil, nil, .unreadable),
            StandardCase("", nil),
        ])
    func missing(_ item: StandardCase) { item.check(.russianPhone) }

    @Test(
        "Other numbers",
        arguments: [
            StandardCase("+380 50 123-45-67", "+380501234567"), StandardCase("8 495 111-22-33 доб. 12", "+74951112233", nil, .hasExtension),
            StandardCase("89161112233, 89262223344", "+79161112233", nil, .severalValues),
            StandardCase("89161112233 89262223344", "+79161112233", nil, .severalValues),
            StandardCase("916 111 22 33 (жена)", "+79161112233"),
            StandardCase("8 495 123-45-67", "+74951234567"),
        ])
    func others(_ item: StandardCase) { item.check(.russianPhone) }
}
