import Glibc
import HindsightCore

/// SQLite's write-ahead log as a file of bytes.
struct WriteAheadLog {
    let path: String

    /// Whether SQLite may find anything in it that it would take for committed.
    func hasFrames() throws(EventLogError) -> Bool {
        guard let descriptor = try opened() else { return false }
        defer { close(descriptor) }
        return try validBytes(descriptor) > Self.headerBytes
    }

    /// Writes once more what SQLite may take for committed, as it reads, and flushes it. To be called with the write lock held, so that
    /// nobody else changes it.
    ///
    /// After a flush that failed, Linux takes the pages for written although they may not be, and the next flush leaves them out
    /// (https://lwn.net/Articles/752063/, read 2026-11). When the file is opened again, SQLite reads a batch from such pages like any
    /// other, so a repeat would be acknowledged, and later batches be stored behind it, that are gone with the power. Written again, the
    /// pages belong to the next flush.
    func writeAgain() throws(EventLogError) {
        guard let descriptor = try opened() else { return }
        defer { close(descriptor) }
        let end = try validBytes(descriptor)
        var (bytes, offset) = ([UInt8](repeating: 0, count: 256 << 10), 0)
        while offset < end {
            let count = pread(descriptor, &bytes, min(bytes.count, end - offset), off_t(offset))
            guard count > 0 else { throw failure("be read") }
            guard pwrite(descriptor, bytes, count, off_t(offset)) == count else { throw failure("be written") }
            offset += count
        }
        guard fdatasync(descriptor) == 0 else { throw failure("be flushed") }
    }

    // MARK: - The format, https://sqlite.org/fileformat2.html#walformat (read 2026-11)

    private static let headerBytes = 32
    private static let frameHeaderBytes = 24

    /// Up to the end of the last frame that was written since the log began anew: those have the salts of its header.
    private func validBytes(_ descriptor: Int32) throws(EventLogError) -> Int {
        var header = [UInt8](repeating: 0, count: Self.headerBytes)
        guard try read(&header, descriptor, at: 0) else { return 0 }
        let pageBytes = header[8..<12].reduce(0) { $0 << 8 | Int($1) }
        var (end, frame) = (Self.headerBytes, [UInt8](repeating: 0, count: Self.frameHeaderBytes))
        while try read(&frame, descriptor, at: end), frame[8..<16] == header[16..<24] { end += Self.frameHeaderBytes + pageBytes }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("be measured") }
        return min(end, Int(status.st_size))
    }

    /// - Returns: Whether there was enough to fill `bytes`.
    private func read(_ bytes: inout [UInt8], _ descriptor: Int32, at offset: Int) throws(EventLogError) -> Bool {
        let count = pread(descriptor, &bytes, bytes.count, off_t(offset))
        guard count >= 0 else { throw failure("be read") }
        return count == bytes.count
    }

    /// `nil` where there is none.
    private func opened() throws(EventLogError) -> Int32? {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw failure("be opened") }
        return descriptor
    }

    private func failure(_ what: String) -> EventLogError { .unavailable(reason: "\(path) cannot \(what): \(systemReason())") }
}
