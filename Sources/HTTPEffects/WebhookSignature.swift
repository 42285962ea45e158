import Crypto
import FoundationEssentials
public import HindsightCore

/// Proves to whoever knows the secret that a body is genuine and when it was signed: HMAC-SHA256 over `<unix seconds>.<body>`.
///
/// It travels as `Hindsight-Signature: t=<unix seconds>,v1=<hexadecimal digits>`.
public struct WebhookSignature: Sendable {
    public static let headerName = "Hindsight-Signature"
    private static let shortestSecret = 16

    private let key: SymmetricKey

    /// - Parameter secret: 16 bytes or more, known to both sides.
    /// - Throws: ``HTTPEffectsError/badSecret(reason:)``.
    public init(secret: [UInt8]) throws(HTTPEffectsError) {
        guard secret.count >= Self.shortestSecret else {
            throw .badSecret(reason: "it has to have \(Self.shortestSecret) bytes or more")
        }
        key = SymmetricKey(data: secret)
    }

    /// - Parameter path: A file with nothing but the secret; an end of line after it doesn't count.
    public init(secretFile path: String) throws(HTTPEffectsError) {
        var bytes = try SecretHeaders.read(path)
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
        do {
            try self.init(secret: bytes)
        } catch {
            throw .unreadableFile(path: path, reason: "the secret in it is too short: \(Self.shortestSecret) bytes are the least")
        }
    }

    /// The header's value for a body that is sent now.
    public func sign(_ body: [UInt8], at now: Timestamp) -> String {
        let seconds = now.secondsSince1970
        return "t=\(seconds),v1=\(Array(code(seconds: String(seconds), body)).hexadecimal)"
    }

    /// Why a body is not to be believed.
    public enum Refusal: Error, Sendable, Hashable {
        case malformed
        /// It was signed too long ago, or in the future: it may be a genuine one that somebody sends again.
        case outOfTime
        case forged
    }

    /// Checks a header that came with a body.
    ///
    /// - Parameter tolerance: How far the time of the signature may be from `now`.
    public func verify(
        _ header: String, of body: [UInt8], at now: Timestamp, tolerance: Duration = .seconds(300)
    ) throws(Refusal) {
        var (seconds, codes): (String?, [[UInt8]]) = (nil, [])
        for part in header.split(separator: ",", omittingEmptySubsequences: false) {
            if part.hasPrefix("t="), seconds == nil {
                seconds = String(part.dropFirst(2))
            } else if part.hasPrefix("v1="), let code = [UInt8](hexadecimal: part.dropFirst(3)) {
                codes.append(code)
            } else {
                throw .malformed
            }
        }
        guard let seconds, seconds.utf8.count <= 12, seconds.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let signed = Int64(seconds),
            !codes.isEmpty
        else { throw .malformed }
        let signedData = Self.signedData(seconds: seconds, body)
        // Several codes are for the time in which a secret is being replaced.
        guard codes.contains(where: { HMAC<SHA256>.isValidAuthenticationCode($0, authenticating: signedData, using: key) }) else {
            throw .forged
        }
        let age = now.since(Timestamp(microsecondsSince1970: signed * 1_000_000))
        guard age <= tolerance, age >= .zero - tolerance else { throw .outOfTime }
    }

    private func code(seconds: String, _ body: [UInt8]) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Self.signedData(seconds: seconds, body), using: key)
    }

    private static func signedData(seconds: String, _ body: [UInt8]) -> [UInt8] { Array("\(seconds).".utf8) + body }
}

extension WebhookSignature: CustomStringConvertible, CustomReflectable {
    public var description: String { "webhook signature" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
