import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Demands a bearer token and a signed body, where the peer was started with them.
struct Gate: Sendable {
    private struct Credentials: Decodable { let token: String }

    /// How far a signature's time may be from the peer's.
    private static let tolerance: TimeInterval = 300

    /// Digests compare in constant time, and the token itself isn't kept.
    let token: SHA256.Digest?
    let secret: SymmetricKey?

    static func token(file: String) throws -> SHA256.Digest {
        let token = try JSONDecoder().decode(Credentials.self, from: Data(contentsOf: URL(filePath: file))).token
        return SHA256.hash(data: Data("Bearer \(token)".utf8))
    }

    /// The file's bytes without an end of line.
    static func secret(file: String) throws -> SymmetricKey {
        var bytes = try Data(contentsOf: URL(filePath: file))
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
        return SymmetricKey(data: bytes)
    }

    /// - Throws: `APIError.unauthorized` naming the header that is wrong or missing.
    func check(_ headers: HTTPFields, body: ByteBuffer?) throws {
        if let token {
            guard let given = headers[.authorization], SHA256.hash(data: Data(given.utf8)) == token else {
                throw APIError.unauthorized(field: "Authorization")
            }
        }
        if let secret, let body {
            guard let given = headers[.signature], Self.isGenuine(given, body: body, secret: secret) else {
                throw APIError.unauthorized(field: "Hindsight-Signature")
            }
        }
    }

    /// `t=<unix seconds>,v1=<hexadecimal digits>`, over the time, a dot and the body.
    private static func isGenuine(_ header: String, body: ByteBuffer, secret: SymmetricKey) -> Bool {
        guard let match = header.wholeMatch(of: /t=([0-9]{1,15}),v1=([0-9a-f]{64})/), let seconds = TimeInterval(match.1),
            abs(seconds - Date().timeIntervalSince1970) <= tolerance
        else { return false }
        let code = HMAC<SHA256>.authenticationCode(for: Data("\(match.1).".utf8) + Data(body.readableBytesView), using: secret)
        return code.hexadecimal == match.2
    }
}

extension HTTPField.Name {
    static var signature: Self { Self("Hindsight-Signature")! }
    static var idempotencyKey: Self { Self("Idempotency-Key")! }
}

extension Sequence<UInt8> {
    /// The bytes in lower-case hexadecimal digits.
    var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
