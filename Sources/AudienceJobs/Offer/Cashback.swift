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
    package var conditions: JSONValue?

    package static let schema: JSONValue = [
        "type": "object", "additionalProperties": false,
        "properties": [
            "percent": ["type": "number", "exclusiveMinimum": 0, "maximum": 100],
            "amountMinor": ["type": "integer", "minimum": 1],
            "currency": ["type": "string", "pattern": "^[A-Z]{3}$"],
            "capMinor": ["type": "integer", "minimum": 1],
            "conditions": ["type": "object"],
        ],
    ]
}
