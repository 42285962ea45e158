/// Inserts rows into one table, many with one statement: beginning and ending a statement costs more than another row of it.
package final class RowInsertion {
    private let connection: Connection
    private let columnCount: Int
    /// "INSERT … VALUES", without a row.
    private let head: String
    /// Statements for 1, 2, 4… rows, made when they are needed.
    private var statements: [Statement?]

    /// - Parameters:
    ///   - columns: In the order of their parameters.
    ///   - mostRows: Of one statement; a power of two. SQLite takes 32,766 parameters.
    package init(into table: String, columns: [String], mostRows: Int, on connection: Connection) {
        precondition(mostRows.nonzeroBitCount == 1 && mostRows * columns.count <= 32_766, "SQLite takes 32,766 parameters")
        self.connection = connection
        columnCount = columns.count
        // Nothing is changed before the constraints of a row have been looked at, so SQLite need not be ready to undo the rows before it.
        head = "INSERT OR FAIL INTO \(table) (\(columns.joined(separator: ", "))) VALUES "
        statements = Array(repeating: nil, count: mostRows.trailingZeroBitCount + 1)
    }

    /// Inserts so many rows, in their order. Some of them may be stored when this throws.
    ///
    /// - Parameter bind: Sets every parameter of the row with this index; the bytes it lends must stay where they are until this returns.
    package func insert(_ count: Int, bind: (Bindings, Int) -> Void) throws(SQLiteError) {
        var done = 0
        while done < count {
            // As many at once as there are left, in powers of two: so few statements serve every count.
            let size = min(statements.count - 1, (count - done).bitWidth - 1 - (count - done).leadingZeroBitCount)
            let rows = 1 << size
            try statement(size).run { bindings in
                for row in 0..<rows { bind(bindings.after(row * columnCount), done + row) }
            }
            done += rows
        }
    }

    private func statement(_ size: Int) throws(SQLiteError) -> Statement {
        if let known = statements[size] { return known }
        let row = "(" + repeatElement("?", count: columnCount).joined(separator: ", ") + ")"
        let made = try connection.makeStatement(head + repeatElement(row, count: 1 << size).joined(separator: ", "))
        statements[size] = made
        return made
    }
}
