import Crypto
import HindsightCore

/// The SHA-256 of a model's artifact, written as 64 lower-case hexadecimal digits: the name by which events know a model.
package struct ModelDigest: Sendable, Hashable, CustomStringConvertible {
    package let hexadecimal: String

    /// `nil` unless the text is 64 hexadecimal digits, in either case.
    package init?(_ hexadecimal: some StringProtocol) {
        guard let bytes = [UInt8](hexadecimal: hexadecimal), bytes.count == SHA256.byteCount else { return nil }
        self.hexadecimal = bytes.hexadecimal
    }

    init(of bytes: some Sequence<UInt8>) {
        var hash = SHA256()
        let isHashed = bytes.withContiguousStorageIfAvailable { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) } != nil
        if !isHashed { hash.update(data: Array(bytes)) }
        hexadecimal = Array(hash.finalize()).hexadecimal
    }

    package var description: String { hexadecimal }
}

extension ModelDigest: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = ModelDigest(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 64 hexadecimal digits")
        }
        self = digest
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hexadecimal)
    }
}
