import CustomerMDM
import Testing

@Suite("Dates") struct CalendarDateTests {
    @Test(
        "A day is one date in any format",
        arguments: [
            "14.03.1986", "14/03/1986", "1986-03-14", "14-03-1986", "19860314", "14.3.1986", "14031986", "1986-03-14T00:00:00Z",
            "14.03.1986 00:00:00", "14 марта 1986 г.", "14 Mar 1986", "March 14, 1986", "14.03.1986 г.р.", "１４.０３.１９８６",
        ])
    func formats(typed: String) { StandardCase(typed, "19860314", ["19860314"]).check(.date) }

    @Test(
        "A day that isn't in the calendar keeps its digits and says nothing by differing",
        arguments: [
            StandardCase("17.01.9958", "99580117", nil, .notInCalendar, isValid: false),
            StandardCase("27.19.1995", "19951927", nil, .notInCalendar, isValid: false),
            StandardCase("29.02.1999", "19990229", nil, .notInCalendar, isValid: false),
            StandardCase("25.06.1492", "14920625", nil, .notInCalendar, isValid: false),
            StandardCase("29.02.2000", "20000229"),
        ])
    func calendar(_ item: StandardCase) { item.check(.date) }

    @Test(
        "Less than a day is less than certain",
        arguments: [
            StandardCase("14.03.86", "19860314", nil, .guessedCentury, isValid: false),
            StandardCase("14-Mar-86", "19860314", nil, .guessedCentury, isValid: false),
            StandardCase("14.03.05", "20050314", nil, .guessedCentury, isValid: false),
            StandardCase("03.1986", "198603", nil, .incomplete, isValid: false),
            StandardCase("1986", "1986", nil, .incomplete, isValid: false),
        ])
    func precision(_ item: StandardCase) { item.check(.date) }

    @Test(
        "The first and last days of computer calendars are missing",
        arguments: ["01.01.1900", "1900-01-01", "30.12.1899", "0001-01-01", "31.12.9999"])
    func defaults(typed: String) { StandardCase(typed, nil, nil, .placeholder).check(.date) }

    @Test("What is no date is missing", arguments: ["вчера", "12", "14.03.1986.07.1", "1234567890123"]) func unreadable(typed: String) {
        let result = Standardiser.date.standardise(typed)
        #expect(typed == "14.03.1986.07.1" ? result.form?.text.text == "19860314" : result == Standardised(nil, .unreadable))
    }

    @Test("A placeholder of the profile is missing, the day after it isn't") func profile() throws {
        let birthDate = try #require(People.profile.attributes.first { $0.name == "birthDate" })
        #expect(birthDate.standardised("01.01.1970") == Standardised(nil, .placeholder))
        #expect(birthDate.standardForm(of: "02.01.1970") != nil)
    }
}
