import FoundationEssentials
import Glibc
import Synchronization

/// The witness: one line for every request and for everything that it caused, written before the answer leaves.
///
/// Lines are NDJSON. `session` names one life of the runner, `seq` counts on over all of them, `at` is UTC with microseconds.
/// No body, cookie or credential is ever written.
package final class Journal: Sendable {
    package enum Kind: String, Sendable {
        case request, clone, insert, permissions, abort, restart
        case runAccepted = "run-accepted"
        case runStarted = "run-started"
        case runFinished = "run-finished"
    }

    /// What earlier lives left in the file.
    struct Past: Sendable {
        var lastSequence: Int64 = 0
        /// Ids of all notes whose clone has been written down.
        var clones: Set<String> = []
    }

    let past: Past
    private let session: String
    private let descriptor: Int32
    private let sequence: Mutex<Int64>

    init(path: String) throws {
        past = try Self.recover(path)
        session = UUID().uuidString.lowercased()
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw NoteStore.Failure(description: "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        sequence = Mutex(past.lastSequence)
    }

    deinit { close(descriptor) }

    /// Appends one line with one `write`, and halts the runner where that fails.
    func append(_ kind: Kind, note: String? = nil, paragraph: String? = nil, _ details: [String: JSON] = [:]) {
        var line = details
        line["kind"] = .string(kind.rawValue)
        line["session"] = .string(session)
        if let note { line["note"] = .string(note) }
        if let paragraph { line["paragraph"] = .string(paragraph) }
        sequence.withLock { sequence in
            sequence += 1
            line["seq"] = .integer(sequence)
            line["at"] = .string(Instant.now().rfc3339)
            write(line)
        }
    }

    private func write(_ line: [String: JSON]) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let bytes = try encoder.encode(line) + [UInt8(ascii: "\n")]
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written != bytes.count { Halt.now("cannot write the journal: \(String(cString: strerror(errno)))") }
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
            if let sequence = line["seq"]?.integer { past.lastSequence = Int64(sequence) }
            if line["kind"]?.string == Kind.clone.rawValue, let note = line["note"]?.string { past.clones.insert(note) }
            complete = bytes.index(after: end)
        }
        if complete != bytes.endIndex, truncate(path, complete) != 0 {
            throw NoteStore.Failure(description: "cannot cut \(path) at byte \(complete): \(String(cString: strerror(errno)))")
        }
        return past
    }
}
