package import HindsightCore

/// What a client of an audience gets back for a purchase.
package struct Cashback: Codable, Sendable, Equatable {
    /// Of the purchase; one of `percent` and `amountMinor`.
    package var percent: Double?
    /// In minor units of `currency`.
    package var amountMinor: Int64?
    package var currency: String?
    /// The most that one client gets, in minor units.
    package var capMinor: Int64?
    /// As they were written; ``CashbackConditions`` reads them. Older logs may hold some that it does not know.
    package var conditions: JSONValue?

    package static let schema: JSONValue = [
        "type": "object", "additionalProperties": false,
        "properties": [
            "percent": ["type": "number", "exclusiveMinimum": 0, "maximum": 100],
            "amountMinor": ["type": "integer", "minimum": 1],
            "currency": ["type": "string", "pattern": "^[A-Z]{3}$"],
            "capMinor": ["type": "integer", "minimum": 1],
            "conditions": CashbackConditions.schema,
        ],
    ]

    /// What the schema can't say; each problem names its member by a pointer into the cashback.
    package var problems: [JSONSchema.Violation] {
        var problems: [JSONSchema.Violation] = []
        func refuse(_ pointer: String, _ message: String) { problems.append(JSONSchema.Violation(pointer: pointer, message: message)) }
        if (percent == nil) == (amountMinor == nil) { refuse("", "cashback must have either percent or amountMinor") }
        // A number of two decimals is the one nearest to a whole number of hundredths.
        if let percent, percent != (percent * 100).rounded() / 100 { refuse("/percent", "percent must have at most two decimals") }
        if amountMinor ?? capMinor != nil, currency == nil { refuse("/currency", "currency is missing") }
        if let amountMinor, let capMinor, capMinor < amountMinor { refuse("/capMinor", "capMinor must be at least amountMinor") }
        guard let conditions else { return problems }
        do {
            let conditions = try CashbackConditions(conditions)
            if conditions.minimumPurchaseMinor != nil, amountMinor ?? capMinor == nil, currency == nil {
                refuse("/currency", "currency is missing")
            }
            if let from = conditions.period?.from, let to = conditions.period?.to, to < from {
                refuse("/conditions/period/to", "to must not be before from")
            }
        } catch {
            refuse("/conditions", "conditions cannot be read")
        }
        return problems
    }
}

/// What a purchase has to fulfil before anything is given back.
package struct CashbackConditions: Codable, Sendable, Equatable {
    package struct Period: Codable, Sendable, Equatable {
        /// Days as `2026-07-01`, both included.
        package var from: String?
        package var to: String?
    }

    /// In minor units of the cashback's currency.
    package var minimumPurchaseMinor: Int64?
    /// Merchant category codes, of which the purchase has to have one.
    package var mcc: [Int]?
    package var period: Period?
    /// How many purchases of a client count in a month.
    package var purchasesPerMonth: Int?

    static let schema: JSONValue = [
        "type": "object", "additionalProperties": false,
        "properties": [
            "minimumPurchaseMinor": ["type": "integer", "minimum": 1],
            "mcc": [
                "type": "array", "minItems": 1, "maxItems": 500, "uniqueItems": true,
                "items": ["type": "integer", "minimum": 1, "maximum": 9_999],
            ],
            "period": [
                "type": "object", "additionalProperties": false,
                "properties": ["from": ["type": "string", "format": "date"], "to": ["type": "string", "format": "date"]],
            ],
            "purchasesPerMonth": ["type": "integer", "minimum": 1, "maximum": 1_000],
        ],
    ]

    /// - Throws: `DecodingError` for conditions of an older log that were written when any were taken.
    package init(_ written: JSONValue) throws {
        self = try JSON.decode(CashbackConditions.self, from: JSON.encode(written))
    }
}
