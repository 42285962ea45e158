import HindsightApp
import HindsightCore
import HindsightRuntime

/// A page of rows: what is asked for, and where the next one begins.
struct Listing: Sendable {
    let limit: Int
    /// The key of the last row of the page before.
    let after: String?
    /// A declared index with the value that rows must have in it.
    let entry: IndexEntry?

    /// - Parameter indexes: The parameters that filter, of which one may be given.
    init(_ query: Query, indexes: [String] = []) throws(Problem) {
        limit = try query.limit() ?? Query.defaultLimit
        after = try query.text("cursor").map { text throws(Problem) in try Self.key(text) }
        let given = indexes.filter(query.names.contains)
        guard given.count <= 1 else { throw .field(given[1], "stands beside \(given[0]): filter by one of them") }
        entry = try given.first.map { name throws(Problem) in IndexEntry(index: name, value: try query.required(name)) }
    }

    static let parameters = ["limit", "cursor", "at"]

    var selection: RowSelection { RowSelection(entry: entry, after: after, limit: limit + 1) }

    /// The rows of the page, and the cursor of the next one.
    func page<Row>(_ rows: [Row], key: (Row) -> String) -> (rows: ArraySlice<Row>, cursor: String?) {
        let page = rows.prefix(limit)
        return (page, rows.count > limit ? page.last.map { Self.cursor(key($0)) } : nil)
    }

    /// Opaque to clients, so that what it is made of may change.
    private static func cursor(_ key: String) -> String { key.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    private static func key(_ cursor: String) throws(Problem) -> String {
        let digits = Array(cursor.utf8)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index..<min(index + 2, digits.count)], as: UTF8.self), radix: 16)
        }
        guard digits.count % 2 == 0, !digits.isEmpty, bytes.count * 2 == digits.count,
            let key = String(validating: bytes, as: UTF8.self), self.cursor(key) == cursor
        else { throw .field("cursor", "must be the cursor of an answer to the same call") }
        return key
    }
}

extension Answer {
    /// A list of encoded rows under a name, with the cursor of the next page.
    static func list(_ name: String, _ rows: [[UInt8]], cursor: String?) -> Answer {
        var bytes = Array("{\"\(name)\":[".utf8)
        for (index, row) in rows.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += row
        }
        bytes.append(UInt8(ascii: "]"))
        if let cursor { bytes += ",\"cursor\":\"\(cursor)\"".utf8 }
        return .bytes(bytes + [UInt8(ascii: "}")], .json)
    }
}
