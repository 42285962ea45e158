/// A JSON Schema (draft 2020-12) of the subset that forms and event schemas use.
///
/// Read: `type` (one or a list), `properties`, `required`, `additionalProperties`, `items`, `enum`, `const`, `minimum`, `maximum`,
/// `exclusiveMinimum`, `exclusiveMaximum`, `minLength`, `maxLength`, `pattern`, `minItems`, `maxItems`, `uniqueItems`, `format` (`date`,
/// `date-time`, both asserted), and `x-rule`, which says in words what `pattern` admits. Carried along unread: `$schema`, `title`,
/// `description`, `default`, `examples` and other `x-…`. Any other keyword is refused, since a rule that is silently skipped is worse than
/// none.
///
/// Source: https://json-schema.org/draft/2020-12/json-schema-validation (read 2026-11).
public struct JSONSchema: Sendable {
    /// The schema as it was written, annotations included.
    public let source: JSONValue
    private let node: Node

    /// - Throws: ``JSONSchemaError``, naming the keywords outside the subset, or the first one that is malformed.
    public init(_ source: JSONValue) throws(JSONSchemaError) {
        self.source = source
        var unsupported: [String] = []
        node = try Node(source, at: "", unsupported: &unsupported)
        guard unsupported.isEmpty else { throw .unsupportedKeywords(unsupported) }
    }

    /// Everything that is wrong with `value`, in the order of its members' names; empty if it conforms.
    ///
    /// Messages name the field and quote the schema, never the value.
    public func validate(_ value: JSONValue) -> [Violation] {
        var violations: [Violation] = []
        node.check(value, at: [], into: &violations)
        return violations
    }

    /// One reason why a value does not conform.
    public struct Violation: Error, Sendable, Hashable, CustomStringConvertible {
        /// JSON pointer into the value; of a missing or unexpected member, that of the member.
        public let pointer: String
        /// Begins with the name of the field: `mcc[0] must be at least 1`.
        public let message: String

        public init(pointer: String, message: String) {
            self.pointer = pointer
            self.message = message
        }

        public var description: String { message }
    }
}

/// Why a document can't be used as a schema.
public enum JSONSchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Pointers into the schema, in the order of their members' names.
    case unsupportedKeywords([String])
    case malformed(pointer: String, reason: String)

    public var description: String {
        switch self {
        case .unsupportedKeywords(let pointers): "the schema uses keywords that are not supported: \(pointers.joined(separator: ", "))"
        case .malformed(let pointer, let reason): "the schema is malformed at \(pointer.isEmpty ? "its top" : pointer): \(reason)"
        }
    }
}

// MARK: - Paths

private enum PathStep {
    case member(String), item(Int)
}

extension [PathStep] {
    fileprivate var pointer: String {
        map { step in
            switch step {
            case .member(let name): "/" + name.escapedForPointer
            case .item(let index): "/\(index)"
            }
        }.joined()
    }

    /// How a message calls the place: the innermost member's name, with the indices that follow it.
    fileprivate var fieldName: String {
        var name = ""
        for step in self {
            switch step {
            case .member(let member): name = member
            case .item(let index): name += "[\(index)]"
            }
        }
        return name.isEmpty ? "the value" : name
    }
}

extension String {
    /// `~` and `/` as RFC 6901 writes them.
    /// As a step of a JSON pointer (RFC 6901).
    package var escapedForPointer: String {
        split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }
}

// MARK: - Reading a schema

private struct Node: Sendable {
    /// What a member or an item outside the named ones may be.
    indirect enum Others: Sendable {
        case anything, nothing
        case schema(Node)
    }

    var refusesEverything = false
    var types: [ValueType]?
    var properties: [String: Node] = [:]
    var required: [String] = []
    var others = Others.anything
    var items = Others.anything
    var choices: [JSONValue]?
    var bounds: [Bound] = []
    var lengths: [CountBound] = []
    var counts: [CountBound] = []
    var itemsAreUnique = false
    var pattern: Pattern?
    /// What `pattern` admits, to somebody who reads no regular expressions.
    var rule: String?
    var format: Format?

