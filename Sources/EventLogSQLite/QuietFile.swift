import Glibc
import HindsightCore

/// A log that nobody writes, in a folder that this process may not write either, like a backup on a read-only medium.
///
/// SQLite reads a write-ahead database through files beside it, which it cannot make there. Without them it reads the file alone, and
/// without locks; so whoever reads looks before and after whether the file is still as it was.
struct QuietFile: Sendable {
    private let path: String
    private let stamp: Stamp

    /// What changes with every write.
    private struct Stamp: Equatable {
        let inode: UInt
        let bytes: Int
        let seconds: Int
        let nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            inode = UInt(status.st_ino)
            bytes = Int(status.st_size)
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }
    }

    /// - Returns: `nil` where the file is missing, the folder may be written, or a write-ahead log holds events that the file does not.
    init?(_ path: String, folder: String) {
        guard access(folder, W_OK) != 0, let stamp = Stamp(path), !Self.hasWriteAheadLog(path) else { return nil }
        self.path = path
        self.stamp = stamp
    }

    /// Whether nobody has begun to write it: every write goes into the write-ahead log first, and only then into the file.
    var isStillQuiet: Bool { !Self.hasWriteAheadLog(path) && Stamp(path) == stamp }

    static func hasWriteAheadLog(_ path: String) -> Bool {
        Stamp(path + "-wal").map { $0.bytes > 0 } ?? false
    }
}
