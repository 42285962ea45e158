public import FoundationEssentials
import Crypto

/// The identity of an event, unique in its log for ever: the key of idempotent appends.
///
/// Any UUID is accepted. Ours are version 7 (time-ordered): random ones scatter over the index and made appends about 3.7 times slower
/// when measured.
public struct EventID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible, LosslessStringConvertible {
    public let uuid: UUID

    public init(_ uuid: UUID) { self.uuid = uuid }

    /// Reads the 36-character form, in either case.
    public init?(_ text: String) {
        guard let uuid = UUID(uuidString: text) else { return nil }
        self.uuid = uuid
    }

    public var description: String {
        withUnsafeBytes { bytes in
            String(unsafeUninitializedCapacity: 36) { text in
                var end = 0
                for (index, byte) in bytes.enumerated() {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        text.initializeElement(at: end, to: UInt8(ascii: "-"))
                        end += 1
                    }
                    text.initializeElement(at: end, to: hexadecimalDigit(byte >> 4))
                    text.initializeElement(at: end + 1, to: hexadecimalDigit(byte & 0xf))
                    end += 2
                }
                return end
            }
        }
    }

    public static let byteCount = 16

    /// By bytes, so that time-ordered ids stand in the order of their times.
    public static func < (left: EventID, right: EventID) -> Bool {
        let (leftWords, rightWords) = (left.words, right.words)
        return leftWords.high != rightWords.high ? leftWords.high < rightWords.high : leftWords.low < rightWords.low
    }

    private var words: (high: UInt64, low: UInt64) {
        withUnsafeBytes {
            (
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// The sixteen bytes in network order.
    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    @inlinable package func withUnsafeBytes<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: uuid.uuid, body)
    }

    package init?(lent bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        uuid = UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }

    /// - Parameter bytes: Exactly sixteen.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var raw: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &raw) { $0.copyBytes(from: bytes) }
        uuid = UUID(uuid: raw)
    }

    /// A version 7 UUID: 48 bits of milliseconds, then 74 bits of `entropy`.
    ///
    /// - Parameter entropy: At least ten bytes; the same instant and entropy give the same id.
    public static func version7(at instant: Timestamp, entropy: some Collection<UInt8>) -> EventID {
        precondition(entropy.count >= 10, "a version 7 UUID needs ten bytes of entropy")
        let milliseconds = UInt64(max(0, instant.microsecondsSince1970.flooredQuotient(by: 1_000)))
        var raw: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &raw) { bytes in
            Swift.withUnsafeBytes(of: (milliseconds << 16).bigEndian) { bytes.copyBytes(from: $0.prefix(6)) }
            UnsafeMutableRawBufferPointer(rebasing: bytes[6...]).copyBytes(from: entropy.prefix(10))
            bytes[6] = 0x70 | (bytes[6] & 0x0f)
            bytes[8] = 0x80 | (bytes[8] & 0x3f)
        }
        return EventID(UUID(uuid: raw))
    }

    /// The version 5 UUID (RFC 9562) of `name` in `namespace`: the same name gives the same id everywhere.
    public static func version5(namespace: UUID, name: String) -> EventID {
        var hash = Insecure.SHA1()
        Swift.withUnsafeBytes(of: namespace.uuid) { hash.update(bufferPointer: $0) }
        hash.update(data: Array(name.utf8))
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = 0x50 | (bytes[6] & 0x0f)
        bytes[8] = 0x80 | (bytes[8] & 0x3f)
        return EventID(bytes: bytes).unsafelyUnwrapped
    }

    public init(from decoder: any Decoder) throws {
        uuid = try decoder.singleValueContainer().decode(UUID.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
