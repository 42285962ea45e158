import HTTPTypes
import HindsightApp
import HindsightCore
import Hummingbird
import NIOCore

/// The two calls that append.
struct AppendRoutes {
    let log: any EventLog
    let gate: AppendGate
    let clock: any WallClock
    let identities: any IdentitySource
    let limits: BodyLimits

    func add(to routes: inout Routes) {
        routes.serve(.appendToStream, appendToStream)
        routes.serve(.append, append)
    }

    // MARK: - One stream

    private struct StreamReceipt: Encodable {
        let stream: StreamName
        let version: StreamVersion
        let firstPosition: Position
        let lastPosition: Position
        let recordedAt: Timestamp
    }

    @Sendable private func appendToStream(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let stream = try call.stream()
        let form = try call.bodyForm(among: [.json, .ndjson, .cloudEvent, .cloudEvents])
        let expected = try call.expectedVersion()
        guard form != .ndjson else { return try appendLines(call, to: stream, expecting: expected) }
        let body = try await call.body()
        let ids = EventIDs(call, try call.idempotencyKey(), identities, clock)
        let events =
            switch form {
            case .cloudEvent, .cloudEvents: try CloudEvents.parse(body, isBatch: form == .cloudEvents)
            default: try EventLine.parseAll(body) { _ in ids.make(in: stream) }
            }
        guard !events.isEmpty else { throw Problem.body("", "an append holds at least one event") }
        let isArray = form == .cloudEvents || form == .json && body.first { $0 > 0x20 } == UInt8(ascii: "[")
        let request = try AppendRequest(
            Append([StreamWrite(events, to: stream, expecting: expected)]), of: call, body: body, derived: ids.derived, gate: gate,
            log: log, pointer: { _, event in isArray ? "/\(event)" : "" })
        let receipt = try await request.perform()
        let version = receipt.streams.last?.version ?? 0
        let answer = StreamReceipt(
            stream: stream, version: version, firstPosition: receipt.firstPosition, lastPosition: receipt.lastPosition,
            recordedAt: receipt.recordedAt)
        return try Answer.json(answer, status: receipt.isRepeat ? .ok : .created).with(.eTag, "\"\(version)\"").at(receipt.lastPosition)
    }

    // MARK: - Several streams

    private struct Receipt: Encodable {
        struct Stream: Encodable {
            let stream: StreamName
            let version: StreamVersion
        }
        let firstPosition: Position
        let lastPosition: Position
        let recordedAt: Timestamp
        let streams: [Stream]
    }

    @Sendable private func append(_ call: Call) async throws -> Answer {
        _ = try call.query()
        _ = try call.bodyForm(among: [.json])
        let key = try call.idempotencyKey()
        let body = try await call.body()
        let ids = EventIDs(call, key, identities, clock)
        let batch = try BatchBody.read(body, ids: ids)
        let request = try AppendRequest(
            batch, of: call, body: body, derived: ids.derived, gate: gate, log: log,
            pointer: { write, event in "/appends/\(write)/events/\(event)" })
        let receipt = try await request.perform()
        let answer = Receipt(
            firstPosition: receipt.firstPosition, lastPosition: receipt.lastPosition, recordedAt: receipt.recordedAt,
            streams: receipt.streams.map { Receipt.Stream(stream: $0.stream, version: $0.version) })
        return try Answer.json(answer, status: receipt.isRepeat ? .ok : .created).at(receipt.lastPosition)
    }

    // MARK: - Lines

    /// Appends the lines of the body as they come; lines that come together share a commit, and each is answered once it is durable.
    private func appendLines(_ call: Call, to stream: StreamName, expecting expected: ExpectedVersion) throws -> Answer {
        // With a key, the n-th line that brings no id has always the same one.
        let ids: any IdentitySource =
            if let key = try call.idempotencyKey() { LineIdentities(call.idempotentName(key)) } else { identities }
        let appender = LineAppender(to: stream, expecting: expected, gate: gate, clock: clock, identities: ids) {
            [gate, log] events, expected in
            try await AppendRequest(
                Append([StreamWrite(events, to: stream, expecting: expected)]), of: call, body: [], derived: [], gate: gate, log: log,
                pointer: { _, _ in "" }
            ).perform()
        }
        return .stream(.ndjson) { [limits] writer in
            var appender = appender
            var lines = BodyLines(call.request.body, limits: limits)
            do {
                while let page = try await lines.next() {
                    var answers: [UInt8] = []
                    let outcome: (any Error)?
                    do {
                        try await appender.append(page) { answers += try JSON.encode($0) + [UInt8(ascii: "\n")] }
                        outcome = nil
                    } catch {
                        outcome = error
                    }
                    // What is stored is acknowledged before anything is said about what is not.
                    if !answers.isEmpty { try await writer.write(answers) }
                    if let outcome { throw outcome }
                }
            } catch let error as LineError {
                guard var problem = Problem(error.cause) else { throw error }
                problem.line = error.line
                try await writer.write(JSON.encode(problem.json) + [UInt8(ascii: "\n")])
            }
        }
    }
}
