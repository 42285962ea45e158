package import HindsightCore
import HindsightRuntime

/// Signs the head of a log.
package enum LogAttestation {
    /// The head of `log` as it is now, signed.
    ///
    /// - Throws: `.invalid` for an empty log.
    package static func make(of log: some EventLog, by key: SigningKey, clock: any WallClock) async throws(EventLogError) -> Attestation {
        try Attestation(of: try await log.head(), signedAt: clock.now(), by: key)
    }

    /// Tells in the log that it was attested: see ``LogAttested`` for what that is worth.
    ///
    /// - Parameter metadata: With the actor who has it attested: an opaque id.
    package static func record(
        _ attestation: Attestation, in log: any EventLog, clock: any WallClock, metadata: EventMetadata,
        identities: any IdentitySource = RandomIdentities()
    ) async throws {
        let stream = try LogAttested.stream()
        try await CommandHandler(log: log, clock: clock, identities: identities).decide(metadata: metadata) {
            try await $0.append([OperatorAct.logAttested(LogAttested(attestation))], to: stream)
        }
    }

    /// Reads attestations, one on each line.
    ///
    /// - Throws: ``LineError`` for the first line that is none.
    package static func parse(_ text: String) throws -> [Attestation] {
        try text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap { index, line in
            guard !line.allSatisfy(\.isWhitespace) else { return nil }
            do {
                return try JSON.decode(Attestation.self, from: Array(line.utf8))
            } catch let error as DecodingError {
                let (pointer, reason) = error.pointerAndReason
                throw LineError(line: index + 1, cause: EventLineError(pointer: pointer, reason: "is no attestation: \(reason)"))
            }
        }
    }
}
