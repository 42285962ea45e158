import Crypto
import FoundationEssentials

/// The private half of an Ed25519 key pair, with which heads are attested.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// A key of its own.
    public init() { key = Curve25519.Signing.PrivateKey() }

    /// Reads what `openssl genpkey -algorithm ed25519` writes: PKCS #8 (RFC 8410) in PEM, unencrypted.
    public init(pem: String) throws(KeyError) {
        let der = try PEM.content(of: pem, label: "PRIVATE KEY")
        // Version 1 holds the key alone; version 2, which other tools write, the public key after it.
        guard let seed = DER.suffix(of: der, after: DER.privateKey) ?? DER.privateKeyOfVersion2(in: der) else {
            throw KeyError(reason: "it is no Ed25519 private key: `openssl genpkey -algorithm ed25519` makes one")
        }
        do {
            key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        } catch {
            throw KeyError(reason: "it is no Ed25519 private key")
        }
    }

    public var publicKey: VerifyingKey { VerifyingKey(trusted: Array(key.publicKey.rawRepresentation)) }

    /// The key as ``init(pem:)`` reads it.
    public var pem: String { PEM.text(DER.privateKey + Array(key.rawRepresentation), label: "PRIVATE KEY") }

    func signature(of bytes: [UInt8]) -> [UInt8] {
        do {
            return Array(try key.signature(for: bytes))
        } catch {
            preconditionFailure("Ed25519 signs any bytes: \(error)")
        }
    }
}

/// The public half: it says whether a signature is good.
public struct VerifyingKey: Sendable, Hashable {
    public static let byteCount = 32
    /// As RFC 8032 encodes them.
    public let bytes: [UInt8]

    fileprivate init(trusted bytes: [UInt8]) { self.bytes = bytes }

    /// - Parameter hexadecimal: Sixty-four digits in either case.
    public init?(hexadecimal: some StringProtocol) {
        guard let bytes = [UInt8](hexadecimal: hexadecimal), bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Reads what `openssl pkey -pubout` writes.
    public init(pem: String) throws(KeyError) {
        let der = try PEM.content(of: pem, label: "PUBLIC KEY")
        guard let bytes = DER.suffix(of: der, after: DER.publicKey) else {
            throw KeyError(reason: "it is no Ed25519 public key: `openssl pkey -in KEY -pubout` writes one")
        }
        self.bytes = bytes
    }

    public var hexadecimal: String { bytes.hexadecimal }

    /// The key as ``init(pem:)`` reads it.
    public var pem: String { PEM.text(DER.publicKey + bytes, label: "PUBLIC KEY") }

    func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        do {
            return try Curve25519.Signing.PublicKey(rawRepresentation: bytes).isValidSignature(signature, for: message)
        } catch {
            // Bytes that are no point of the curve have signed nothing.
            return false
        }
    }
}

/// Why a file is not the key that was asked for; never with anything out of it.
public struct KeyError: Error, Sendable, Equatable, CustomStringConvertible {
    public let reason: String

    public init(reason: String) { self.reason = reason }

    public var description: String { reason }
}

/// What stands before the bytes of a key, RFC 8410 section 7 and 4: the structures have no other variable part.
private enum DER {
    static let privateKey: [UInt8] = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
    static let publicKey: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
    private static let privateKey2: [UInt8] = [
        0x30, 0x51, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    static func suffix(of der: [UInt8], after prefix: [UInt8]) -> [UInt8]? {
        guard der.count == prefix.count + 32, der.starts(with: prefix) else { return nil }
        return Array(der.suffix(32))
    }

    static func privateKeyOfVersion2(in der: [UInt8]) -> [UInt8]? {
        guard der.count == 83, der.starts(with: privateKey2) else { return nil }
        return Array(der[privateKey2.count..<privateKey2.count + 32])
    }
}

private enum PEM {
    static func content(of text: String, label: String) throws(KeyError) -> [UInt8] {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingSpaces }
        guard let begin = lines.firstIndex(of: "-----BEGIN \(label)-----"),
            let end = lines[begin...].firstIndex(of: "-----END \(label)-----")
        else {
            throw KeyError(reason: "it holds no \(label) in PEM")
        }
        guard let content = Data(base64Encoded: lines[(begin + 1)..<end].joined()) else {
            throw KeyError(reason: "its \(label) is no Base64")
        }
        return Array(content)
    }

    static func text(_ content: [UInt8], label: String) -> String {
        "-----BEGIN \(label)-----\n\(Data(content).base64EncodedString())\n-----END \(label)-----\n"
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
