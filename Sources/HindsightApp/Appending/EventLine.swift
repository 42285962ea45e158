package import HindsightCore

/// An event as its writer sends it: `{"id"?,"type","schemaVersion"?,"occurredAt"?,"data":{},"metadata"?:{},"tags"?:[]}`.
package enum EventLine {
    private static let names = ["id", "type", "schemaVersion", "occurredAt", "data", "metadata", "tags"]

    /// Reads one line; `data` and `metadata` keep their bytes, less insignificant white space.
    ///
    /// - Parameter makeID: Called for an event that brings none.
    /// - Throws: ``EventLineError``; `EventLogError` for a type, a tag or a nesting over its limit.
    package static func parse(_ line: [UInt8], makeID: () -> EventID) throws -> NewEvent {
        let document: JSONText
        do {
            // The line is one level around the data.
            document = try JSONText(object: line, maximumDepth: Limits.jsonDepth + 1)
        } catch {
            if let limit = error.limit { throw EventLogError.limitExceeded(limit, actual: limit.maximum + 1) }
            throw EventLineError(pointer: "", reason: "not valid JSON: \(error)")
        }
        var values: [String: ArraySlice<UInt8>] = [:]
        for (name, value) in JSONMembers(ofCompact: document.bytes).members {
            guard names.contains(name) else {
                throw EventLineError(pointer: "/\(name)", reason: "is no member of an event, which has \(names.joined(separator: ", "))")
            }
            if !value.elementsEqual("null".utf8) { values[name] = value }
        }
        guard let type = try values["type"].map({ try text($0, "type") }) else { throw missing("type") }
        guard let data = try values["data"].map({ try object($0, "data") }) else { throw missing("data") }
        return NewEvent(
            id: try values["id"].map(id) ?? makeID(), type: try eventType(type),
            schemaVersion: try values["schemaVersion"].map(version) ?? 1,
            occurredAt: try values["occurredAt"].map(instant), data: data,
            metadata: try values["metadata"].map { try object($0, "metadata") } ?? .empty, tags: try values["tags"].map(tags) ?? [])
    }

    private static func missing(_ name: String) -> EventLineError { EventLineError(pointer: "/\(name)", reason: "is missing") }

    private static func eventType(_ text: String) throws -> EventType {
        do {
            return try EventType(text)
        } catch EventLogError.invalid(_, let reason) {
            throw EventLineError(pointer: "/type", reason: reason)
        }
    }

    private static func text(_ value: ArraySlice<UInt8>, _ name: String) throws -> String {
        guard let text = try JSON.decode(JSONValue.self, from: Array(value)).stringValue else {
            throw EventLineError(pointer: "/\(name)", reason: "must be a string")
        }
        return text
    }

    private static func object(_ value: ArraySlice<UInt8>, _ name: String) throws -> JSONText {
        guard value.first == UInt8(ascii: "{") else { throw EventLineError(pointer: "/\(name)", reason: "must be an object") }
        return JSONText(trusted: Array(value))
    }

    private static func id(_ value: ArraySlice<UInt8>) throws -> EventID {
        guard let id = EventID(try text(value, "id")) else { throw EventLineError(pointer: "/id", reason: "must be a UUID") }
        return id
    }

    private static func version(_ value: ArraySlice<UInt8>) throws -> Int {
        guard let version = try JSON.decode(JSONValue.self, from: Array(value)).integerValue, version >= 1
        else {
            throw EventLineError(pointer: "/schemaVersion", reason: "must be a whole number from 1")
        }
        return Int(version)
    }

    private static func instant(_ value: ArraySlice<UInt8>) throws -> Timestamp {
        guard let instant = Timestamp(try text(value, "occurredAt")) else {
            throw EventLineError(pointer: "/occurredAt", reason: "must be an instant like 2026-01-31T12:00:00Z")
        }
        return instant
    }

    private static func tags(_ value: ArraySlice<UInt8>) throws -> [Tag] {
        guard let items = try JSON.decode(JSONValue.self, from: Array(value)).arrayValue else {
            throw EventLineError(pointer: "/tags", reason: "must be a list of strings")
        }
        return try items.enumerated().map { index, item in
            guard let text = item.stringValue else { throw EventLineError(pointer: "/tags/\(index)", reason: "must be a string") }
            do {
                return try Tag(text)
            } catch EventLogError.invalid(_, let reason) {
                throw EventLineError(pointer: "/tags/\(index)", reason: reason)
            }
        }
    }
}

/// What is wrong with the form of an event, and where.
package struct EventLineError: Error, Sendable, Equatable, CustomStringConvertible {
    /// JSON pointer into the event; empty for the event as a whole.
    package let pointer: String
    package let reason: String

    package var description: String { pointer.isEmpty ? reason : "\(pointer): \(reason)" }
}
