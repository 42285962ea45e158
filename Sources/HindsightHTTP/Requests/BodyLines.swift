import HindsightApp
import Hummingbird

/// The lines of a body as they arrive, in pages of those that came together; a client that waits for answers sees them as it goes.
struct BodyLines {
    private var buffers: RequestBody.AsyncIterator
    /// Bytes of a line.
    private let longest: Int
    /// The beginning of a line whose end has not come.
    private var rest: [UInt8] = []
    private var number = 0
    private var isAtEnd = false
    /// The line is too long and was refused: the rest of it is passed over.
    private var isPassing = false

    /// Room for an event of the largest size, however it is spelled.
    private static let longestLine = 4 << 20

    init(_ body: RequestBody, limits: BodyLimits) {
        buffers = body.makeAsyncIterator()
        longest = min(limits.bytes, Self.longestLine)
    }

    /// The next lines; `nil` behind the last one. The last needs no end.
    ///
    /// - Throws: `LineError` for a line that is too long; whoever asks again gets the lines behind it.
    mutating func next() async throws -> [LineAppender.Line]? {
        while !isAtEnd {
            guard let buffer = try await buffers.next() else {
                isAtEnd = true
                return rest.isEmpty || isPassing ? nil : [line(rest)]
            }
            // Only what is new is searched, or a line that comes byte by byte would be read over and over.
            var searched = rest.count
            rest.append(contentsOf: buffer.readableBytesView)
            if isPassing {
                guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
                    rest = []
                    continue
                }
                rest.removeFirst(end + 1)
                (isPassing, searched) = (false, 0)
            }
            var lines: [LineAppender.Line] = []
            var start = 0
            while let end = rest[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(line(Array(rest[start..<end])))
                (start, searched) = (end + 1, end + 1)
            }
            if start > 0 { rest.removeFirst(start) }
            if !lines.isEmpty { return lines }
            guard rest.count <= longest else {
                (rest, isPassing) = ([], true)
                number += 1
                throw LineError(line: number, cause: Problem(.tooLarge, "the line: over \(longest) bytes"))
            }
        }
        return nil
    }

    private mutating func line(_ bytes: [UInt8]) -> LineAppender.Line {
        number += 1
        return LineAppender.Line(number: number, bytes: bytes)
    }
}
