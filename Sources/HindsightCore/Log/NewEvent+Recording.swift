extension NewEvent {
    /// The event as the log keeps it at `position`, committed to and chained to the digest before.
    ///
    /// - Parameter salt: Fresh for each event.
    package func recorded(
        at position: Position, in stream: StreamName, version: StreamVersion, on recordedAt: Timestamp, salt: Salt,
        after previousDigest: EventDigest
    ) -> RecordedEvent {
        var event = RecordedEvent(
            position: position, stream: stream, version: version, id: id, type: type, schemaVersion: schemaVersion, recordedAt: recordedAt,
            occurredAt: occurredAt ?? recordedAt, data: data, metadata: metadata, tags: tags, encoding: 0, salt: salt,
            commitment: EventDigest.commitment(salt: salt, data: data), digest: .genesis)
        event.digest = EventDigest.digest(of: event, after: previousDigest)
        return event
    }

    /// Where the content of `recorded` differs from what was sent here; `nil` when it is the same.
    ///
    /// A time of occurrence that was not sent, and data that was erased since, are not compared.
    package func difference(from recorded: RecordedEvent) -> String? {
        if type != recorded.type { return "type" }
        if schemaVersion != recorded.schemaVersion { return "schemaVersion" }
        if let occurredAt, occurredAt != recorded.occurredAt { return "occurredAt" }
        if let stored = recorded.data, stored != data { return "data" }
        if metadata != recorded.metadata { return "metadata" }
        if tags != recorded.tags { return "tags" }
        return nil
    }
}
