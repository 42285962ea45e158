extension Append {
    /// The original answer, if the log holds these events already; `nil` if it holds none of them.
    ///
    /// The same ids must stand in the log in this order, with the same content, in the same streams and contiguous there, however they
    /// were grouped when they were stored.
    /// - Parameter stored: What the log holds under the id of each event, in the order of ``events``.
    /// - Throws: `.idempotencyConflict` for anything between a repeat and an append of new events.
    package func originalAnswer(among stored: [RecordedEvent?]) throws(EventLogError) -> AppendReceipt? {
        guard let firstKnown = stored.lazy.compactMap({ $0 }).first else { return nil }
        var streams: [AppendReceipt.Stream] = []
        var indices: [StreamName: Int] = [:]
        var lastPosition: Position = 0
        var lastRecordedAt = firstKnown.recordedAt
        for ((stream, event), recorded) in zip(events, stored) {
            guard let recorded else { throw firstKnown.conflict("event \(event.id) of the same append is new") }
            guard recorded.stream == stream else { throw recorded.conflict("in another stream") }
            if let field = event.difference(from: recorded) { throw recorded.conflict("with other content (\(field))") }
            guard recorded.position > lastPosition else { throw recorded.conflict("in another order") }
            if let index = indices[stream] {
                guard recorded.version == streams[index].version + 1 else { throw recorded.conflict("with other events before it") }
                streams[index].version = recorded.version
            } else {
                indices[stream] = streams.count
                streams.append(.init(stream: stream, version: recorded.version))
            }
            lastPosition = recorded.position
            lastRecordedAt = recorded.recordedAt
        }
        return AppendReceipt(
            firstPosition: firstKnown.position, lastPosition: lastPosition, recordedAt: lastRecordedAt, streams: streams, isRepeat: true)
    }

    /// Every event with its stream, in the order of their positions.
    package var events: [(stream: StreamName, event: NewEvent)] {
        writes.flatMap { write in write.events.map { (write.stream, $0) } }
    }
}

extension RecordedEvent {
    fileprivate func conflict(_ reason: String) -> EventLogError {
        .idempotencyConflict(id: id, position: position, reason: reason)
    }
}
