package import HindsightCore

/// What became different in a stream between two positions.
package struct StreamDifference: Sendable, Equatable, Encodable {
    package let stream: StreamName
    package let from: Position
    package let to: Position
    package let changes: [ValueChange]

    /// A stream that did not exist yet counts as empty.
    ///
    /// - Throws: ``NoSuchStream`` if it existed at neither position.
    package init(of stream: StreamName, from: Position, to: Position, in log: some EventLog) async throws {
        (self.stream, self.from, self.to) = (stream, from, to)
        var folds = (StreamFold(.recorded), StreamFold(.recorded))
        try await log.scan(EventSelection(EventFilter(stream: stream), until: max(from, to))) { event in
            if event.position <= from { try folds.0.accept(event) }
            if event.position <= to { try folds.1.accept(event) }
        }
        guard folds.0.last != nil || folds.1.last != nil else { throw NoSuchStream(stream: stream, position: max(from, to)) }
        changes = ValueChange.changes(from: folds.0.state, to: folds.1.state)
    }
}
