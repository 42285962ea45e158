extension EventLog {
    /// Decodes the selected events of a closed set straight from the engine's bytes, and hands them over in reading order.
    ///
    /// Events of other types, and those whose data was erased, are passed over.
    /// - Parameter body: Gets the event and where it stands; see ``scan(_:_:)`` for what it may do.
    /// - Throws: ``UnreadableEvent`` for one of the set that cannot be read, and what `body` throws.
    nonisolated(nonsending) public func replay<Event>(
        _ codec: EventCodec<Event>, _ selection: EventSelection = EventSelection(),
        _ body: (Event, borrowing BorrowedEvent) throws -> Void
    ) async throws {
        var kinds = KindsByNumber(codec)
        try await scan(selection) { recorded in
            guard let data = recorded.data, let kind = kinds.kind(of: recorded) else { return }
            let event: Event
            do throws(UnreadableEvent) {
                event = try kind.decode(data, schemaVersion: recorded.schemaVersion)
            } catch {
                throw error.at(recorded.position)
            }
            try body(event, recorded)
        }
    }
}

/// How to read each type, found by its number where the engine has one: a name is looked up once, not for every event.
private struct KindsByNumber<Event: Sendable> {
    private let codec: EventCodec<Event>
    private var known: [Int64: EventCodec<Event>.Kind?] = [:]

    init(_ codec: EventCodec<Event>) { self.codec = codec }

    mutating func kind(of event: borrowing BorrowedEvent) -> EventCodec<Event>.Kind? {
        guard let number = event.typeNumber else { return codec.kind(for: event.type) }
        if let kind = known[number] { return kind }
        let kind = codec.kind(for: event.type)
        known[number] = .some(kind)
        return kind
    }
}
