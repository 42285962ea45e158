import BillingRetries
import Foundation
import HindsightCore

/// A simulated payment world as it speaks: hours since 2025, offsets from Greenwich, dollars.
enum PaymentWorld {
    static func instant(_ hour: Int) -> Timestamp { start.advanced(by: .hours(hour)) }
    static func hour(_ instant: Timestamp) -> Int { Int(instant.since(start).components.seconds / 3_600) }

    private static let start = Timestamp(
        microsecondsSince1970: CivilDate(year: 2025, month: 1, day: 1).daysSince1970 * 86_400_000_000)

    /// A customer and their card.
    struct Payer: Decodable {
        let customer: String
        let country: String
        let tz: Int
        let issuer: String
        let network: String
        let funding: String
        let plan: String
        let dollars: Double

        private enum CodingKeys: String, CodingKey {
            case customer, country, tz, issuer, network, funding, plan
            case dollars = "amount_usd"
        }

        func traits() throws -> PayerTraits {
            PayerTraits(
                // In names of zones the sign says how far Greenwich is ahead.
                country: country, timeZone: tz == 0 ? "Etc/GMT" : "Etc/GMT\(tz > 0 ? "-" : "+")\(abs(tz))",
                customerType: plan == "team" ? .team : .individual, plan: plan, amountMinor: Int64((dollars * 100).rounded()),
                currency: try Currency("USD"), issuer: issuer, network: CardNetwork(rawValue: network),
                funding: CardFunding(rawValue: funding))
        }
    }

    private struct Line: Decodable {
        let type: String
        let hour: Int
        let customer: String
        let invoice: String?
        let why: String?
        let code: String?
        let advice: String?
    }

    /// Reads a log of the world.
    static func histories(log path: String) throws -> [String: PayerHistory] {
        var payers: [String: PayerTraits] = [:]
        var charges: [String: [PastCharge]] = [:]
        var due: [String: Timestamp] = [:]
        for line in try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: UInt8(ascii: "\n")) {
            let bytes = Array(line)
            let event = try JSON.decode(Line.self, from: bytes)
            if event.type == "customer" { payers[event.customer] = try JSON.decode(Payer.self, from: bytes).traits() }
            guard event.type == "attempt", let invoice = event.invoice, let code = event.code else { continue }
            let at = instant(event.hour)
            let dueAt = due[invoice] ?? at
            due[invoice] = dueAt
            charges[event.customer, default: []].append(
                PastCharge(
                    invoice: invoice, dueAt: dueAt,
                    observation: ChargeObservation(at: at, code: code, advice: event.advice.flatMap { $0.isEmpty ? nil : $0 }),
                    followsMethodChange: event.why == "method_updated"))
        }
        return Dictionary(
            uniqueKeysWithValues: payers.map { customer, traits in
                (customer, PayerHistory(customer: customer, payer: traits, charges: charges[customer] ?? []))
            })
    }

    /// A message of the judge.
    struct Message: Decodable {
        let type: String
        let id: Int?
        let now: Int?
        let due: Int?
        let deadline: Int?
        let attempts: [Attempt]?
        let retriesLeft: Int?

        private enum CodingKeys: String, CodingKey {
            case type, id, now, due, deadline, attempts
            case retriesLeft = "retries_left"
        }
    }

    /// `[hour, code, advice]`.
    struct Attempt: Decodable {
        let observation: ChargeObservation

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            let hour = try container.decode(Int.self)
            let code = try container.decode(String.self)
            let advice = try container.decode(String.self)
            observation = ChargeObservation(at: instant(hour), code: code, advice: advice.isEmpty ? nil : advice)
        }
    }
}
