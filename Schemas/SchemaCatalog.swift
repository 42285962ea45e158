public import HindsightCore
import Foundation

/// The schemas of all event types that ship with Hindsight, by type and version.
///
/// A file `<domain>/<event-name>.v<N>.json` describes version N of `<domain>.<event-name>`.
public struct SchemaCatalog: Sendable {
    /// In the byte order of types, then by version.
    public let all: [EventSchema]
    private let byType: [EventType: [Int: EventSchema]]

    /// Reads the schemas that were built into this program's bundle.
    public init() throws(SchemaCatalogError) {
        try self.init(folder: Bundle.module.bundlePath)
    }

    /// Reads the schemas of each domain from the folder of its name.
    public init(folder: String) throws(SchemaCatalogError) {
        var found: [EventSchema] = []
        for domain in try Self.entries(of: folder) where !domain.contains(".") {
            let files = try Self.entries(of: "\(folder)/\(domain)")
            for file in files where file.hasSuffix(".json") { found.append(try Self.schema(domain, file, in: folder)) }
        }
        all = found.sorted { ($0.type.description, $0.version) < ($1.type.description, $1.version) }
        byType = Dictionary(grouping: all, by: \.type).mapValues {
            Dictionary($0.map { ($0.version, $0) }) { first, _ in first }
        }
    }

    public func schema(of type: EventType, version: Int) -> EventSchema? { byType[type]?[version] }

    /// The versions of `type` that have a schema, oldest first.
    public func versions(of type: EventType) -> [Int] { (byType[type] ?? [:]).keys.sorted() }

    private static func entries(of folder: String) throws(SchemaCatalogError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw SchemaCatalogError(file: folder, reason: "the folder cannot be read")
        }
    }

    private static func schema(_ domain: String, _ file: String, in folder: String) throws(SchemaCatalogError) -> EventSchema {
        let path = "\(domain)/\(file)"
        let parts = file.dropLast(".json".count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].first == "v", let version = Int(parts[1].dropFirst()), version >= 1 else {
            throw SchemaCatalogError(file: path, reason: "the name must be <event-name>.v<N>.json")
        }
        guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(path)") else {
            throw SchemaCatalogError(file: path, reason: "the file cannot be read")
        }
        do {
            let document = try JSON.decode(JSONValue.self, from: Array(bytes))
            return try EventSchema(document, type: EventType("\(domain).\(parts[0])"), version: version, file: path)
        } catch let error as SchemaCatalogError {
            throw error
        } catch {
            throw SchemaCatalogError(file: path, reason: "is no JSON document with the name of an event type")
        }
    }
}

/// A schema file that cannot be used: the program was built or installed incompletely.
public struct SchemaCatalogError: Error, Sendable, Equatable, CustomStringConvertible {
    public let file: String
    public let reason: String

    public var description: String { "schema \(file): \(reason)" }
}