    init(_ source: JSONValue, at pointer: String, unsupported: inout [String]) throws(JSONSchemaError) {
        if case .bool(let admitsEverything) = source {
            refusesEverything = !admitsEverything
            return
        }
        guard case .object(let keywords) = source else {
            throw .malformed(pointer: pointer, reason: "a schema is an object, true or false")
        }
        for (keyword, value) in keywords.sorted(by: { $0.key < $1.key }) {
            let place = pointer + "/" + keyword.escapedForPointer
            if try !read(keyword, value, at: place, unsupported: &unsupported) { unsupported.append(place) }
        }
    }

    /// Whether the keyword belongs to the subset.
    private mutating func read(
        _ keyword: String, _ value: JSONValue, at place: String, unsupported: inout [String]
    ) throws(JSONSchemaError) -> Bool {
        switch keyword {
        case "type": types = try ValueType.list(value, at: place)
        case "properties":
            for (name, schema) in try value.members(at: place).sorted(by: { $0.key < $1.key }) {
                properties[name] = try Node(schema, at: place + "/" + name.escapedForPointer, unsupported: &unsupported)
            }
        case "required": required = try value.strings(at: place)
        case "additionalProperties": others = try Self.others(value, at: place, unsupported: &unsupported)
        case "items": items = try Self.others(value, at: place, unsupported: &unsupported)
        case "enum":
            guard case .array(let values) = value, !values.isEmpty else {
                throw .malformed(pointer: place, reason: "must be a list of values")
            }
            choices = (choices ?? values).filter { values.map(\.canonical).contains($0.canonical) }
        case "const": choices = (choices ?? [value]).filter { $0.canonical == value.canonical }
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum": bounds.append(try Bound(keyword, value, at: place))
        case "minLength", "maxLength": lengths.append(try CountBound(keyword, value, at: place, unit: "characters"))
        case "minItems", "maxItems": counts.append(try CountBound(keyword, value, at: place, unit: "items"))
        case "uniqueItems":
            guard case .bool(let flag) = value else { throw .malformed(pointer: place, reason: "must be true or false") }
            itemsAreUnique = flag
        case "pattern": pattern = try Pattern(value, at: place)
        case "x-rule":
            guard let words = value.stringValue else { throw .malformed(pointer: place, reason: "must be a text") }
            rule = words
        case "format":
            guard let format = value.stringValue.flatMap(Format.init(rawValue:)) else {
                throw .malformed(pointer: place, reason: "must be date or date-time")
            }
            self.format = format
        case "$schema", "title", "description", "default", "examples": break
        default: return keyword.hasPrefix("x-")
        }
        return true
    }

    private static func others(
        _ value: JSONValue, at place: String, unsupported: inout [String]
    ) throws(JSONSchemaError) -> Others {
        if case .bool(let admits) = value { return admits ? .anything : .nothing }
        return .schema(try Node(value, at: place, unsupported: &unsupported))
    }
}

private enum ValueType: String, Sendable {
    case null, boolean, integer, number, string, array, object

    static func list(_ value: JSONValue, at place: String) throws(JSONSchemaError) -> [ValueType] {
        let names = if case .string(let name) = value { [name] } else { try value.strings(at: place) }
        let types = names.compactMap(ValueType.init(rawValue:))
        guard !types.isEmpty, types.count == names.count else {
            throw .malformed(pointer: place, reason: "must name types of JSON: null, boolean, integer, number, string, array, object")
        }
        return types
    }

    func admits(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.null, .null), (.boolean, .bool), (.number, .integer), (.number, .number), (.integer, .integer), (.string, .string),
            (.array, .array), (.object, .object):
            true
        // 1.0 is an integer as well (JSON Schema core, 4.2.3).
        case (.integer, .number(let number)): number.rounded() == number
        default: false
        }
    }

    var withArticle: String {
        switch self {
        case .null: "null"
        case .integer, .array, .object: "an \(rawValue)"
        case .boolean, .number, .string: "a \(rawValue)"
        }
    }
}

private struct Bound: Sendable {
    let keyword: String
    let limit: JSONValue

    init(_ keyword: String, _ value: JSONValue, at place: String) throws(JSONSchemaError) {
        guard ValueType.number.admits(value) else { throw .malformed(pointer: place, reason: "must be a number") }
        (self.keyword, limit) = (keyword, value)
    }

