package import HindsightCore

/// Events as lines of an export, in chunks of whole lines: made as they are taken, so that neither end holds more than one.
package struct LogExport: AsyncSequence {
    package struct Chunk: Sendable {
        /// Whole lines, each with its end.
        package var lines: [UInt8] = []
        /// Of the last line.
        package var position: Position
        package var digest: EventDigest?
    }

    private let log: any EventLog
    private let after: Position
    private let until: Position

    /// - Parameters:
    ///   - after: Exclusive.
    ///   - until: Inclusive, not beyond the head.
    package init(of log: any EventLog, after: Position = 0, until: Position) {
        self.log = log
        self.after = after
        self.until = until
    }

    package func makeAsyncIterator() -> Iterator { Iterator(log: log, reached: after, until: until) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let log: any EventLog
        fileprivate var reached: Position
        fileprivate let until: Position

        private static let mostEvents: Int64 = 1_000
        /// Reached by one event of the largest size.
        private static let mostBytes = 1 << 20

        private struct ChunkIsFull: Error {}

        /// - Throws: `.damaged` where an event is missing or cannot be written as it was.
        package mutating func next() async throws -> Chunk? {
            guard reached < until else { return nil }
            var chunk = Chunk(position: reached)
            let last = Swift.min(until, reached + Self.mostEvents)
            do {
                try await log.scan(EventSelection(after: reached, until: last, limit: Int(Self.mostEvents))) { event in
                    guard event.position == chunk.position + 1 else {
                        throw EventLogError.damaged(position: chunk.position + 1, reason: "the event is missing")
                    }
                    try EventJSON.append(event, as: .exported, to: &chunk.lines)
                    chunk.lines.append(UInt8(ascii: "\n"))
                    (chunk.position, chunk.digest) = (event.position, event.digest)
                    if chunk.lines.count >= Self.mostBytes { throw ChunkIsFull() }
                }
            } catch is ChunkIsFull {
                // The next one goes on from here.
            }
            guard chunk.position > reached else { throw EventLogError.damaged(position: reached + 1, reason: "the event is missing") }
            reached = chunk.position
            return chunk
        }
    }
}
