import Glibc
public import HindsightCore

/// The right to drive the sagas and read models of a folder: one process has it at a time.
///
/// Appending and reading need no lock. The system takes it back when the process ends, however that happens.
public final class FolderLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock on `<folder>/hindsight.lock`, and makes both if they are missing.
    ///
    /// - Parameter holder: What a second process is told about this one, beside its process id.
    /// - Throws: `.unavailable`, naming who holds it.
    public static func acquire(folder: String, holder: String = "hindsight") throws(EventLogError) -> FolderLock {
        _ = try Folder(folder, creating: true)
        let path = "\(folder)/hindsight.lock"
        // A child process must not inherit the lock, or it would outlive its owner.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .unavailable(reason: "\(path) cannot be opened: \(systemReason())") }
        let lock = FolderLock(descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw .unavailable(reason: "\(path) cannot be locked: \(systemReason())") }
            throw .unavailable(reason: "\(folder) is in use by \(lock.note() ?? "another process"): stop it first")
        }
        try lock.write(note: "\(holder) (process \(getpid()))\n", path: path)
        return lock
    }

    private func note() -> String? {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private func write(note: String, path: String) throws(EventLogError) {
        let bytes = Array(note.utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
            throw .unavailable(reason: "\(path) cannot be written: \(systemReason())")
        }
    }
}

extension SQLiteEventLog {
    /// Takes the lock that the driving process of a folder holds: see ``FolderLock``.
    public static func lockFolder(_ folder: String, holder: String = "hindsight") throws(EventLogError) -> FolderLock {
        try FolderLock.acquire(folder: folder, holder: holder)
    }
}
