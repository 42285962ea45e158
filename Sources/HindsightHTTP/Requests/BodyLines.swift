import HindsightApp
import Hummingbird

/// The lines of a body as they arrive, in pages of those that came together; a client that waits for answers sees them as it goes.
struct BodyLines {
    private var buffers: RequestBody.AsyncIterator
    private let longest: Int
    /// The beginning of a line whose end has not come.
    private var rest: [UInt8] = []
    private var number = 0
    private var isAtEnd = false

    /// - Parameter longest: Bytes of a line.
    init(_ body: RequestBody, longest: Int) {
        buffers = body.makeAsyncIterator()
        self.longest = longest
    }

    /// The next lines; `nil` behind the last one. The last needs no end.
    mutating func next() async throws -> [LineAppender.Line]? {
        while !isAtEnd {
            guard let buffer = try await buffers.next() else {
                isAtEnd = true
                return rest.isEmpty ? nil : [line(rest)]
            }
            var bytes = rest + buffer.readableBytesView
            var lines: [LineAppender.Line] = []
            var start = bytes.startIndex
            while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(line(Array(bytes[start..<end])))
                start = end + 1
            }
            bytes.removeFirst(start)
            rest = bytes
            guard rest.count <= longest else {
                throw LineError(line: number + 1, cause: Problem(.tooLarge, "the line: over \(longest) bytes, the limit of this server"))
            }
            if !lines.isEmpty { return lines }
        }
        return nil
    }

    private mutating func line(_ bytes: [UInt8]) -> LineAppender.Line {
        number += 1
        return LineAppender.Line(number: number, bytes: bytes)
    }
}
