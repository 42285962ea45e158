import Foundation
import HindsightCore
import HindsightTesting
import NIOHTTP1

/// A client that asks whatever may be asked about the domains, of whatever it has heard of, and writes down each answer.
struct Onlooker {
    private let address: String
    private var chance: SeededGenerator
    private(set) var moments: [Observation] = []
    /// Ids by what they name, as far as answers told of them.
    private var heard: [String: [String]] = [:]
    private let projections: [String]

    init(_ address: String, seed: UInt64, projections: [String]) {
        self.address = address
        self.projections = projections
        chance = SeededGenerator(seed)
    }

    /// Asks at `count` moments of a bustle.
    mutating func watch(_ bustle: Bustle, moments count: Int) async throws {
        for _ in 0..<count {
            await bustle.further(Int.random(in: 0...6, using: &chance))
            try await ask()
        }
    }

    private mutating func ask() async throws {
        let path = question()
        let answer = try await ServerProcess.ask(address, .GET, path, nil)
        guard answer.status == 200 || answer.status == 404 else {
            throw ServerProcess.Failure(description: "\(path) was answered with \(answer.status) \(answer.text)")
        }
        moments.append(try Observation(path, answer))
        if answer.status == 200, answer["Content-Type"] == "application/json" { hear(try answer.json) }
    }

    // MARK: - What it has heard of

    private static let names = ["invoice", "golden", "job", "card", "subscription", "key", "stream"]

    private mutating func hear(_ value: JSONValue) {
        switch value {
        case .object(let members):
            for (name, member) in members {
                if let text = member.stringValue {
                    if Self.names.contains(name) { note(name, text) }
                    if name == "id", members["saga"] != nil { note("saga", text) }
                    if name == "id", members["template"] != nil { note("job", text) }
                } else {
                    hear(member)
                }
            }
        case .array(let items): for item in items { hear(item) }
        default: break
        }
    }

    private mutating func note(_ name: String, _ text: String) {
        if heard[name, default: []].count < 300, !heard[name, default: []].contains(text) { heard[name, default: []].append(text) }
    }

    private mutating func one(_ name: String, else other: String) -> String {
        Self.encoded(heard[name]?.randomElement(using: &chance) ?? other)
    }

    private mutating func one(of choices: String...) -> String { choices.randomElement(using: &chance) ?? "" }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: CharacterSet(charactersIn: "-._~:").union(.alphanumerics)) ?? text
    }

    // MARK: - Questions

    private mutating func question() -> String {
        switch Int.random(in: 0..<4, using: &chance) {
        case 0: billing()
        case 1: customers()
        case 2: audience()
        default: engine()
        }
    }

    private mutating func billing() -> String {
        switch Int.random(in: 0..<9, using: &chance) {
        case 0: "/v1/billing/metrics"
        case 1: "/v1/billing/metrics?from=2026-02-0\(Int.random(in: 1...9, using: &chance))&to=2026-03-15"
        case 2:
            "/v1/billing/invoices?status="
                + one(of: "open", "charging", "unknown", "retry-scheduled", "waiting-for-payer", "paid", "uncollectible")
        case 3: "/v1/billing/invoices?limit=\(Int.random(in: 1...60, using: &chance))"
        case 4: "/v1/billing/invoices/\(one("invoice", else: "none"))"
        case 5: "/v1/billing/subscriptions/\(one("subscription", else: "s1"))"
        case 6: "/v1/billing/policies"
        case 7: one(of: "/v1/billing/policies/mine/versions", "/v1/billing/experiments")
        default: "/v1/billing/invoices?" + one(of: "policy=reason-rules", "policy=mine", "subscription=s3", "customer=c4")
        }
    }

    private mutating func customers() -> String {
        switch Int.random(in: 0..<9, using: &chance) {
        case 0: "/v1/mdm/golden/\(one("golden", else: "G0123456789"))"
        case 1: "/v1/mdm/golden?card=\(one("card", else: "CRM:1"))"
        case 2: "/v1/mdm/cards/\(one(of: "CRM", "IB", "APP"))/\(Int.random(in: 0..<20, using: &chance))"
        case 3: "/v1/mdm/reviews?status=\(one(of: "open", "any", "confirmed", "rejected", "accepted", "refused", "withdrawn"))"
        case 4: "/v1/mdm/reviews?kind=\(one(of: "weak-match", "suspicious-change", "blocked-group"))"
        case 5: "/v1/mdm/separations" + one(of: "", "?card=\(one("card", else: "CRM:1"))")
        case 6: "/v1/mdm/clusters"
        case 7: "/v1/mdm/why?a=CRM:\(Int.random(in: 0..<15, using: &chance))&b=IB:\(Int.random(in: 0..<15, using: &chance))"
        default:
            "/v1/mdm/golden/\(one("golden", else: "G0123456789"))/why?attribute=\(one(of: "surname", "mobilePhone", "email", "passport"))"
        }
    }

    private mutating func audience() -> String {
        switch Int.random(in: 0..<7, using: &chance) {
        case 0: "/v1/audience/jobs" + one(of: "", "?status=finished", "?status=running", "?status=cancelled")
        case 1: "/v1/audience/jobs/\(one("job", else: "01890a5d-ac96-774b-bcce-b302099a8057"))"
        case 2: "/v1/audience/jobs/\(one("job", else: "01890a5d-ac96-774b-bcce-b302099a8057"))/artifact"
        case 3: one(of: "/v1/audience/templates", "/v1/audience/templates/audience-by-purchases/versions")
        case 4: "/v1/audience/offers/offer-\(Int.random(in: 0..<6, using: &chance))"
        case 5: "/v1/audience/statistics"
        default: "/v1/inbox" + one(of: "", "?recipient=inbox", "?limit=1")
        }
    }

    private mutating func engine() -> String {
        let projection = projections.randomElement(using: &chance) ?? "sagas"
        switch Int.random(in: 0..<10, using: &chance) {
        case 0: return "/v1/sagas?status=\(one(of: "running", "waiting", "parked", "finished"))"
        case 1: return "/v1/sagas?saga=\(one(of: "renewals", "payments", "merge", "notebook-run"))&limit=20"
        case 2: return "/v1/sagas/\(one("saga", else: "renewals:s1"))"
        case 3, 4: return "/v1/projections/\(projection)/rows?limit=\(Int.random(in: 1...200, using: &chance))"
        case 5: return "/v1/projections/\(projection)/rows/\(one("key", else: "none"))"
        case 6: return "/v1/projections/\(projection)/digest"
        case 7: return "/v1/projections/invoices/rows/\(one("invoice", else: "none"))/why?field=status"
        case 8:
            return "/v1/streams/\(one("stream", else: "subscription-s1"))/" + one(of: "state", "events?direction=backwards&limit=5")
        default: return "/v1/events?direction=backwards&limit=20"
        }
    }
}
