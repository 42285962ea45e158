package import HindsightCore

/// Selected events as bytes, in chunks that are made as they are taken, so that neither end holds more than one.
package struct EventLines: AsyncSequence {
    package struct Chunk: Sendable {
        package var bytes: [UInt8] = []
        package var count = 0
        /// Of the last event.
        package var position: Position
    }

    /// Appends one event to a chunk.
    package typealias Write = @Sendable (_ event: borrowing BorrowedEvent, _ bytes: inout [UInt8]) throws -> Void

    private let log: any EventLog
    private let selection: EventSelection
    private let limit: Int?
    private let write: Write

    /// - Parameters:
    ///   - limit: How many events in all; all that are selected for `nil`.
    ///   - write: Each event as a line of JSON, unless it says otherwise.
    package init(
        of log: any EventLog, _ selection: EventSelection, limit: Int? = nil,
        write: @escaping Write = { event, bytes in
            try EventJSON.append(event, as: .read, to: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
    ) {
        self.log = log
        self.selection = selection
        self.limit = limit
        self.write = write
    }

    package func makeAsyncIterator() -> Iterator { Iterator(log: log, selection: selection, left: limit ?? .max, write: write) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let log: any EventLog
        fileprivate var selection: EventSelection
        fileprivate var left: Int
        fileprivate let write: Write

        private static let mostEvents = 1_000
        private static let mostBytes = 64 << 10

        /// Room for the event that fills a chunk.
        private static let spare = 4 << 10

        private struct ChunkIsFull: Error {}

        package mutating func next() async throws -> Chunk? {
            guard left > 0 else { return nil }
            var chunk = Chunk(position: selection.after ?? 0)
            // Growing by doubling would leave a trail of pieces behind every slow client.
            if selection.after != nil || left > Self.mostEvents { chunk.bytes.reserveCapacity(Self.mostBytes + Self.spare) }
            let most = Swift.min(left, Self.mostEvents)
            selection.limit = most
            do {
                try await log.scan(selection) { [write] event in
                    try write(event, &chunk.bytes)
                    chunk.count += 1
                    chunk.position = event.position
                    if chunk.count == most || chunk.bytes.count >= Self.mostBytes { throw ChunkIsFull() }
                }
                // Everything that is selected was lent.
                left = 0
            } catch is ChunkIsFull {
                left -= chunk.count
            }
            selection.after = chunk.position
            return chunk.count == 0 ? nil : chunk
        }
    }
}
