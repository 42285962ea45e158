import Glibc
import HindsightCore

/// An open directory: its entries can be flushed and its opening by several processes put in a row.
final class Folder: Sendable {
    let path: String
    private let descriptor: Int32

    /// Opens the directory at `path`, and makes it and those above it when `creating`; what is new is flushed to the disk.
    init(_ path: String, creating: Bool) throws(EventLogError) {
        if creating { try Folder.make(path) }
        self.path = path
        descriptor = try Folder.openDirectory(path)
    }

    deinit { close(descriptor) }

    /// Flushes the directory's entries, so that files made in it are found again after a power loss.
    func flush() throws(EventLogError) {
        guard fsync(descriptor) == 0 else { throw .unavailable(reason: "folder \(path) cannot be flushed: \(systemReason())") }
    }

    /// Runs `body` while no other process runs it on the same folder.
    func exclusively<Result>(_ body: () throws(EventLogError) -> Result) throws(EventLogError) -> Result {
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw .unavailable(reason: "folder \(path) cannot be locked: \(systemReason())") }
        }
        defer { flock(descriptor, LOCK_UN) }
        return try body()
    }

    private static func make(_ path: String) throws(EventLogError) {
        var missing: [String] = []
        var current = path
        while !isDirectory(current), let parent = parent(of: current) {
            missing.append(current)
            current = parent
        }
        for folder in missing.reversed() {
            // Another process may have been quicker; what matters is that it is there.
            guard mkdir(folder, 0o750) == 0 || errno == EEXIST else {
                throw .unavailable(reason: "folder \(folder) cannot be made: \(systemReason())")
            }
            guard let parent = parent(of: folder) else { continue }
            try Folder(parent, creating: false).flush()
        }
    }

    private static func openDirectory(_ path: String) throws(EventLogError) -> Int32 {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unavailable(reason: "folder \(path) cannot be opened: \(systemReason())") }
        return descriptor
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func parent(of path: String) -> String? {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard let last = parts.popLast(), last != "." else { return nil }
        if parts.isEmpty { return path.hasPrefix("/") ? "/" : "." }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}

/// What the system says about the call that failed last on this thread.
func systemReason() -> String {
    strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
}
