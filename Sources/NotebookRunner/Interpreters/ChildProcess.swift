import Glibc
import Synchronization

/// A child in a process group of its own, with four pipes: it reads requests from descriptor 3, tells the end of each with a line on
/// descriptor 4, and what it writes to its standard output and error is the paragraph's output.
///
/// Output and ends travel apart, so no output can pass for an end. The request pipe is also the child's lifeline: it closes when the
/// runner ends in any way, and the child's side kills its group then. Descriptor 5 is the lock of the state folder, held as long as
/// the child lives.
final class ChildProcess: Sendable {
    struct SpawnFailure: Error, CustomStringConvertible {
        let description: String
    }

    /// How a child answered one request.
    enum Answer: Sendable {
        /// The line that it wrote to descriptor 4.
        case ended(String)
        case died
    }

    private let requests: Int32
    private let output: Int32
    private let ends: Int32
    /// The id of the process and its group, until it has been waited for: after that the number may be another's.
    private let process: Mutex<pid_t?>

    /// Starts `arguments[0]`, found on `PATH`, in the runner's own directory.
    init(_ arguments: [String], in surroundings: Surroundings) throws {
        let (requestPipe, outputPipe, endPipe, id) = try Self.spawning.withLock { _ in
            let requests = try Pipe(), output = try Pipe(), ends = try Pipe()
            defer { [requests.reading, output.writing, ends.writing].forEach { close($0) } }
            do {
                let descriptors: [Int32: Int32] = [
                    1: output.writing, 2: output.writing, 3: requests.reading, 4: ends.writing, 5: surroundings.lock.descriptor,
                ]
                return (requests, output, ends, try Self.spawn(arguments, surroundings.environment, descriptors))
            } catch {
                [requests.writing, output.reading, ends.reading].forEach { close($0) }
                throw error
            }
        }
        requests = requestPipe.writing
        output = outputPipe.reading
        ends = endPipe.reading
        process = Mutex(id)
        for descriptor in [output, ends] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
    }

    deinit {
        kill()
        reap()
        [requests, output, ends].forEach { close($0) }
    }

    /// Whether the child still holds its side of the pipe that tells ends.
    var isAlive: Bool {
        var descriptor = pollfd(fd: ends, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 0
    }

    /// Sends one request: eight bytes of length, highest first, and the text. Blocks until the child has taken it.
    ///
    /// - Returns: `false` where the child is gone.
    func send(_ text: String) -> Bool {
        let body = Array(text.utf8)
        let header = (0..<8).map { UInt8(truncatingIfNeeded: body.count >> (56 - 8 * $0)) }
        return (header + body).withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = write(requests, bytes.baseAddress! + sent, bytes.count - sent)
                if count < 0, errno != EINTR { return false }
                sent += max(count, 0)
            }
            return true
        }
    }

    /// Reads output until the child tells an end or dies; blocks until then.
    func readAnswer(into captured: inout CapturedOutput) -> Answer {
        var line: [UInt8] = []
        var isOutputOpen = true
        while true {
            var descriptors = [
                pollfd(fd: isOutputOpen ? output : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: ends, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&descriptors, 2, -1) >= 0 || errno == EINTR else { return .died }
            if descriptors[0].revents != 0 { isOutputOpen = drain(into: &captured) }
            guard descriptors[1].revents != 0 else { continue }
            let bytes = readAvailable(ends)
            line += bytes.read
            let isEnded = line.last == UInt8(ascii: "\n")
            guard isEnded || bytes.isClosed else { continue }
            // All that the child wrote before it told the end is in the pipe by now.
            _ = drain(into: &captured)
            return isEnded ? .ended(String(decoding: line.dropLast(), as: UTF8.self)) : .died
        }
    }

    /// Throws away what came between two requests, from threads that a paragraph left behind.
    func discardOutput() {
        _ = readAvailable(output)
    }

    /// Kills the whole group; what it left running in the background too.
    func kill() {
        process.withLock { if let id = $0 { Glibc.kill(-id, SIGKILL) } }
    }

    /// Waits for the end of a killed or finished child, so that no zombie stays.
    func reap() {
        process.withLock { id in
            guard let child = id else { return }
            while waitpid(child, nil, 0) < 0, errno == EINTR {}
            id = nil
        }
    }

    private func drain(into captured: inout CapturedOutput) -> Bool {
        let bytes = readAvailable(output)
        captured.append(bytes.read)
        return !bytes.isClosed
    }

    private func readAvailable(_ descriptor: Int32) -> (read: [UInt8], isClosed: Bool) {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count > 0 {
                all += chunk[..<count]
                // Bounds the memory that one turn takes; the caller comes back for the rest.
                if all.count >= 1 << 20 { return (all, false) }
            } else if count == 0 {
                return (all, true)
            } else if errno != EINTR {
                return (all, errno != EAGAIN)
            }
        }
    }
}
