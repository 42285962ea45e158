import FoundationEssentials
import Glibc

enum JournalError: Error, CustomStringConvertible {
    case inUse(path: String)
    case damaged(path: String, line: Int, reason: String)
    case notOpened(path: String, reason: String)

    var description: String {
        switch self {
        case .inUse(let path): "\(path): another peer is writing here"
        case .damaged(let path, let line, let reason): "\(path): line \(line) is damaged: \(reason)"
        case .notOpened(let path, let reason): "\(path): \(reason)"
        }
    }
}

/// The append-only file that is the peer's whole memory, one JSON object a line.
///
/// Every line is one `write`, so a peer that is killed leaves whole lines. It is not synchronised: what witnesses a process need not
/// outlive the machine.
struct Journal: Sendable {
    /// What an earlier peer left, oldest first.
    var kept: [JournalLine]
    private let path: String
    private let descriptor: Int32
    /// Where each line begins, and where the next one will.
    private var offsets: [Int]

    /// Opens the file, or makes it.
    ///
    /// A last line without its end was never answered for: it is cut off. Any other line that can't be read is damage.
    init(path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw JournalError.notOpened(path: path, reason: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw JournalError.inUse(path: path) }
        self.path = path
        let bytes = try Data(contentsOf: URL(filePath: path))
        let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes[...$0] } ?? Data()
        guard whole.count == bytes.count || ftruncate(descriptor, off_t(whole.count)) == 0 else {
            throw JournalError.notOpened(path: path, reason: String(cString: strerror(errno)))
        }
        kept = []
        offsets = [0]
        let decoder = JSONDecoder()
        for text in whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            let number = offsets.count
            let line: JournalLine
            do {
                line = try decoder.decode(JournalLine.self, from: text)
            } catch {
                throw JournalError.damaged(path: path, line: number, reason: "\(error)")
            }
            guard line.seq == number else { throw JournalError.damaged(path: path, line: number, reason: "its seq is \(line.seq)") }
            kept.append(line)
            offsets.append(offsets[number - 1] + text.count + 1)
        }
    }

    /// Appends an entry; without success the peer ends, because a witness who can't write must not speak.
    mutating func append(_ entry: JournalEntry, at instant: Date) {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let line = JournalLine(
            seq: offsets.count, at: instant, monotonicNanoseconds: UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec), entry: entry)
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let bytes = Array(try encoder.encode(line)) + [UInt8(ascii: "\n")]
            guard bytes.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
                Lifetime.end("cannot write \(path): \(String(cString: strerror(errno)))")
            }
            offsets.append(offsets[offsets.count - 1] + bytes.count)
        } catch {
            Lifetime.end("cannot write \(path): \(error)")
        }
    }

    /// The lines after one, as they stand in the file.
    func lines(after sequence: Int) -> [UInt8] {
        let start = offsets[min(max(sequence, 0), offsets.count - 1)]
        let count = offsets[offsets.count - 1] - start
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress, count, off_t(start)))
        }
        guard bytes.count == count else { Lifetime.end("cannot read \(path): \(String(cString: strerror(errno)))") }
        return bytes
    }
}
