import CustomerMDM
import HindsightTesting
import Testing

@Suite("Standardisers") struct StandardiserPropertyTests {
    /// Texts of every kind, with what clerks and programs do to them.
    private struct Typist {
        var random: SeededGenerator

        init(seed: UInt64) { random = SeededGenerator(seed) }

        private static let words = [
            "Иванова", "Пётр", "Саша", "Ильинична", "Мамед оглы", "Gtnhjdf", "Sergey", "Салтыков-Щедрин", "Aнна", "smith-jones", "O'Brien",
            "Bill",
            "14.03.1986", "14 марта 1986", "03.1986", "4607 445566", "112-233-445 95", "500100732259", "+7 916 111-22-33", "8(495)1112233",
            "petr.volkov@gmail.con", "г Москва, ул 8 Марта, д 7/2, -21", "Unit 3/12 Stanley St", "VII-МЮ 123456", "м", "жен", "нет", "№",
            "12а",
        ]
        private static let letters = Array("абвгдеёжзийклмнопрстуфхцчшщъыьэюяABCDEHKMOPTXYabcxyz0123456789 .,-@/'№()[]і")

        mutating func text() -> String {
            var text = Array(Self.words[Int.random(in: 0..<Self.words.count, using: &random)])
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0...text.count, using: &random)
                let letter = Self.letters[Int.random(in: 0..<Self.letters.count, using: &random)]
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text.insert(letter, at: place)
                case 1 where place < text.count: text.remove(at: place)
                case 2 where place < text.count: text[place] = letter
                case 3 where place + 1 < text.count: text.swapAt(place, place + 1)
                default: text += [" "] + Self.words[Int.random(in: 0..<Self.words.count, using: &random)]
                }
            }
            return String(text)
        }
    }

    @Test("To standardise a standard form again changes nothing", arguments: 0..<100) func idempotent(seed: UInt64) throws {
        var typist = Typist(seed: seed)
        for _ in 0..<40 {
            let typed = typist.text()
            for standardiser in Standardiser.all {
                guard let form = standardiser.standardise(typed).form else { continue }
                let again = standardiser.standardise(form.text.text)
                #expect(again.form?.text == form.text, "\(standardiser.name): \(typed)")
                #expect(again.form?.alternatives == form.alternatives, "\(standardiser.name): \(typed)")
            }
        }
    }

    @Test("What is remembered changes no result, in whatever order it is asked", arguments: 0..<20) func memory(seed: UInt64) {
        var typist = Typist(seed: seed)
        let cards = (0..<60).map { _ in
            Dictionary(uniqueKeysWithValues: People.profile.attributes.map { ($0.name, typist.text()) })
        }
        var (small, large) = (CardStandardiser(profile: People.profile, capacity: 1), CardStandardiser(profile: People.profile))
        let forwards = cards.map { small.standardise($0) }
        let backwards = Array(cards.reversed().map { large.standardise($0) }.reversed())
        let again = cards.map { large.standardise($0) }
        #expect(forwards == backwards)
        #expect(forwards == again)
        for (card, result) in zip(cards, forwards) {
            let arranged = People.profile.arrangement.arranged(card).values
            #expect(result.values == People.profile.attributes.map { arranged[$0.name].map($0.standardised) ?? .missing })
        }
    }

    @Test("Nothing and spaces are missing for all", arguments: ["", " ", "\u{A0}\t"]) func missing(typed: String) {
        for standardiser in Standardiser.all { #expect(standardiser.standardise(typed) == .missing, "\(standardiser.name)") }
    }

    @Test("A digest is the same in every process") func digests() {
        #expect(StandardText("иванов").digest == 8_535_111_271_518_094_990)
        #expect(StandardText("иванов") == StandardText("иванов"))
        #expect(StandardText("иванов") != StandardText("иванова"))
    }

    @Test("Every flag has a name of its own") func flagNames() {
        let flags = (0..<32).map { StandardisationFlags(rawValue: 1 << UInt32($0)) }.filter { !$0.names.isEmpty }
        #expect(flags.count == 23)
        #expect(Set(flags.flatMap(\.names)).count == flags.count)
    }
}
