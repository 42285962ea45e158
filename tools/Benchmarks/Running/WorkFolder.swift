import Foundation
import Glibc

/// Where the databases of a run lie: all of them on one file system, and gone afterwards.
struct WorkFolder: Sendable {
    let path: String

    /// Makes a folder of its own in `parent`, or in the user's cache: a temporary folder is often memory, where flushing costs nothing.
    init(in parent: String?) throws {
        let parent = parent.map { URL(fileURLWithPath: $0) } ?? Self.cache
        path = parent.appendingPathComponent("\(Self.prefix)\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        // Held as long as this process lives, and by nobody else.
        guard try Self.isLocked(path) else { throw BenchmarkFailure("\(path) is somebody else's") }
        try Self.removeLeftovers(in: parent)
    }

    private static let prefix = "run-"

    /// Removes the folders of runs that were killed.
    private static func removeLeftovers(in parent: URL) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: parent.path) where name.hasPrefix(prefix) {
            let leftover = parent.appendingPathComponent(name).path
            if try isLocked(leftover) { try FileManager.default.removeItem(atPath: leftover) }
        }
    }

    /// Whether the folder could be locked, which it then is until this process ends.
    private static func isLocked(_ path: String) throws -> Bool {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchmarkFailure("\(path): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return true }
        close(descriptor)
        return false
    }

    /// The folder of this program in the user's cache, where `tools/bench` also installs the peer.
    static var cache: URL {
        let environment = ProcessInfo.processInfo.environment
        let base = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : URL(fileURLWithPath: $0) }
        return (base ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache"))
            .appendingPathComponent("hindsight-bench")
    }

    func entry(_ name: String) -> String { "\(path)/\(name)" }

    /// Removes an entry, with the files that SQLite keeps beside a database.
    func remove(_ name: String) throws {
        for file in [name, "\(name)-wal", "\(name)-shm"] where FileManager.default.fileExists(atPath: entry(file)) {
            try FileManager.default.removeItem(atPath: entry(file))
        }
    }

    func remove() {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            FileHandle.standardError.write(Data("\(path) is left behind: \(error.localizedDescription)\n".utf8))
        }
    }

    /// Bytes that a user may still write there.
    func freeBytes() throws -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw BenchmarkFailure("\(path): \(String(cString: strerror(errno)))") }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }
}

/// Why a run ended without its figures.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
