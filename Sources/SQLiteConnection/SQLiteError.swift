import CSQLite
import Glibc

/// What SQLite answered instead of doing what it was asked.
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// What the trouble is, as far as a caller would act differently on it.
    package enum Kind: Sendable {
        /// The disk, a quota or the largest allowed file is full: nothing of the statement or transaction was kept.
        case diskFull
        /// Reading, writing or flushing failed: whether a commit was stored is not known.
        case inputOutput
        /// Another connection held its lock longer than the busy timeout.
        case busy
        /// The file is there, but no SQLite database.
        case notADatabase
        /// The file or its folder may not be written.
        case readOnly
        /// The file contradicts itself.
        case corrupt
        /// The file or one beside it could not be opened or created.
        case cannotOpen
        /// A constraint or a trigger of the schema refused.
        case constraint
        case other
    }

    /// SQLite's extended result code, https://sqlite.org/rescode.html.
    package let code: Int32
    package let message: String
    /// The system's error number behind it; 0 where there is none.
    package let systemNumber: Int32

    package init(code: Int32, message: String, systemNumber: Int32 = 0) {
        self.code = code
        self.message = message
        self.systemNumber = systemNumber
    }

    package var kind: Kind {
        // SQLite only knows a full disk as such; a quota or a limit on the size of files stops a write just the same.
        if code == Self.failedWrite, [ENOSPC, EDQUOT, EFBIG].contains(systemNumber) { return .diskFull }
        return switch code & 0xff {
        case SQLITE_FULL: .diskFull
        case SQLITE_IOERR: .inputOutput
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_READONLY: .readOnly
        case SQLITE_CORRUPT: .corrupt
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: .cannotOpen
        case SQLITE_CONSTRAINT: .constraint
        default: .other
        }
    }

    /// Whether a COMMIT that failed like this may have been stored all the same.
    ///
    /// Not when a write failed: the frame that marks the commit is written last. After a failed flush nobody knows.
    package var mayHaveCommitted: Bool {
        switch kind {
        case .diskFull, .busy: false
        default: code != Self.failedWrite
        }
    }

    /// `SQLITE_IOERR_WRITE`, a macro that Swift does not see.
    static let failedWrite = SQLITE_IOERR | 3 << 8

    package var description: String { "\(message) (SQLite code \(code))" }
}
