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
    private let tagNames = ByteKeys()
    private var tags: [Int64] = []
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

    /// - Parameter tag: Its UTF-8.
    func number(ofTag tag: UnsafeRawBufferPointer) throws(SQLiteError) -> Int64 {
        if let index = tagNames.index(of: tag) { return tags[index] }
        let number = try numberOrAdd(String(decoding: tag, as: UTF8.self), to: .tags)
        if tags.count >= Self.mostTags {
            tags.removeAll(keepingCapacity: true)
            tagNames.removeAll()
        }
        tagNames.enter(tag)
        tags.append(number)
        return number
    }
}

/// The names behind the numbers, looked up once for each connection: what has a number keeps its name for ever.
final class Names {
    private let connection: Connection
    /// A stream lies in the slot of its number modulo 4,096. Numbers are dense in the order of their first use, so streams that are busy
    /// together mostly have a slot each.
    private var slots = UnsafeMutableBufferPointer<NamedStream>(start: nil, count: 0)
    /// Of the stream that was asked for last.
    @exclusivity(unchecked) private var lastSlot = 0
    /// Those that had to leave their slots, too. A log may have millions.
    private var streams: [Int64: StreamName] = [:]
    private static let mostStreams = 50_000
    /// By number: the first ones of a log, which are mostly all.
    @exclusivity(unchecked) private var types: [EventType?] = Array(repeating: nil, count: 256)
    private var laterTypes: [Int64: EventType] = [:]

    private struct NamedStream {
        var number: Int64 = 0
        var name: StreamName?
        /// The tags of its last event, as they lay in the file: the next one often has the same, and then shares them.
        var tagList = noTags
        var tags: [Tag] = []

        private static let noTags = Array("[]".utf8)
        /// Longer lists are read each time, so that the slots don't fill the memory.
        static let mostBytes = 256
    }

    init(_ connection: Connection) { self.connection = connection }

    deinit {
        slots.deinitialize()
        slots.deallocate()
    }

    func stream(_ number: Int64, at position: Position) throws -> StreamName {
        let slot = Int(number & 4_095)
        // Not before somebody asks: a writer seldom does.
        if slots.isEmpty {
            slots = .allocate(capacity: 4_096)
            slots.initialize(repeating: NamedStream())
        }
        lastSlot = slot
        if slots[slot].number == number, let known = slots[slot].name { return known }
        let name = try streams[number] ?? name(.streams, number, at: position) { text throws(EventLogError) in try StreamName(text) }
        if streams.count >= Self.mostStreams { streams.removeAll(keepingCapacity: true) }
        streams[number] = name
        slots[slot] = NamedStream(number: number, name: name)
        return name
    }

    /// The tags that ``TagList`` wrote for an event of the stream that was asked for last.
    func tags(in bytes: UnsafeRawBufferPointer) -> [Tag]? {
        if slots[lastSlot].tagList.withUnsafeBytes({ $0.hasSameBytes(as: bytes) }) { return slots[lastSlot].tags }
        guard let read = TagList.tags(in: bytes) else { return nil }
        if bytes.count <= NamedStream.mostBytes { (slots[lastSlot].tagList, slots[lastSlot].tags) = (Array(bytes), read) }
        return read
    }

    func type(_ number: Int64, at position: Position) throws -> EventType {
        let isEarly = (0..<Int64(types.count)).contains(number)
        if let known = isEarly ? types[Int(number)] : laterTypes[number] { return known }
        let type = try name(.types, number, at: position) { text throws(EventLogError) in try EventType(text) }
        if isEarly { types[Int(number)] = type } else { laterTypes[number] = type }
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
