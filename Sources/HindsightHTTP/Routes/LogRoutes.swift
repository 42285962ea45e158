import HindsightApp
import HindsightCore
import Hummingbird

/// The calls of auditors: the log as a whole.
struct LogRoutes {
    let log: any EventLog
    let clock: any WallClock
    /// The name of what keeps the log.
    let engine: String
    /// The file of the key that attestations are signed with; `nil` where none is configured.
    let attestationKey: String?

    func add(to routes: inout Routes) {
        routes.serve(.log, summary)
        routes.serve(.position, position)
        routes.serve(.verify, verify)
        routes.serve(.attest, attest)
        routes.serve(.export, export)
    }

    private struct Summary: Encodable {
        let head: Position
        let recordedAt: Timestamp?
        let engine: String
        let digest: String
        let streams: Int
        let events: Int64
    }

    @Sendable private func summary(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let head = try await log.head()
        let summary = Summary(
            head: head.position, recordedAt: head.recordedAt, engine: engine, digest: head.digest.hexadecimal,
            streams: try await log.streamCount(), events: head.position)
        return try Answer.json(summary).at(head.position)
    }

    @Sendable private func position(_ call: Call) async throws -> Answer {
        let query = try call.query("at")
        let position = try await log.bound(at: try query.requiredMoment("at"))
        return try Answer.json(["position": position]).at(position)
    }

    // MARK: - The chain

    private struct Progress: Encodable {
        let position: Position
        let head: Position
    }

    /// Progress as it is made, and the verdict as the last line. A client that takes its time hears of the latest progress only.
    @Sendable private func verify(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let log = log
        return .stream(.ndjson) { writer in
            let (progress, continuation) = AsyncStream.makeStream(of: Progress.self, bufferingPolicy: .bufferingNewest(1))
            async let verdict = Result { () async throws in
                defer { continuation.finish() }
                return try await LogVerification.run(log) { continuation.yield(Progress(position: $0, head: $1)) }
            }
            for await step in progress { try await writer.write(try JSON.encode(step) + Self.lineEnd) }
            try await writer.write(try JSON.encode(try await verdict.get()) + Self.lineEnd)
        }
    }

    private static let lineEnd = [UInt8(ascii: "\n")]

    @Sendable private func attest(_ call: Call) async throws -> Answer {
        _ = try call.query()
        let body = try await call.json(.nothing)
        guard let attestationKey else {
            throw Problem(.notConfigured, "no key signs attestations: attestation.key names its file")
        }
        guard try await log.head().position > 0 else { throw Problem(.rejected, "an empty log has nothing to attest") }
        let act = try IdempotentAct(call, body: body, log: log)
        let made = ResultBox<Attestation>()
        let trace = try await act.perform {
            let attestation = try await LogAttestation.make(of: log, by: KeyFile.readPrivate(attestationKey), clock: clock)
            try await LogAttestation.record(
                attestation, in: log, clock: clock, metadata: try act.metadata(), identities: act.identities)
            await made.set(attestation)
        }
        var attestation = await made.value
        if attestation == nil, let told = try trace.first.flatMap({ try OperatorAct.codec.decode($0) }),
            case .logAttested(let attested) = told
        {
            attestation = attested.attestation
        }
        guard let attestation else { throw Problem.unknown("the attestation is not in the log") }
        return try Answer.json(attestation, status: .created).at(attestation.position)
    }

    @Sendable private func export(_ call: Call) async throws -> Answer {
        let query = try call.query("after", "until")
        let head = try await log.head().position
        let until = min(try query.number("until", in: 0 ... .max) ?? head, head)
        let export = LogExport(of: log, after: min(try query.number("after", in: 0 ... .max) ?? 0, until), until: until)
        return Answer.stream(.ndjson) { writer in
            for try await chunk in export { try await writer.write(chunk.lines) }
        }.at(until)
    }
}

extension Call {
    /// Who stands in the metadata of what the call leads to: an opaque id.
    var actor: String { caller.subject ?? "local" }
}