    /// What is wrong with the number, if anything.
    func complaint(about number: JSONValue) -> String? {
        guard let order = number.isOrdered(before: limit), let reverse = limit.isOrdered(before: number) else { return nil }
        return switch keyword {
        case "minimum": order ? "must be at least \(limit.shown)" : nil
        case "maximum": reverse ? "must be at most \(limit.shown)" : nil
        case "exclusiveMinimum": reverse ? nil : "must be greater than \(limit.shown)"
        default: order ? nil : "must be less than \(limit.shown)"
        }
    }
}

private struct CountBound: Sendable {
    let isMinimum: Bool
    let limit: Int64
    let unit: String

    init(_ keyword: String, _ value: JSONValue, at place: String, unit: String) throws(JSONSchemaError) {
        guard case .integer(let limit) = value.canonical, limit >= 0 else {
            throw .malformed(pointer: place, reason: "must be a whole number from 0")
        }
        (isMinimum, self.limit, self.unit) = (keyword.hasPrefix("min"), limit, unit)
    }

    func complaint(about count: Int) -> String? {
        if isMinimum { return count < limit ? "must have at least \(limit) \(unit)" : nil }
        return count > limit ? "must have at most \(limit) \(unit)" : nil
    }
}

private enum Format: String, Sendable {
    case date, dateTime = "date-time"

    func admits(_ text: String) -> Bool {
        switch self {
        // A day is well-formed exactly if its midnight is an instant.
        case .date: text.utf8.count == 10 && Timestamp(text + "T00:00:00Z") != nil
        case .dateTime: Timestamp(text) != nil
        }
    }

    var wish: String {
        switch self {
        case .date: "must be a date like 2026-01-31"
        case .dateTime: "must be an instant like 2026-01-31T12:00:00Z"
        }
    }
}

/// A regular expression that may match anywhere, as JSON Schema wants it.
///
/// `Regex` is not `Sendable` because it may hold closures; one that was parsed from a text holds none.
private struct Pattern: @unchecked Sendable {
    let text: String
    private let regex: Regex<AnyRegexOutput>

    init(_ value: JSONValue, at place: String) throws(JSONSchemaError) {
        guard let text = value.stringValue else { throw .malformed(pointer: place, reason: "must be a regular expression") }
        self.text = text
        do {
            // Code points, as ECMA-262 reads patterns with its u flag, and not the characters that Swift sees by default.
            regex = try Regex(Self.withSpacesOfECMA(text)).matchingSemantics(.unicodeScalar)
        } catch {
            throw .malformed(pointer: place, reason: "is no regular expression that can be read")
        }
    }

    func matches(_ text: String) -> Bool { text.firstMatch(of: regex) != nil }

    /// White space and line terminators of ECMA-262 (12.2 and 12.3). To Swift U+0085 is one as well, and U+FEFF is none. One by one: U+2000
    /// and U+2001 count as other code points where `Regex` reads a range.
    private static let spaces =
        #"\t\n\x0B\f\r\x20\xA0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF"#

    /// The pattern with `\s` and `\S` spelt out. Within a class `\S` stays as it is: there it can't be.
    private static func withSpacesOfECMA(_ pattern: String) -> String {
        var spelt = ""
        var (isEscaped, isInClass) = (false, false)
        for character in pattern.unicodeScalars {
            if isEscaped {
                isEscaped = false
                switch character {
                case "s": spelt += isInClass ? spaces : "[\(spaces)]"
                case "S" where !isInClass: spelt += "[^\(spaces)]"
                default: spelt += "\\\(character)"
                }
                continue
            }
            switch character {
            case "\\":
                isEscaped = true
                continue
            case "[": isInClass = true
            case "]": isInClass = false
            default: break
            }
            spelt.unicodeScalars.append(character)
        }
        return isEscaped ? spelt + "\\" : spelt
    }
}

// MARK: - Checking a value

