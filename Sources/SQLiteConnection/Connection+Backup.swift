import CSQLite

extension Connection {
    /// Copies every page of this database into `target`, an empty one, as they are in the transaction that this connection is in.
    ///
    /// The transaction is what makes it end: a copy without one begins anew whenever another process commits.
    /// - Parameter progress: Called after each stretch with the pages copied and the pages there are; what it throws ends the copy.
    package func copyPages(to target: Connection, pagesPerStep: Int32 = 2_000, progress: (_ done: Int64, _ all: Int64) throws -> Void)
        throws
    {
        precondition(isInTransaction, "the copy would begin anew with every commit of others")
        guard let backup = sqlite3_backup_init(target.handle, "main", handle, "main") else {
            throw SQLiteError(target.handle, code: sqlite3_errcode(target.handle))
        }
        do {
            while true {
                let code = sqlite3_backup_step(backup, pagesPerStep)
                guard code == SQLITE_OK || code == SQLITE_DONE else { throw SQLiteError(target.handle, code: code) }
                let all = Int64(sqlite3_backup_pagecount(backup))
                try progress(all - Int64(sqlite3_backup_remaining(backup)), all)
                if code == SQLITE_DONE { break }
            }
        } catch {
            sqlite3_backup_finish(backup)
            throw error
        }
        let code = sqlite3_backup_finish(backup)
        guard code == SQLITE_OK else { throw SQLiteError(target.handle, code: code) }
    }
}
