import Crypto

/// A SHA-256 hash in the digest chain, format 1: each event's digest covers the one before, so a change anywhere changes every digest
/// after it.
///
/// Numbers enter as eight bytes, big-endian; texts, lists and hashes with their length before them, so no two events feed the same bytes.
public struct EventDigest: Sendable, Hashable {
    public static let format = 1
    public static let byteCount = SHA256.byteCount

    /// What the first event chains to: zeros.
    public static let genesis = EventDigest(words: .zero)

    // Words in place of an array: a page of events is read without an allocation for each of its hashes.
    @usableFromInline package var words: SIMD4<UInt64>

    private init(words: SIMD4<UInt64>) { self.words = words }

    fileprivate init(_ hash: SHA256Digest) {
        words = hash.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// - Parameter bytes: Thirty-two of them; anything else is no digest.
    public init?(bytes: [UInt8]) {
        guard let digest = bytes.withUnsafeBytes({ EventDigest(lent: $0) }) else { return nil }
        self = digest
    }

    package init?(lent bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        words = bytes.loadUnaligned(as: SIMD4<UInt64>.self)
    }

    /// - Parameter hexadecimal: Sixty-four digits in either case.
    public init?(hexadecimal: some StringProtocol) {
        guard let bytes = [UInt8](hexadecimal: hexadecimal) else { return nil }
        self.init(bytes: bytes)
    }

    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    @inlinable package func withUnsafeBytes<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }

    /// Sixty-four lower-case digits.
    public var hexadecimal: String { withUnsafeBytes { $0.hexadecimal } }
}

extension EventDigest: CustomStringConvertible, Codable {
    public var description: String { hexadecimal }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = EventDigest(hexadecimal: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 64 hexadecimal digits")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hexadecimal)
    }
}

/// Sixteen random bytes that keep a commitment from betraying short data.
public struct Salt: Sendable, Hashable {
    public static let byteCount = 16

    @usableFromInline package var words: SIMD2<UInt64>

    public init(using generator: inout some RandomNumberGenerator) {
        words = SIMD2(generator.next(), generator.next())
    }

    /// - Parameter bytes: Sixteen of them; anything else is no salt.
    public init?(bytes: [UInt8]) {
        guard let salt = bytes.withUnsafeBytes({ Salt(lent: $0) }) else { return nil }
        self = salt
    }

    package init?(lent bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        words = bytes.loadUnaligned(as: SIMD2<UInt64>.self)
    }

    package init(words: SIMD2<UInt64>) { self.words = words }

    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    @inlinable package func withUnsafeBytes<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }
}

// MARK: - Computing

extension EventDigest {
    /// SHA-256(salt ‖ data): lets `data` be erased later while the chain still verifies.
    public static func commitment(salt: Salt, data: JSONText) -> EventDigest {
        data.bytes.withUnsafeBytes { commitment(salt: salt, data: $0) }
    }

    package static func commitment(salt: Salt, data: UnsafeRawBufferPointer) -> EventDigest {
        var hash = SHA256()
        salt.withUnsafeBytes { hash.update(bufferPointer: $0) }
        hash.update(bufferPointer: data)
        return EventDigest(hash.finalize())
    }

    /// - Parameter saltAndData: The sixteen bytes of the salt and the data, one after the other.
    package static func commitment(saltAndData: UnsafeRawBufferPointer) -> EventDigest {
        var hash = SHA256()
        hash.update(bufferPointer: saltAndData)
        return EventDigest(hash.finalize())
    }

    /// The digest of `event` from its other columns; `event.digest`, `event.data` and `event.salt` are not read.
    public static func digest(of event: RecordedEvent, after previous: EventDigest) -> EventDigest {
        var fields = DigestedFields()
        fields.append(previous)
        fields.appendPlace(
            position: event.position, stream: event.stream, version: event.version, id: event.id, type: event.type,
            schemaVersion: event.schemaVersion, recordedAt: event.recordedAt, occurredAt: event.occurredAt)
        event.metadata.bytes.withUnsafeBytes { fields.appendContent(metadata: $0, tags: event.tags) }
        fields.appendField(event.commitment)
        return fields.digest()
    }
}

/// A name as digests cover it, with its length before it: put together once for many events.
package struct DigestedName: Sendable {
    fileprivate let bytes: [UInt8]

    package init(_ name: String) {
        var fields = DigestedFields(capacity: name.utf8.count + 8)
        fields.append(name)
        bytes = fields.bytes
    }
}

/// The bytes that a digest covers, in their order: the digest before, the place, the content, the commitment.
///
/// One buffer serves many events, and what does not depend on an event's place in the log may be put together before it has one.
package struct DigestedFields: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(capacity: Int = 1_024) { bytes.reserveCapacity(capacity) }

    package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// A digest as it is, without its length: the one before.
    package mutating func append(_ digest: EventDigest) {
        digest.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    package mutating func append(contentsOf more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

    package mutating func appendPlace(
        position: Position, stream: StreamName, version: StreamVersion, id: EventID, type: EventType, schemaVersion: Int,
        recordedAt: Timestamp, occurredAt: Timestamp
    ) {
        appendPlace(
            position: position, stream: DigestedName(stream.description), version: version, id: id, type: DigestedName(type.description),
            schemaVersion: schemaVersion, recordedAt: recordedAt, occurredAt: occurredAt)
    }

    package mutating func appendPlace(
        position: Position, stream: borrowing DigestedName, version: StreamVersion, id: EventID, type: borrowing DigestedName,
        schemaVersion: Int, recordedAt: Timestamp, occurredAt: Timestamp
    ) {
        append(position)
        bytes.append(contentsOf: stream.bytes)
        append(version, Int64(EventID.byteCount))
        id.withUnsafeBytes { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: type.bytes)
        append(Int64(schemaVersion), recordedAt.microsecondsSince1970, occurredAt.microsecondsSince1970)
    }

    package mutating func appendContent(metadata: UnsafeRawBufferPointer, tags: [Tag]) {
        append(Int64(metadata.count))
        bytes.append(contentsOf: metadata)
        append(Int64(tags.count))
        for tag in tags { append(tag.description) }
    }

    /// A digest with its length before it: the commitment.
    package mutating func appendField(_ digest: EventDigest) {
        append(Int64(EventDigest.byteCount))
        append(digest)
    }

    package func digest() -> EventDigest {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return EventDigest(hash.finalize())
    }

    private mutating func append(_ number: Int64) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ first: Int64, _ second: Int64) {
        withUnsafeBytes(of: SIMD2(first.bigEndian, second.bigEndian)) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ first: Int64, _ second: Int64, _ third: Int64) {
        withUnsafeBytes(of: (first.bigEndian, second.bigEndian, third.bigEndian)) { bytes.append(contentsOf: $0) }
    }

    fileprivate mutating func append(_ text: String) {
        var text = text
        text.withUTF8 {
            append(Int64($0.count))
            bytes.append(contentsOf: UnsafeRawBufferPointer($0))
        }
    }
}