extension Node {
    fileprivate func check(_ value: JSONValue, at path: [PathStep], into violations: inout [JSONSchema.Violation]) {
        func complain(_ complaint: String, at place: [PathStep]) {
            violations.append(JSONSchema.Violation(pointer: place.pointer, message: "\(place.fieldName) \(complaint)"))
        }
        if refusesEverything { complain("is not allowed", at: path) }
        if let types, !types.contains(where: { $0.admits(value) }) {
            // The other rules would only say the same again in other words.
            return complain("must be \(types.map(\.withArticle).joined(separator: " or "))", at: path)
        }
        if let choices, !choices.contains(where: { $0.canonical == value.canonical }) {
            complain(choices.count == 1 ? "must be \(choices[0].shown)" : "must be one of \(Self.list(choices))", at: path)
        }
        switch value {
        case .integer, .number:
            for complaint in bounds.compactMap({ $0.complaint(about: value) }) { complain(complaint, at: path) }
        case .string(let text):
            for complaint in lengths.compactMap({ $0.complaint(about: text.unicodeScalars.count) }) { complain(complaint, at: path) }
            if let pattern, !pattern.matches(text) { complain(rule.map { "must be \($0)" } ?? "must match \(pattern.text)", at: path) }
            if let format, !format.admits(text) { complain(format.wish, at: path) }
        case .array(let elements):
            for complaint in counts.compactMap({ $0.complaint(about: elements.count) }) { complain(complaint, at: path) }
            if itemsAreUnique, Set(elements.map(\.canonical)).count != elements.count { complain("must not hold an item twice", at: path) }
            for (index, element) in elements.enumerated() { items.check(element, at: path + [.item(index)], into: &violations) }
        case .object(let members):
            for name in required where members[name] == nil { complain("is missing", at: path + [.member(name)]) }
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                let place = path + [.member(name)]
                if let property = properties[name] {
                    property.check(member, at: place, into: &violations)
                } else {
                    others.check(member, at: place, into: &violations)
                }
            }
        case .null, .bool: break
        }
    }

    /// As many choices as a person reads in a message.
    private static func list(_ choices: [JSONValue]) -> String {
        let shown = choices.prefix(12).map(\.shown).joined(separator: ", ")
        return choices.count > 12 ? "\(shown) and \(choices.count - 12) more" : shown
    }
}

extension Node.Others {
    fileprivate func check(_ value: JSONValue, at path: [PathStep], into violations: inout [JSONSchema.Violation]) {
        switch self {
        case .anything: break
        case .nothing: violations.append(JSONSchema.Violation(pointer: path.pointer, message: "\(path.fieldName) is not known here"))
        case .schema(let node): node.check(value, at: path, into: &violations)
        }
    }
}

// MARK: - Values

extension JSONValue {
    /// The value with every whole number as an integer, so that 1 and 1.0 are equal, as JSON Schema has them.
    fileprivate var canonical: JSONValue {
        switch self {
        case .number(let number): Int64(exactly: number).map(JSONValue.integer) ?? self
        case .array(let items): .array(items.map(\.canonical))
        case .object(let members): .object(members.mapValues(\.canonical))
        case .null, .bool, .integer, .string: self
        }
    }

    /// `nil` unless both are numbers.
    fileprivate func isOrdered(before other: JSONValue) -> Bool? {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left < right
        case (.integer(let left), .number(let right)): Double(left) < right
        case (.number(let left), .integer(let right)): left < Double(right)
        case (.number(let left), .number(let right)): left < right
        default: nil
        }
    }

    /// A value of the schema, as a message shows it.
    fileprivate var shown: String {
        switch self {
        case .null: "null"
        case .bool(let flag): String(flag)
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .string(let text): "\"\(text)\""
        case .array: "the list of the schema"
        case .object: "the object of the schema"
        }
    }

    fileprivate func members(at place: String) throws(JSONSchemaError) -> [String: JSONValue] {
        guard case .object(let members) = self else { throw .malformed(pointer: place, reason: "must be an object") }
        return members
    }

    fileprivate func strings(at place: String) throws(JSONSchemaError) -> [String] {
        guard case .array(let items) = self else { throw .malformed(pointer: place, reason: "must be a list of strings") }
        let strings = items.compactMap(\.stringValue)
        guard strings.count == items.count else { throw .malformed(pointer: place, reason: "must be a list of strings") }
        return strings
    }
}
