import Dispatch
import Foundation
import HindsightApp

/// Standard input, line by line: all lines that have arrived together at once.
final class StandardInput: @unchecked Sendable {
    // `@unchecked`: the state below is used by one caller of `nextLines` at a time, on `queue`.
    private let queue = DispatchQueue(label: "standard-input")
    private var rest: [UInt8] = []
    private var lines = 0
    private var isAtEnd = false
    /// Written to when the wait for input is to end.
    private let wakeUp: (read: Int32, write: Int32)

    /// A line longer than this is no event, whatever it is.
    static let longestLine = 16 << 20

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw InputError(reason: "no pipe can be opened: \(String(cString: strerror(errno)))") }
        wakeUp = (ends[0], ends[1])
    }

    deinit {
        close(wakeUp.read)
        close(wakeUp.write)
    }

    /// At least one line; empty at the end of the input.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while it waits.
    func nextLines() async throws -> [LineAppender.Line] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async { continuation.resume(with: Result { try self.readLines() }) }
            }
        } onCancel: {
            var byte: UInt8 = 0
            // A full pipe means that the wake-up is on its way already.
            _ = write(wakeUp.write, &byte, 1)
        }
    }

    private func readLines() throws -> [LineAppender.Line] {
        while !isAtEnd {
            try wait()
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0 {
                guard errno == EINTR || errno == EAGAIN else {
                    throw InputError(reason: "standard input cannot be read: \(String(cString: strerror(errno)))")
                }
                continue
            }
            isAtEnd = count == 0
            rest += chunk.prefix(count)
            let found = takeLines()
            if !found.isEmpty { return found }
            guard rest.count <= Self.longestLine else {
                throw InputError(reason: "line \(lines + 1): longer than \(Self.longestLine) bytes")
            }
        }
        return []
    }

    private func takeLines() -> [LineAppender.Line] {
        var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // The last part has no end yet, unless there is no more to come.
        rest = isAtEnd ? [] : Array(parts.removeLast())
        if isAtEnd, parts.last?.isEmpty == true { parts.removeLast() }
        return parts.map { part in
            lines += 1
            return LineAppender.Line(number: lines, bytes: Array(part))
        }
    }

    private func wait() throws {
        var descriptors = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0), pollfd(fd: wakeUp.read, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&descriptors, 2, -1) < 0 {
            guard errno == EINTR else { throw InputError(reason: "standard input cannot be awaited: \(String(cString: strerror(errno)))") }
        }
        if descriptors[1].revents != 0 { throw CancellationError() }
    }
}

struct InputError: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
