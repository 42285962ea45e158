package import HindsightCore

/// Whether the chain of a log holds, for people and programs.
package struct LogVerification: Sendable, Equatable, Encodable {
    package let verified: Bool
    package let through: Position
    package let digest: String
    package let badPosition: Position?
    package let reason: String?

    /// Computes the chain of the whole log anew.
    package static func run(
        _ log: some EventLog, progress: (_ reached: Position, _ head: Position) -> Void = { _, _ in }
    ) async throws -> LogVerification {
        let verdict = try await ChainVerifier.verify(log, progress: progress)
        return LogVerification(
            verified: verdict.verified, through: verdict.through, digest: verdict.digest.hexadecimal, badPosition: verdict.badPosition,
            reason: verdict.reason)
    }

    /// The verdict in one line.
    package var sentence: String {
        guard !verified else { return "the chain holds through position \(through)" }
        return "the log is damaged at position \(badPosition ?? through + 1): \(reason ?? "the chain does not hold")"
    }
}
