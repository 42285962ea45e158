import Glibc
import HindsightCore

/// SQLite's write-ahead log as a file of bytes.
struct WriteAheadLog {
    let path: String

    /// Writes all of it once more as it reads, and flushes it. To be called with the write lock held, so that nobody else changes it.
    ///
    /// After a flush that failed, Linux takes the pages for written although they may not be, and the next flush leaves them out
    /// (https://lwn.net/Articles/752063/, read 2026-11). When the file is opened again, SQLite reads a batch from such pages like any
    /// other, so a repeat would be acknowledged, and later batches be stored behind it, that are gone with the power. Written again, the
    /// pages belong to the next flush.
    func writeAgain() throws(EventLogError) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return }
        guard descriptor >= 0 else { throw failure("be opened") }
        defer { close(descriptor) }
        var (bytes, offset) = ([UInt8](repeating: 0, count: 256 << 10), 0)
        while true {
            let count = pread(descriptor, &bytes, bytes.count, off_t(offset))
            guard count >= 0 else { throw failure("be read") }
            if count == 0 { break }
            guard pwrite(descriptor, bytes, count, off_t(offset)) == count else { throw failure("be written") }
            offset += count
        }
        guard fdatasync(descriptor) == 0 else { throw failure("be flushed") }
    }

    private func failure(_ what: String) -> EventLogError { .unavailable(reason: "\(path) cannot \(what): \(systemReason())") }
}
