import Crypto

/// Digest chain, format 1: each event's digest covers the one before, so a change anywhere changes every digest after it.
///
/// Numbers enter as eight bytes, big-endian; texts, lists and hashes with their length before them, so no two events feed the same bytes.
public enum EventDigest {
    public static let format = 1

    /// What the first event chains to.
    public static let genesis = [UInt8](repeating: 0, count: SHA256.byteCount)

    /// SHA-256(salt ‖ data): lets `data` be erased later while the chain still verifies.
    public static func commitment(salt: [UInt8], data: JSONText) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: salt)
        hash.update(data: data.bytes)
        return Array(hash.finalize())
    }

    /// The digest of `event` from its other columns; `event.digest`, `event.data` and `event.salt` are not read.
    public static func digest(of event: RecordedEvent, after previous: [UInt8]) -> [UInt8] {
        var fields = FieldBytes()
        fields.append(event.position)
        fields.append(event.stream.description.utf8)
        fields.append(event.version)
        fields.append(event.id.bytes)
        fields.append(event.type.description.utf8)
        fields.append(Int64(event.schemaVersion))
        fields.append(event.recordedAt.microsecondsSince1970)
        fields.append(event.occurredAt.microsecondsSince1970)
        fields.append(event.metadata.bytes)
        fields.append(Int64(event.tags.count))
        for tag in event.tags { fields.append(tag.description.utf8) }
        fields.append(event.commitment)
        var hash = SHA256()
        hash.update(data: previous)
        hash.update(data: fields.bytes)
        return Array(hash.finalize())
    }
}

private struct FieldBytes {
    var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(512) }

    mutating func append(_ number: Int64) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ field: some Collection<UInt8>) {
        append(Int64(field.count))
        bytes.append(contentsOf: field)
    }
}
