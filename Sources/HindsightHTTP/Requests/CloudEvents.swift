import HindsightApp
import HindsightCore

/// Events in the form of CloudEvents 1.0 (https://github.com/cloudevents/spec, read 2026-11): JSON format, one or a batch.
///
/// `type` and `data` are the event's own, `time` is when it occurred. Everything else the event came with is kept under `cloudEvent` in the
/// metadata, so that it goes out as it came in.
enum CloudEvents {
    // MARK: - In

    static func parse(_ document: [UInt8], isBatch: Bool) throws -> [NewEvent] {
        let compact: [UInt8]
        do {
            compact = try JSONText.compact(document, maximumDepth: Limits.jsonDepth + (isBatch ? 2 : 1))
        } catch {
            throw EventLine.refusal(of: error)
        }
        guard isBatch else {
            guard compact.first == UInt8(ascii: "{") else { throw EventLineError(pointer: "", reason: "must be an object") }
            return [try event(compact[...])]
        }
        guard compact.first == UInt8(ascii: "[") else { throw EventLineError(pointer: "", reason: "must be an array") }
        return try JSONElements(ofCompact: compact[...]).elements.enumerated().map { index, element in
            do {
                guard element.first == UInt8(ascii: "{") else { throw EventLineError(pointer: "", reason: "must be an event") }
                return try event(element)
            } catch let error as EventLineError {
                throw error.below("/\(index)")
            }
        }
    }

    private static func event(_ object: ArraySlice<UInt8>) throws -> NewEvent {
        let attributes = try Attributes(object)
        guard try attributes.required("specversion") == "1.0" else {
            throw EventLineError(pointer: "/specversion", reason: "must be 1.0")
        }
        let (id, source) = (try attributes.required("id"), try attributes.required("source"))
        if let type = try attributes.text("datacontenttype"), MediaForm.ofBody(type, among: [.json]) == nil {
            throw EventLineError(pointer: "/datacontenttype", reason: "must be application/json, or left out")
        }
        guard attributes.value("data_base64") == nil else {
            throw EventLineError(pointer: "/data_base64", reason: "is not taken: the data of an event is a JSON object in data")
        }
        guard let data = attributes.value("data") else { throw EventLineError(pointer: "/data", reason: "is missing") }
        guard data.first == UInt8(ascii: "{") else { throw EventLineError(pointer: "/data", reason: "must be an object") }
        let type: EventType
        do throws(EventLogError) {
            type = try EventType(try attributes.requiredType())
        } catch {
            throw EventLineError(pointer: "/type", refused: error)
        }
        return NewEvent(
            id: EventID(id) ?? IdempotentIdentities.id(ofCloudEvent: id, from: source), type: type,
            occurredAt: try attributes.text("time").map(instant), data: JSONText(trusted: Array(data)),
            metadata: try attributes.metadata())
    }

    private static func instant(_ text: String) throws -> Timestamp {
        guard let instant = Timestamp(text) else {
            throw EventLineError(pointer: "/time", reason: "must be an instant like 2026-01-31T12:00:00Z")
        }
        return instant
    }

    private struct Attributes {
        private let members: [(name: String, spelling: ArraySlice<UInt8>, value: ArraySlice<UInt8>)]

        init(_ object: ArraySlice<UInt8>) throws {
            members = JSONMembers(ofCompact: object).members.filter { !$0.value.elementsEqual("null".utf8) }
            for (name, _, _) in members where name != "data_base64" {
                guard CloudEvents.isName(name) else {
                    throw EventLineError(
                        pointer: "/\(name.escapedForPointer)", reason: "an attribute has lower-case letters and digits only")
                }
            }
        }

        func value(_ name: String) -> ArraySlice<UInt8>? { members.last { $0.name == name }?.value }

        func text(_ name: String) throws -> String? {
            guard let value = value(name) else { return nil }
            guard value.first == UInt8(ascii: "\"") else { throw EventLineError(pointer: "/\(name)", reason: "must be a string") }
            let text = try JSON.decode(String.self, from: Array(value))
            guard !text.isEmpty else { throw EventLineError(pointer: "/\(name)", reason: "must not be empty") }
            return text
        }

        func required(_ name: String) throws -> String {
            guard let text = try text(name) else { throw EventLineError(pointer: "/\(name)", reason: "is missing") }
            return text
        }

        func requiredType() throws(EventLogError) -> String {
            do {
                return try required("type")
            } catch {
                throw .invalid(field: "type", reason: (error as? EventLineError)?.reason ?? "\(error)")
            }
        }

        /// `traceparent` where the engine looks for it, and the other attributes as they came.
        func metadata() throws -> JSONText {
            var kept: [String: JSONValue] = [:]
            for (name, _, value) in members where !CloudEvents.own.contains(name) {
                kept[name] = try JSON.decode(JSONValue.self, from: Array(value))
            }
            var metadata: [String: JSONValue] = ["cloudEvent": .object(kept)]
            if let traceparent = try text("traceparent") { metadata["traceparent"] = .string(traceparent) }
            return try JSONText(encoding: JSONValue.object(metadata))
        }
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
    }

    // MARK: - Out

    /// The attributes that come from the event itself.
    private static let own: Set<String> = ["specversion", "type", "time", "data", "datacontenttype", "traceparent"]

    private static func isAttribute(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): !text.isEmpty
        case .bool: true
        case .integer(let number): Int32(exactly: number) != nil
        case .null, .number, .array, .object: false
        }
    }

    /// The event as a CloudEvent; what it came with goes out again, and what the log knows of it stands in extension attributes.
    static func json(of event: RecordedEvent) throws -> [UInt8] {
        let metadata = try event.metadata.decoded(as: [String: JSONValue].self)
        // Anybody may write this member: what is no attribute of a CloudEvent stays behind.
        var attributes = (metadata["cloudEvent"]?.objectValue ?? [:]).filter { name, value in
            isName(name) && !own.contains(name) && isAttribute(value) && (value.stringValue != nil || !["id", "source"].contains(name))
        }
        attributes["specversion"] = "1.0"
        if attributes["id"] == nil { attributes["id"] = .string(event.id.description) }
        if attributes["source"] == nil { attributes["source"] = .string("/v1/streams/\(PercentEncoding.encode(event.stream.description))") }
        attributes["type"] = .string(event.type.description)
        attributes["time"] = .string(event.occurredAt.description)
        attributes["datacontenttype"] = "application/json"
        attributes["hindsightposition"] = .string(String(event.position))
        attributes["hindsightstream"] = .string(event.stream.description)
        attributes["hindsightversion"] = .string(String(event.version))
        attributes["hindsightschemaversion"] = .string(String(event.schemaVersion))
        attributes["hindsightrecordedat"] = .string(event.recordedAt.description)
        if case .string(let traceparent)? = metadata["traceparent"], !traceparent.isEmpty {
            attributes["traceparent"] = .string(traceparent)
        }
        var bytes = try JSON.encode(JSONValue.object(attributes)).dropLast()
        if let data = event.data {
            bytes += ",\"data\":".utf8
            bytes += data.bytes
        }
        return Array(bytes) + [UInt8(ascii: "}")]
    }
}
