import BillingRetries
import CustomerMDM
import HindsightCore
import HindsightSchemas
import Testing

@Suite("Payloads read without Codable") struct ReadingTests {
    /// A payload type, read both ways.
    struct Subject: Sendable, CustomTestStringConvertible {
        let type: EventType
        /// Whether both ways give the same value, or the same error, for a document.
        let agrees: @Sendable ([UInt8]) throws -> Bool

        init<Payload: EventPayload & JSONReadable>(_ payload: Payload.Type) {
            type = Payload.type
            agrees = { bytes in
                try Outcome { try JSON.decode(Payload.self, from: bytes) }
                    == Outcome { try bytes.withUnsafeBytes { try Payload(json: $0) } }
            }
        }

        var testDescription: String { type.description }
    }

    private enum Outcome<Value: Equatable>: Equatable {
        case value(Value)
        case failure(DecodingFailure)

        init(_ decode: () throws -> Value) throws {
            do {
                self = .value(try decode())
            } catch let error as DecodingError {
                self = .failure(DecodingFailure(error))
            }
        }
    }

    private struct DecodingFailure: Equatable {
        let pointer: String
        let reason: String

        init(_ error: DecodingError) { (pointer, reason) = error.pointerAndReason }
    }

    private static let subjects = [
        Subject(InvoiceOpened.self), Subject(ChargeRequested.self), Subject(ChargeApproved.self), Subject(ChargeDeclined.self),
        Subject(CardReceived.self), Subject(CardChanged.self),
        Subject(SagaStarted.self), Subject(EffectIntended.self), Subject(EffectTakenUp.self), Subject(EffectSucceeded.self),
        Subject(TimerSet.self), Subject(TimerFired.self), Subject(SagaFinished.self),
    ]

    private static func examples(of subject: Subject) throws -> [JSONValue] {
        try SchemaCatalog().schema(of: subject.type, version: 1)?.examples ?? []
    }

    @Test("Both ways read every example of its schema alike", arguments: subjects) func readsExamples(subject: Subject) throws {
        let examples = try Self.examples(of: subject)
        #expect(!examples.isEmpty)
        for example in examples { #expect(try subject.agrees(JSON.encode(example)), "\(example)") }
    }

    @Test("Both ways agree on any one member that is missing, null or of another kind", arguments: subjects)
    func agreesOnDisturbedExamples(subject: Subject) throws {
        let strangers: [JSONValue?] = [nil, .null, true, 0, .number(1.5), "", "2026-01-31T12:00:00Z", [], [["from": "a"]]]
        for example in try Self.examples(of: subject) {
            for disturbed in Self.variants(of: example, strangers) {
                if try !subject.agrees(JSON.encode(disturbed)) { Issue.record("\(disturbed)") }
            }
        }
    }

    @Test("Both ways agree on an example cut off anywhere, or with a byte changed", arguments: subjects)
    func agreesOnDamagedExamples(subject: Subject) throws {
        for example in try Self.examples(of: subject) {
            let bytes = try JSON.encode(example)
            for index in bytes.indices {
                if try !subject.agrees(Array(bytes[..<index])) { Issue.record("cut off at byte \(index)") }
                for byte in [0x22, 0x7d, 0x80, bytes[index] ^ 1] as [UInt8] {
                    var damaged = bytes
                    damaged[index] = byte
                    if try !subject.agrees(damaged) { Issue.record("byte \(index) as \(byte)") }
                }
            }
        }
    }

    /// The value with each of its members and elements, however deep, exchanged for each of the strangers.
    private static func variants(of value: JSONValue, _ strangers: [JSONValue?]) -> [JSONValue] {
        switch value {
        case .object(let members):
            members.flatMap { name, member in
                (strangers + variants(of: member, strangers)).map { replacement in
                    var changed = members
                    changed[name] = replacement
                    return .object(changed)
                }
            }
        case .array(let items):
            items.indices.flatMap { index in
                (strangers.compactMap { $0 } + variants(of: items[index], strangers)).map { replacement in
                    var changed = items
                    changed[index] = replacement
                    return .array(changed)
                }
            }
        default: []
        }
    }
}
