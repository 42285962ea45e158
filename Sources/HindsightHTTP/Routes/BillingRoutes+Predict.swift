import BillingRetries
import HindsightApp
import HindsightCore

extension BillingRoutes {
    private static let forecastQuery = BodySchema(
        [
            "customer": identifier, "customerType": ["enum": ["individual", "team"]], "now": ["type": "string", "format": "date-time"],
            "horizonHours": ["enum": [192, 144, 96]], "slotHours": ["type": "integer", "minimum": 1, "maximum": 24],
            "failure": [
                "type": "object", "required": ["code", "attempt"], "additionalProperties": false,
                "properties": [
                    "code": ["type": "string", "minLength": 1, "maxLength": 8],
                    "attempt": ["type": "integer", "minimum": 1, "maximum": 100],
                ],
            ],
            "signals": [
                "type": "object", "required": ["takenAt"], "additionalProperties": false, "properties": .object(signalMembers),
            ],
        ],
        required: ["customer", "customerType"])

    /// Ranks the hours in which a customer is best charged; the answer stands in the log like every other prediction.
    @Sendable func predict(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let body = try await call.json(Self.forecastQuery)
        let query = try JSON.decode(BillingDesk.ForecastQuery.self, from: JSON.encode(body))
        let done = ResultBox<BillingDesk.Forecast>()
        let trace = try await act(call, body) { act in
            await done.set(try await desk.forecast(query, by: Predictor(live.shelf), readingFrom: live.projections.runner, act))
        }
        let forecast: BillingDesk.Forecast
        if let made = await done.value {
            forecast = made
        } else {
            forecast = try await desk.forecast(recordedAt: trace.position, query, by: Predictor(live.shelf))
        }
        return try Answer.json(forecast).at(trace.position)
    }
}
