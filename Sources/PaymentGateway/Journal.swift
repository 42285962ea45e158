import Dispatch
import Foundation
import Synchronization

enum JournalError: Error, CustomStringConvertible {
    case inUse(path: String)
    case damaged(path: String, line: Int, reason: String)
    case otherSeed(path: String, kept: UInt64, given: UInt64)
    case notWritten(path: String, reason: String)

    var description: String {
        switch self {
        case .inUse(let path): "\(path): another gateway is writing here"
        case .damaged(let path, let line, let reason): "\(path): line \(line) is damaged: \(reason)"
        case .otherSeed(let path, let kept, let given): "\(path): begun with seed \(kept), so it can't go on with seed \(given)"
        case .notWritten(let path, let reason): "\(path): can't be written: \(reason)"
        }
    }
}

/// The append-only file that is the gateway's whole memory, one JSON object per line.
///
/// An entry is on the disk before `append` returns, so a killed gateway forgets nothing that it answered. Entries that arrive while the
/// disk is busy share the next synchronisation (group commit). After one failed write the journal takes nothing any more: what reached
/// the disk is then unknown, and a witness who can't write must not speak.
final class Journal: Sendable {
    private struct Queue {
        var bytes = Data()
        var waiters: [CheckedContinuation<Void, any Error>] = []
        var lastSequence: Int64
        var failure: JournalError?
    }

    private let path: String
    private let file: FileHandle
    private let queue: Mutex<Queue>
    private let disk = DispatchQueue(label: "journal")
    private let onFailure: @Sendable (JournalError) -> Void

    /// Opens `journal.ndjson` in a folder that it makes if needed, and hands every entry kept there to `replay`, oldest first.
    ///
    /// A last line without its end was never answered for: it is cut off. Any other line that can't be read is damage.
    ///
    /// - Parameter onFailure: Called when a write fails, from then on every `append` throws.
    init(in directory: URL, onFailure: @escaping @Sendable (JournalError) -> Void, replay: (JournalEntry) throws -> Void) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let url = directory.appending(path: "journal.ndjson")
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw JournalError.notWritten(path: url.path, reason: String(cString: strerror(errno))) }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw JournalError.inUse(path: url.path) }
        try FileHandle(forReadingFrom: directory).synchronize()  // the file's name in its folder, too, outlives a power cut

        let kept = try file.readToEnd() ?? Data()
        let whole = kept.lastIndex(of: UInt8(ascii: "\n")).map { kept[...$0] } ?? Data()
        let lines = try Self.decode(whole, path: url.path)
        if whole.count < kept.count {
            try file.truncate(atOffset: UInt64(whole.count))
            try file.synchronize()
        }
        for line in lines { try replay(line.entry) }
        try file.seekToEnd()
        path = url.path
        queue = Mutex(Queue(lastSequence: Int64(lines.count)))
        self.onFailure = onFailure
    }

    private static func decode(_ bytes: Data, path: String) throws -> [JournalLine] {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().enumerated().map { index, text in
            do {
                let line = try decoder.decode(JournalLine.self, from: text)
                guard line.seq == Int64(index + 1) else {
                    throw JournalError.damaged(path: path, line: index + 1, reason: "its seq is \(line.seq)")
                }
                return line
            } catch let error as DecodingError {
                throw JournalError.damaged(path: path, line: index + 1, reason: "\(error)")
            }
        }
    }

    /// Appends entries as neighbours and returns when they are on the disk.
    func append(_ entries: [JournalEntry]) async throws {
        try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<Void, any Error>) in
            let refusal: (any Error)? = queue.withLock { queue in
                if let failure = queue.failure { return failure }
                do {
                    queue.bytes.append(try Self.encode(entries, after: queue.lastSequence))
                } catch {
                    return error
                }
                queue.lastSequence += Int64(entries.count)
                queue.waiters.append(waiter)
                // The first in a batch orders the write; later ones join until it begins.
                if queue.waiters.count == 1 { disk.async { self.writeBatch() } }
                return nil
            }
            if let refusal { waiter.resume(throwing: refusal) }
        }
    }

    private static func encode(_ entries: [JournalEntry], after sequence: Int64) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let now = Timestamps.now()
        var bytes = Data()
        for (offset, entry) in entries.enumerated() {
            bytes.append(try encoder.encode(JournalLine(seq: sequence + 1 + Int64(offset), at: now, entry: entry)))
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    private func writeBatch() {
        let (bytes, waiters, earlierFailure) = queue.withLock { queue in
            let batch = (queue.bytes, queue.waiters, queue.failure)
            queue.bytes = Data()
            queue.waiters = []
            return batch
        }
        do {
            if let earlierFailure { throw earlierFailure }
            try file.write(contentsOf: bytes)
            try file.synchronize()
            for waiter in waiters { waiter.resume() }
        } catch {
            let failure = error as? JournalError ?? .notWritten(path: path, reason: error.localizedDescription)
            queue.withLock { $0.failure = failure }
            for waiter in waiters { waiter.resume(throwing: failure) }
            onFailure(failure)
        }
    }
}
