/// The bounds of an event log: the same for every engine, so that a log moves between them.
public enum Limits {
    public static let eventBytes = 1 << 20
    public static let batchBytes = 16 << 20
    public static let batchEvents = 10_000
    public static let tagsPerEvent = 64
    public static let nameBytes = 255
    public static let typeBytes = 255
    public static let tagBytes = 255
    public static let jsonDepth = 64
    /// How much data and metadata a page of a read holds before it ends.
    public static let pageBytes = 16 << 20
}

/// Names the bound that an input exceeded.
public enum Limit: String, Sendable, CaseIterable {
    case eventBytes = "data and metadata of one event"
    case batchBytes = "data and metadata of one append"
    case batchEvents = "events in one append"
    case tagsPerEvent = "tags of one event"
    case nameBytes = "stream name"
    case typeBytes = "event type"
    case tagBytes = "tag"
    case jsonDepth = "nesting of JSON"

    public var maximum: Int {
        switch self {
        case .eventBytes: Limits.eventBytes
        case .batchBytes: Limits.batchBytes
        case .batchEvents: Limits.batchEvents
        case .tagsPerEvent: Limits.tagsPerEvent
        case .nameBytes: Limits.nameBytes
        case .typeBytes: Limits.typeBytes
        case .tagBytes: Limits.tagBytes
        case .jsonDepth: Limits.jsonDepth
        }
    }

    public var unit: String {
        switch self {
        case .eventBytes, .batchBytes, .nameBytes, .typeBytes, .tagBytes: "bytes"
        case .batchEvents: "events"
        case .tagsPerEvent: "tags"
        case .jsonDepth: "levels"
        }
    }
}
