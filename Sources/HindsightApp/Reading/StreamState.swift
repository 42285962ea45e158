package import HindsightCore

/// A stream folded into one value: each member of the events' `data` as it was last set, by one of the two clocks.
///
/// This is what any stream has, without knowing its domain: a member set to `null` goes, a member that no later event names stays. What a
/// domain makes of its events beyond that stands in its projections.
package struct StreamState: Sendable, Equatable, Encodable {
    package let stream: StreamName
    package let view: String
    /// The instant that is asked about, in the view by occurrence.
    package let occurred: Timestamp?
    /// Of the event that counts last, like all that follows.
    package let version: StreamVersion
    package let position: Position
    package let recordedAt: Timestamp
    package let occurredAt: Timestamp
    package let lastType: EventType
    package let state: JSONValue

    /// The state of the stream as it was known at `position`.
    ///
    /// - Throws: ``NoSuchStream`` if it did not exist by then, or nothing of it had occurred.
    package init(of stream: StreamName, at position: Position?, as view: StreamView = .recorded, in log: some EventLog) async throws {
        var fold = StreamFold(view)
        try await log.scan(EventSelection(EventFilter(stream: stream), until: position)) { try fold.accept($0) }
        guard let last = fold.last else { throw fold.missing(stream, at: position) }
        self.stream = stream
        (self.view, occurred) = (view.name, view.occurred)
        (version, self.position, lastType) = (last.version, last.position, last.type)
        (recordedAt, occurredAt) = (last.recordedAt, last.occurredAt)
        state = fold.state
    }
}

/// A stream has no event, or had none by then.
package struct NoSuchStream: Error, Sendable, Equatable, CustomStringConvertible {
    package let stream: StreamName
    package let position: Position?
    /// Where it was asked what had occurred by then.
    package let occurred: Timestamp?

    package init(stream: StreamName, position: Position?, occurred: Timestamp? = nil) {
        self.stream = stream
        self.position = position
        self.occurred = occurred
    }

    /// What is missing, in a few words.
    package var problem: String {
        let known = position.map { " at position \($0)" } ?? ""
        guard let occurred else { return "there is no stream \(stream)\(known)" }
        return "nothing is known\(known) to have occurred in stream \(stream) by \(occurred)"
    }

    package var description: String {
        "\(problem): \(occurred == nil ? "`hindsight read --limit 20` shows some" : "`hindsight read \(stream)` shows its events")"
    }
}
