import CustomerMDM
import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime

/// A hub in memory whose clock moves by a minute with every statement.
struct Desk {
    let hub: CustomerHub
    let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_700_000_000_000_000))
    let log: MemoryEventLog
    let store = MemoryReadModelStore()

    static let person: [String: String] = [
        "surname": "Волков", "givenName": "Пётр", "patronymic": "Ильич", "birthDate": "02.05.1979", "passport": "4607 445566",
        "mobilePhone": "+7 903 222-33-44",
    ]
    /// What a rule only proposes: a slip in the surname, and nothing but the birth date besides.
    static let bare = person.filter { !["passport", "mobilePhone"].contains($0.key) }.merging(["surname": "Волкоф"]) { $1 }

    /// - Parameter blindReviews: How many stewards have to agree.
    init(blindReviews: Int = 1, profile: Profile? = nil) async throws {
        log = MemoryEventLog(clock: clock)
        hub = try await CustomerHub.open(
            log: log, clock: clock, identities: SeededIdentities(seed: "desk"), store: store, profile: profile, blindReviews: blindReviews)
    }

    @discardableResult
    func say(_ card: String, _ values: [String: String] = person, _ matching: Matching = .online) async throws -> CustomerHub.Answer {
        clock.advance(by: .seconds(60))
        return try await hub.upsert(CardDecider.Statement(card: CardID(card), values: values, matching: matching))
    }

    /// Lets a steward act under his own name.
    func steward(_ name: String, _ act: @Sendable (CustomerHub) async throws -> Void) async throws {
        clock.advance(by: .seconds(60))
        try await hub.inTurn(as: EventMetadata(actor: name), act)
    }

    /// The shipped profile with a review policy.
    static func profile(reviewPolicy: String) throws -> Profile {
        try Profile(yaml: "\(Profile.named("russian-bank").text)\nreviewPolicy:\n  \(reviewPolicy)\n")
    }

    static func card(_ text: String) -> CardID {
        do {
            return try CardID(text)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    func head() async -> Position { await log.head().position }

    /// How many golden records hold the cards.
    func people() async throws -> Int { Set(try await clusters().values).count }

    func clusters() async throws -> [String: String] {
        Dictionary(uniqueKeysWithValues: try await hub.clusters().map { ($0.card.description, $0.golden.description) })
    }
}
