import HindsightCore
import HindsightSchemas
import Testing

@Suite("Payloads written without Codable") struct WritingTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        let type: EventType
        /// Whether both ways write the same bytes for what a document holds.
        let agrees: @Sendable ([UInt8]) throws -> Bool

        init<Payload: EventPayload & JSONWritable>(_ payload: Payload.Type) {
            type = Payload.type
            agrees = { bytes in
                let payload = try JSON.decode(Payload.self, from: bytes)
                return try payload.json() == JSON.encode(payload)
            }
        }

        var testDescription: String { type.description }
    }

    private static let subjects = [
        Subject(SagaStarted.self), Subject(EffectIntended.self), Subject(EffectTakenUp.self), Subject(EffectSucceeded.self),
        Subject(TimerSet.self), Subject(TimerFired.self), Subject(SagaFinished.self),
    ]

    @Test("Both ways write every example of its schema alike", arguments: subjects) func writesExamples(subject: Subject) throws {
        let examples = try SchemaCatalog().schema(of: subject.type, version: 1)?.examples ?? []
        #expect(!examples.isEmpty)
        for example in examples { #expect(try subject.agrees(JSON.encode(example)), "\(example)") }
    }

    @Test("Both ways write every optional member of an intent alike") func writesOptionals() throws {
        let document = #"""
            {"attempt":2,"cause":"undo","compensation":{"kind":"refund","request":{"b":[1,null],"a":-0.5}},
            "deadline":"2026-01-31T12:00:00.000001Z","definitionVersion":1,"effect":"charge","epoch":9007199254740993,"inDoubt":true,
            "instance":"i\"\\\u0001/é\ud83d\ude00","key":"k","request":{"a10":1e300,"a2":12345678901234567890,"B":true,"":"\t\u007f"},
            "saga":"s","undoes":{"key":"k","kind":"charge"}}
            """#
        #expect(try Subject(EffectIntended.self).agrees(Array(document.utf8)))
    }
}
