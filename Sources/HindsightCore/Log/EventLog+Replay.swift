// Inlinable, so that a fold of a closed set is compiled for its events: without, each of them is moved about by its metadata.

extension EventLog {
    /// Decodes the selected events of a closed set straight from the engine's bytes, and hands them over in reading order.
    ///
    /// Events of other types, and those whose data was erased, are passed over.
    /// - Parameter body: Gets the event and where it stands; see ``scan(_:_:)`` for what it may do.
    /// - Throws: ``UnreadableEvent`` for one of the set that cannot be read, and what `body` throws.
    @inlinable
    nonisolated(nonsending) public func replay<Event>(
        _ codec: EventCodec<Event>, _ selection: EventSelection = EventSelection(),
        _ body: (Event, borrowing BorrowedEvent) throws -> Void
    ) async throws {
        var kinds = KindIndices()
        try await scan(selection) { recorded in
            guard let data = recorded.data, let kind = kinds.index(of: recorded, in: codec.index(of:)) else { return }
            let event: Event
            do throws(UnreadableEvent) {
                event = try codec.kinds[kind].decode(data, schemaVersion: recorded.schemaVersion)
            } catch {
                throw error.at(recorded.position)
            }
            try body(event, recorded)
        }
    }
}

/// Where a codec has the types of a log, found by their numbers where the engine has such: a name is looked up once, not for every event.
@usableFromInline
package struct KindIndices {
    private enum Known {
        case no
        /// `nil` for a type outside the set.
        case index(Int?)
    }

    /// By the number of the type, for the first ones of a log, which are mostly all.
    private var known = [Known](repeating: .no, count: 1_024)

    @usableFromInline
    package init() {}

    @usableFromInline
    package mutating func index(of event: borrowing BorrowedEvent, in codec: (EventType) -> Int?) -> Int? {
        guard let number = event.typeNumber, (0..<Int64(known.count)).contains(number) else { return codec(event.type) }
        if case .index(let index) = known[Int(number)] { return index }
        let index = codec(event.type)
        known[Int(number)] = .index(index)
        return index
    }
}
