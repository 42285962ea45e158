import ArgumentParser
import HindsightApp
import HindsightCore

/// What arguments mean, with a reason where they mean nothing.
enum Arguments {
    static func moment(_ text: String) throws -> Moment {
        guard let moment = Moment(text) else {
            throw ValidationError("'\(text)' is no moment: give an instant like 2026-01-31T12:00:00Z, or position:42")
        }
        return moment
    }

    static func json(_ text: String) throws -> JSONValue {
        do {
            return try JSON.decode(JSONValue.self, from: Array(text.utf8))
        } catch {
            throw ValidationError("'\(text)' is no JSON")
        }
    }

    static func instant(_ text: String) throws -> Timestamp {
        guard let instant = Timestamp(text) else { throw ValidationError("'\(text)' is no instant like 2026-01-31T12:00:00Z") }
        return instant
    }

    /// An instant of the clock by which things occur.
    static func occurrence(_ text: String) throws -> Timestamp {
        guard !text.hasPrefix("position:") else {
            throw ValidationError(
                "'\(text)' says when something was recorded, not when it occurred: give an instant like 2026-01-31T12:00:00Z")
        }
        guard let instant = Timestamp(text) else {
            throw ValidationError("'\(text)' is no instant like 2026-01-31T12:00:00Z, with Z or an offset")
        }
        return instant
    }

    static func field(_ text: String) throws -> FieldPointer {
        guard !text.isEmpty else { throw ValidationError("a field has a name") }
        return FieldPointer(text)
    }

    static func expectedVersion(_ text: String) throws -> ExpectedVersion {
        switch text {
        case "any": return .any
        case "none": return .none
        case "exists": return .exists
        default:
            guard let version = StreamVersion(text), version >= 0 else {
                throw ValidationError("'\(text)' is no expected version: give any, none, exists or a whole number")
            }
            return version == 0 ? .none : .exactly(version)
        }
    }

    static func stream(_ text: String) throws -> StreamName { try checked { () throws(EventLogError) in try StreamName(text) } }
    static func category(_ text: String) throws -> HindsightCore.Category {
        try checked { () throws(EventLogError) in try HindsightCore.Category(text) }
    }
    static func type(_ text: String) throws -> EventType { try checked { () throws(EventLogError) in try EventType(text) } }
    static func tag(_ text: String) throws -> Tag { try checked { () throws(EventLogError) in try Tag(text) } }

    private static func checked<Value>(_ make: () throws(EventLogError) -> Value) throws -> Value {
        do {
            return try make()
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
