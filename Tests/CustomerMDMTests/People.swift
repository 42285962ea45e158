import CustomerMDM
import HindsightCore

/// Cards of invented people, for tests.
enum People {
    static let profile: Profile = {
        do {
            return try Profile.named("russian-bank")
        } catch {
            preconditionFailure("\(error)")
        }
    }()
    static let rules = CardDecider.Rules(profile: profile, policy: .current)

    static let peter: [String: String] = [
        "surname": "Волков", "givenName": "Пётр", "patronymic": "Ильич", "birthDate": "02.05.1979", "gender": "М",
        "passport": "4607 445566", "mobilePhone": "+7 903 222-33-44",
    ]
    /// Shares with him all but the given name, the number of the passport and the phone.
    static let gleb = peter.merging(["givenName": "Глеб", "passport": "4607 445567", "mobilePhone": "+7 903 555-66-77"]) { $1 }

    static func card(_ text: String) -> CardID {
        do {
            return try CardID(text)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    static func match(_ id: String, _ values: [String: String], in golden: String? = nil, isHeld: Bool = false) -> MatchCard {
        MatchCard(
            id: card(id), golden: GoldenID(foundedBy: card(golden ?? id)), isHeld: isHeld, current: values, profile: profile)
    }
}

extension [String: String] {
    func with(_ attribute: String, _ value: String?) -> [String: String] {
        var changed = self
        changed[attribute] = value
        return changed
    }
}
