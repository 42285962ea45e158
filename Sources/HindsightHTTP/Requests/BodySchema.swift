import HindsightApp
import HindsightCore

/// What the body of a call looks like: read against it, every field that is wrong is named.
struct BodySchema: Sendable {
    private let schema: JSONSchema
    private let admitsNothing: Bool
    /// The members that a body may have.
    private let names: Set<String>

    /// - Parameter document: JSON Schema of an object.
    init(document: JSONValue) {
        do {
            schema = try JSONSchema(document)
        } catch {
            preconditionFailure("the schema of a body is one that this program reads: \(error)")
        }
        names = Set((document["properties"]?.objectValue ?? [:]).keys)
        admitsNothing = document["required"]?.arrayValue?.isEmpty ?? true
    }

    /// An object with these members and no others.
    init(_ properties: [String: JSONValue], required: [String] = []) {
        self.init(document: [
            "type": "object", "additionalProperties": false, "properties": .object(properties),
            "required": .array(required.map(JSONValue.string)),
        ])
    }

    /// For a call that takes no body: nothing, or an empty object.
    static let nothing = BodySchema([:])
    /// The reason of an operator's or steward's act.
    static let reason: JSONValue = ["type": "string", "minLength": 1, "maxLength": 1_000, "pattern": "\\S"]

    func read(_ bytes: [UInt8]) throws -> JSONValue {
        let value: JSONValue
        if admitsNothing, bytes.allSatisfy({ [0x20, 0x09, 0x0a, 0x0d].contains($0) }) {
            value = [:]
        } else {
            do {
                value = try JSONText(object: bytes).decoded(as: JSONValue.self)
            } catch let error as JSONSyntaxError {
                throw Problem.body("", "not valid JSON: \(error)")
            }
        }
        let known = withoutNulls(value)
        let violations = schema.validate(known)
        guard let first = violations.first else { return known }
        var problem = Problem.body(first.pointer, first.message)
        problem.violations = violations.map { Problem.Violation(pointer: $0.pointer, detail: $0.message) }
        throw problem
    }

    /// Null is the same as absent, for a member that the body may have.
    private func withoutNulls(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value else { return value }
        return .object(members.filter { $0.value != .null || !names.contains($0.key) })
    }
}
