import HindsightCore
import HindsightTesting
import NIOHTTP1

/// Shops and payers, while the clock moves on: renewals fail, are tried again, and are paid or given up.
struct PayersAtWork {
    let visitor: Visitor
    var chance: SeededGenerator
    /// Of the server.
    var now: Timestamp

    mutating func run() async throws {
        var (subscriptions, policies) = (0, 0)
        while await !visitor.bustle.isOver {
            switch Int.random(in: 0..<10, using: &chance) {
            case 0...3 where subscriptions < 40:
                subscriptions += 1
                try await visitor.act(.PUT, "/v1/billing/subscriptions/s\(subscriptions)", Self.terms(subscriptions))
            case 4:
                let invoices = try await visitor.list("invoices", "/v1/billing/invoices?status=retry-scheduled")
                guard let id = invoices.randomElement(using: &chance)?["invoice"]?.stringValue else { continue }
                try await visitor.act(.POST, "/v1/billing/invoices/\(id)/paid-elsewhere", #"{"reference":"cash"}"#)
            case 5 where subscriptions > 20 && Bool.random(using: &chance):
                let number = Int.random(in: 1...subscriptions, using: &chance)
                try await visitor.act(.POST, "/v1/billing/subscriptions/s\(number)/cancel", #"{"reason":"moved"}"#)
            case 6 where policies < 12:
                policies += 1
                try await visitor.act(.PUT, "/v1/billing/policies/mine", Self.policy(policies))
                guard policies == 1 else { continue }
                let arms = #"{"salt":"s","arms":[{"policy":"mine","permille":500},{"policy":"fixed-4-days","permille":500}]}"#
                try await visitor.act(.PUT, "/v1/billing/experiments/collection", arms)
            default:
                now = now.advanced(by: .seconds(Int64.random(in: 3_600...86_400, using: &chance)))
                try await visitor.act(.POST, "/v1/clock", #"{"now":"\#(now)"}"#)
            }
        }
    }

    private static func terms(_ number: Int) -> String {
        #"{"customer":"c\#(number / 2)","customerType":"individual","plan":"starter","amountMinor":\#(1_000 + number),"currency":"EUR","#
            + #""period":"monthly","paymentMethod":"pm-\#(number)","timeZone":"Europe/Berlin"}"#
    }

    private static func policy(_ version: Int) -> String {
        #"{"version":\#(version),"chooser":"rules","windowDays":\#(14 + version),"hours":{"from":7,"until":22},"rules":[],"#
            + #""otherwise":{"kind":"every","hours":[24]},"afterMethodChange":{"kind":"every","hours":[24]}}"#
    }
}
