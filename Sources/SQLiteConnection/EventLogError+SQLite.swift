package import HindsightCore

extension EventLogError {
    /// What SQLite's trouble with `file` means to a caller of the log, in one line that says what to do.
    package init(_ error: SQLiteError, file: String) {
        self =
            switch error.kind {
            case .diskFull: .unavailable(reason: "the disk is full (\(file)): make room, then repeat")
            case .inputOutput: .unavailable(reason: "reading or writing \(file) failed: \(error)")
            case .busy: .unavailable(reason: "another process holds the lock of \(file) for too long: repeat")
            case .readOnly: .unavailable(reason: "\(file) or its folder may not be written: \(error)")
            case .cannotOpen: .unavailable(reason: "\(file) cannot be opened: \(error)")
            case .notADatabase: .damaged(position: nil, reason: "\(file) is no SQLite database")
            case .corrupt: .damaged(position: nil, reason: "\(file): \(error)")
            case .constraint, .other: .unavailable(reason: "\(file): \(error)")
            }
    }
}
