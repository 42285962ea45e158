/// A person as he is, and as the systems of a bank write him down.
struct SyntheticPerson: Sendable {
    static let sources = ["ABS", "CRM", "IB", "CARDS", "INSUR", "LOAN"]

    private let number: Int
    private let isWoman: Bool
    private let surname: String
    private let givenName: String
    private let father: String
    private let patronymic: String
    private let birthDate: (day: Int, month: Int, year: Int)
    private let home: (address: String, phone: String)

    init(_ number: Int, _ chance: inout some RandomNumberGenerator) {
        let city = SyntheticNames.common(of: SyntheticNames.cities, &chance)
        let street = SyntheticNames.common(of: SyntheticNames.streets, &chance)
        let (house, flat) = (Int.random(in: 1...140, using: &chance), Int.random(in: 1...300, using: &chance))
        self.init(
            number, isWoman: Bool.random(using: &chance), surname: SyntheticNames.surname(&chance),
            father: SyntheticNames.common(of: SyntheticNames.men, &chance),
            birthDate: (.random(in: 1...28, using: &chance), .random(in: 1...12, using: &chance), .random(in: 1940...2006, using: &chance)),
            home: ("г. \(city), ул. \(street), д. \(house), кв. \(flat)", "+7 843 2\(Self.digits(6, &chance))"), &chance)
    }

    private init(
        _ number: Int, isWoman: Bool, surname: String, father: String, birthDate: (day: Int, month: Int, year: Int),
        home: (address: String, phone: String), besides taken: String? = nil, _ chance: inout some RandomNumberGenerator
    ) {
        self.number = number
        self.isWoman = isWoman
        self.surname = surname
        self.birthDate = birthDate
        self.home = home
        let names = isWoman ? SyntheticNames.women : SyntheticNames.men
        let name = SyntheticNames.common(of: names, &chance)
        givenName = name == taken ? names[((names.firstIndex(of: name) ?? 0) + 1) % names.count] : name
        patronymic = SyntheticNames.patronymic(of: father, isWoman: isWoman)
        self.father = father
    }

    /// Born on the same day, of another name.
    func twin(_ number: Int, _ chance: inout some RandomNumberGenerator) -> SyntheticPerson {
        SyntheticPerson(
            number, isWoman: isWoman, surname: surname, father: father, birthDate: birthDate, home: home, besides: givenName, &chance)
    }

    /// Of the same household.
    func relative(_ number: Int, _ chance: inout some RandomNumberGenerator) -> SyntheticPerson {
        let year = Int.random(in: 1940...2006, using: &chance)
        return SyntheticPerson(
            number, isWoman: Bool.random(using: &chance), surname: surname, father: father,
            birthDate: (.random(in: 1...28, using: &chance), .random(in: 1...12, using: &chance), year == birthDate.year ? year - 1 : year),
            home: home, besides: givenName, &chance)
    }

    /// What the source has of him.
    func written(by source: String, _ chance: inout some RandomNumberGenerator) -> [String: String] {
        func knows(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &chance) < percent }
        var card = [
            "surname": isWoman ? surname + (surname.hasSuffix("о") || surname.hasSuffix("к") ? "" : "а") : surname,
            "givenName": givenName,
        ]
        if knows(90) { card["patronymic"] = patronymic }
        if knows(92) { card["birthDate"] = date(of: source) }
        if knows(60) { card["gender"] = isWoman ? "Ж" : "М" }
        if knows(45) { card["passport"] = "4\(Self.padded(number / 1_000_000, 3)) \(Self.padded(number % 1_000_000, 6))" }
        if knows(30) { card["snils"] = snils }
        if knows(65) { card["mobilePhone"] = mobilePhone(of: source) }
        if knows(25) { card["homePhone"] = home.phone }
        if knows(40) { card["email"] = "client\(number)@\(["mail.ru", "yandex.ru", "bk.ru"][number % 3])" }
        if knows(50) { card["address"] = home.address }
        if source == "IB" { card["ibId"] = "ib\(number)" }
        if knows(20) { Self.misspell(&card, &chance) }
        if source == "ABS" || source == "LOAN" {
            for name in ["surname", "givenName", "patronymic"] { card[name] = card[name]?.uppercased() }
        }
        return card
    }

    private func date(of source: String) -> String {
        let (day, month) = (Self.padded(birthDate.day, 2), Self.padded(birthDate.month, 2))
        return source == "CRM" || source == "IB" ? "\(birthDate.year)-\(month)-\(day)" : "\(day).\(month).\(birthDate.year)"
    }

    private func mobilePhone(of source: String) -> String {
        let digits = Self.padded(number * 7_919 % 100_000_000, 8)
        return source == "CRM" ? "+79\(digits)" : "8 (9\(digits.prefix(2))) \(digits.dropFirst(2).prefix(3))-\(digits.dropFirst(5))"
    }

    /// With its checksum.
    private var snils: String {
        let digits = Self.padded(1_002_000 + number * 401 % 997_000_000, 9)
        let sum = zip(digits, stride(from: 9, to: 0, by: -1)).reduce(0) { $0 + ($1.0.wholeNumberValue ?? 0) * $1.1 }
        return digits + Self.padded(sum % 101 % 100, 2)
    }

    private static func misspell(_ card: inout [String: String], _ chance: inout some RandomNumberGenerator) {
        let attribute = ["surname", "surname", "givenName", "patronymic", "birthDate", "email"].randomElement(using: &chance)
        guard let attribute, var text = card[attribute].map(Array.init), text.count > 4 else { return }
        let place = Int.random(in: 1..<(text.count - 2), using: &chance)
        if text[place].isNumber {
            text[place] = Character("\(((text[place].wholeNumberValue ?? 0) + 1) % 3)")
        } else if text[place].isLetter, text[place + 1].isLetter {
            if Bool.random(using: &chance) { text.swapAt(place, place + 1) } else { text.remove(at: place) }
        }
        card[attribute] = String(text)
    }

    private static func digits(_ count: Int, _ chance: inout some RandomNumberGenerator) -> String {
        (0..<count).map { _ in "\(Int.random(in: 0...9, using: &chance))" }.joined()
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}
