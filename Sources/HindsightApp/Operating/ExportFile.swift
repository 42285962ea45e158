import Foundation
package import HindsightCore

/// An export in a file: one that was interrupted goes on after its last whole line.
package struct ExportFile {
    /// What the file holds when it is finished.
    package struct Report: Sendable, Equatable, Encodable {
        package let file: String
        package let after: Position
        package let until: Position
        /// Of the last event.
        package let digest: String?
        /// The events that an earlier export had written.
        package let resumedWith: Int64
    }

    private let path: String
    private let descriptor: Int32

    /// Writes the events after `after` up to `until` into the file at `path`.
    ///
    /// A file that is there must be an export of this log from the same place; it is only ever added to, once that is certain.
    /// - Parameter progress: Called with the position reached and the last one.
    /// - Throws: ``ExportFileError``; what a read throws.
    package static func write(
        _ log: any EventLog, to path: String, after: Position = 0, until: Position,
        progress: (_ reached: Position, _ last: Position) -> Void = { _, _ in }
    ) async throws -> Report {
        let file = try ExportFile(path)
        defer { close(file.descriptor) }
        var (reached, digest) = try await file.resume(log, after: after, until: until)
        let resumed = reached - after
        for try await chunk in LogExport(of: log, after: reached, until: until) {
            try file.append(chunk.lines)
            (reached, digest) = (chunk.position, chunk.digest)
            progress(reached, until)
            try Task.checkCancellation()
        }
        guard fsync(file.descriptor) == 0 else { throw file.failure("cannot be flushed") }
        return Report(file: path, after: after, until: reached, digest: digest?.hexadecimal, resumedWith: resumed)
    }

    private init(_ path: String) throws(ExportFileError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw ExportFileError(path: path, reason: "cannot be opened: \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw ExportFileError(path: path, reason: "is being written by another export")
        }
    }

    private func failure(_ what: String) -> ExportFileError {
        ExportFileError(path: path, reason: "\(what): \(String(cString: strerror(errno)))")
    }

    // MARK: - Resuming

    /// Cuts off a line that was not finished, and says where the file ends.
    private func resume(_ log: any EventLog, after: Position, until: Position) async throws -> (Position, EventDigest?) {
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0 else { throw failure("cannot be read") }
        let (first, end) = try (line(from: 0, size: size), endOfLastLine(size))
        var (reached, digest) = (after, EventDigest?.none)
        if let first, end > 0 {
            guard try parse(first).position == after + 1 else {
                throw ExportFileError(path: path, reason: "begins at position \(try parse(first).position), not at \(after + 1)")
            }
            let start = try endOfLastLine(end - 1)
            guard let last = try line(from: start, size: size).map(parse) else { throw failure("cannot be read") }
            guard last.position <= until else {
                throw ExportFileError(path: path, reason: "reaches to position \(last.position), beyond \(until)")
            }
            guard try await log.read(EventSelection(after: last.position - 1, limit: 1)).first?.digest == last.digest else {
                throw ExportFileError(path: path, reason: "is no export of this log: position \(last.position) is another event there")
            }
            (reached, digest) = (last.position, last.digest)
        }
        try await cut(at: end, size: size, log, after: reached, until: until)
        return (reached, digest)
    }

    /// What is cut off must be the beginning of the line that comes next; anything else is not ours.
    private func cut(at end: Int, size: Int, _ log: any EventLog, after: Position, until: Position) async throws {
        guard end < size else { return }
        let rest = try bytes(from: end, count: size - end)
        var chunks = LogExport(of: log, after: after, until: Swift.min(after + 1, until)).makeAsyncIterator()
        guard let next = try await chunks.next(), next.lines.starts(with: rest) else {
            throw ExportFileError(path: path, reason: "does not end like an export of this log: name another file")
        }
        guard ftruncate(descriptor, off_t(end)) == 0, lseek(descriptor, 0, SEEK_END) == end else { throw failure("cannot be cut") }
    }

    private func parse(_ line: [UInt8]) throws(ExportFileError) -> RecordedEvent {
        do {
            return try ExportedEvent.parse(line)
        } catch {
            throw ExportFileError(path: path, reason: "is no export: \(error)")
        }
    }

    private static let stretch = 1 << 16

    /// The line that begins at `start`, without its end; `nil` if it has none.
    private func line(from start: Int, size: Int) throws(ExportFileError) -> [UInt8]? {
        var line: [UInt8] = []
        while start + line.count < size {
            let more = try bytes(from: start + line.count, count: Swift.min(Self.stretch, size - start - line.count))
            if let end = more.firstIndex(of: UInt8(ascii: "\n")) { return line + more[..<end] }
            line += more
        }
        return nil
    }

    /// Behind the last end of a line before `limit`; 0 where there is none.
    private func endOfLastLine(_ limit: Int) throws(ExportFileError) -> Int {
        var end = limit
        while end > 0 {
            let start = Swift.max(0, end - Self.stretch)
            if let index = try bytes(from: start, count: end - start).lastIndex(of: UInt8(ascii: "\n")) { return start + index + 1 }
            end = start
        }
        return 0
    }

    private func bytes(from start: Int, count: Int) throws(ExportFileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard pread(descriptor, &bytes, count, off_t(start)) == count else { throw failure("cannot be read") }
        return bytes
    }

    private func append(_ lines: [UInt8]) throws(ExportFileError) {
        var rest = lines[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw failure("cannot be written")
            }
            rest = rest.dropFirst(count)
        }
    }
}

/// A file that an export cannot go into.
package struct ExportFileError: Error, Sendable, Equatable, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "\(path) \(reason)" }
}
