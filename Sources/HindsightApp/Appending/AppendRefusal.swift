package import HindsightCore

/// Why an event may not be appended by hand. Each says what to do instead.
package enum AppendRefusal: Error, Sendable, Equatable {
    /// The engine writes these itself.
    case engineEvent(EventType)
    /// Only the engine writes to this stream.
    case engineStream(StreamName)
    /// The type's prefix belongs to a domain that doesn't own the stream.
    case foreignPrefix(EventType, domain: String, categories: [String])
    /// The domain decides this itself.
    case decision(EventType, domain: String)
    case unknownType(EventType, category: Category, domain: String, facts: [EventType])
    case unknownVersion(EventType, version: Int, known: [Int])
    case brokenSchema(EventType, pointer: String, reason: String)
    /// The domain's no to a fact.
    case refused(EventType, reason: String)
}

extension AppendRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .engineEvent(let type):
            "/type: \(type) is written by the engine alone: choose another prefix than hindsight."
        case .engineStream(let stream):
            "stream \(stream) is written by the engine alone: choose another category than \(stream.category)"
        case .foreignPrefix(let type, let domain, let categories):
            "/type: \(type) belongs to \(domain), which keeps it in \(categories.joined(separator: ", ")) streams: choose another prefix"
        case .decision(let type, let domain):
            "/type: \(type) is a decision, and \(domain) takes it itself: state the facts, and it follows from them"
        case .unknownType(let type, let category, let domain, let facts):
            "/type: \(category) streams belong to \(domain), which does not know \(type)"
                + (facts.isEmpty ? "" : ": facts to state are \(facts.map(\.description).joined(separator: ", "))")
        case .unknownVersion(let type, let version, let known):
            "/schemaVersion: \(type) has no version \(version): known are \(known.map(String.init).joined(separator: ", "))"
        case .brokenSchema(let type, let pointer, let reason):
            "\(pointer): \(reason) (schema of \(type))"
        case .refused(let type, let reason):
            "\(type) is refused: \(reason)"
        }
    }

    /// The place in the event that is at fault, as a JSON pointer; `nil` where it is not the event's form.
    package var pointer: String? {
        switch self {
        case .engineEvent, .foreignPrefix, .decision, .unknownType: "/type"
        case .unknownVersion: "/schemaVersion"
        case .brokenSchema(_, let pointer, _): pointer
        case .engineStream, .refused: nil
        }
    }
}
