import PhoneNumbers
import Testing

@Suite("Phone number reader") struct PhoneNumberReaderTests {
    @Test(
        "A number is the same however it is written",
        arguments: [
            "+7 (916) 111-22-33", "8 916 111 22 33", "8(916)1112233", "79161112233", "9161112233", "тел. 8-916-111-22-33",
        ])
    func spellings(text: String) throws {
        #expect(try russian().read(text) == .number(e164: "+79161112233", hasExtension: false))
    }

    @Test(
        "A number of another country keeps its code",
        arguments: [("+380 50 123-45-67", "+380501234567"), ("8-10-375-29-123-45-67", "+375291234567"), ("+39 06 6982", "+39066982")])
    func abroad(text: String, number: String) throws {
        #expect(try russian().read(text) == .number(e164: number, hasExtension: false))
    }

    @Test("An extension is told and left out") func extensions() throws {
        #expect(try russian().read("(495) 111-22-33 доб. 12") == .number(e164: "+74951112233", hasExtension: true))
    }

    @Test(
        "What is no whole number says why",
        arguments: [
            ("111-22-33", PhoneReading.local), ("12", .wrongLength), ("891611122334", .wrongLength), ("89161112233445566778", .wrongLength),
            ("нет", .notANumber), ("", .notANumber),
        ])
    func unreadable(text: String, reading: PhoneReading) throws {
        #expect(try russian().read(text) == reading)
    }

    @Test("The region decides what a number without a code is") func regions() throws {
        let british = try #require(PhoneNumberReader(region: "GB"))
        #expect(british.read("020 7946 0958") == .number(e164: "+442079460958", hasExtension: false))
        #expect(PhoneNumberReader(region: "XX") == nil)
    }

    private func russian() throws -> PhoneNumberReader { try #require(PhoneNumberReader(region: "RU")) }
}
