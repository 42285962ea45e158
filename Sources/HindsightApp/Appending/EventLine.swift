package import HindsightCore

/// An event as its writer sends it: `{"id"?,"type","schemaVersion"?,"occurredAt"?,"data":{},"metadata"?:{},"tags"?:[]}`.
package enum EventLine {
    private static let names = ["id", "type", "schemaVersion", "occurredAt", "data", "metadata", "tags"]
    /// An event is one level around its data; a list of them another.
    private static let maximumDepth = Limits.jsonDepth + 1

    /// Reads one line; `data` and `metadata` keep their bytes, less insignificant white space.
    ///
    /// - Parameter makeID: Called for an event that brings none.
    /// - Throws: ``EventLineError``; `EventLogError` for a nesting over its limit.
    package static func parse(_ line: [UInt8], makeID: () -> EventID) throws -> NewEvent {
        let document: JSONText
        do {
            document = try JSONText(object: line, maximumDepth: maximumDepth)
        } catch {
            throw refusal(of: error)
        }
        return try event(document.bytes[...], makeID: makeID)
    }

    /// Reads a document that is one event or an array of them.
    ///
    /// - Parameter makeID: Called with the index of each event that brings none.
    /// - Throws: As ``parse(_:makeID:)``; in an array, pointers begin with the index of the event.
    package static func parseAll(_ document: [UInt8], makeID: (Int) -> EventID) throws -> [NewEvent] {
        let compact: [UInt8]
        do {
            let isArray = document.first { $0 > 0x20 } == UInt8(ascii: "[")
            compact = try JSONText.compact(document, maximumDepth: isArray ? maximumDepth + 1 : maximumDepth)
        } catch {
            throw refusal(of: error)
        }
        guard compact.first == UInt8(ascii: "[") else { return [try event(compact[...]) { makeID(0) }] }
        return try events(compact[...], makeID: makeID)
    }

    /// Reads a checked, compact JSON array of events.
    package static func events(_ array: ArraySlice<UInt8>, makeID: (Int) -> EventID) throws -> [NewEvent] {
        var events: [NewEvent] = []
        for (index, element) in JSONElements(ofCompact: array).elements.enumerated() {
            do {
                guard element.first == UInt8(ascii: "{") else { throw EventLineError(pointer: "", reason: "must be an event") }
                events.append(try event(element) { makeID(index) })
            } catch let error as EventLineError {
                throw error.below("/\(index)")
            }
        }
        return events
    }

    /// Reads a checked, compact JSON object.
    package static func event(_ object: ArraySlice<UInt8>, makeID: () -> EventID) throws -> NewEvent {
        var values = Values()
        try JSONMembers.forEach(in: object) { name, value in
            // Null is the same as absent.
            let given = value.first == UInt8(ascii: "n") ? nil : value
            switch name {
            case _ where name.elementsEqual("type".utf8): values.type = given
            case _ where name.elementsEqual("data".utf8): values.data = given
            case _ where name.elementsEqual("id".utf8): values.id = given
            case _ where name.elementsEqual("tags".utf8): values.tags = given
            case _ where name.elementsEqual("metadata".utf8): values.metadata = given
            case _ where name.elementsEqual("occurredAt".utf8): values.occurredAt = given
            case _ where name.elementsEqual("schemaVersion".utf8): values.schemaVersion = given
            default:
                throw EventLineError(
                    pointer: "/" + String(decoding: name, as: UTF8.self).escapedForPointer,
                    reason: "is no member of an event, which has \(names.joined(separator: ", "))")
            }
        }
        guard let type = try values.type.map({ try text($0, "type") }) else { throw missing("type") }
        guard let data = try values.data.map({ try self.object($0, "data") }) else { throw missing("data") }
        return NewEvent(
            id: try values.id.map(id) ?? makeID(), type: try eventType(type),
            schemaVersion: try values.schemaVersion.map(version) ?? 1,
            occurredAt: try values.occurredAt.map(instant), data: data,
            metadata: try values.metadata.map { try self.object($0, "metadata") } ?? .empty, tags: try values.tags.map(tags) ?? [])
    }

    private struct Values {
        var id, type, schemaVersion, occurredAt, data, metadata, tags: ArraySlice<UInt8>?
    }

    package static func refusal(of error: JSONSyntaxError) -> any Error {
        if let limit = error.limit { return EventLogError.limitExceeded(limit, actual: limit.maximum + 1) }
        return EventLineError(pointer: "", reason: "not valid JSON: \(error)")
    }

    private static func missing(_ name: String) -> EventLineError { EventLineError(pointer: "/\(name)", reason: "is missing") }

    private static func eventType(_ text: String) throws -> EventType {
        do {
            return try EventType(text)
        } catch {
            throw EventLineError(pointer: "/type", refused: error)
        }
    }

    private static func text(_ value: ArraySlice<UInt8>, _ name: String) throws -> String {
        guard value.first == UInt8(ascii: "\"") else { throw EventLineError(pointer: "/\(name)", reason: "must be a string") }
        let content = value.dropFirst().dropLast()
        if !content.contains(UInt8(ascii: "\\")) { return String(decoding: content, as: UTF8.self) }
        return try JSON.decode(String.self, from: Array(value))
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
            do throws(EventLogError) {
                return try Tag(text)
            } catch {
                throw EventLineError(pointer: "/tags/\(index)", refused: error)
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

    package init(pointer: String, reason: String) {
        self.pointer = pointer
        self.reason = reason
    }

    /// - Parameter error: What the core says of a value that it does not take.
    package init(pointer: String, refused error: EventLogError) {
        if case .invalid(_, let reason) = error {
            self.init(pointer: pointer, reason: reason)
        } else {
            self.init(pointer: pointer, reason: "\(error)")
        }
    }

    /// The same of an event that stands at `pointer` in a larger document.
    package func below(_ pointer: String) -> EventLineError { EventLineError(pointer: pointer + self.pointer, reason: reason) }
}
