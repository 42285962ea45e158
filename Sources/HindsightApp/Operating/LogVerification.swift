package import HindsightCore

/// Whether the chain of a log holds, for people and programs.
package struct LogVerification: Sendable, Equatable, Encodable {
    package let verified: Bool
    package let through: Position
    package let digest: String
    /// The last position that an attestation vouches for.
    package let attested: Position?
    package let badPosition: Position?
    package let reason: String?
    /// What this verification cannot say.
    package let caveats: [String]

    /// Computes the chain of the whole log anew.
    ///
    /// - Parameters:
    ///   - attestations: What the log must extend.
    ///   - key: Whose attestations they must be; without it, each is held against the key that it names itself.
    ///   - progress: Called with the position reached and the head.
    /// - Throws: ``AttestationRefused`` before anything is read.
    package static func run(
        _ log: some EventLog, against attestations: [Attestation] = [], trusting key: VerifyingKey? = nil,
        progress: (_ reached: Position, _ head: Position) -> Void = { _, _ in }
    ) async throws -> LogVerification {
        for attestation in attestations { try attestation.check(trusting: key) }
        let verdict = try await ChainVerifier.verify(log, against: attestations, progress: progress)
        return LogVerification(verdict, caveats: caveats(of: verdict, isKeyKnown: key != nil))
    }

    private init(_ verdict: ChainVerifier.Verdict, caveats: [String]) {
        verified = verdict.verified
        through = verdict.through
        digest = verdict.digest.hexadecimal
        attested = verdict.attested
        badPosition = verdict.badPosition
        reason = verdict.reason
        self.caveats = caveats
    }

    private static func caveats(of verdict: ChainVerifier.Verdict, isKeyKnown: Bool) -> [String] {
        guard let attested = verdict.attested else {
            return [
                """
                that the end was cut off, or the whole chain recomputed, cannot be excluded: only an attestation kept elsewhere shows it \
                (hindsight log attest, verify --against)
                """
            ]
        }
        var caveats: [String] = []
        if attested < verdict.through {
            caveats.append("that what follows position \(attested) was recomputed, or more of it cut off, cannot be excluded")
        }
        if !isKeyKnown {
            caveats.append("the attestations are only as good as where their key comes from: --key names the one that you trust")
        }
        return caveats
    }

    /// The verdict in one line.
    package var sentence: String {
        guard !verified else { return "the chain holds through position \(through)" }
        return "the log is damaged at position \(badPosition ?? through + 1): \(reason ?? "the chain does not hold")"
    }
}

/// An attestation proves nothing, because its signature is not good.
package struct AttestationRefused: Error, Sendable, Equatable, CustomStringConvertible {
    package let position: Position
    package let reason: String

    package var description: String { "the attestation of position \(position) proves nothing: \(reason)" }
}

extension Attestation {
    fileprivate func check(trusting key: VerifyingKey?) throws(AttestationRefused) {
        if let key, key != publicKey {
            throw AttestationRefused(position: position, reason: "it was made with key \(publicKey.hexadecimal), not with the one given")
        }
        guard isSigned(by: key) else {
            throw AttestationRefused(position: position, reason: "the signature is not good, so it was changed since, or is made up")
        }
    }
}
