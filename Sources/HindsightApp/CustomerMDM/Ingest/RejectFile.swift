import Foundation
import Glibc
import HindsightCore

/// The rows of a file that were not taken in, each with the reason and as it was read, so that it can be repaired and fed again.
///
/// A line is `{"line","reason","field"?,"row"}`. The row of a CSV file may take several lines. Of a row that is no text, `bytes` holds what it
/// is, in base 64; of one that is too long, `row` is only the beginning, and `isCut` says so.
///
/// It holds personal data, so only its owner may read it.
final class RejectFile {
    struct Refusal: Error, Equatable, CustomStringConvertible {
        let path: String
        let reason: String
        var description: String { "\(path): \(reason)" }
    }

    let path: String
    private var descriptor: Int32?
    /// Where every one of our lines begins.
    private static let mark = Array(#"{"line":"#.utf8)

    /// Doesn't make the file before the first row is rejected.
    ///
    /// - Throws: ``Refusal`` for the input itself and for a file that holds something else.
    init(_ path: String, input: String) throws(Refusal) {
        self.path = path
        var (own, other) = (stat(), stat())
        guard stat(path, &own) == 0 else { return }
        guard stat(input, &other) != 0 || own.st_ino != other.st_ino || own.st_dev != other.st_dev else {
            throw Refusal(path: path, reason: "is the file of cards itself: name another with --rejects")
        }
        try open()
        guard own.st_mode & S_IFMT == S_IFREG, own.st_size > 0 else { return }
        var beginning = [UInt8](repeating: 0, count: Self.mark.count)
        guard pread(descriptor ?? -1, &beginning, beginning.count, 0) == beginning.count, beginning == Self.mark else {
            throw Refusal(path: path, reason: "holds something else than rejected rows: name another with --rejects")
        }
    }

    deinit { if let descriptor { close(descriptor) } }

    /// Bytes that it has now.
    var length: Int64 {
        var status = stat()
        guard let descriptor, fstat(descriptor, &status) == 0 else { return 0 }
        return Int64(status.st_size)
    }

    static func line(of row: CardRow, _ fault: RowFault) throws -> [UInt8] {
        let text = String(validating: row.bytes, as: UTF8.self)
        var line = mark + Array("\(row.line),\"reason\":".utf8) + (try JSON.encode(fault.reason))
        if let field = fault.field { line += Array(",\"field\":".utf8) + (try JSON.encode(field)) }
        line += Array(",\"row\":".utf8) + (try JSON.encode(text ?? String(decoding: row.bytes, as: UTF8.self)))
        if text == nil { line += Array(",\"bytes\":\"\(Data(row.bytes).base64EncodedString())\"".utf8) }
        if row.isCut { line += Array(",\"isCut\":true".utf8) }
        return line + Array("}\n".utf8)
    }

    /// Puts rows where they belong, and returns when they are on the disk: what is recorded of them is there after any crash.
    func write(_ lines: [UInt8], at offset: Int64) throws(Refusal) {
        guard !lines.isEmpty else { return }
        if descriptor == nil { try open() }
        var done = 0
        while done < lines.count {
            let count = lines.withUnsafeBytes {
                pwrite(descriptor ?? -1, $0.baseAddress?.advanced(by: done), $0.count - done, Int(offset) + done)
            }
            guard count > 0 || errno == EINTR else { throw failure("cannot be written") }
            done += max(0, count)
        }
        // What is no file of a disk, such as /dev/null, has nothing to bring there.
        guard fdatasync(descriptor ?? -1) == 0 || errno == EINVAL else { throw failure("cannot be written") }
    }

    /// Ends it after so many bytes. One that would be empty goes.
    func end(at length: Int64) throws(Refusal) {
        guard let descriptor else { return }
        if self.length > length, ftruncate(descriptor, Int(length)) != 0 { throw failure("cannot be cut") }
        var status = stat()
        guard length == 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("cannot be removed") }
        close(descriptor)
        self.descriptor = nil
    }

    private func open() throws(Refusal) {
        let opened = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw failure("cannot be written") }
        descriptor = opened
    }

    private func failure(_ what: String) -> Refusal { Refusal(path: path, reason: "\(what): \(String(cString: strerror(errno)))") }
}
