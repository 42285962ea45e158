import HindsightCore

/// Folds the events that concerned one row.
protocol AnyRowReplay: Sendable {
    /// Takes the next event in, in the order of the log.
    mutating func take(_ event: borrowing BorrowedEvent) throws

    /// The state that the events lead to.
    func state() throws -> [UInt8]?

    /// The state after each event.
    func states() throws -> [RowSnapshot]

    /// The state that the events lead to which had happened by then, in the order in which they happened.
    ///
    /// - Returns: The state, and the position of the last of those events in that order; 0 if there is none.
    func state(occurredBy instant: Timestamp) throws -> (body: [UInt8]?, position: Position)

    /// The whole row as it is to be stored, if the events are all that concerned it.
    func wholeRow() throws -> WholeRow
}

/// Everything that a store keeps of one row, but for the events that concern it.
struct WholeRow {
    let body: [UInt8]?
    let snapshots: [RowSnapshot]
    let entries: [EntrySpan]
}

struct RowReplay<P: Projection>: AnyRowReplay {
    private let projection: P
    private let key: String
    private let base: P.Row?
    private var events: [Recorded<P.Event>] = []

    init(_ projection: P, key: String, from body: [UInt8]?) throws {
        self.projection = projection
        self.key = key
        do { base = try body.map { try JSON.decode(P.Row.self, from: $0) } } catch {
            throw ReadModelError.foreignRow(projection: projection.name)
        }
    }

    mutating func take(_ event: borrowing BorrowedEvent) throws {
        // Erased since: what it said is gone from every state.
        guard let decoded = try P.Event.codec.decode(event) else { return }
        events.append(Recorded(decoded, from: event))
    }

    private func fold(_ events: [Recorded<P.Event>], each: (Recorded<P.Event>, P.Row?) throws -> Void = { _, _ in }) throws -> P.Row? {
        var row = base
        for event in events {
            do { try projection.apply(event, key: key, to: &row) } catch {
                throw FailedEvent(
                    stream: event.stream, position: event.position, type: Swift.type(of: event.event.payload).type, error: error)
            }
            try each(event, row)
        }
        return row
    }

    func state() throws -> [UInt8]? { try fold(events).map { try JSON.encode($0) } }

    func states() throws -> [RowSnapshot] {
        var states: [RowSnapshot] = []
        _ = try fold(events) { event, row in
            states.append(RowSnapshot(position: event.position, body: try row.map { try JSON.encode($0) }))
        }
        return states
    }

    func state(occurredBy instant: Timestamp) throws -> (body: [UInt8]?, position: Position) {
        let happened = events.filter { $0.occurredAt <= instant }.sorted { ($0.occurredAt, $0.position) < ($1.occurredAt, $1.position) }
        return (try fold(happened).map { try JSON.encode($0) }, happened.last?.position ?? 0)
    }

    func wholeRow() throws -> WholeRow {
        let entries = RowEntries(projection)
        var (spans, now, snapshots, touches) = (OpenSpans(), [IndexEntry](), [RowSnapshot](), 0)
        let row = try fold(events) { event, row in
            touches += 1
            if touches.isMultiple(of: SnapshotInterval.touches) {
                snapshots.append(RowSnapshot(position: event.position, body: try row.map { try JSON.encode($0) }))
            }
            let after = entries.of(row)
            spans.move(from: now, to: after, at: event.position)
            now = after
        }
        return WholeRow(
            body: try row.map { try JSON.encode($0) }, snapshots: snapshots, entries: spans.passed + spans.opened)
    }
}
