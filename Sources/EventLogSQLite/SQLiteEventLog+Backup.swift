package import HindsightCore
import Glibc
import SQLiteConnection

/// What a backup is doing.
package enum BackupStage: String, Sendable {
    /// Counted in pages.
    case copying
    /// Counted in events.
    case verifying
}

extension SQLiteEventLog {
    /// Copies the log as it is now into another folder, while appends go on, and verifies the copy.
    ///
    /// SQLite's backup interface copies page by page inside one read transaction: it shows how far it is, ends when its task is cancelled,
    /// and is not disturbed by writers. (`VACUUM INTO` writes a smaller file where pages are free, of which a log that only grows has none,
    /// and cannot be watched.) While it runs, the write-ahead log of the source grows.
    ///
    /// The copy is made in a folder inside the target and moved out of it at the end, so half a backup is never taken for one; the next
    /// backup clears away what an interrupted one left.
    /// - Parameters:
    ///   - target: Made if it is missing. It may not hold a log, nor files that SQLite would take for part of one.
    ///   - progress: Called with what is done and what there is, see ``BackupStage``.
    ///   - completing: What belongs beside the log is copied here, once the copy is verified and before it can be taken for a backup.
    /// - Returns: The head of the copy.
    /// - Throws: `.unavailable`, `.damaged` for a copy whose chain does not hold, `CancellationError`; what `completing` throws.
    package func backUp(
        to target: String, progress: (_ stage: BackupStage, _ done: Int64, _ all: Int64) -> Void = { _, _, _ in },
        completing: (_ head: LogHead) async throws -> Void = { _ in }
    ) async throws -> LogHead {
        let staging = try BackupFolder(target)
        let head = try copy(to: staging, progress)
        let verdict = try await verify(staging) { progress(.verifying, $0, $1) }
        guard verdict.verified, verdict.through == head.position, verdict.digest == head.digest else {
            throw EventLogError.damaged(
                position: verdict.badPosition,
                reason: verdict.reason ?? "the copy ends at position \(verdict.through), not \(head.position)")
        }
        try await completing(head)
        try staging.complete()
        return head
    }

    private func copy(to staging: BackupFolder, _ progress: (BackupStage, Int64, Int64) -> Void) throws -> LogHead {
        let source = try file.openReader()
        let copy = LogFile(folder: staging.path)
        return try source.read(format: LogFile.format) { view in
            let head = try file.translating { try view.head() }
            let target = try copy.translating { try Connection(path: copy.path, mode: .create) }
            defer { target.close() }
            do {
                try view.connection.copyPages(to: target) { done, all in
                    try Task.checkCancellation()
                    progress(.copying, done, all)
                }
            } catch let error as SQLiteError {
                throw EventLogError(error, file: copy.path)
            }
            return head
        }
    }

    private func verify(
        _ staging: BackupFolder, progress: (Position, Position) -> Void
    ) async throws -> ChainVerifier.Verdict {
        let copy = try SQLiteEventLog.open(folder: staging.path, clock: clock, mode: .readOnly)
        let verdict = try await ChainVerifier.verify(copy, progress: progress)
        await copy.close()
        return verdict
    }
}

/// Where a backup is made: a folder inside its target, which one process works in at a time.
private struct BackupFolder {
    let path: String
    private let target: String
    private let lock: FolderLock

    init(_ target: String) throws(EventLogError) {
        self.target = target
        path = "\(target)/incomplete-backup"
        // Before the folder is made: what is refused leaves nothing behind.
        try Self.refuseLog(in: target)
        lock = try FolderLock.acquire(folder: path, holder: "another backup")
        try removeFiles()
    }

    private static func refuseLog(in target: String) throws(EventLogError) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            var status = stat()
            guard stat("\(target)/events.sqlite\(suffix)", &status) != 0 else {
                throw .unavailable(reason: "\(target) holds a log already (events.sqlite\(suffix)): name an empty folder")
            }
        }
    }

    private func removeFiles() throws(EventLogError) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let file = "\(path)/events.sqlite\(suffix)"
            guard unlink(file) == 0 || errno == ENOENT else { throw .unavailable(reason: "\(file) cannot be removed: \(systemReason())") }
        }
    }

    /// Makes the copy the log of the target, durably.
    func complete() throws(EventLogError) {
        let (copy, log) = ("\(path)/events.sqlite", "\(target)/events.sqlite")
        try flush(copy)
        try Self.refuseLog(in: target)
        guard rename(copy, log) == 0 else { throw .unavailable(reason: "\(copy) cannot be moved to \(log): \(systemReason())") }
        try Folder(target, creating: false).flush()
        try removeFiles()
        guard unlink("\(path)/hindsight.lock") == 0, rmdir(path) == 0 else {
            throw .unavailable(reason: "the backup is complete, but \(path) cannot be removed: \(systemReason())")
        }
    }

    private func flush(_ file: String) throws(EventLogError) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unavailable(reason: "\(file) cannot be opened: \(systemReason())") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unavailable(reason: "\(file) cannot be flushed: \(systemReason())") }
    }
}
