import HindsightApp
import HindsightCore

/// The body of an append to several streams: `{"appends":[…],"checks"?:[…],"condition"?:{…}}`.
enum BatchBody {
    /// Body, appends, append, events and event are around the data.
    private static let maximumDepth = Limits.jsonDepth + 5

    static func read(_ body: [UInt8], ids: EventIDs) throws -> Append {
        let document: JSONText
        do {
            document = try JSONText(object: body, maximumDepth: maximumDepth)
        } catch {
            throw EventLine.refusal(of: error)
        }
        let members = try Members(document.bytes[...], at: "", names: ["appends", "checks", "condition"])
        var writes: [StreamWrite] = []
        for (index, element) in try members.elements("appends").enumerated() {
            writes.append(try write(element, at: "/appends/\(index)", ids: ids))
        }
        guard !writes.isEmpty else { throw Problem.body("/appends", "an append has at least one stream") }
        let checks =
            try members.value("checks") == nil
            ? [] : members.elements("checks").enumerated().map { try check($0.element, at: "/checks/\($0.offset)") }
        return Append(writes, checks: checks, condition: try members.value("condition").map(condition))
    }

    private static func write(_ object: ArraySlice<UInt8>, at pointer: String, ids: EventIDs) throws -> StreamWrite {
        let members = try Members(object, at: pointer, names: ["stream", "expected", "events"])
        let stream = try members.stream()
        let expected = try members.expected()
        let array = try members.array("events")
        do {
            let events = try EventLine.events(array) { _ in ids.make(in: stream) }
            guard !events.isEmpty else { throw EventLineError(pointer: "", reason: "must hold at least one event") }
            return StreamWrite(events, to: stream, expecting: expected ?? .any)
        } catch let error as EventLineError {
            throw error.below("\(pointer)/events")
        }
    }

    private static func check(_ object: ArraySlice<UInt8>, at pointer: String) throws -> StreamCheck {
        let members = try Members(object, at: pointer, names: ["stream", "expected"])
        let stream = try members.stream()
        guard let expected = try members.expected() else { throw Problem.body("\(pointer)/expected", "is missing") }
        return StreamCheck(stream, expecting: expected)
    }

    private static func condition(_ object: ArraySlice<UInt8>) throws -> AppendCondition {
        let members = try Members(object, at: "/condition", names: ["query", "after"])
        return AppendCondition(
            noneMatching: try QueryBody.query(try members.array("query"), at: "/condition/query"), after: try members.position("after") ?? 0
        )
    }
}

/// What is asked of the log by types and tags.
enum QueryBody {
    static let mostItems = 100

    static func query(_ array: ArraySlice<UInt8>, at pointer: String) throws -> EventQuery {
        let elements = JSONElements(ofCompact: array).elements
        guard !elements.isEmpty else {
            throw Problem.body(pointer, "a query holds at least one item; an empty item, {}, matches everything")
        }
        guard elements.count <= mostItems else { throw Problem.body(pointer, "a query holds at most \(mostItems) items") }
        return EventQuery(
            try elements.enumerated().map { index, element in
                let members = try Members(element, at: "\(pointer)/\(index)", names: ["types", "tags"])
                return EventQuery.Item(
                    types: try members.texts("types") { text throws(EventLogError) in try EventType(text) },
                    tags: try members.texts("tags") { text throws(EventLogError) in try Tag(text) })
            })
    }
}

/// The members of an object in a body, each with its name in the errors.
struct Members {
    private let values: [String: ArraySlice<UInt8>]
    private let pointer: String

    /// - Parameter object: Compact and checked JSON.
    init(_ object: ArraySlice<UInt8>, at pointer: String, names: [String]) throws(Problem) {
        guard object.first == UInt8(ascii: "{") else { throw .body(pointer, "must be an object") }
        var values: [String: ArraySlice<UInt8>] = [:]
        for (name, _, value) in JSONMembers(ofCompact: object).members {
            guard names.contains(name) else {
                throw .body("\(pointer)/\(name.escapedForPointer)", "is unknown: known are \(names.joined(separator: ", "))")
            }
            // Null is the same as absent.
            if !value.elementsEqual("null".utf8) { values[name] = value }
        }
        self.values = values
        self.pointer = pointer
    }

    func value(_ name: String) -> ArraySlice<UInt8>? { values[name] }

    func array(_ name: String) throws(Problem) -> ArraySlice<UInt8> {
        guard let value = values[name] else { throw .body("\(pointer)/\(name)", "is missing") }
        guard value.first == UInt8(ascii: "[") else { throw .body("\(pointer)/\(name)", "must be an array") }
        return value
    }

    func elements(_ name: String) throws(Problem) -> [ArraySlice<UInt8>] { JSONElements(ofCompact: try array(name)).elements }

    func stream() throws -> StreamName {
        guard let value = values["stream"] else { throw Problem.body("\(pointer)/stream", "is missing") }
        let text = try text(value, "stream")
        do throws(EventLogError) {
            return try StreamName(text)
        } catch {
            if case .invalid(_, let reason) = error { throw Problem.body("\(pointer)/stream", reason) }
            throw Problem.body("\(pointer)/stream", "\(error)")
        }
    }

    func expected() throws -> ExpectedVersion? {
        guard let value = values["expected"] else { return nil }
        switch try JSON.decode(JSONValue.self, from: Array(value)) {
        case "any": return .any
        case "none": return ExpectedVersion.none
        case "exists": return .exists
        case .integer(let version) where version >= 0: return version == 0 ? ExpectedVersion.none : .exactly(version)
        default:
            throw Problem.body("\(pointer)/expected", "must be \"any\", \"none\", \"exists\" or a whole number from 0")
        }
    }

    /// A whole number from 0.
    func position(_ name: String) throws -> Position? {
        guard let value = values[name] else { return nil }
        guard case .integer(let position) = try JSON.decode(JSONValue.self, from: Array(value)), position >= 0 else {
            throw Problem.body("\(pointer)/\(name)", "must be a whole number from 0")
        }
        return position
    }

    func texts<Value>(_ name: String, _ make: (String) throws(EventLogError) -> Value) throws -> [Value] {
        guard values[name] != nil else { return [] }
        return try elements(name).enumerated().map { index, element in
            let text = try text(element, "\(name)/\(index)")
            do throws(EventLogError) {
                return try make(text)
            } catch {
                if case .invalid(_, let reason) = error { throw Problem.body("\(pointer)/\(name)/\(index)", reason) }
                throw Problem.body("\(pointer)/\(name)/\(index)", "\(error)")
            }
        }
    }

    private func text(_ value: ArraySlice<UInt8>, _ name: String) throws -> String {
        guard value.first == UInt8(ascii: "\"") else { throw Problem.body("\(pointer)/\(name)", "must be a string") }
        return try JSON.decode(String.self, from: Array(value))
    }
}
