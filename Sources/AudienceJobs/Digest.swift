import Crypto
import HindsightCore

/// SHA-256 in lower-case hexadecimal digits.
package enum Digest {
    package static func hexadecimal(ofBytes bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

    /// Of the value as our own code writes it: compact, with sorted keys.
    package static func hexadecimal(of value: some Encodable) throws -> String { hexadecimal(ofBytes: try JSON.encode(value)) }

    package static func hexadecimal(_ digest: some Sequence<UInt8>) -> String { Array(digest).hexadecimal }
}
