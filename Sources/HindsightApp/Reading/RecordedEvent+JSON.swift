package import HindsightCore

extension RecordedEvent {
    /// The event as one line of JSON; `data` and `metadata` are the bytes of the log.
    package func jsonLine() throws -> String {
        let data = data.map(\.description) ?? "null"
        let fields: [(String, String)] = [
            ("position", String(position)), ("stream", try JSON.line(stream)), ("version", String(version)), ("id", try JSON.line(id)),
            ("type", try JSON.line(type)), ("schemaVersion", String(schemaVersion)), ("recordedAt", try JSON.line(recordedAt)),
            ("occurredAt", try JSON.line(occurredAt)), ("data", data), ("metadata", metadata.description), ("tags", try JSON.line(tags)),
            ("digest", try JSON.line(digest.hexadecimal)),
        ]
        return "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }
}
