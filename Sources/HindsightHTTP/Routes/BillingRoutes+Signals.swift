import BillingRetries
import HTTPTypes
import HindsightApp
import HindsightCore
import HindsightRuntime
import Hummingbird

extension BillingRoutes {
    /// Lines that share an append.
    private static let mostTogether = 200

    /// How the lines of a body were taken.
    private struct Tally: Encodable {
        var recorded = 0
        var unchanged = 0
        var refused = 0
    }

    /// A line of the answer that says why a line of the body is not taken in.
    private struct Refusal {
        let line: Int
        let problem: Problem

        var bytes: [UInt8] {
            get throws {
                let answer: JSONValue = ["line": .integer(Int64(line)), "error": problem.json]
                return try JSON.encode(answer) + [UInt8(ascii: "\n")]
            }
        }
    }

    /// What a shop knows of a customer today on each line. The answer names the lines that are refused and ends with how many were taken;
    /// one that breaks off without has met what keeps the server from storing, and its last line says where.
    @Sendable func recordSignals(_ call: Call) async throws -> Answer {
        _ = try call.query()
        _ = try call.bodyForm(among: [.ndjson])
        let metadata = EventMetadata(actor: call.actor, correlationId: try call.correlationID(), traceparent: try call.traceparent())
        let act = BillingDesk.Act(metadata: metadata, identities: RandomIdentities())
        // With a key, the event of the n-th line always has the same id.
        let ids = try call.idempotencyKey().map { IdempotentIdentities(name: call.idempotentName($0)) }
        return .stream(.ndjson) { writer in
            var lines = BodyLines(call.request.body, limits: limits)
            var tally = Tally()
            while true {
                let page: [LineAppender.Line]
                do {
                    guard let next = try await lines.next() else { break }
                    page = next
                } catch {
                    // A line that is too long has been passed over.
                    guard let line = error as? LineError, let problem = Problem(line.cause) else { throw error }
                    tally.refused += 1
                    try await writer.write(Refusal(line: line.line, problem: problem).bytes)
                    continue
                }
                var rest = page.filter { line in !line.bytes.allSatisfy { $0 <= 0x20 } }[...]
                while let first = rest.first {
                    let refusals: [Refusal]
                    do {
                        refusals = try await take(rest.prefix(Self.mostTogether), ids: ids, as: act, &tally)
                    } catch {
                        guard let problem = Problem(error) else { throw error }
                        return try await writer.write(Refusal(line: first.number, problem: problem).bytes)
                    }
                    if !refusals.isEmpty { try await writer.write(refusals.flatMap { try $0.bytes }) }
                    rest = rest.dropFirst(Self.mostTogether)
                }
            }
            try await writer.write(JSON.encode(tally) + [UInt8(ascii: "\n")])
        }
    }

    /// Takes in lines that came together.
    ///
    /// - Returns: Those that are refused, in their order.
    private func take(
        _ lines: ArraySlice<LineAppender.Line>, ids: IdempotentIdentities?, as act: BillingDesk.Act, _ tally: inout Tally
    ) async throws -> [Refusal] {
        var refusals: [Refusal] = []
        var statements: [(line: Int, signals: BillingDesk.CustomerSignals)] = []
        for line in lines {
            do {
                statements.append((line.number, try Self.signals(ofLine: line.bytes, id: ids?.id(line.number))))
            } catch {
                guard let problem = Problem(error) else { throw error }
                refusals.append(Refusal(line: line.number, problem: problem))
            }
        }
        let outcomes = try await desk.recordSignals(statements.map(\.signals), from: live.projections.runner, act)
        for (statement, outcome) in zip(statements, outcomes) {
            switch outcome {
            case .recorded: tally.recorded += 1
            case .unchanged: tally.unchanged += 1
            case .refused(let error):
                guard let problem = Problem(error) else { throw error }
                refusals.append(Refusal(line: statement.line, problem: problem))
            }
        }
        tally.refused += refusals.count
        return refusals.sorted { $0.line < $1.line }
    }

    private static let line = BodySchema(
        signalMembers.merging(["customer": ["type": "string"]]) { $1 }, required: ["customer", "takenAt"])

    /// What a shop knows of a customer, without saying of whom.
    static let signalMembers: [String: JSONValue] = [
        "takenAt": ["type": "string", "format": "date-time"], "country": ["type": ["string", "null"]],
        "usage": [
            "type": ["object", "null"], "additionalProperties": false, "required": ["activeDays"],
            "properties": ["activeDays": ["type": "integer"], "hoursSinceSeen": ["type": ["integer", "null"]]],
        ],
        "card": [
            "type": ["object", "null"], "additionalProperties": false,
            "properties": [
                "issuer": ["type": ["string", "null"]], "network": choice(CardNetwork.self), "funding": choice(CardFunding.self),
            ],
        ],
    ]

    /// One of the values, or null for what nobody knows.
    private static func choice<Value: CaseIterable & RawRepresentable<String>>(_ values: Value.Type) -> JSONValue {
        ["enum": .array(values.allCases.map { .string($0.rawValue) } + [.null])]
    }

    private static func signals(ofLine bytes: [UInt8], id: EventID?) throws -> BillingDesk.CustomerSignals {
        let body = try line.read(bytes)
        return BillingDesk.CustomerSignals(
            customer: body["customer"]?.stringValue ?? "", signals: try JSON.decode(PayerSignals.self, from: JSON.encode(body)), id: id)
    }
}
