/// Someone signed the head of the log: stream ``LogAttested/stream``.
///
/// That an attestation was made is worth telling, but inside the log it proves nothing: whoever recomputes the chain leaves it out, or
/// puts another in. What proves something is the copy outside, which ``ChainVerifier`` holds against the log.
public struct LogAttested: EventPayload {
    public static let type: EventType = "hindsight.log-attested"

    public let attestation: Attestation

    public init(_ attestation: Attestation) { self.attestation = attestation }

    public init(from decoder: any Decoder) throws { attestation = try Attestation(from: decoder) }

    public func encode(to encoder: any Encoder) throws { try attestation.encode(to: encoder) }

    /// Where attestations are told.
    public static func stream() throws(EventLogError) -> StreamName { try StreamName("log-attestations") }
}
