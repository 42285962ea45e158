import BillingRetries
import HindsightCore
import HindsightTesting

/// What a seed has in store for subscriptions, their payers, the gateway and the machine.
struct BillingPlan: Sendable {
    struct Customer: Sendable {
        let id: String
        let zone: String
        let subscriptions: [Terms]
    }

    struct Terms: Sendable {
        let id: String
        let method: String
        let amountMinor: Int64
        /// Since the beginning.
        let periodEnds: Duration
        let cancelledAfter: Duration
    }

    enum Accident: Sendable {
        /// The process dies between two jobs, and another one is started later.
        case kill(restartAfter: Duration)
        /// It gets no turn for a while.
        case stop(for: Duration)
        case clockForward(Duration)
        /// The clock shows less than the log's last event: nothing is stored until somebody sets it right.
        case clockBack(Duration, rightedAfter: Duration)
    }

    struct Event: Sendable {
        let at: Duration
        /// How many jobs of the process later it happens.
        let jobs: Int
        let accident: Accident
    }

    let policy: RetryPolicy
    let customers: [Customer]
    let accidents: [Event]
    let gateway: BillingGateway.Kind
    /// When nobody reaches the gateway.
    let outages: [Range<Duration>]
    /// Of 100 requests to the gateway, how many go wrong.
    let stormPercent: Int
    /// Of 1,000 appends, how many fail.
    let failingAppends: Int
    /// Of 1,000 of the named moments of a saga's work, at how many the process dies.
    let deadlyMoments: Int
    /// Of 100 news of an invoice, upon how many somebody does something at the worst moment.
    let meddling: Int
    /// Of 100 questions to the predictor, how many go wrong.
    let predictorFaults: Int
    /// Of 100 days, on how many nobody records signals.
    let missingSignals: Int
    let isShuffled: Bool
    /// When all faults have ended.
    let end: Duration

    static let start = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)
    private static let zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "America/Sao_Paulo"]

    /// Tries as soon as it may, day and night, so that nothing but the guard holds it back.
    static let impatient = RetryPolicy(
        name: "impatient", version: 1, chooser: .rules, windowDays: 28, hours: LegalHours(from: 0, until: 24), rules: [],
        otherwise: .every(hours: 1), afterMethodChange: .after(hours: [1]))

    init(using chance: inout SeededGenerator) {
        policy =
            [RetryPolicy.fixedFourDays, .reasonRules, .endToEnd, .firstGeneration, Self.impatient].randomElement(using: &chance)
            ?? .reasonRules
        gateway = BillingGateway.Kind.allCases.randomElement(using: &chance) ?? .keepsKeys
        isShuffled = Int.random(in: 0..<5, using: &chance) > 0
        end = .hours(Int.random(in: 36 * 24...80 * 24, using: &chance))
        stormPercent = [0, 5, 20, 50].randomElement(using: &chance) ?? 20
        failingAppends = Int.random(in: 0..<3, using: &chance) == 0 ? Int.random(in: 5...60, using: &chance) : 0
        deadlyMoments = Int.random(in: 0..<2, using: &chance) == 0 ? Int.random(in: 2...40, using: &chance) : 0
        meddling = [0, 2, 8].randomElement(using: &chance) ?? 2
        predictorFaults = [0, 20, 60].randomElement(using: &chance) ?? 20
        missingSignals = [5, 40].randomElement(using: &chance) ?? 5
        customers = Self.customers(using: &chance)
        let days = Int(end.components.seconds / 86_400)
        outages = (0..<Int.random(in: 0...2, using: &chance)).map { _ in
            let from = Duration.seconds(Int.random(in: 0...days * 86_400, using: &chance))
            return from..<from + .hours(Int.random(in: 1...26, using: &chance))
        }
        accidents = Self.accidents(until: end, using: &chance)
    }

    private static func customers(using chance: inout SeededGenerator) -> [Customer] {
        (1...Int.random(in: 1...2, using: &chance)).map { number in
            // Several plans of one customer may share a card, and its limits.
            let shares = Bool.random(using: &chance)
            let terms = (1...Int.random(in: 1...3, using: &chance)).map { plan in
                Terms(
                    id: "s\(number)\(plan)", method: shares ? "pm-\(number)" : "pm-\(number)\(plan)",
                    amountMinor: Int64.random(in: 1...50_000, using: &chance),
                    periodEnds: .seconds(Int.random(in: 3_600...5 * 86_400, using: &chance)),
                    cancelledAfter: .seconds(Int.random(in: 2 * 86_400...45 * 86_400, using: &chance)))
            }
            return Customer(id: "c\(number)", zone: zones.randomElement(using: &chance) ?? zones[0], subscriptions: terms)
        }
    }

    private static func accidents(until end: Duration, using chance: inout SeededGenerator) -> [Event] {
        (0..<Int.random(in: 0...12, using: &chance)).map { _ in
            let accident: Accident
            switch Int.random(in: 0..<12, using: &chance) {
            case 0..<5: accident = .kill(restartAfter: .seconds(Int.random(in: 1...30 * 3_600, using: &chance)))
            case 5..<8: accident = .stop(for: .seconds(Int.random(in: 1...12 * 3_600, using: &chance)))
            case 8..<10: accident = .clockForward(.seconds(Int.random(in: 1...40 * 3_600, using: &chance)))
            default:
                accident = .clockBack(
                    .seconds(Int.random(in: 120...30 * 3_600, using: &chance)),
                    rightedAfter: .seconds(Int.random(in: 60...6 * 3_600, using: &chance)))
            }
            // Most while the first renewals are collected, when most goes on.
            let latest = Bool.random(using: &chance) ? 8 * 86_400 : Int(end.components.seconds)
            return Event(
                at: .seconds(Int.random(in: 0...latest, using: &chance)), jobs: Int.random(in: 0...300, using: &chance),
                accident: accident)
        }
    }
}
