import FoundationEssentials
import Glibc
import Synchronization

/// The witness: one line for every request and for everything that it caused, written before the answer leaves.
///
/// Lines are NDJSON. `session` names one life of the runner, `seq` counts on over all of them, `at` is UTC with microseconds,
/// and `user` is who asked. A change of a note names the note; a text is named by `textSHA256`, in a change and where it runs.
/// No body, text, cookie or credential is ever written.
package final class Journal: Sendable {
    package enum Kind: String, Sendable {
        case request, create, clone, rename, delete, permissions, clear, insert, update, configure, move, remove, abort, restart
        case interpreterRestart = "interpreter-restart"
        case sessionsExpired = "sessions-expired"
        case runAccepted = "run-accepted"
        case runStarted = "run-started"
        case runFinished = "run-finished"
    }

    /// What earlier lives left in the file.
    struct Past: Sendable {
        var lastSequence: Int64 = 0
        var starts: [Int] = []
        var end = 0
        /// Ids of all notes whose clone has been written down.
        var clones: Set<String> = []
    }

    let past: Past
    private let session: String
    private let descriptor: Int32
    private let position: Mutex<Position>

    /// The end of the file: the last line's number, and where each line begins.
    private struct Position {
        var sequence: Int64
        var starts: [Int]
        var end: Int
    }

    init(path: String) throws {
        past = try Self.recover(path)
        session = UUID().uuidString.lowercased()
        descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw NoteStore.Failure(description: "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        position = Mutex(Position(sequence: past.lastSequence, starts: past.starts, end: past.end))
    }

    deinit { close(descriptor) }

    /// Appends one line with one `write`, and halts the runner where that fails.
    func append(
        _ kind: Kind, note: String? = nil, paragraph: String? = nil, by caller: Caller? = nil, _ details: [String: JSON] = [:]
    ) {
        var line = details
        line["kind"] = .string(kind.rawValue)
        line["session"] = .string(session)
        if let note { line["note"] = .string(note) }
        if let paragraph { line["paragraph"] = .string(paragraph) }
        if let caller { line["user"] = .string(caller.name) }
        position.withLock { position in
            position.sequence += 1
            line["seq"] = .integer(position.sequence)
            line["at"] = .string(Instant.now().rfc3339)
            let length = write(line)
            position.starts.append(position.end)
            position.end += length
        }
    }

    /// At most `limit` whole lines, beginning with the one of a number; empty where it is still to come.
    func lines(from sequence: Int64, limit: Int) -> [UInt8] {
        let (start, end) = position.withLock { position in
            let first = position.sequence - Int64(position.starts.count) + 1
            let index = Int(max(sequence, first) - first)
            guard index < position.starts.count else { return (position.end, position.end) }
            let last = index + min(limit, position.starts.count - index)
            return (position.starts[index], last < position.starts.count ? position.starts[last] : position.end)
        }
        return [UInt8](unsafeUninitializedCapacity: end - start) { buffer, count in
            while count < end - start {
                let read = pread(descriptor, buffer.baseAddress! + count, end - start - count, off_t(start + count))
                if read == 0 || (read < 0 && errno != EINTR) { Halt.now("cannot read the journal: \(String(cString: strerror(errno)))") }
                count += max(read, 0)
            }
        }
    }

    private func write(_ line: [String: JSON]) -> Int {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let bytes = try encoder.encode(line) + [UInt8(ascii: "\n")]
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written != bytes.count { Halt.now("cannot write the journal: \(String(cString: strerror(errno)))") }
            return bytes.count
        } catch {
            Halt.now("cannot encode a line of the journal: \(error)")
        }
    }

    /// Reads the earlier lines, and cuts off a last one that a full disk left without its end.
    private static func recover(_ path: String) throws -> Past {
        guard let bytes = FileManager.default.contents(atPath: path) else { return Past() }
        var past = Past()
        var complete = bytes.startIndex
        while let end = bytes[complete...].firstIndex(of: UInt8(ascii: "\n")) {
            let line: JSON
            do {
                line = try JSONDecoder().decode(JSON.self, from: bytes[complete..<end])
            } catch {
                throw NoteStore.Failure(description: "\(path) is damaged at byte \(complete): \(error)")
            }
            guard line["seq"]?.integer == past.starts.count + 1 else {
                throw NoteStore.Failure(
                    description: "\(path) is damaged at byte \(complete): line \(past.starts.count + 1) has another `seq`")
            }
            past.starts.append(complete)
            past.lastSequence += 1
            if line["kind"]?.string == Kind.clone.rawValue, let note = line["note"]?.string { past.clones.insert(note) }
            complete = bytes.index(after: end)
        }
        past.end = complete
        if complete != bytes.endIndex, truncate(path, complete) != 0 {
            throw NoteStore.Failure(description: "cannot cut \(path) at byte \(complete): \(String(cString: strerror(errno)))")
        }
        return past
    }
}
