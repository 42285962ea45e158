import Foundation

/// What a file of keys held at one moment, and what tells whether that is still so.
struct KeySetContent {
    /// Changes when the file is written, replaced or given other rights.
    struct Stamp: Equatable {
        private let device: UInt64
        private let inode: UInt64
        private let size: Int64
        /// The times of the last change of content and of the last change of anything, such as the mode after a `chmod`.
        private let times: [Int]

        fileprivate init(_ status: stat) {
            (device, inode, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
            times = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
        }
    }

    static let mostBytes = 1 << 20

    let path: String
    let stamp: Stamp
    let mode: mode_t
    let bytes: [UInt8]

    static func read(_ path: String) throws(KeySetError) -> KeySetContent {
        guard let content = try read(path, unless: nil) else { preconditionFailure("a file that has no known stamp is always read") }
        return content
    }

    /// Reads the file, unless it is still the one with this stamp.
    ///
    /// Stamp, mode and content are of one open file, so no other file can slip in between. The stamp is the older: a write during the
    /// reading is found at the next look.
    static func read(_ path: String, unless known: Stamp?) throws(KeySetError) -> KeySetContent? {
        // Opening a pipe would wait for its other end.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, "cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, "cannot be looked at") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw KeySetError(path: path, reason: "is no file: name a JWK Set (RFC 7517)") }
        let stamp = Stamp(status)
        if stamp == known { return nil }
        return KeySetContent(path: path, stamp: stamp, mode: status.st_mode, bytes: try bytes(of: descriptor, path))
    }

    private static func bytes(of descriptor: CInt, _ path: String) throws(KeySetError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, "cannot be read") }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= mostBytes else {
                throw KeySetError(path: path, reason: "is longer than \(mostBytes) bytes: leave only the keys in it that are in use")
            }
        }
    }

    private static func failure(_ path: String, _ what: String) -> KeySetError {
        KeySetError(path: path, reason: "\(what): \(String(cString: strerror(errno)))")
    }
}
