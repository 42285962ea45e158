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
    package static func commitment(saltAndData: UnsafeRawBufferPointer) -> EventDigest { hash(of: saltAndData) }

    /// The digest of `event` from its other columns; `event.digest`, `event.data` and `event.salt` are not read.
    public static func digest(of event: RecordedEvent, after previous: EventDigest) -> EventDigest {
        let arena = ByteArena(capacity: 1_024)
        let fields = event.metadata.bytes.withUnsafeBytes { metadata in
            DigestedFields(
                stream: event.stream, id: event.id, type: event.type, schemaVersion: event.schemaVersion, metadata: metadata,
                tags: event.tags, commitment: event.commitment, in: arena)
        }
        return fields.chain(
            to: previous, position: event.position, version: event.version, recordedAt: event.recordedAt, occurredAt: event.occurredAt,
            in: arena)
    }

    /// The hash of what an arena holds.
    fileprivate static func hash(of bytes: UnsafeRawBufferPointer) -> EventDigest {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        return EventDigest(hash.finalize())
    }
}

/// The bytes that the digest of one event covers, where they lie in an arena: the digest before, the place, the content, the commitment.
///
/// They are put together before the event has its place in the log; ``chain(to:position:version:recordedAt:occurredAt:in:)`` fills that in.
package struct DigestedFields: Sendable {
    // Offsets into the arena; the digest before and the position stand at the start.
    private let start: Int
    private let version: Int
    private let times: Int
    private let metadataStart: Int
    private let metadataCount: Int
    private let tagsStart: Int
    private let end: Int

    package init(
        stream: StreamName, id: EventID, type: EventType, schemaVersion: Int, metadata: UnsafeRawBufferPointer, tags: [Tag],
        commitment: EventDigest, in arena: ByteArena
    ) {
        self.init(
            stream: stream, id: id, type: type, schemaVersion: schemaVersion, metadata: metadata, commitment: commitment, in: arena
        ) { arena in
            for tag in tags { arena.appendField(tag.description) }
            return tags.count
        }
    }

    /// - Parameter appendTags: Appends each tag with its length before it, and returns how many there are.
    package init<Failure>(
        stream: StreamName, id: EventID, type: EventType, schemaVersion: Int, metadata: UnsafeRawBufferPointer, commitment: EventDigest,
        in arena: ByteArena, appendTags: (ByteArena) throws(Failure) -> Int
    ) throws(Failure) {
        start = arena.appendGap(of: EventDigest.byteCount + 8)
        arena.appendField(stream.description)
        version = arena.appendGap(of: 8)
        id.withUnsafeBytes { arena.appendField($0) }
        arena.appendField(type.description)
        arena.append(Int64(schemaVersion))
        times = arena.appendGap(of: 16)
        arena.append(Int64(metadata.count))
        (metadataStart, metadataCount) = (arena.count, metadata.count)
        arena.append(metadata)
        tagsStart = arena.appendGap(of: 8)
        arena.store(Int64(try appendTags(arena)), at: tagsStart)
        commitment.withUnsafeBytes { arena.appendField($0) }
        end = arena.count
    }

    package var stream: Range<Int> { start + EventDigest.byteCount + 16..<version }
    package var id: Range<Int> { version + 16..<version + 16 + EventID.byteCount }
    package var metadata: Range<Int> { metadataStart..<metadataStart + metadataCount }
    /// See ``DigestedTags``.
    package var tags: Range<Int> { tagsStart..<end - EventDigest.byteCount - 8 }
    package var commitment: Range<Int> { end - EventDigest.byteCount..<end }

    /// The digest of the event in its place.
    package func chain(
        to previous: EventDigest, position: Position, version: StreamVersion, recordedAt: Timestamp, occurredAt: Timestamp,
        in arena: ByteArena
    ) -> EventDigest {
        arena.store(previous, at: start)
        arena.store(position, at: start + EventDigest.byteCount)
        arena.store(version, at: self.version)
        arena.store(recordedAt.microsecondsSince1970, at: times)
        arena.store(occurredAt.microsecondsSince1970, at: times + 8)
        return EventDigest.hash(of: arena[start..<end])
    }
}

/// The tags of an event as digests cover them: how many there are, and each with its length before it.
package enum DigestedTags {
    /// Lends each tag until `body` returns `false`.
    ///
    /// - Parameter bytes: As ``DigestedFields`` put them together.
    /// - Returns: Whether `body` always returned `true`.
    package static func forEach<Failure>(
        in bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        var offset = 0
        func number() -> Int {
            defer { offset += 8 }
            return Int(Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self)))
        }
        for _ in 0..<number() {
            let count = number()
            guard try body(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])) else { return false }
            offset += count
        }
        return true
    }
}

extension ByteArena {
    /// A text, list or hash as digests cover it: with its length before it.
    package func appendField(_ bytes: UnsafeRawBufferPointer) {
        append(Int64(bytes.count))
        append(bytes)
    }

    package func appendField(_ text: String) {
        var text = text
        text.withUTF8 { appendField(UnsafeRawBufferPointer($0)) }
    }
}
