import Crypto
import Foundation
import HTTPTypes
import Hummingbird

extension HTTPField.Name {
    static var idempotencyKey: Self { Self("Idempotency-Key")! }
    static var idempotentReplayed: Self { Self("Idempotent-Replayed")! }
}

extension ChargeOrder {
    private struct Body: Decodable {
        let invoice, customer, paymentMethod, currency, at: String
        let attempt: Int
        let amountMinor: Int64

        private enum CodingKeys: CodingKey { case invoice, customer, paymentMethod, currency, at, attempt, amountMinor }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            // One by one: for a number such as 1.5 JSONDecoder's error is its own and doesn't say which member it is about.
            func member<Value: Decodable>(_ name: CodingKeys) throws -> Value {
                do {
                    return try container.decode(Value.self, forKey: name)
                } catch DecodingError.keyNotFound {
                    throw APIError.invalid(field: name.stringValue, "Is required.")
                } catch {
                    throw APIError.invalid(field: name.stringValue, "Must be \(Value.self == String.self ? "a string" : "an integer").")
                }
            }
            invoice = try member(.invoice)
            attempt = try member(.attempt)
            customer = try member(.customer)
            paymentMethod = try member(.paymentMethod)
            amountMinor = try member(.amountMinor)
            currency = try member(.currency)
            at = try member(.at)
        }
    }

    /// Reads an order from its key and its raw bytes.
    ///
    /// - Throws: `APIError.invalid` naming the first field that can't be taken.
    init(key: String?, body bytes: ByteBuffer) throws {
        guard let key, (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw APIError.invalid(field: "Idempotency-Key", "This header must be 1 to 255 visible ASCII characters.")
        }
        let data = Data(bytes.readableBytesView)
        let body = try Self.decode(data)
        for (field, value) in [("invoice", body.invoice), ("customer", body.customer), ("paymentMethod", body.paymentMethod)] {
            guard (1...255).contains(value.utf8.count) else { throw APIError.invalid(field: field, "Must have 1 to 255 bytes.") }
        }
        guard body.attempt >= 1 else { throw APIError.invalid(field: "attempt", "Must be 1 or more.") }
        guard body.amountMinor >= 1 else { throw APIError.invalid(field: "amountMinor", "Must be 1 or more, in minor units.") }
        guard body.currency.utf8.count == 3, body.currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw APIError.invalid(field: "currency", "Must be three capital letters, such as EUR.")
        }
        self.key = key
        digest = SHA256.hash(data: data).hexadecimal
        invoice = body.invoice
        attempt = body.attempt
        paymentMethod = body.paymentMethod
        amountMinor = body.amountMinor
        currency = body.currency
        do {
            requestedAt = try Timestamps.instant(body.at)
        } catch {
            throw APIError.invalid(field: "at", "Must be an RFC 3339 time with an offset, such as 2026-01-31T09:00:00Z.")
        }
    }

    private static func decode(_ data: Data) throws -> Body {
        do {
            return try JSONDecoder().decode(Body.self, from: data)
        } catch is DecodingError {
            throw APIError.invalid(field: "body", "Must be a JSON object.")
        }
    }
}
