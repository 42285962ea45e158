package import AudienceJobs
import HindsightCore
import Yams

/// Reads a template's file.
package enum TemplateFile {
    /// - Throws: ``TemplateProblem`` with the place in the file.
    package static func read(yaml: String) throws(TemplateProblem) -> TemplateDefinition {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw TemplateProblem(pointer: "", reason: "is no YAML: \(error)")
        }
        guard let root, case .mapping = root else { throw TemplateProblem(pointer: "", reason: "must be a mapping") }
        return try TemplateDefinition(value(root, at: ""))
    }

    private static func value(_ node: Node, at pointer: String) throws(TemplateProblem) -> JSONValue {
        switch node {
        case .scalar(let scalar): return try Self.scalar(scalar.string, tag: node.tag, at: pointer)
        case .sequence(let items):
            var values: [JSONValue] = []
            for (index, item) in items.enumerated() { values.append(try value(item, at: "\(pointer)/\(index)")) }
            return .array(values)
        case .mapping(let members):
            var values: [String: JSONValue] = [:]
            for (key, member) in members {
                guard case .scalar(let name) = key else { throw TemplateProblem(pointer: pointer, reason: "has a key that is no text") }
                values[name.string] = try value(member, at: "\(pointer)/\(name.string)")
            }
            return .object(values)
        case .alias: throw TemplateProblem(pointer: pointer, reason: "must be written out: aliases are not followed")
        }
    }

    /// The value that YAML's core schema gives to a plain scalar; dates and quoted scalars stay texts.
    private static func scalar(_ text: String, tag: Yams.Tag, at pointer: String) throws(TemplateProblem) -> JSONValue {
        switch tag.description {
        case Yams.Tag.Name.null.rawValue: return .null
        case Yams.Tag.Name.bool.rawValue: return .bool(["true", "yes", "on"].contains(text.lowercased()))
        case Yams.Tag.Name.int.rawValue:
            guard let number = Int64(text) else { throw TemplateProblem(pointer: pointer, reason: "must be a decimal whole number") }
            return .integer(number)
        case Yams.Tag.Name.float.rawValue:
            guard let number = Double(text), number.isFinite else {
                throw TemplateProblem(pointer: pointer, reason: "must be a decimal number")
            }
            return .number(number)
        default: return .string(text)
        }
    }
}
