public import HindsightCore

/// What the data of one event type looks like in one version, and who may write it.
public struct EventSchema: Sendable {
    public enum Writer: String, Sendable {
        /// A fact that services may state.
        case service
        /// A decision of the domain or the engine: nobody else writes it.
        case decider
    }

    public let type: EventType
    public let version: Int
    public let writtenBy: Writer
    /// Data of real events.
    public let examples: [JSONValue]
    /// JSON pointers of members that hold personal values; `*` stands for any item of a list.
    public let personalMembers: [String]
    /// JSON pointers of members that were read off a clock or the outside world: they differ from run to run.
    public let measuredMembers: [String]
    private let rules: JSONSchema

    /// The schema as it stands in its file.
    public var document: JSONValue { rules.source }

    init(_ document: JSONValue, type: EventType, version: Int, file: String) throws(SchemaCatalogError) {
        guard let writer = document["x-written-by"]?.stringValue.flatMap(Writer.init) else {
            throw SchemaCatalogError(file: file, reason: "x-written-by must be service or decider")
        }
        do {
            rules = try JSONSchema(document)
        } catch {
            throw SchemaCatalogError(file: file, reason: "\(error)")
        }
        self.type = type
        self.version = version
        writtenBy = writer
        examples = document["examples"]?.arrayValue ?? []
        personalMembers = Self.members(marked: "x-personal", in: document)
        measuredMembers = Self.members(marked: "x-measured", in: document)
    }

    /// Where `data` breaks the schema; JSON pointers into the data.
    public func violations(in data: JSONValue) -> [JSONSchema.Violation] { rules.validate(data) }

    private static func members(marked mark: String, in schema: JSONValue, at pointer: String = "") -> [String] {
        if schema[mark]?.boolValue == true { return [pointer] }
        var found: [String] = []
        for (name, property) in (schema["properties"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
            found += members(marked: mark, in: property, at: pointer + "/" + name)
        }
        if let items = schema["items"] { found += members(marked: mark, in: items, at: pointer + "/*") }
        return found
    }
}
