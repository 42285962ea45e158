/// A signed head: whoever keeps one outside the log can prove later that the log up to that position was not changed, cut or recomputed.
///
/// As JSON it is one line: `{"attestation":1,"digest":"…","position":42,"publicKey":"…","recordedAt":"…","signature":"…","signedAt":"…"}`,
/// digest, key and signature in hexadecimal. The signature is Ed25519 (RFC 8032) over 112 bytes; in Python:
/// ```python
/// us = lambda t: (datetime.fromisoformat(t) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
/// signed = (b"hindsight attestation 1\n" + struct.pack(">q", a["position"]) + bytes.fromhex(a["digest"])
///     + struct.pack(">qq", us(a["recordedAt"]), us(a["signedAt"])) + bytes.fromhex(a["publicKey"]))
/// Ed25519PublicKey.from_public_bytes(bytes.fromhex(a["publicKey"])).verify(bytes.fromhex(a["signature"]), signed)
/// ```
/// The key in it says who signed only to those who know that key from elsewhere.
public struct Attestation: Sendable, Hashable {
    public static let format = 1

    public let position: Position
    /// Of the event at `position`.
    public let digest: EventDigest
    /// When the event at `position` was recorded.
    public let recordedAt: Timestamp
    /// By the clock of whoever signed.
    public let signedAt: Timestamp
    public let publicKey: VerifyingKey
    /// Sixty-four bytes.
    public let signature: [UInt8]

    /// Signs the head of a log.
    ///
    /// - Throws: `.invalid` for an empty log, of which there is nothing to say.
    public init(of head: LogHead, signedAt: Timestamp, by key: SigningKey) throws(EventLogError) {
        guard let recordedAt = head.recordedAt else {
            throw .invalid(field: "log", reason: "is empty: there is nothing to attest yet")
        }
        position = head.position
        digest = head.digest
        self.recordedAt = recordedAt
        self.signedAt = signedAt
        publicKey = key.publicKey
        let bytes = Self.signedBytes(
            position: head.position, digest: head.digest, recordedAt: recordedAt, signedAt: signedAt, publicKey: key.publicKey)
        signature = key.signature(of: bytes)
    }

    /// Whether the signature is that of `key`, or of the key that it names itself.
    public func isSigned(by key: VerifyingKey? = nil) -> Bool {
        guard key == nil || key == publicKey else { return false }
        let bytes = Self.signedBytes(
            position: position, digest: digest, recordedAt: recordedAt, signedAt: signedAt, publicKey: publicKey)
        return publicKey.isSignature(signature, of: bytes)
    }

    private static func signedBytes(
        position: Position, digest: EventDigest, recordedAt: Timestamp, signedAt: Timestamp, publicKey: VerifyingKey
    ) -> [UInt8] {
        var bytes = Array("hindsight attestation \(format)\n".utf8)
        func append(_ number: Int64) { withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) } }
        append(position)
        bytes += digest.bytes
        append(recordedAt.microsecondsSince1970)
        append(signedAt.microsecondsSince1970)
        bytes += publicKey.bytes
        return bytes
    }
}

extension Attestation: Codable {
    private enum Key: String, CodingKey { case attestation, position, digest, recordedAt, signedAt, publicKey, signature }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard try container.decode(Int.self, forKey: .attestation) == Self.format else {
            throw DecodingError.dataCorruptedError(forKey: .attestation, in: container, debugDescription: "must be \(Self.format)")
        }
        position = try container.decode(Position.self, forKey: .position)
        guard position >= 1 else {
            throw DecodingError.dataCorruptedError(forKey: .position, in: container, debugDescription: "starts at 1")
        }
        digest = try container.decode(EventDigest.self, forKey: .digest)
        recordedAt = try container.decode(Timestamp.self, forKey: .recordedAt)
        signedAt = try container.decode(Timestamp.self, forKey: .signedAt)
        guard let key = VerifyingKey(hexadecimal: try container.decode(String.self, forKey: .publicKey)) else {
            throw DecodingError.dataCorruptedError(forKey: .publicKey, in: container, debugDescription: "not 64 hexadecimal digits")
        }
        publicKey = key
        guard let signature = [UInt8](hexadecimal: try container.decode(String.self, forKey: .signature)), signature.count == 64 else {
            throw DecodingError.dataCorruptedError(forKey: .signature, in: container, debugDescription: "not 128 hexadecimal digits")
        }
        self.signature = signature
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.format, forKey: .attestation)
        try container.encode(position, forKey: .position)
        try container.encode(digest, forKey: .digest)
        try container.encode(recordedAt, forKey: .recordedAt)
        try container.encode(signedAt, forKey: .signedAt)
        try container.encode(publicKey.hexadecimal, forKey: .publicKey)
        try container.encode(signature.hexadecimal, forKey: .signature)
    }
}
