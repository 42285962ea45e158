import CSQLite

/// A value on its way into a statement.
package enum SQLiteValue: Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    /// Text that is at hand as UTF-8.
    case utf8([UInt8])
    case blob([UInt8])
}

/// A prepared statement, ready again after each use.
package final class Statement {
    private let handle: OpaquePointer

    /// Tells SQLite to copy what is bound before the call returns: Swift may move or free it afterwards.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ sql: String, on database: OpaquePointer) throws(SQLiteError) {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK else { throw SQLiteError(database, code: code) }
        guard let prepared else { preconditionFailure("a statement without SQL") }
        handle = prepared
    }

    deinit { sqlite3_finalize(handle) }

    /// Runs a statement that gives no rows.
    package func run(_ values: [SQLiteValue]) throws(SQLiteError) {
        defer { reset() }
        try bind(values)
        while try step() {}
    }

    /// Runs a statement that gives no rows with values that are only lent to it, so that SQLite copies each of them once, into its page.
    ///
    /// - Parameter bind: Sets every parameter; the bytes it lends must stay where they are until this returns.
    package func run(lending bind: (Bindings) -> Void) throws(SQLiteError) {
        defer { reset() }
        bind(Bindings(handle))
        while try step() {}
    }

    /// The first row of the answer, or `nil` when there is none.
    package func first<Result>(_ values: [SQLiteValue], read: (Row) -> Result) throws(SQLiteError) -> Result? {
        defer { reset() }
        try bind(values)
        return try step() ? read(Row(handle)) : nil
    }

    /// Hands over each row until `body` returns `false` or throws.
    package func forEach(_ values: [SQLiteValue], _ body: (Row) throws -> Bool) throws {
        defer { reset() }
        try bind(values)
        while try step() {
            guard try body(Row(handle)) else { return }
        }
    }

    private func bind(_ values: [SQLiteValue]) throws(SQLiteError) {
        precondition(sqlite3_stmt_busy(handle) == 0, "the statement is in use: \(String(cString: sqlite3_sql(handle)))")
        precondition(values.count == sqlite3_bind_parameter_count(handle), "a value for each parameter")
        for (offset, value) in values.enumerated() {
            let index = Int32(offset + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(handle, index)
                case .integer(let number): sqlite3_bind_int64(handle, index, number)
                case .real(let number): sqlite3_bind_double(handle, index, number)
                case .text(let text): bind(utf8: Array(text.utf8), at: index)
                case .utf8(let bytes): bind(utf8: bytes, at: index)
                case .blob(let bytes): bind(blob: bytes, at: index)
                }
            guard code == SQLITE_OK else { throw SQLiteError(sqlite3_db_handle(handle), code: code) }
        }
    }

    private func bind(utf8 bytes: [UInt8], at index: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            // An empty array may have no address, which would bind NULL.
            guard let address = buffer.baseAddress else { return sqlite3_bind_text(handle, index, "", 0, Self.transient) }
            return sqlite3_bind_text64(
                handle, index, address.assumingMemoryBound(to: CChar.self), UInt64(buffer.count), Self.transient, UInt8(SQLITE_UTF8))
        }
    }

    private func bind(blob bytes: [UInt8], at index: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            guard let address = buffer.baseAddress else { return sqlite3_bind_zeroblob(handle, index, 0) }
            return sqlite3_bind_blob64(handle, index, address, UInt64(buffer.count), Self.transient)
        }
    }

    private func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLiteError(sqlite3_db_handle(handle), code: code)
        }
    }

    private func reset() {
        // What `sqlite3_reset` returns is the error that `step` has thrown already.
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }
}

/// The parameters of a statement, or of one row of it, numbered from 1, for values that are lent to it.
package struct Bindings {
    private let handle: OpaquePointer
    /// How many parameters stand before the first.
    private let base: Int32

    init(_ handle: OpaquePointer, base: Int32 = 0) {
        self.handle = handle
        self.base = base
    }

    /// The parameters behind the first `count`.
    func after(_ count: Int) -> Bindings { Bindings(handle, base: base + Int32(count)) }

    package func null(at index: Int32) { check(sqlite3_bind_null(handle, base + index)) }

    package func integer(_ value: Int64, at index: Int32) { check(sqlite3_bind_int64(handle, base + index, value)) }

    package func text(_ bytes: UnsafeRawBufferPointer, at index: Int32) {
        guard let address = bytes.baseAddress else { return check(sqlite3_bind_text(handle, base + index, "", 0, nil)) }
        check(
            sqlite3_bind_text64(
                handle, base + index, address.assumingMemoryBound(to: CChar.self), UInt64(bytes.count), nil, UInt8(SQLITE_UTF8)))
    }

    package func blob(_ bytes: UnsafeRawBufferPointer, at index: Int32) {
        guard let address = bytes.baseAddress else { return check(sqlite3_bind_zeroblob(handle, base + index, 0)) }
        check(sqlite3_bind_blob64(handle, base + index, address, UInt64(bytes.count), nil))
    }

    /// Binding fails for a parameter that isn't there, a statement that is running, or a value over SQLite's limit of 1 GB.
    private func check(_ code: Int32) {
        precondition(code == SQLITE_OK, "a value was bound where the statement has no place for it")
    }
}

/// The row a statement stands on; valid only until the statement goes on.
package struct Row {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    /// A number; 0 for NULL.
    package func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    package func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    package func real(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// A text; empty for NULL. What is no UTF-8 is repaired: compare ``bytes(_:)`` where that matters.
    package func text(_ column: Int32) -> String { withBytes(column) { String(decoding: $0, as: UTF8.self) } }

    package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    /// A copy of a text or blob; empty for NULL.
    package func bytes(_ column: Int32) -> [UInt8] { withBytes(column) { Array($0) } }

    package func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }

    /// The bytes of a text or blob as SQLite holds them, good until the statement goes on; empty for NULL.
    package func lentBytes(_ column: Int32) -> UnsafeRawBufferPointer {
        // The column is looked up once for both. Such a value is safe on the one thread that uses the connection.
        let value = sqlite3_column_value(handle, column)
        let address = sqlite3_value_blob(value)
        return UnsafeRawBufferPointer(start: address, count: Int(sqlite3_value_bytes(value)))
    }

    /// Lends the bytes of a text or blob as SQLite holds them, without a copy.
    package func withBytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(lentBytes(column))
    }
}
