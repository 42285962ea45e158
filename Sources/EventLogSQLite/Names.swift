import HindsightCore
import SQLiteConnection

/// The tables that give names numbers, in the order of their first use.
enum NameTable: String {
    case streams, types, categories, tags

    func number(of name: String, on connection: Connection) throws(SQLiteError) -> Int64? {
        try connection.integer("SELECT number FROM \(rawValue) WHERE name = ?", .text(name))
    }
}

/// The numbers of names that a writer met, and gave to those that had none.
final class NameNumbers {
    private let connection: Connection
    private var types: [EventType: Int64] = [:]
    private var categories: [Category: Int64] = [:]
    private var tags: [Tag: Int64] = [:]
    /// The last number that each table gave.
    private var last: [NameTable: Int64] = [:]
    /// Tags may be as many as the things they name.
    private static let mostTags = 50_000

    init(_ connection: Connection) { self.connection = connection }

    /// Gives the next number to a name that has none.
    func add(_ name: String, to table: NameTable) throws(SQLiteError) -> Int64 {
        let number = try last(of: table) + 1
        try connection.run("INSERT OR FAIL INTO \(table.rawValue) (number, name) VALUES (?, ?)", .integer(number), .text(name))
        last[table] = number
        return number
    }

    private func last(of table: NameTable) throws(SQLiteError) -> Int64 {
        if let known = last[table] { return known }
        return try connection.integer("SELECT max(number) FROM \(table.rawValue)") ?? 0
    }

    func numberOrAdd(_ name: String, to table: NameTable) throws(SQLiteError) -> Int64 {
        if let known = try table.number(of: name, on: connection) { return known }
        return try add(name, to: table)
    }

    func number(of type: EventType) throws(SQLiteError) -> Int64 {
        if let known = types[type] { return known }
        let number = try numberOrAdd(type.description, to: .types)
        types[type] = number
        return number
    }

    /// The number of a type, if an event of it was ever stored; 0, which none has, otherwise.
    func known(_ type: EventType) throws(SQLiteError) -> Int64 {
        if let known = types[type] { return known }
        guard let number = try NameTable.types.number(of: type.description, on: connection) else { return 0 }
        types[type] = number
        return number
    }

    func number(of category: Category) throws(SQLiteError) -> Int64 {
        if let known = categories[category] { return known }
        let number = try numberOrAdd(category.description, to: .categories)
        categories[category] = number
        return number
    }

    func number(of tag: Tag) throws(SQLiteError) -> Int64 {
        if let known = tags[tag] { return known }
        let number = try numberOrAdd(tag.description, to: .tags)
        if tags.count >= Self.mostTags { tags.removeAll(keepingCapacity: true) }
        tags[tag] = number
        return number
    }
}

/// The names behind the numbers, looked up once for each connection: what has a number keeps its name for ever.
final class Names {
    private let connection: Connection
    private var streams: [Int64: StreamName] = [:]
    private var types: [Int64: EventType] = [:]
    private var tagLists: [TagListMemory?] = Array(repeating: nil, count: 1_024)
    /// A log may have millions of streams.
    private static let mostStreams = 50_000

    init(_ connection: Connection) { self.connection = connection }

    func stream(_ number: Int64, at position: Position) throws -> StreamName {
        if let known = streams[number] { return known }
        let stream = try name(.streams, number, at: position) { text throws(EventLogError) in try StreamName(text) }
        if streams.count >= Self.mostStreams { streams.removeAll(keepingCapacity: true) }
        streams[number] = stream
        return stream
    }

    private struct TagListMemory {
        let bytes: [UInt8]
        let tags: [Tag]
    }

    /// The tags that ``TagList`` wrote: events close to each other often have the same, and then share them.
    func tags(in bytes: UnsafeRawBufferPointer) -> [Tag]? {
        guard bytes.count > 2 else { return TagList.tags(in: bytes) }
        // FNV-1a, which is quick for texts as short as these.
        let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let slot = Int(hash % UInt64(tagLists.count))
        if let known = tagLists[slot], known.bytes.elementsEqual(bytes) { return known.tags }
        guard let tags = TagList.tags(in: bytes) else { return nil }
        tagLists[slot] = TagListMemory(bytes: Array(bytes), tags: tags)
        return tags
    }

    func type(_ number: Int64, at position: Position) throws -> EventType {
        if let known = types[number] { return known }
        let type = try name(.types, number, at: position) { text throws(EventLogError) in try EventType(text) }
        types[number] = type
        return type
    }

    private func name<Name>(
        _ table: NameTable, _ number: Int64, at position: Position, _ make: (String) throws(EventLogError) -> Name
    ) throws -> Name {
        let bytes = try connection.first("SELECT name FROM \(table.rawValue) WHERE number = ?", .integer(number)) { $0.bytes(0) }
        guard let bytes, let text = String(validating: bytes, as: UTF8.self) else {
            throw EventLogError.damaged(position: position, reason: "number \(number) of \(table.rawValue) has no name")
        }
        do {
            return try make(text)
        } catch {
            throw EventLogError.damaged(
                position: position, reason: "the name behind number \(number) of \(table.rawValue) breaks the rules")
        }
    }
}
